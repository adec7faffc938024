use super::{both, write};
use crate::secret::{self, Sealed};

fn shown(row: &Sealed) -> String {
    format!(
        "{} {} {} {:?} {} {}",
        row.kind, row.name, row.key_id, row.sealed, row.changed_at, row.version
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_value_counts_as_another_version_and_the_same_one_sealed_anew_does_not() {
    for db in both().await {
        let rows = write(&db, |tx| {
            Box::pin(async move {
                secret::put(tx, "batch_user", "U", "k1", &[1, 0, 255], 7).await?;
                secret::put(tx, "property", "U", "k1", &[2], 8).await?;
                secret::put(tx, "batch_user", "U", "k1", &[3], 9).await?;
                secret::reseal(tx, "batch_user", "U", "k2", &[4]).await?;
                let rows = secret::lock_all(tx).await?;
                assert_eq!(secret::of_kind(tx, "property").await?, rows[1..]);
                assert_eq!(secret::one(tx, "batch_user", "U").await?.as_ref(), rows.first());
                assert_eq!(secret::key_ids(tx).await?, ["k1", "k2"]);
                assert!(secret::remove(tx, "property", "U").await?);
                assert!(!secret::remove(tx, "property", "U").await?);
                assert_eq!(secret::key_ids(tx).await?, ["k2"]);
                Ok(rows)
            })
        })
        .await;
        let rows: Vec<String> = rows.iter().map(shown).collect();
        assert_eq!(rows, ["batch_user U k2 [4] 9 2", "property U k1 [2] 8 1"]);
    }
}
