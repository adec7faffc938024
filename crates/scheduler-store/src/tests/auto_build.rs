use super::{both, write};
use crate::auto_build::{self, AutoBuild, BuildDay};
use crate::daily_schedule::{self, NewDailySchedule};
use crate::definition::{self, NewDefinition};
use crate::outcome::{self, Outcome};

fn stands(schedule: &str, next_date: &str, due_at: i64) -> AutoBuild {
    AutoBuild {
        schedule: schedule.to_owned(),
        next_date: next_date.to_owned(),
        due_at,
        since: "2026-11-20".to_owned(),
        problem: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_stands_at_one_date_and_those_are_due_whose_time_has_come() {
    for db in both().await {
        let found = write(&db, |tx| {
            Box::pin(async move {
                let first = auto_build::next_due(tx).await?;
                let (a, b) = (stands("A", "2026-11-23", 5), stands("B", "2026-11-24", 9));
                auto_build::put(tx, &[a, b.clone(), stands("C", "2026-11-23", 10)]).await?;
                let later = AutoBuild {
                    problem: Some("it's so".to_owned()),
                    ..stands("A", "2026-11-24", 9)
                };
                auto_build::put(tx, &[later]).await?;
                let due = auto_build::due(tx, 9).await?;
                let locked = auto_build::lock(tx, &sql::text_list(["B", "X"])).await?;
                assert_eq!(locked, [b]);
                auto_build::remove(tx, &sql::text_list(["A"])).await?;
                let left = auto_build::all(tx).await?;
                Ok((first, due, left, auto_build::next_due(tx).await?))
            })
        })
        .await;
        let (first, due, left, next) = found;
        let shown = |all: &[AutoBuild]| {
            all.iter()
                .map(|row| format!("{} {} {:?}", row.schedule, row.next_date, row.problem))
                .collect::<Vec<_>>()
        };
        assert_eq!((first, next), (None, Some(9)));
        assert_eq!(shown(&due), [r#"A 2026-11-24 Some("it's so")"#, "B 2026-11-24 None"]);
        assert_eq!(shown(&left), ["B 2026-11-24 None", "C 2026-11-23 None"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_each_date_the_last_word_counts() {
    for db in both().await {
        let day = |date: &str, what: &str| BuildDay {
            date: date.to_owned(),
            schedule: "S".to_owned(),
            what: what.to_owned(),
            reason: "so".to_owned(),
            instants: 2,
            at: 7,
        };
        let all = [day("2026-11-23", "missed"), day("2026-11-24", "built")];
        let again = [day("2026-11-23", "built")];
        let found = write(&db, move |tx| {
            let (all, again) = (all.clone(), again.clone());
            Box::pin(async move {
                auto_build::put_days(tx, &all).await?;
                auto_build::put_days(tx, &again).await?;
                let since = auto_build::days_since(tx, "S", "2026-11-24").await?;
                Ok((auto_build::days_of(tx, "2026-11-23").await?, since))
            })
        })
        .await;
        assert_eq!(found, (vec![day("2026-11-23", "built")], vec![day("2026-11-24", "built")]));
    }
}

fn outcome(schedule: &str, word: &str, job_id: i64) -> Outcome {
    Outcome {
        date: "2026-11-23".to_owned(),
        schedule: schedule.to_owned(),
        job: "J".to_owned(),
        planned_at: 5,
        outcome: word.to_owned(),
        reason: "so".to_owned(),
        at: 7,
        job_id,
        attempt: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_daily_job_has_its_own_outcome_and_what_was_not_built_loses_it_when_it_is() {
    for db in both().await {
        let found = write(&db, |tx| {
            Box::pin(async move {
                let first = [outcome("S", "missed", 0), outcome("T", "missed", 0)];
                outcome::put(tx, &first).await?;
                let two =
                    [outcome("S", "failed", 1), outcome("S", "ran", 1), outcome("S", "ran", 2)];
                outcome::put(tx, &two).await?;
                let missing = [outcome("S", "closed", 2), outcome("S", "closed", 3)];
                outcome::put_missing(tx, &missing).await?;
                outcome::clear_unbuilt(tx, "2026-11-23", &sql::text_list(["S"])).await?;
                outcome::of_date(tx, "2026-11-23").await
            })
        })
        .await;
        let expected = [
            outcome("S", "ran", 1),
            outcome("S", "ran", 2),
            outcome("S", "closed", 3),
            outcome("T", "missed", 0),
        ];
        assert_eq!(found, expected);
    }
}

fn daily(name: &str, definition_id: i64) -> NewDailySchedule {
    NewDailySchedule {
        date: "2026-11-23".to_owned(),
        schedule: name.to_owned(),
        name: name.to_owned(),
        definition_id,
        time_zone: "UTC".to_owned(),
        parent_job_id: None,
        start_at: 1,
        life: "{}".to_owned(),
        status: "Completed".to_owned(),
        open_jobs: 0,
        due_at: None,
        properties: "{}".to_owned(),
        built_at: 1,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_completed_schedule_with_a_time_is_to_be_deleted() {
    for db in both().await {
        let found = write(&db, |tx| {
            Box::pin(async move {
                let revision = definition::begin_revision(tx, 1, "anna", None).await?;
                let (parent, body) = (String::new(), "{}".to_owned());
                let new = NewDefinition {
                    kind: "schedule",
                    parent,
                    name: "S".to_owned(),
                    place: 0,
                    body,
                };
                definition::insert(tx, revision, &[new]).await?;
                let definition = definition::current(tx).await?[0].id;
                for (name, delete_at, completed_at) in [
                    ("A", Some(5), Some(3)),
                    ("B", Some(5), None),
                    ("C", None, Some(3)),
                    ("D", Some(8), Some(3)),
                ] {
                    let id = daily_schedule::insert(tx, &daily(name, definition)).await?;
                    if let Some(at) = delete_at {
                        daily_schedule::set_delete_at(tx, id, at).await?;
                    }
                    let mut row = daily_schedule::by_ids(tx, &sql::id_list([id])).await?.remove(0);
                    row.completed_at = completed_at;
                    daily_schedule::update(tx, &row).await?;
                }
                let next = daily_schedule::next_delete(tx).await?;
                let due = daily_schedule::ids_to_delete(tx, 7, 10).await?;
                let mut names = Vec::new();
                for id in due {
                    assert_eq!(daily_schedule::to_delete(tx, id, 4).await?, None);
                    names.extend(daily_schedule::to_delete(tx, id, 7).await?.map(|row| row.name));
                }
                Ok((next, names))
            })
        })
        .await;
        assert_eq!(found, (Some(5), vec!["A".to_owned()]));
    }
}
