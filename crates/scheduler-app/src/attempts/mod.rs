//! Attempts outside of the database: they are started, looked for, followed. Each pass takes up what is wanted, asks the
//! agents, and stores what they say together.

mod adopt;
mod followed;
mod kill;
mod lost;
mod reports;
mod start;
mod task;
#[cfg(test)]
mod tests;
mod watch;

pub use adopt::{adopt, take_over};
pub use kill::kill;
pub use lost::ask_for_lost;
pub(crate) use reports::LOST;
pub use start::Starter;
pub(crate) use task::key;
pub use watch::Watcher;
