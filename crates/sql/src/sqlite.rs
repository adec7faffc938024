//! SQLite: where the file is, how it is opened, which connections there are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::writer::Writer;
use crate::{Error, Options, Result};

/// Memory for pages of the file that the writer keeps, at most, in KiB. A thousand open jobs need some ten megabytes of pages; readers
/// keep little, since every commit makes them read anew.
const WRITER_CACHE_KIB: u32 = 32 * 1024;
/// Prepared statements kept per connection; more than a product has.
const STATEMENTS_CACHED: usize = 512;

pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) connect: SqliteConnectOptions,
    pub(crate) options: Arc<Options>,
    pub(crate) writer: Writer,
    pub(crate) readers: SqlitePool,
}

impl Sqlite {
    pub(crate) async fn open(url: &str, options: Options) -> Result<Self> {
        let path = path_of(url)?;
        let connect = connect_options(&path, options.acquire_timeout);
        let options = Arc::new(options);
        // The writer comes first: it creates the file and switches it to WAL, which a reader cannot.
        let cached = connect.clone().pragma("cache_size", format!("-{WRITER_CACHE_KIB}"));
        let writer = Writer::open(cached, Arc::clone(&options)).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(connect.clone().read_only(true));
        Ok(Self { path, connect, options, writer, readers })
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn path_of(url: &str) -> Result<PathBuf> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
    if path.is_empty() {
        return Err(Error::Address(
            "the address of the database is empty: give a file or postgres://…".to_owned(),
        ));
    }
    // What follows the scheme may hold a password, so it is not repeated.
    if let Some((scheme, _)) = path.split_once("://") {
        return Err(Error::Address(format!(
            "cannot open a `{scheme}` database: give sqlite:PATH, a path or postgres://user@host/name"
        )));
    }
    if path.contains(":memory:") {
        return Err(Error::Address(
            "cannot open database `:memory:`: every connection would see its own; give a file"
                .to_owned(),
        ));
    }
    Ok(PathBuf::from(path))
}

fn connect_options(path: &Path, busy_timeout: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(busy_timeout)
        .statement_cache_capacity(STATEMENTS_CACHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_address_leads_to_the_file() {
        for url in ["/var/lib/x.db", "sqlite:/var/lib/x.db", "sqlite:///var/lib/x.db"] {
            assert_eq!(path_of(url).expect("an address"), Path::new("/var/lib/x.db"));
        }
        assert_eq!(path_of("sqlite:x.db").expect("an address"), Path::new("x.db"));
    }

    #[test]
    fn an_address_that_cannot_work_is_refused() {
        for url in ["", "sqlite:", "mysql://host/x", "sqlite::memory:", ":memory:"] {
            assert!(matches!(path_of(url), Err(Error::Address(_))), "{url}");
        }
    }
}
