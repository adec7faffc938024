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

    /// Why no database can have this address; none when one can. A plain path is a SQLite file.
    pub fn mistake(&self) -> Option<String> {
        const FORMS: &str = "give `sqlite:PATH` or `postgres://user@host/name`";
        if self.0.trim().is_empty() {
            return Some(format!("is empty: {FORMS}"));
        }
        // What follows the scheme may hold a password, so it is not repeated. A single letter is a drive.
        let (scheme, _) = self.0.split_once(':')?;
        let is_scheme = scheme.len() > 1
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        if !is_scheme || scheme == "sqlite" || self.is_postgres() {
            return None;
        }
        Some(match scheme {
            "postgres" | "postgresql" => format!("lacks `//` after `{scheme}:`: {FORMS}"),
            _ => format!("begins with `{scheme}:`, which is no database that can be used: {FORMS}"),
        })
    }

    /// Host and port of a PostgreSQL server, as far as the address names them; none for a local socket and for SQLite.
    pub fn host_and_port(&self) -> Option<(String, u16)> {
        if !self.is_postgres() {
            return None;
        }
        let (_, rest) = self.0.split_once("://")?;
        let (rest, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let set = |name: &str| {
            settings.split('&').find_map(|setting| setting.strip_prefix(name)?.strip_prefix('='))
        };
        let server = rest.split('/').next().unwrap_or_default();
        let server = server.rsplit_once('@').map_or(server, |(_, server)| server);
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => (host, Some(port)),
            _ => (server, None),
        };
        let host = set("host").unwrap_or(host).trim_matches(['[', ']']);
        let is_socket = host.is_empty() || host.starts_with(['/', '%']);
        let port = set("port").or(port).and_then(|port| port.parse().ok()).unwrap_or(5432);
        (!is_socket).then(|| (host.to_owned(), port))
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
    fn an_address_of_no_known_database_is_a_mistake_that_shows_no_password() {
        for good in
            ["sqlite:a.db", "a.db", "/a:b/c.db", "C:\\a.db", "postgres://h/d", "postgresql://h/d"]
        {
            assert_eq!(DatabaseUrl::new(good).mistake(), None, "{good}");
        }
        for (bad, part) in [
            ("mysql://u:s3cret@h/d", "begins with `mysql:`"),
            ("postgres:u:s3cret@h/d", "lacks `//`"),
            (" ", "is empty"),
        ] {
            let mistake = DatabaseUrl::new(bad).mistake().unwrap();
            assert!(
                mistake.contains(part) && mistake.contains("postgres://user@host/name"),
                "{mistake}"
            );
            assert!(!mistake.contains("s3cret"), "{mistake}");
        }
    }

    #[test]
    fn host_and_port_are_found_without_the_password() {
        let cases = [
            ("postgres://u:p@db/amt", Some(("db", 5432))),
            ("postgres://u:p:1@db:15432/amt?sslmode=require", Some(("db", 15432))),
            ("postgres://u:p@x@[::1]:7/amt", Some(("::1", 7))),
            ("postgresql:///amt?host=db2&port=8&password=p", Some(("db2", 8))),
            ("postgres:///amt", None),
            ("postgres://%2Fvar%2Frun/amt", None),
            ("sqlite:/a.db", None),
        ];
        for (url, expected) in cases {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(DatabaseUrl::new(url).host_and_port(), expected, "{url}");
        }
    }

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
