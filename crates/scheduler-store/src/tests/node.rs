use super::{both, write};
use crate::node;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_life_fences_off_the_one_before() {
    for db in both().await {
        let first = write(&db, |tx| {
            Box::pin(async move { node::begin_life(tx, "one", "home", 10, 20).await })
        })
        .await;
        let second = write(&db, |tx| {
            Box::pin(async move { node::begin_life(tx, "one", "home", 30, 40).await })
        })
        .await;
        let (first, second) = (first.unwrap(), second.unwrap());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_belongs_to_the_data_folder_that_began_with_it() {
    for db in both().await {
        let begun = write(&db, |tx| {
            Box::pin(async move {
                let first = node::begin_life(tx, "one", "here", 10, 20).await?.unwrap();
                let other = node::begin_life(tx, "one", "there", 30, 40).await?;
                let second = node::begin_life(tx, "one", "here", 30, 40).await?.unwrap();
                node::forget_homes(tx).await?;
                let moved = node::begin_life(tx, "one", "there", 50, 60).await?.unwrap();
                Ok((first.fence, other, second.fence, moved.fence))
            })
        })
        .await;
        assert_eq!(begun, (1, None, 2, 3));
    }
}
