//! What a store may rely on, on both databases.

#![expect(
    clippy::disallowed_methods,
    reason = "tests race tasks against each other and start a process to kill"
)]

mod claim;
mod commit;
mod conflict;
mod failure;
mod migration;
mod notification;
mod one;
mod read;
mod table;
#[cfg(unix)]
mod tls;
mod together;
