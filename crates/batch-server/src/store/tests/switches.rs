use batch_core::request::Event;

use crate::planner::world::open;
use crate::store::request::change::Also;
use crate::store::request::claim::waiting;
use crate::store::role::{self, NewRole};
use crate::store::server_state::bump_catalog;
use crate::store::{job, retention};
use crate::transition::happen;

testkit::both_databases!(one_role_is_the_default_after_the_others_have_lost_it, |db| async move {
    let world = open(db).await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        let new: &NewRole = Box::leak(Box::new(NewRole {
            name: name.into(),
            name_key: name.into(),
            description: String::new(),
            is_default: name != "C",
            shows_all_jobs: false,
            rights: String::new(),
        }));
        ids.push(transact!(world, |tx| role::insert(tx, new)).unwrap());
    }
    let except = ids[1];
    transact!(world, |tx| role::clear_default(tx, except)).unwrap();
    let mut found = Vec::new();
    for &id in &ids {
        let role = transact!(world, |tx| role::get(tx, id)).unwrap().unwrap();
        found.push((role.is_default, role.version));
    }
    assert_eq!(found, [(false, 2), (true, 1), (false, 1)], "who has changed has a new version");
});

testkit::both_databases!(a_change_of_the_configuration_is_counted, |db| async move {
    let world = open(db).await;
    assert_eq!(transact!(world, |tx| waiting(tx)).unwrap(), [], "nobody asks while nothing waits");
    let id = world.submit("NIGHTLY", |_, _| ()).await;
    let queue = world.request(id).await.unwrap().queue_id;
    let before = transact!(world, |tx| waiting(tx)).unwrap();
    assert!(
        matches!(&before[..], [one] if one.queue_id == queue && !one.has_by_hand),
        "{before:?}"
    );
    transact!(world, |tx| bump_catalog(tx)).unwrap();
    let after = transact!(world, |tx| waiting(tx)).unwrap();
    assert_eq!(after[0].catalog_version, before[0].catalog_version + 1);
    happen(&world.server, id, Event::StartForced, Also::default()).await.unwrap();
    assert!(transact!(world, |tx| waiting(tx)).unwrap()[0].has_by_hand);
});

testkit::both_databases!(a_job_is_read_by_its_number, |db| async move {
    let world = open(db).await;
    let id = world.submit("NIGHTLY", |_, _| ()).await;
    let number = world.request(id).await.unwrap().job_id.unwrap();
    let found = transact!(world, |tx| job::get(tx, number)).unwrap().unwrap();
    assert_eq!((found.id, found.name.as_str()), (number, "NIGHTLY"));
    assert!(transact!(world, |tx| job::get(tx, 4711)).unwrap().is_none());
    // Statistics change nothing that could be seen; they must be taken without an error.
    transact!(world, |tx| retention::analyze(tx)).unwrap();
});
