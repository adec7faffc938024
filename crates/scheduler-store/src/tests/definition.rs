use super::{both, write};
use crate::definition::{self, Definition, NewDefinition};
use crate::server_state;

fn new(kind: &'static str, parent: &str, name: &str, place: i64, body: &str) -> NewDefinition {
    NewDefinition {
        kind,
        parent: parent.to_owned(),
        name: name.to_owned(),
        place,
        body: body.to_owned(),
    }
}

fn names(all: &[Definition]) -> Vec<String> {
    all.iter()
        .map(|each| format!("{} {}/{} {}", each.kind, each.parent, each.name, each.body))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_definition_that_was_replaced_is_still_there_by_its_number() {
    for db in both().await {
        let first = write(&db, |tx| {
            Box::pin(async move {
                let revision = definition::begin_revision(tx, 1, "anna", None).await?;
                let all = [
                    new("job", "S", "B", 1, "{}"),
                    new("job", "S", "A", 0, "{\"x\":\"'\"}"),
                    new("schedule", "", "S", 0, "{}"),
                ];
                definition::insert(tx, revision, &all).await?;
                definition::current(tx).await
            })
        })
        .await;
        assert_eq!(names(&first), ["job S/A {\"x\":\"'\"}", "job S/B {}", "schedule /S {}"]);
        let old = first[0].id;
        let second = write(&db, move |tx| {
            Box::pin(async move {
                let revision = definition::begin_revision(tx, 2, "anna", Some("better")).await?;
                definition::end(tx, revision, &sql::id_list([old])).await?;
                definition::insert(tx, revision, &[new("job", "S", "A", 0, "[2]")]).await?;
                definition::current(tx).await
            })
        })
        .await;
        assert_eq!(names(&second), ["job S/A [2]", "job S/B {}", "schedule /S {}"]);
        let kept = write(&db, move |tx| {
            Box::pin(async move { definition::by_ids(tx, &sql::id_list([old])).await })
        })
        .await;
        assert_eq!(names(&kept), names(&first[..1]));
        let one = write(&db, |tx| {
            Box::pin(async move { definition::current_one(tx, "job", "S", "A").await })
        })
        .await;
        assert_eq!(one.map(|each| each.body), Some("[2]".to_owned()));
        let state = write(&db, |tx| Box::pin(async move { server_state::read(tx).await })).await;
        assert_eq!((state.revision, state.is_paused, state.instance.len()), (2, false, 16));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_switch_for_all_starts_says_who_and_why_and_changes_once() {
    for db in both().await {
        let done = write(&db, |tx| {
            Box::pin(async move {
                let first = server_state::pause(tx, "anna", 5, "disk").await?;
                let second = server_state::pause(tx, "bert", 6, "other").await?;
                let state = server_state::read(tx).await?;
                Ok((
                    first,
                    second,
                    state,
                    server_state::resume(tx).await?,
                    server_state::resume(tx).await?,
                ))
            })
        })
        .await;
        let (first, second, state, resumed, again) = done;
        assert_eq!((first, second, resumed, again), (true, false, true, false));
        assert_eq!(state.paused_by.as_deref(), Some("anna"));
        assert_eq!((state.paused_at, state.pause_reason.as_deref()), (Some(5), Some("disk")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_jobs_are_given_once() {
    for db in both().await {
        let firsts = write(&db, |tx| {
            Box::pin(async move {
                Ok((
                    server_state::reserve_jobs(tx, 5).await?,
                    server_state::reserve_jobs(tx, 1).await?,
                ))
            })
        })
        .await;
        assert_eq!(firsts, (1, 6));
    }
}
