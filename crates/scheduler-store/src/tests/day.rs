use super::{both, write};
use crate::attempt::{self, Attempt};
use crate::daily_job::{self, DailyJob};
use crate::daily_schedule::{self, NewDailySchedule};
use crate::definition::{self, NewDefinition};
use crate::edge::{self, Edge};
use crate::outcome::{self, Outcome};
use crate::{WaitKey, agent_state, lull, node};

fn job(id: i64, schedule_id: i64, definition_id: i64) -> DailyJob {
    DailyJob {
        id,
        schedule_id,
        job: format!("J{id}"),
        name: format!("J{id}"),
        definition_id,
        copy: 0,
        use_index: Some(0),
        start_at: 100,
        latest_start: None,
        life: "{\"state\":\"x\"}".to_owned(),
        status: "Qualifying".to_owned(),
        due_at: Some(100 + id),
        waits_for: None,
        open_edges: 0,
        has_conflicts: false,
        priority: 0,
        further_runs: None,
        runs_on: None,
        agent: None,
        phase: None,
        phase_code: None,
        properties: "{}".to_owned(),
        added_at: None,
        added_by: None,
        changes: None,
        asked: None,
        version: 1,
    }
}

fn edge(successor: i64, number: i64, predecessor: Option<i64>) -> Edge {
    Edge {
        successor_id: successor,
        number,
        predecessor_id: predecessor,
        kind: "requires".to_owned(),
        condition: "finished_ok".to_owned(),
        is_open: true,
        wanted_schedule: predecessor.is_none().then(|| "T".to_owned()),
        wanted_job: predecessor.is_none().then(|| "X".to_owned()),
        wanted_date: predecessor.is_none().then(|| "2026-11-22".to_owned()),
    }
}

fn attempt(job_id: i64, node_id: i64, fence: i64, wanted: &str) -> Attempt {
    Attempt {
        job_id,
        number: 1,
        agent: "A".to_owned(),
        planned_at: 100,
        requested_at: 101,
        started_at: None,
        ended_at: None,
        archived_at: None,
        handle: None,
        code: None,
        ending: None,
        description: String::new(),
        node_id: Some(node_id),
        fence,
        wanted: Some(wanted.to_owned()),
        is_kill_wanted: false,
        resources: None,
        due_at: Some(101),
        tries: 0,
    }
}

