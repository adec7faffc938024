//! The few things a caller can decide on when the database says no.

use std::sync::Arc;

use sqlx::error::{DatabaseError, ErrorKind};

/// The result of everything that talks to the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the database did not do what was asked. `sqlx::Error` converts into it, so `?` is enough in a stamped body.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A unique key or a foreign key forbids the change. `constraint` is the same text on both databases:
    /// `table.column, table.column` for a unique key, `foreign key` for a reference (SQLite does not say which).
    #[error("the change conflicts with what is stored ({constraint})")]
    Conflict {
        /// The columns of the unique key, or `foreign key`.
        constraint: String,
    },
    /// The row does not exist, or it is no longer in the state that the statement expects.
    #[error("the row does not exist or is in another state")]
    NotFound,
    /// A stored value cannot be what it claims to be; somebody changed the database by hand, or it is damaged.
    #[error("column {column} of table {table} holds an impossible value")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The database cannot be used now: connection lost, disk full, read-only, busy for too long. Nothing was stored,
    /// or, when the connection broke during a commit, it is unknown whether it was. Trying again later is right.
    #[error("the database is unavailable while {while_doing}")]
    Unavailable {
        /// What was attempted.
        while_doing: &'static str,
        /// What the driver said, where it said something.
        #[source]
        source: Option<Arc<sqlx::Error>>,
    },
    /// Anything else the driver reports: a mistake in a query, a check constraint, a type that does not fit.
    #[error("the database refused a statement")]
    Driver(#[source] Arc<sqlx::Error>),
    /// The closure of a write or read panicked; its changes were rolled back.
    #[error("the code of a transaction panicked: {0}")]
    Panicked(String),
    /// The schema could not be brought up to date.
    #[error("cannot bring the database schema up to date")]
    Migrate(#[source] Arc<sqlx::migrate::MigrateError>),
    /// The address of the database cannot be understood.
    #[error("{0}")]
    Address(String),
}

impl Error {
    pub(crate) fn unavailable(while_doing: &'static str) -> Self {
        Self::Unavailable { while_doing, source: None }
    }

    /// For a write that finds that what it has read before is not so any more. Everything is rolled back; on PostgreSQL the
    /// write is then tried again from its beginning, a few times.
    pub fn outdated() -> Self {
        crate::postgres::note_retry();
        Self::unavailable("another process changes what is read")
    }

    /// What takes longer than it may.
    pub(crate) fn too_long(source: Option<sqlx::Error>) -> Self {
        Self::Unavailable { while_doing: TOO_LONG, source: source.map(Arc::new) }
    }

    /// The driver's error during a step at which any failure means that the database cannot be used.
    pub(crate) fn lost(while_doing: &'static str, source: sqlx::Error) -> Self {
        Self::Unavailable { while_doing, source: Some(Arc::new(source)) }
    }

    /// Whether this is a [`Error::Conflict`] on the unique key made of exactly these columns, e.g. `"queue.name"` or
    /// `"job.queue, job.name"`.
    pub fn is_conflict_on(&self, columns: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == columns)
    }

    /// Whether trying the same again later may succeed.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether a transaction took longer than it may. The database was there: less of the same may succeed now, and the same may
    /// take too long for ever.
    pub fn is_too_long(&self) -> bool {
        matches!(self, Self::Unavailable { while_doing: TOO_LONG, .. })
    }
}

/// What is attempted when a closure, or a statement of it, has not ended in time.
const TOO_LONG: &str = "running a transaction within its time limit";

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match classify(&error) {
            Class::Missing => Self::NotFound,
            Class::Conflict(constraint) => Self::Conflict { constraint },
            Class::Unavailable => Self::lost("running a statement", error),
            Class::TooLong => Self::too_long(Some(error)),
            Class::Retry => {
                crate::postgres::note_retry();
                Self::lost("several writers wait for each other", error)
            }
            Class::Other => Self::Driver(Arc::new(error)),
        }
    }
}

enum Class {
    Missing,
    Conflict(String),
    Unavailable,
    /// The server ended a statement because it took too long.
    TooLong,
    /// The server ended a transaction because of another one; the same transaction succeeds when tried again.
    Retry,
    Other,
}

fn classify(error: &sqlx::Error) -> Class {
    match error {
        sqlx::Error::RowNotFound => Class::Missing,
        sqlx::Error::Database(database) => {
            match database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                Some(database) => classify_postgres(database),
                None => classify_sqlite(database.as_ref()),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Class::Unavailable,
        _ => Class::Other,
    }
}

/// SQLite's primary result codes that mean "not now" rather than "wrong": busy, locked, read-only, I/O error, full,
/// cannot open.
const SQLITE_UNAVAILABLE: [i32; 6] = [5, 6, 8, 10, 13, 14];

fn classify_sqlite(error: &dyn DatabaseError) -> Class {
    match error.kind() {
        ErrorKind::UniqueViolation => {
            let columns = error
                .message()
                .rsplit_once("failed: ")
                .map_or(error.message(), |(_, columns)| columns);
            return Class::Conflict(columns.to_owned());
        }
        ErrorKind::ForeignKeyViolation => return Class::Conflict(FOREIGN_KEY.to_owned()),
        _ => {}
    }
    // The low byte of an extended result code is the primary one.
    let primary = error.code().and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff);
    if primary.is_some_and(|code| SQLITE_UNAVAILABLE.contains(&code)) {
        Class::Unavailable
    } else {
        Class::Other
    }
}

const FOREIGN_KEY: &str = "foreign key";

fn classify_postgres(error: &sqlx::postgres::PgDatabaseError) -> Class {
    match error.code() {
        "23505" => Class::Conflict(postgres_unique_columns(error)),
        "23503" => Class::Conflict(FOREIGN_KEY.to_owned()),
        "40001" | "40P01" => Class::Retry,
        // Read-only server (a standby), lock not available in time, idle transaction ended by the server.
        "25006" | "55P03" | "25P03" => Class::Unavailable,
        // The limit of a statement, or an administrator who ends one.
        "57014" => Class::TooLong,
        // Connection exceptions, out of resources, operator intervention (shutdown, fail-over), system errors.
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            Class::Unavailable
        }
        _ => Class::Other,
    }
}

/// `table.column, table.column`, the form in which SQLite names a unique key, from `Key (column, column)=(…) already
/// exists`. The words may be translated, the parentheses are not. Without a detail the name of the constraint.
fn postgres_unique_columns(error: &sqlx::postgres::PgDatabaseError) -> String {
    let columns = error.detail().and_then(|detail| {
        let (_, rest) = detail.split_once('(')?;
        rest.split_once(")=").map(|(columns, _)| columns)
    });
    match (error.table(), columns) {
        (Some(table), Some(columns)) => {
            let named: Vec<String> =
                columns.split(", ").map(|column| format!("{table}.{column}")).collect();
            named.join(", ")
        }
        _ => error.constraint().unwrap_or("unique key").to_owned(),
    }
}

/// Checks that a guarded statement (`… WHERE id = $1 AND version = $2`) changed exactly one row. None changed means
/// [`Error::NotFound`]: the row is gone, or it is no longer in the state that the statement expects.
pub fn ensure_one(rows_affected: u64) -> Result<()> {
    match rows_affected {
        1 => Ok(()),
        0 => Err(Error::NotFound),
        more => Err(Error::Driver(Arc::new(sqlx::Error::Protocol(format!(
            "{more} rows changed where the statement names one"
        ))))),
    }
}
