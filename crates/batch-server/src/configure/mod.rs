//! The use cases of the Control Center that read and change the configuration. Each authorises, validates, writes in one
//! transaction and tells everybody; the API maps them to routes.

pub(crate) mod alert;
pub(crate) mod application;
mod change;
mod check;
pub(crate) mod controller;
pub(crate) mod job;
pub(crate) mod message;
pub(crate) mod operator_request;
mod page;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod role;
pub(crate) mod station;
pub(crate) mod switch;
pub(crate) mod task_value;
mod thing;
pub(crate) mod user;

pub(crate) use change::{Expected, bump, changed, write};
pub(crate) use page::{Page, PageOf};
pub(crate) use thing::{as_expected, by_name, found, refuse_double, unknown};
