//! The database of a process.

use sql::{Db, OpenError};

use crate::options::Options;
use crate::store::MIGRATIONS;

pub use sql::Unreachable;

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// [`Unreachable`], an address that cannot be understood, or tables of a newer version.
pub(crate) async fn open(options: &Options) -> anyhow::Result<Db> {
    let settings =
        sql::Options { application_name: options.server_name(), ..sql::Options::default() };
    match sql::open(&options.database_url(), settings, &MIGRATIONS).await {
        Ok(db) => Ok(db),
        Err(OpenError::Unreachable(why)) => Err(why.into()),
        Err(error) => Err(error.into()),
    }
}
