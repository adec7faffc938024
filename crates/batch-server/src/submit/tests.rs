//! Starts that come again, and keys that callers may not take.

use amt_protocol::{Action, JobAction};

use super::start;
use crate::planner::world::{self, World};
use crate::store::job;

fn action(key: &str) -> JobAction {
    JobAction {
        application_name: Some("DEMO2".into()),
        job_name: Some("NIGHTLY".into()),
        request_key: Some(key.into()),
        ..JobAction::new(Action::Start)
    }
}

/// Takes the job of a request away, as when it is renamed.
pub(crate) async fn forget_job(world: &World, request_id: i64) {
    let id = world.request(request_id).await.unwrap().job_id.unwrap();
    let write = world.server.db.write(move |tx| Box::pin(async move { job::delete(tx, id).await }));
    write.await.unwrap();
    world.server.catalog.reload(&world.server.db).await.unwrap();
}

testkit::both_databases!(
    a_start_sent_again_is_answered_before_its_names_are_looked_up,
    |db| async move {
        let world = world::open(db).await;
        let caller = world.administrator();
        let first = start(&world.server, &caller, &action("k-1"), None).await.unwrap();
        assert!(first.batch_request_id.unwrap() > 0, "{first:?}");
        // The job is taken away between the start and its repetition.
        forget_job(&world, first.batch_request_id.unwrap()).await;
        let unknown = start(&world.server, &caller, &action("k-2"), None).await.unwrap();
        assert_eq!(unknown.batch_request_id, Some(0), "{unknown:?}");
        let again = start(&world.server, &caller, &action("k-1"), None).await.unwrap();
        assert_eq!(again.batch_request_id, first.batch_request_id);
        let other = JobAction { report_parameter: Some("x".into()), ..action("k-1") };
        let error = start(&world.server, &caller, &other, None).await.unwrap_err();
        assert!(error.to_string().contains("other content"), "{error}");
    }
);

testkit::both_databases!(
    a_known_key_tells_nothing_to_another_user_without_the_job,
    |db| async move {
        let world = world::open(db).await;
        start(&world.server, &world.administrator(), &action("k-1"), None).await.unwrap();
        let mut other = world.administrator();
        (other.user_id, other.token_id, other.sees_all_jobs) = (77, 77, false);
        let answer = start(&world.server, &other, &action("k-1"), None).await.unwrap();
        assert_eq!(answer.batch_request_id, Some(0), "{answer:?}");
    }
);

testkit::both_databases!(keys_of_the_batch_server_are_refused, |db| async move {
    let world = world::open(db).await;
    for key in ["recover:1", "job:1:1:x"] {
        let answer =
            start(&world.server, &world.administrator(), &action(key), None).await.unwrap();
        assert_eq!(answer.batch_request_id, Some(0), "{answer:?}");
        assert!(answer.description.unwrap().starts_with("RequestKey `"));
    }
    for key in ["Recover:1", "jobs"] {
        let answer =
            start(&world.server, &world.administrator(), &action(key), None).await.unwrap();
        assert!(answer.batch_request_id.unwrap() > 0, "{answer:?}");
    }
});
