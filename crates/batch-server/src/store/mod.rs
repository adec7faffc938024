//! The tables, one file each; every query is written once and runs on both databases.

pub(crate) mod alert;
pub(crate) mod application;
pub(crate) mod batch_user;
pub(crate) mod controller;
pub(crate) mod job;
pub(crate) mod job_call;
pub(crate) mod job_usage;
pub(crate) mod message;
pub(crate) mod operator_request;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod request_list;
pub(crate) mod request_windows;
pub(crate) mod retention;
pub(crate) mod role;
pub(crate) mod schedule;
pub(crate) mod server_state;
pub(crate) mod station;
pub(crate) mod task_value;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod token;
pub(crate) mod wake_up;

/// The schema of both databases.
pub const MIGRATIONS: sql::Migrations = sql::Migrations {
    sqlite: &sqlx::migrate!("migrations/sqlite"),
    postgres: &sqlx::migrate!("migrations/postgres"),
};
