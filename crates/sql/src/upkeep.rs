//! What is asked of a database as a whole: whether it is sound, how old its tables are, and a copy of it while it is used.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{ConnectOptions, Connection};

use crate::db::Inner;
use crate::{Db, Error, Migrations, Result};

/// Problems of a damaged file that are told at most.
const PROBLEMS_MAX: usize = 20;

/// How the tables of a database stand to those of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There are none yet.
    Empty,
    /// They are the same.
    Current,
    /// They are older; the next start brings them up to date.
    Older,
    /// They are of a newer version of this program.
    Newer,
}

impl Db {
    /// How its tables stand, without changing them.
    ///
    /// # Errors
    /// The database could not be read.
    pub async fn schema(&self, migrations: &Migrations) -> Result<Schema> {
        let (known, applied) = match &*self.inner {
            Inner::Sqlite(sqlite) => {
                let exists: i64 = sqlx::query_scalar(
                    "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
                )
                .fetch_one(&sqlite.readers)
                .await?;
                let applied = match exists {
                    0 => Vec::new(),
                    _ => {
                        sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
                            .fetch_all(&sqlite.readers)
                            .await?
                    }
                };
                (migrations.sqlite, applied)
            }
            Inner::Postgres(postgres, _) => {
                let exists: bool =
                    sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
                        .fetch_one(&postgres.pool)
                        .await?;
                let applied = if exists {
                    sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
                        .fetch_all(&postgres.pool)
                        .await?
                } else {
                    Vec::new()
                };
                (migrations.postgres, applied)
            }
        };
        let known: BTreeSet<i64> = known.iter().map(|each| each.version).collect();
        let applied: BTreeSet<i64> = applied.into_iter().collect();
        Ok(match () {
            () if applied.is_empty() => Schema::Empty,
            () if applied == known => Schema::Current,
            () if applied.is_subset(&known) => Schema::Older,
            () => Schema::Newer,
        })
    }

    /// What is damaged in the file; nothing where it is sound. PostgreSQL checks itself: of it nothing is told.
    ///
    /// # Errors
    /// The database could not be read at all.
    pub async fn damages(&self) -> Result<Vec<String>> {
        let Inner::Sqlite(sqlite) = &*self.inner else { return Ok(Vec::new()) };
        let told: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check(20)").fetch_all(&sqlite.readers).await?;
        let mut damages: Vec<String> = told.into_iter().filter(|text| text != "ok").collect();
        let orphans: Vec<String> = sqlx::query_scalar(
            "SELECT \"table\" || ' refers to ' || parent || ', which is not there' FROM pragma_foreign_key_check LIMIT 20",
        )
        .fetch_all(&sqlite.readers)
        .await?;
        damages.extend(orphans);
        damages.truncate(PROBLEMS_MAX);
        Ok(damages)
    }

    /// The clock of the database server, in microseconds; none for a file, which has none.
    ///
    /// # Errors
    /// The database could not be asked.
    pub async fn clock(&self) -> Result<Option<i64>> {
        let Inner::Postgres(postgres, _) = &*self.inner else { return Ok(None) };
        let text = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT";
        Ok(Some(sqlx::query_scalar(text).fetch_one(&postgres.pool).await?))
    }

    /// Writes a copy of the database as it is at this moment into a new file, while others read and write it. False for
    /// PostgreSQL, which has programs of its own for that.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub async fn copy_into(&self, file: &Path) -> Result<bool> {
        let Inner::Sqlite(sqlite) = &*self.inner else { return Ok(false) };
        let path = file
            .to_str()
            .ok_or_else(|| Error::Address(format!("the path {} is no text", file.display())))?;
        let mut conn = sqlite
            .connect
            .connect()
            .await
            .map_err(|error| Error::lost("opening the database file", error))?;
        sqlx::query("VACUUM INTO ?1").bind(path).execute(&mut conn).await?;
        conn.close().await?;
        Ok(true)
    }
}
