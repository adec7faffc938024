//! YAML as a tree of texts, lists and maps, each with its place in the file.
//!
//! The tree keeps what serde would lose: positions, order, the difference between a plain and a quoted
//! text, and keys that stand twice. Everything that a hostile file could grow is limited ([`limits`]).

mod de;
pub mod limits;
mod load;
mod node;
mod scalar;
mod ser;

pub(crate) use de::from_node;
pub(crate) use load::{Documents, load};
pub use node::Place;
pub(crate) use node::{Entry, Node, Value};
pub(crate) use scalar::Scalar;
