//! The only crate that knows there are two databases: pools, write transactions, the stamping macro.
//!
//! A table file writes each query once inside [`both!`]; the macro compiles it for SQLite and for PostgreSQL and
//! produces one function that takes a [`Tx`]. A use case opens one transaction with [`Db::write`] (or [`Db::read`]),
//! calls those functions, and never learns which database it runs on.

mod both;
mod db;
mod error;
#[doc(hidden)]
pub mod fragment;
mod gate;
mod job;
mod migrate;
mod notify;
mod open;
mod options;
pub mod parity;
mod postgres;
mod read;
mod sqlite;
mod time;
mod together;
mod tx;
mod upkeep;
mod url;
mod writer;

pub use db::Db;
pub use error::{Error, Result, ensure_one};
pub use gate::{Access, Gate};
pub use migrate::Migrations;
pub use notify::{Event, Listener, notify};
pub use open::{OpenError, Unreachable, open};
pub use options::Options;
pub use time::{from_micros, to_micros};
pub use tx::{Tx, id_list, text_list};
pub use upkeep::Schema;
pub use url::DatabaseUrl;

/// What the closure given to [`Db::write`] and [`Db::read`] returns: write `Box::pin(async move { … })`.
pub use futures_util::future::BoxFuture;
#[doc(hidden)]
pub use sqlx;
