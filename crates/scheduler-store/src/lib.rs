//! The scheduler's tables, one file each: every query is written once and runs on SQLite and on PostgreSQL.
//!
//! It stores and finds, and decides nothing. What belongs together is written in one transaction by `scheduler-app`.

pub mod agent_state;
pub mod attempt;
pub mod audit;
pub mod auto_build;
mod batches;
pub mod daily_job;
pub mod daily_schedule;
pub mod definition;
pub mod edge;
pub mod escalation;
pub mod firing;
pub mod job_log;
pub mod limit;
pub mod lull;
pub mod message;
pub mod node;
pub mod outcome;
pub mod property;
pub mod put_back;
pub mod secret;
pub mod server_state;
#[cfg(test)]
mod tests;
mod wait_key;

pub use wait_key::WaitKey;

/// The schema of both databases.
pub const MIGRATIONS: sql::Migrations = sql::Migrations {
    sqlite: &sqlx::migrate!("migrations/sqlite"),
    postgres: &sqlx::migrate!("migrations/postgres"),
};
