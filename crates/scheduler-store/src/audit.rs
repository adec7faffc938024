//! Table `audit`: who did what, each record chained to the one before by its hash.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use sqlx::FromRow;

/// Records that are verified at once.
const VERIFIED_AT_ONCE: i64 = 1000;

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

/// Which records are meant; what is left out does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// By a caller with this in its name.
    pub caller: Option<String>,
    /// Whose action begins so: `job.`, `job.hold`.
    pub action: Option<String>,
    /// With this in the subject.
    pub subject: Option<String>,
    /// From an instant on, in microseconds.
    pub since: Option<i64>,
    /// Before an instant.
    pub before: Option<i64>,
    /// So many at most.
    pub max: i64,
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

/// What became of the chain of records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Records that are what was written.
    pub whole: u64,
    /// The first one that is not, and how.
    pub broken: Option<(i64, &'static str)>,
    /// The hash of the last whole one: kept elsewhere, it tells whether records were cut off the end.
    pub last_hash: String,
}

/// Reads all records and checks that each is what was written and follows the one before. What retention has taken away from the
/// begin is no break.
pub async fn verify(db: &sql::Db) -> sql::Result<Chain> {
    let (mut chain, mut last) = (Chain::default(), 0);
    loop {
        let rows = db
            .read(move |tx| Box::pin(async move { after(tx, last, VERIFIED_AT_ONCE).await }))
            .await?;
        if rows.is_empty() {
            return Ok(chain);
        }
        for row in rows {
            last = row.id;
            if chain.whole > 0 && row.previous_hash != chain.last_hash {
                chain.broken = Some((row.id, "the record before it was removed or changed"));
                return Ok(chain);
            }
            if !row.is_whole() {
                chain.broken = Some((row.id, "it was changed"));
                return Ok(chain);
            }
            chain.whole += 1;
            chain.last_hash = row.hash;
        }
    }
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

    /// The last records that a filter lets through, newest first. Names are compared as they are spelled.
    pub async fn find(conn, filter: &Filter) -> sql::Result<Vec<Record>> {
        Ok(sqlx::query_as::<Db, Record>(
            "SELECT id, at, caller, action, subject, reason, old_value, new_value, previous_hash, hash FROM audit \
             WHERE (CAST($1 AS TEXT) IS NULL OR replace(caller, $1, '') <> caller) \
             AND (CAST($2 AS TEXT) IS NULL OR substr(action, 1, length($2)) = $2) \
             AND (CAST($3 AS TEXT) IS NULL OR replace(subject, $3, '') <> subject) \
             AND (CAST($4 AS BIGINT) IS NULL OR at >= $4) AND (CAST($5 AS BIGINT) IS NULL OR at < $5) \
             ORDER BY id DESC LIMIT $6")
            .bind(&filter.caller).bind(&filter.action).bind(&filter.subject).bind(filter.since).bind(filter.before)
            .bind(filter.max).fetch_all(&mut *conn).await?)
    }

    /// Forgets records from before an instant, of the oldest so many at most: the chain then begins later. Says how many they were.
    pub async fn expire(conn, before: i64, max: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM audit WHERE at < $1 AND id IN (SELECT id FROM audit ORDER BY id LIMIT $2)")
            .bind(before).bind(max).execute(&mut *conn).await?;
        Ok(done.rows_affected())
    }

    /// Records after a number, oldest first.
    pub async fn after(conn, id: i64, max: i64) -> sql::Result<Vec<Record>> {
        Ok(sqlx::query_as::<Db, Record>(
            "SELECT id, at, caller, action, subject, reason, old_value, new_value, previous_hash, hash \
             FROM audit WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(id).bind(max).fetch_all(&mut *conn).await?)
    }
}
