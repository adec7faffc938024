//! A private batch server for one test: its own folder, port, database and processes.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test may panic")]

mod api;
mod connector;
mod definitions;
mod disks;
mod events;
mod front;
mod guide;
mod people;
mod scheduler;
mod site;

pub use api::Api;
pub use connector::{Connector, Ran, Running};
pub use definitions::Definitions;
pub use disks::{is_possible, own_disk};
pub use events::{Event, Events};
pub use front::Front;
pub use guide::run_guide;
pub use scheduler::{Said, Scheduler};
pub use site::{Database, PASSWORD, Site, USER, binary, example};

/// How long a test waits for what must happen.
pub const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

/// Runs one test body on SQLite and on PostgreSQL: `on_both!(name, |database| async move { … })`.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* $name:ident, |$database:ident| $body:expr) => {
        mod $name {
            use super::*;

            async fn body($database: $crate::Database) {
                $body.await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::Database::Sqlite).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = testkit::databases::postgres().await;
                body($crate::Database::Postgres(database.url().to_owned())).await;
            }
        }
    };
}
