use super::{both, write};
use crate::node;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_life_fences_off_the_one_before() {
    for db in both().await {
        let first =
            write(&db, |tx| Box::pin(async move { node::begin_life(tx, "one", 10, 20).await }))
                .await;
        let second =
            write(&db, |tx| Box::pin(async move { node::begin_life(tx, "one", 30, 40).await }))
                .await;
        assert_eq!((first.id, first.fence, second.fence), (second.id, 1, 2));
        let (id, old, new) = (first.id, first.fence, second.fence);
        let renewed = write(&db, move |tx| {
            Box::pin(async move {
                Ok((node::renew(tx, id, old, 50).await?, node::renew(tx, id, new, 60).await?))
            })
        })
        .await;
        assert_eq!(renewed, (false, true));
        let current = write(&db, move |tx| {
            Box::pin(async move {
                Ok((node::is_current(tx, id, old).await?, node::is_current(tx, id, new).await?))
            })
        })
        .await;
        assert_eq!(current, (false, true));
        let all = write(&db, |tx| Box::pin(async move { node::all(tx).await })).await;
        assert_eq!(all.iter().map(|node| node.lease_until).collect::<Vec<_>>(), [60]);
    }
}
