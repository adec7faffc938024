//! Limits of the connections to a database.

use std::time::Duration;

/// Limits of the connections to a database. The defaults suit one server process on a small machine.
#[derive(Debug, Clone)]
pub struct Options {
    /// SQLite: number of connections that only read. Default 4, at least 1.
    pub readers: u32,
    /// PostgreSQL: most connections open at once. Default 12, at least 1.
    pub pool_size: u32,
    /// How long a caller waits for a free connection, for the writer's queue or for another process's lock before it
    /// gets [`Error::Unavailable`](crate::Error::Unavailable). Default 10 s.
    pub acquire_timeout: Duration,
    /// How long one write or read closure may run before it is rolled back. Default 30 s.
    pub closure_timeout: Duration,
    /// Most closures that share one commit: on PostgreSQL those of [`Db::write_together`](crate::Db::write_together). Default 256, at least 1.
    pub batch_max: usize,
    /// SQLite: no further closure joins a commit that has been open for this long. Default 5 ms.
    pub batch_time: Duration,
    /// Closures that may wait for whoever commits them together; further callers wait to hand theirs over. Default 1024.
    pub queue_max: usize,
    /// PostgreSQL: how often a closure is tried when the server reports a deadlock or a serialisation failure.
    /// Default 5, at least 1.
    pub attempts_max: u32,
    /// PostgreSQL: what the server shows as the name of the application.
    pub application_name: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            pool_size: 12,
            acquire_timeout: Duration::from_secs(10),
            closure_timeout: Duration::from_secs(30),
            batch_max: 256,
            batch_time: Duration::from_millis(5),
            queue_max: 1024,
            attempts_max: 5,
            application_name: "ringmaster".to_owned(),
        }
    }
}
