//! Table `audit`: who did what, each record chained to the one before by its hash.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use sqlx::FromRow;

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// When, in microseconds.
    pub at: i64,
    /// Who: a user or a part of the scheduler.
    pub caller: String,
    /// What, such as `job.hold`.
    pub action: &'static str,
    /// To what, such as `2026-11-23/Night/Backup`.
    pub subject: String,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// What was there before, as JSON or text without secrets.
    pub old_value: Option<String>,
    /// What is there now.
    pub new_value: Option<String>,
}

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Record {
    /// Its number.
    pub id: i64,
    /// As in [`NewRecord`].
    pub at: i64,
    /// As in [`NewRecord`].
    pub caller: String,
    /// As in [`NewRecord`].
    pub action: String,
    /// As in [`NewRecord`].
    pub subject: String,
    /// As in [`NewRecord`].
    pub reason: Option<String>,
    /// As in [`NewRecord`].
    pub old_value: Option<String>,
    /// As in [`NewRecord`].
    pub new_value: Option<String>,
    /// The hash of the record before; empty for the first.
    pub previous_hash: String,
    /// The hash of this record with that of the one before.
    pub hash: String,
}

impl Record {
    /// Whether its hash is that of its content.
    pub fn is_whole(&self) -> bool {
        let fields = [
            Some(self.caller.as_str()),
            Some(self.action.as_str()),
            Some(self.subject.as_str()),
            self.reason.as_deref(),
            self.old_value.as_deref(),
            self.new_value.as_deref(),
        ];
        hash(&self.previous_hash, self.at, &fields) == self.hash
    }
}

/// The hash of a record. Each field is preceded by its length, so that no two records have the same bytes.
fn hash(previous: &str, at: i64, fields: &[Option<&str>]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(at.to_be_bytes());
    for field in fields {
        match field {
            None => hasher.update([0]),
            Some(text) => {
                hasher.update([1]);
                hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                hasher.update(text.as_bytes());
            }
        }
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Adds a record to the end of the chain.
pub async fn append(tx: &mut sql::Tx<'_>, new: &NewRecord) -> sql::Result<()> {
    let previous = last_hash(tx).await?.unwrap_or_default();
    let fields = [
        Some(new.caller.as_str()),
        Some(new.action),
        Some(new.subject.as_str()),
        new.reason.as_deref(),
        new.old_value.as_deref(),
        new.new_value.as_deref(),
    ];
    let hash = hash(&previous, new.at, &fields);
    insert(tx, new, &previous, &hash).await
}

sql::both! {
    /// The chain has one end: who adds to it waits for the others.
    async fn last_hash(conn) -> sql::Result<Option<String>> {
        sqlx::query_as::<Db, (i64,)>(concat!("SELECT id FROM server_state WHERE id = 1", row_lock!()))
            .fetch_one(&mut *conn).await?;
        Ok(sqlx::query_as::<Db, (String,)>("SELECT hash FROM audit ORDER BY id DESC LIMIT 1")
            .fetch_optional(&mut *conn).await?.map(|row| row.0))
    }

    async fn insert(conn, new: &NewRecord, previous: &str, hash: &str) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO audit (at, caller, action, subject, reason, old_value, new_value, previous_hash, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .bind(new.at).bind(&new.caller).bind(new.action).bind(&new.subject).bind(&new.reason)
            .bind(&new.old_value).bind(&new.new_value).bind(previous).bind(hash)
            .execute(&mut *conn).await?;
        Ok(())
    }

    /// Records after a number, oldest first.
    pub async fn after(conn, id: i64, max: i64) -> sql::Result<Vec<Record>> {
        Ok(sqlx::query_as::<Db, Record>(
            "SELECT id, at, caller, action, subject, reason, old_value, new_value, previous_hash, hash \
             FROM audit WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(id).bind(max).fetch_all(&mut *conn).await?)
    }
}
