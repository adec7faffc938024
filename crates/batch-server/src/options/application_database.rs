//! The database of an application, as its programs are told of it.

use std::path::PathBuf;

use anyhow::Context as _;
use kit::Secret;
use serde::{Deserialize, Serialize};

/// Where an application's own database is, for the variables `DBSERVER`, `DBNAME`, `DBUSER` and `DBPASSWORD` of its reports and
/// executables (`amt-domain 6.3`). It belongs to the machine and not to the definitions, which others may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationDatabase {
    /// `DBSERVER`.
    pub server: String,
    /// `DBNAME`.
    pub name: String,
    /// `DBUSER`.
    pub user: String,
    /// File whose first line is the password. Programs get it in clear text as `DBPASSWORD`; without the key they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

impl ApplicationDatabase {
    /// The password as the file has it now; none when programs do not get it.
    ///
    /// # Errors
    /// The file cannot be read; the text names it.
    pub(crate) fn password(&self) -> anyhow::Result<Option<Secret>> {
        let Some(file) = &self.password_file else { return Ok(None) };
        let text = std::fs::read_to_string(file).with_context(|| {
            format!("reading the password of the application's database from {}", file.display())
        })?;
        Ok(Some(Secret::new(text.lines().next().unwrap_or_default())))
    }
}
