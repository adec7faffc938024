//! Opening the database of a process, and saying why it cannot be.

use std::time::Duration;

use crate::{DatabaseUrl, Db, Error, Migrations, Options};

/// How long the port of a server that did not let us in is tried, to say more about it.
const PROBE_MAX: Duration = Duration::from_secs(3);

/// The database cannot be used now. The text says which one, why, and what to do; never a password.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(String);

impl Unreachable {
    /// For who looks before it is opened.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be used now.
    #[error("the database cannot be used now")]
    Unreachable(#[from] Unreachable),
    /// It cannot be opened.
    #[error("opening the database {url}")]
    Connect {
        /// Which, without its password.
        url: String,
        /// Why.
        source: Error,
    },
    /// Its tables cannot be brought up to date.
    #[error("bringing the database {url} up to date")]
    Migrate {
        /// Which, without its password.
        url: String,
        /// Why.
        source: Error,
    },
}

/// Opens a database and brings its tables up to date.
///
/// # Errors
/// [`OpenError::Unreachable`], an address that cannot be understood, or tables of a newer version.
pub async fn open(
    url: &DatabaseUrl,
    options: Options,
    migrations: &Migrations,
) -> Result<Db, OpenError> {
    let db = match Db::connect(url.expose(), options).await {
        Ok(db) => db,
        Err(error) if error.is_unavailable() => return Err(unreachable(url, &error).await.into()),
        Err(source) => return Err(OpenError::Connect { url: url.to_string(), source }),
    };
    let migrated = db.migrate(migrations).await;
    migrated.map_err(|source| OpenError::Migrate { url: url.to_string(), source })?;
    Ok(db)
}

async fn unreachable(url: &DatabaseUrl, error: &Error) -> Unreachable {
    // The pool tries until its time is over and then forgets why.
    let has_given_up = matches!(error,
        Error::Unavailable { source: Some(source), .. } if matches!(**source, crate::sqlx::Error::PoolTimedOut));
    let why = last_cause(error);
    Unreachable(match url.host_and_port() {
        Some((host, port)) => {
            let why = if has_given_up { probe(&host, port).await } else { why };
            format!(
                "cannot use PostgreSQL at {host}, port {port} ({url}): {why}; start it, let this machine and user in, or correct `database`"
            )
        }
        None if url.is_postgres() => {
            let why = if has_given_up { "no answer".to_owned() } else { why };
            format!(
                "cannot use PostgreSQL on the local socket ({url}): {why}; start it on this machine, or name its host in `database`"
            )
        }
        None => format!(
            "cannot open the database {url}: {why}; see that its folder exists and this user may write into it"
        ),
    })
}

async fn probe(host: &str, port: u16) -> String {
    match tokio::time::timeout(PROBE_MAX, tokio::net::TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => "it answers, but gives no connection".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    }
}

fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_without_its_password() {
        // A free port can be taken by another test meanwhile; nobody listens on this one.
        let port = 1;
        let url = DatabaseUrl::new(format!("postgres://batch:s3cret@127.0.0.1:{port}/amt"));
        // What the pool says when its time is over.
        let given_up = Error::from(crate::sqlx::Error::PoolTimedOut);
        let text = unreachable(&url, &given_up).await.to_string();
        assert!(text.contains(&format!("at 127.0.0.1, port {port}")), "{text}");
        assert!(text.contains("onnection refused") && text.contains("start it"), "{text}");
        assert!(!text.contains("s3cret") && !text.contains("pool"), "{text}");
        let text = unreachable(&DatabaseUrl::new("postgres:///amt"), &given_up).await.to_string();
        assert!(text.contains("on the local socket (postgres:///amt): no answer"), "{text}");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nowhere/batch.db");
        let url = DatabaseUrl::new(format!("sqlite:{}", file.display()));
        let none = Migrations { sqlite: &NONE, postgres: &NONE };
        let error = open(&url, Options::default(), &none).await.expect_err("no folder");
        let OpenError::Unreachable(why) = error else { panic!("{error:?}") };
        assert!(why.to_string().contains(&file.display().to_string()), "{why}");
    }

    static NONE: std::sync::LazyLock<crate::sqlx::migrate::Migrator> =
        std::sync::LazyLock::new(|| crate::sqlx::migrate::Migrator::DEFAULT);
}
