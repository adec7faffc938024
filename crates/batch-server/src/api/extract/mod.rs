//! What handlers take out of a request. Everything that is wrong with it becomes a problem that names the field.

mod body;
mod if_match;
mod page;
mod path;
mod peer;
mod query;
mod suggestion;
mod token;

pub(crate) use body::Body;
pub(crate) use if_match::{IfMatch, MaybeIfMatch};
pub(crate) use page::PageParams;
pub(crate) use path::{Id, IdAnd, number};
pub(crate) use peer::Peer;
pub(crate) use query::Params;
pub(crate) use token::{Authenticated, Token};