/// A schedule with jobs of these numbers.
async fn day(tx: &mut sql::Tx<'_>, jobs: &[i64]) -> sql::Result<i64> {
    let revision = definition::begin_revision(tx, 1, "test", None).await?;
    let new = NewDefinition {
        kind: "job",
        parent: "S".to_owned(),
        name: "J".to_owned(),
        place: 0,
        body: "{}".to_owned(),
    };
    definition::insert(tx, revision, &[new]).await?;
    let definition = definition::current(tx).await?[0].id;
    let new = NewDailySchedule {
        date: "2026-11-23".to_owned(),
        schedule: "S".to_owned(),
        name: "S".to_owned(),
        definition_id: definition,
        time_zone: "UTC".to_owned(),
        parent_job_id: None,
        start_at: 100,
        life: "{}".to_owned(),
        status: "Wait to Start".to_owned(),
        open_jobs: 3,
        due_at: Some(100),
        properties: "{}".to_owned(),
        built_at: 1,
    };
    let schedule = daily_schedule::insert(tx, &new).await?;
    let jobs: Vec<DailyJob> = jobs.iter().map(|id| job(*id, schedule, definition)).collect();
    daily_job::insert(tx, &jobs).await?;
    Ok(schedule)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_of_a_day_is_read_again_and_due_in_its_order() {
    for db in both().await {
        let (due, next, schedules, next_schedule) = write(&db, |tx| {
            Box::pin(async move {
                day(tx, &[3, 1, 2]).await?;
                let due = daily_job::due(tx, 102, 10).await?;
                let next = daily_job::next_due(tx).await?;
                let schedules = daily_schedule::due(tx, 100, 10).await?;
                Ok((due, next, schedules, daily_schedule::next_due(tx).await?))
            })
        })
        .await;
        assert_eq!(due.iter().map(|job| job.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(due[0], job(1, due[0].schedule_id, due[0].definition_id));
        assert_eq!((next, next_schedule), (Some(101), Some(100)));
        assert_eq!(schedules, [due[0].schedule_id]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_jobs_are_stored_together() {
    for db in both().await {
        let jobs = write(&db, |tx| {
            Box::pin(async move {
                let schedule = day(tx, &[1, 2]).await?;
                let mut jobs = daily_job::lock(tx, &sql::id_list([1, 2])).await?;
                for job in &mut jobs {
                    job.status = format!("{} it's", job.id);
                    job.due_at = None;
                    job.waits_for = WaitKey::parse("agent:A");
                    (job.phase, job.phase_code) = (Some("QUEUED".to_owned()), Some(1));
                }
                daily_job::update(tx, &jobs).await?;
                daily_job::of_schedule(tx, schedule).await
            })
        })
        .await;
        let shown: Vec<_> = jobs
            .iter()
            .map(|job| {
                (
                    job.status.as_str(),
                    job.due_at,
                    job.waits_for.clone(),
                    job.phase_code,
                    job.version,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("1 it's", None, WaitKey::parse("agent:A"), Some(1), 2),
                ("2 it's", None, WaitKey::parse("agent:A"), Some(1), 2)
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_that_wait_for_a_slot_the_highest_priority_is_woken_first() {
    for db in both().await {
        let (woken, due) = write(&db, |tx| {
            Box::pin(async move {
                day(tx, &[]).await?;
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                let waiting = |id, priority| DailyJob {
                    priority,
                    due_at: None,
                    waits_for: WaitKey::parse("agent:A"),
                    ..job(id, schedule.id, schedule.definition_id)
                };
                let all = [waiting(1, 0), waiting(2, 9), waiting(3, 9), waiting(4, 0)];
                daily_job::insert(tx, &all).await?;
                let woken =
                    daily_job::wake_waiting(tx, &WaitKey::Agent("A".to_owned()), 500, 3).await?;
                Ok((woken, daily_job::due(tx, 500, 10).await?))
            })
        })
        .await;
        let mut ids: Vec<i64> = due.iter().map(|job| job.id).collect();
        ids.sort_unstable();
        assert_eq!((woken, ids), (3, vec![1, 2, 3]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_named_once_however_many_jobs_wait_for_them() {
    for db in both().await {
        let (keys, lull) = write(&db, |tx| {
            Box::pin(async move {
                day(tx, &[9]).await?;
                let schedule = daily_schedule::of_date(tx, "2026-11-23").await?.remove(0);
                let all = [
                    "agent:B",
                    "agent:A",
                    "group:G",
                    "agents:|A|B|",
                    "agent:A",
                    "resource:R",
                    "pause",
                ];
                let waiting = (1..).zip(all).map(|(id, key)| DailyJob {
                    waits_for: WaitKey::parse(key),
                    ..job(id, schedule.id, schedule.definition_id)
                });
                daily_job::insert(tx, &waiting.collect::<Vec<_>>()).await?;
                Ok((daily_job::agents_or_pause_waited_for(tx).await?, lull::lull(tx).await?))
            })
        })
        .await;
        let waited_for = [lull.agent, lull.alternate_agents, lull.agent_group];
        assert_eq!(waited_for.map(Option::unwrap), ["agent:A", "agents:|A|B|", "group:G"]);
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        assert_eq!(keys, ["agent:A", "agent:B", "agents:|A|B|", "group:G", "pause"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edges_are_found_from_both_ends_and_by_what_they_want() {
    for db in both().await {
        let (from, of, wanted, open) = write(&db, |tx| {
            Box::pin(async move {
                let schedule = day(tx, &[1, 2, 3]).await?;
                let conflict = Edge { kind: "conflict".to_owned(), ..edge(2, 1, Some(3)) };
                edge::insert(
                    tx,
                    &[edge(2, 0, Some(1)), edge(3, 0, Some(1)), edge(3, 1, None), conflict],
                )
                .await?;
                edge::set_open(tx, "[[3,0,0]]").await?;
                Ok((
                    edge::from(tx, &sql::id_list([1])).await?,
                    edge::of(tx, 3).await?,
                    edge::wanted(tx, "T", "2026-11-22").await?,
                    edge::open_of(tx, &sql::id_list([schedule])).await?,
                ))
            })
        })
        .await;
        assert_eq!(from, [edge(2, 0, Some(1)), Edge { is_open: false, ..edge(3, 0, Some(1)) }]);
        assert_eq!(
            of.iter().map(|edge| (edge.number, edge.is_open)).collect::<Vec<_>>(),
            [(0, false), (1, true)]
        );
        assert_eq!(wanted, [edge(3, 1, None)]);
        assert_eq!(open, [edge(2, 0, Some(1)), edge(3, 1, None)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_of_an_earlier_life_is_looked_for_and_not_made_again() {
    for db in both().await {
        let (adopted, wanted, again) = write(&db, |tx| {
            Box::pin(async move {
                day(tx, &[1, 2, 3]).await?;
                let old = node::begin_life(tx, "one", "home", 1, 1000).await?.unwrap();
                let dead = node::begin_life(tx, "dead", "home", 1, 50).await?.unwrap();
                let alive = node::begin_life(tx, "alive", "home", 1, 1000).await?.unwrap();
                attempt::insert(
                    tx,
                    &[
                        attempt(1, old.id, old.fence, "start"),
                        attempt(2, dead.id, dead.fence, "watch"),
                        attempt(3, alive.id, alive.fence, "start"),
                    ],
                )
                .await?;
                let new = node::begin_life(tx, "one", "home", 200, 1000).await?.unwrap();
                let of = attempt::Owner { node_id: new.id, fence: new.fence };
                let mut adopted = attempt::adopt_own(tx, of, 200).await?;
                let none = sql::text_list([]);
                let valid = node::Valid { from: 200, to: 1100 };
                let left = attempt::left_by(tx, new.id, &none, valid).await?;
                assert_eq!(left, [dead.id]);
                // A lease from before the clock was put back.
                let put_back = node::Valid { from: 200, to: 900 };
                let left = attempt::left_by(tx, new.id, &none, put_back).await?;
                assert_eq!(left, [dead.id, alive.id]);
                let own = sql::text_list(["A"]);
                assert_eq!(attempt::left_by(tx, new.id, &own, valid).await?, [0; 0]);
                let nodes = sql::id_list([dead.id, alive.id]);
                let fenced = node::fence_off(tx, &nodes, valid).await?;
                assert_eq!(fenced.iter().map(|node| node.fence).collect::<Vec<_>>(), [2]);
                assert!(!node::renew(tx, dead.id, dead.fence, 2000).await?);
                let nodes = sql::id_list([dead.id]);
                assert_eq!(attempt::adopt_of(tx, of, &nodes, &own, 200).await?, []);
                adopted.extend(attempt::adopt_of(tx, of, &nodes, &none, 200).await?);
                adopted.sort();
                let wanted = {
                    let owner = attempt::Owner { node_id: new.id, fence: new.fence };
                    let before = attempt::Owner { fence: old.fence, ..owner };
                    let find = r#"["find"]"#;
                    assert_eq!(attempt::wanted(tx, before, find, &none, 200, 10).await?, []);
                    assert_eq!(attempt::wanted(tx, owner, find, &own, 200, 10).await?, []);
                    attempt::wanted(tx, owner, find, &none, 200, 10).await?
                };
                Ok((adopted, wanted, attempt::adopt_own(tx, of, 201).await?))
            })
        })
        .await;
        assert_eq!(adopted, [(1, 1, "find".to_owned()), (2, 1, "watch".to_owned())]);
        assert_eq!(
            wanted.iter().map(|attempt| (attempt.job_id, attempt.fence)).collect::<Vec<_>>(),
            [(1, 2)]
        );
        assert_eq!(again, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_under_watch_at_the_same_time_is_read_page_by_page_and_once() {
    for db in both().await {
        let (pages, later) = write(&db, |tx| {
            Box::pin(async move {
                day(tx, &[1, 2, 3, 4, 5]).await?;
                let node = node::begin_life(tx, "one", "home", 1, 1000).await?.unwrap();
                let of = attempt::Owner { node_id: node.id, fence: node.fence };
                let watched = |job| Attempt {
                    due_at: Some(200),
                    ..attempt(job, node.id, node.fence, "watch")
                };
                attempt::insert(tx, &[2, 5, 1, 3].map(watched)).await?;
                let mut place = (i64::MIN, i64::MIN, i64::MIN);
                let mut pages = Vec::new();
                loop {
                    let page = attempt::watched_after(tx, of, place, 3).await?;
                    let Some(last) = page.last() else { break };
                    place = (last.due_at.unwrap(), last.job_id, last.number);
                    pages.push(page.iter().map(|each| each.job_id).collect::<Vec<_>>());
                }
                let next = Attempt { due_at: Some(201), ..watched(4) };
                attempt::insert(tx, &[next]).await?;
                Ok((pages, attempt::watched_after(tx, of, place, 3).await?))
            })
        })
        .await;
        assert_eq!(pages, [vec![1, 2, 3], vec![5]]);
        assert_eq!(later.iter().map(|each| each.job_id).collect::<Vec<_>>(), [4]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_conflict_both_ways() {
    for db in both().await {
        let conflicts = write(&db, |tx| {
            Box::pin(async move {
                day(tx, &[1, 2]).await?;
                edge::insert(tx, &[Edge { kind: "conflict".to_owned(), ..edge(2, 0, Some(1)) }])
                    .await?;
                Ok([edge::conflicts(tx, 1).await?, edge::conflicts(tx, 2).await?])
            })
        })
        .await;
        assert_eq!(conflicts, [[2], [1]]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instant_has_one_outcome() {
    for db in both().await {
        let of = |outcome: &str, planned_at| Outcome {
            date: "2026-11-23".to_owned(),
            schedule: "S".to_owned(),
            job: "J".to_owned(),
            planned_at,
            outcome: outcome.to_owned(),
            reason: "so".to_owned(),
            at: 7,
            job_id: 0,
            attempt: None,
        };
        let (first, second) = ([of("missed", 1), of("ran", 2)], [of("ran", 1)]);
        let found = write(&db, move |tx| {
            let (first, second) = (first.clone(), second.clone());
            Box::pin(async move {
                outcome::put(tx, &first).await?;
                outcome::put(tx, &second).await?;
                Ok((
                    outcome::of_date(tx, "2026-11-23").await?,
                    outcome::of_job(tx, "S", "J", 1).await?,
                ))
            })
        })
        .await;
        assert_eq!(found, (vec![of("ran", 1), of("ran", 2)], vec![of("ran", 2)]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_added_once_and_its_slots_are_counted() {
    for db in both().await {
        let agents = write(&db, |tx| {
            Box::pin(async move {
                agent_state::add(tx, "A", "full", 1).await?;
                agent_state::add(tx, "A", "disabled", 2).await?;
                agent_state::count_running(tx, "A", 2).await?;
                agent_state::count_running(tx, "A", -1).await?;
                agent_state::set_status(tx, "A", "not_responding", "refused", 3, Some(9)).await?;
                agent_state::add(tx, "B", "full", 1).await?;
                let first = agent_state::lock(tx, &sql::text_list(["A", "C"])).await?;
                assert_eq!(agent_state::one(tx, "A").await?.as_ref(), first.first());
                agent_state::remove(tx, "B").await?;
                assert!(agent_state::answered(tx, &first[0], "communicating", "", 3, 9).await?);
                // Whoever has asked before somebody changed it, is not heard.
                assert!(!agent_state::answered(tx, &first[0], "not_responding", "", 3, 9).await?);
                agent_state::ask_again(tx, "A", "another password", 5).await?;
                let third = agent_state::one(tx, "A").await?.unwrap();
                assert_eq!((third.status.as_str(), third.due_at), ("waiting", Some(5)));
                agent_state::set_communication(tx, "A", "limited", 4).await?;
                let second = agent_state::all(tx).await?;
                agent_state::remove(tx, "A").await?;
                Ok((first, second, agent_state::all(tx).await?))
            })
        })
        .await;
        let (first, second, third) = agents;
        assert_eq!(
            (first[0].communication.as_str(), first[0].running, first[0].due_at),
            ("full", 1, Some(9))
        );
        assert_eq!(
            (second[0].communication.as_str(), second[0].status.as_str()),
            ("limited", "waiting")
        );
        assert_eq!(third, []);
    }
}
