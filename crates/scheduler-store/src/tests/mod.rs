//! Every query on both databases, and the schema.

use sql::{BoxFuture, Db, Tx};
use testkit::databases::{self, TestDb};

mod archive;
mod audit;
mod auto_build;
mod day;
mod definition;
mod escalation;
mod firing;
mod lull;
mod node;
mod plans;
mod schema;
mod secret;

/// Both databases with the schema.
async fn both() -> [TestDb; 2] {
    let databases = [databases::sqlite().await, databases::postgres().await];
    for db in &databases {
        db.migrate(&crate::MIGRATIONS).await.unwrap();
    }
    databases
}

/// Runs a query in a transaction of its own.
async fn write<T, F>(db: &Db, work: F) -> T
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, sql::Result<T>> + Send + 'static,
    T: Send + 'static,
{
    db.write(work).await.unwrap()
}
