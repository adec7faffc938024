//! Batch users: who integrations and jobs work as. Their names stand in the definitions, their passwords are set here and never
//! shown.

mod find;
mod password;
#[cfg(test)]
mod tests;

pub(crate) use find::{Login, login, named_by_agent, named_by_run, with_user};
pub use password::{BatchUserEntry, list, remove_password, set_password};
