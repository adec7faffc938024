//! Job requests in the Control Center: lists, submission, moves and removal. What is done to one is in `operate`.

mod list;
mod remove;
mod reroute;
mod submit;
mod view;

pub(crate) use list::{Asked, Order, StateFilter, list, read};
pub(crate) use remove::{purge_messages, remove};
pub(crate) use reroute::{RequestChange, change};
pub(crate) use submit::{RequestInput, create};
pub(crate) use view::{Request, one};
