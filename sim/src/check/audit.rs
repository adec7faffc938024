//! The audit is one unbroken chain from its first record on, and every action stands in it.

use anyhow::Result;
use scheduler_store::audit;
use sql::Db;

/// Records that are read at once.
const AT_ONCE: i64 = 1000;

/// Reads the whole chain. Says what is wrong with it, or how many records are of operators.
pub(crate) async fn chain(db: &Db) -> Result<std::result::Result<usize, String>> {
    let (mut last, mut hash, mut of_operators) = (0, String::new(), 0);
    loop {
        let records = db
            .read(move |tx| Box::pin(async move { audit::after(tx, last, AT_ONCE).await }))
            .await?;
        let Some(newest) = records.last().map(|record| record.id) else {
            return Ok(Ok(of_operators));
        };
        for record in &records {
            if record.previous_hash != hash || !record.is_whole() {
                return Ok(Err(format!("the audit is broken at record {}", record.id)));
            }
            hash.clone_from(&record.hash);
            of_operators += usize::from(record.caller.starts_with("local:"));
        }
        last = newest;
    }
}
