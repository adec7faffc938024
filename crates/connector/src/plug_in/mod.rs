//! Connectors in processes of their own, in any language: JSON lines over standard input and output.
//!
//! [`Folder`] finds plug-ins, [`PlugIn`] makes a [`crate::Connector`] of one, [`serve`] is the other side for those who write one in
//! Rust. The messages are in [`message`]; `docs/guide/plug-ins.md` tells how to write one in any language.
//!
//! A plug-in may end at any moment. Its open calls fail then, a start is *unknown*, and the process is started again by the next call,
//! after a pause when it has ended several times soon after its start. Lines that make no sense cost the calls that they
//! were to answer, and nothing else.

mod connection;
mod connector;
mod folder;
mod host;
mod launch;
mod lines;
mod manifest;
pub mod message;
mod messages;
mod serve;
#[cfg(test)]
mod tests;

pub use connector::PlugIn;
pub use folder::{Candidate, Changes, Folder, FolderError};
pub use manifest::{MANIFEST, Manifest, ManifestProblem};
pub use serve::serve;
