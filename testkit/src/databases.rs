//! A database of its own for every test, of either kind.

use std::ops::Deref;

use sql::{Db, Options};
use tempfile::TempDir;

use crate::wait::temp_dir;

/// An open, empty database that disappears with this value. It is used like a [`Db`].
pub struct TestDb {
    db: Db,
    url: String,
    place: Place,
}

enum Place {
    Sqlite {
        _dir: TempDir,
    },
    #[cfg(unix)]
    Postgres {
        name: String,
    },
}

/// An empty SQLite database in a directory of its own.
pub async fn sqlite() -> TestDb {
    sqlite_with(Options::default()).await
}

/// As [`sqlite`], with other limits.
pub async fn sqlite_with(options: Options) -> TestDb {
    let dir = temp_dir();
    let url = format!("sqlite:{}", dir.path().join("test.db").display());
    let db =
        Db::connect(&url, options).await.expect("open a SQLite database in a temporary directory");
    TestDb { db, url, place: Place::Sqlite { _dir: dir } }
}

/// An empty PostgreSQL database on the server of [`postgres`](crate::postgres).
#[cfg(unix)]
pub async fn postgres() -> TestDb {
    postgres_with(Options::default()).await
}

/// As [`postgres`], with other limits.
#[cfg(unix)]
pub async fn postgres_with(options: Options) -> TestDb {
    let (name, url) = crate::postgres::create_database().await;
    let db = Db::connect(&url, options)
        .await
        .unwrap_or_else(|error| panic!("connect to {url}: {error:?}"));
    TestDb { db, url, place: Place::Postgres { name } }
}

impl TestDb {
    /// The address, for a second connection or for a process under test.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The handle, for code that takes or keeps a [`Db`].
    pub fn db(&self) -> Db {
        self.db.clone()
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        match &self.place {
            // The directory removes itself.
            Place::Sqlite { .. } => {}
            #[cfg(unix)]
            Place::Postgres { name } => crate::postgres::drop_database(name),
        }
    }
}

/// Makes two tests of one body, `NAME::sqlite` and `NAME::postgres`, each with an empty database of its own.
///
/// ```ignore
/// testkit::both_databases!(a_name_is_unique, |db| async move {
///     db.migrate(&MIGRATIONS).await.unwrap();
///     …
/// });
/// ```
///
/// `db` is a [`TestDb`]. The runtime has two worker threads.
#[macro_export]
macro_rules! both_databases {
    ($(#[$meta:meta])* $name:ident, |$db:ident| $body:expr) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a body need not use anything from around it")]
            use super::*;

            async fn body($db: $crate::TestDb) {
                $body.await;
            }

            #[test]
            fn sqlite() {
                $crate::databases::block_on(async { body($crate::databases::sqlite().await).await });
            }

            #[test]
            fn postgres() {
                $crate::databases::block_on(async { body($crate::databases::postgres().await).await });
            }
        }
    };
}

/// Runs a test body on a runtime with two worker threads.
#[doc(hidden)]
pub fn block_on<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("start a runtime")
        .block_on(body)
}
