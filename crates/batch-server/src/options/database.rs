//! The address of the database, which may hold a password.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The address of a database. It never prints its password: it is shown as `***`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// An address as the user wrote it.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address with its password, for the one call that connects.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is that of a PostgreSQL server; otherwise it is a SQLite file.
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres://") || self.0.starts_with("postgresql://")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else { return f.write_str(&self.0) };
        // What follows a question mark can set a password as well.
        let (rest, has_settings) = match rest.split_once('?') {
            Some((rest, _)) => (rest, true),
            None => (rest, false),
        };
        let settings = if has_settings { "?***" } else { "" };
        match rest.rsplit_once('@') {
            Some((user, host)) => {
                let (user, password) = match user.split_once(':') {
                    Some((user, _)) => (user, ":***"),
                    None => (user, ""),
                };
                write!(f, "{scheme}://{user}{password}@{host}{settings}")
            }
            None => write!(f, "{scheme}://{rest}{settings}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for DatabaseUrl {
    /// Writes it without its password.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let cases = [
            ("postgres://batch:s3cret@db/amt", "postgres://batch:***@db/amt"),
            ("postgres://batch@db/amt", "postgres://batch@db/amt"),
            ("postgres://batch:a@b@db/amt", "postgres://batch:***@db/amt"),
            ("postgres://db/amt?user=a&password=s3cret", "postgres://db/amt?***"),
            ("sqlite:/var/lib/batch.db", "sqlite:/var/lib/batch.db"),
        ];
        for (url, shown) in cases {
            let url = DatabaseUrl::new(url);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
            assert_eq!(serde_json::to_string(&url).unwrap(), format!("\"{shown}\""));
        }
    }
}
