use super::{life, now};
use crate::planner::world::open;
use crate::store::controller::{has_others, lock_by_key, renew};

testkit::both_databases!(a_lease_is_renewed_by_the_newest_life_alone, |db| async move {
    let world = open(db).await;
    let until = now(&world) + 5;
    let old = life(&world, "A", until).await;
    let renewed = transact!(world, |tx| renew(tx, old.id, old.fence, until + 1)).unwrap();
    assert_eq!(renewed.unwrap().lease_until, until + 1);
    let new = life(&world, "A", until).await;
    assert_eq!((new.id, new.fence), (old.id, old.fence + 1));
    assert!(transact!(world, |tx| renew(tx, old.id, old.fence, until + 9)).unwrap().is_none());
    let row = transact!(world, |tx| lock_by_key(tx, "A")).unwrap().unwrap();
    assert_eq!((row.id, row.fence, row.lease_until), (new.id, new.fence, until));
    assert!(transact!(world, |tx| lock_by_key(tx, "B")).unwrap().is_none());
});

testkit::both_databases!(a_controller_without_a_lease_is_no_company, |db| async move {
    let world = open(db).await;
    let now = now(&world);
    let (alive, gone) = (life(&world, "A", now + 1).await.id, life(&world, "B", now).await.id);
    assert!(!transact!(world, |tx| has_others(tx, alive, now)).unwrap());
    assert!(transact!(world, |tx| has_others(tx, gone, now)).unwrap());
});
