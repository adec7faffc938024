//! What a database is told after it was put back: nothing is started before somebody has looked.

use kit::{Clock as _, SystemClock};
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::{node, server_state};
use sql::Db;

/// Marks a database that was put back.
pub(super) async fn mark(db: &Db, said: &str) -> anyhow::Result<()> {
    let (at, reason) = (sql::to_micros(SystemClock.now()), said.to_owned());
    db.write(move |tx| {
        let reason = reason.clone();
        Box::pin(async move {
            // What is in the archive and not in the backup may be wanted yet: it goes on its day, and not as waste.
            server_state::set_archive_swept(tx, at).await?;
            server_state::pause(tx, "restore", at, &reason).await?;
            // It may go on with another folder.
            node::forget_homes(tx).await?;
            let record = NewRecord {
                at,
                caller: "restore".to_owned(),
                action: "database.restore",
                subject: "database".to_owned(),
                reason: None,
                old_value: None,
                new_value: Some(reason),
            };
            audit::append(tx, &record).await
        })
    })
    .await?;
    Ok(())
}
