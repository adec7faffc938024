use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kit::{Next, Pass};

use super::world::{World, open};
use super::*;
use crate::configure::{Expected, PageOf};
use crate::error::Error;
use crate::store::alert;

const PAGE: PageOf = PageOf { after: None, limit: 100 };

fn input(when: serde_json::Value) -> ScheduleInput {
    serde_json::from_value(serde_json::json!({
        "name": "Daily", "application": "demo2", "job": "nightly", "when": when,
    }))
    .unwrap()
}

fn daily() -> ScheduleInput {
    input(serde_json::json!({"start_time": "07:00"}))
}

async fn make(world: &World, input: &ScheduleInput) -> i64 {
    create(&world.server, &world.administrator(), input).await.unwrap().id
}

fn planner(world: &World) -> Planner {
    Planner::new(Arc::clone(&world.server))
}

/// The outcomes of a schedule, newest first.
async fn outcomes(world: &World, id: i64) -> Vec<String> {
    let page = runs(&world.server, &world.administrator(), id, PAGE).await.unwrap();
    let json = serde_json::to_value(&page).unwrap();
    let items = json["items"].as_array().unwrap();
    items
        .iter()
        .map(|run| {
            format!("{} {}", run["due_at"].as_str().unwrap(), run["outcome"].as_str().unwrap())
        })
        .collect()
}

async fn alerts(world: &World) -> Vec<String> {
    let rows = world
        .server
        .db
        .read(|tx| Box::pin(async move { alert::page(tx, 0, 100, true).await }))
        .await
        .unwrap();
    rows.into_iter().map(|alert| alert.text).collect()
}

testkit::both_databases!(a_start_on_time_makes_one_request, |db| async move {
    let world = open(db).await;
    let id = make(&world, &daily()).await;
    let mut planner = planner(&world);
    let early = planner.run().await.unwrap();
    assert_eq!(early.next, Next::At("2026-11-23T07:00:00Z".parse().unwrap()));
    assert_eq!(world.states().await.len(), 0);
    world.set_clock("2026-11-23T07:00:00Z");
    let report = planner.run().await.unwrap();
    assert_eq!(
        (report.handled, report.next),
        (1, Next::At("2026-11-24T07:00:00Z".parse().unwrap()))
    );
    planner.run().await.unwrap();
    Planner::new(Arc::clone(&world.server)).run().await.unwrap();
    assert_eq!(world.states().await, ["queued"]);
    let request = world.request(1).await.unwrap();
    let start_by: jiff::Timestamp = "2026-11-23T07:05:00Z".parse().unwrap();
    assert_eq!(request.start_by, Some(sql::to_micros(start_by)));
    assert_eq!((request.submit_user.as_str(), request.job_name.as_str()), ("SCHEDULER", "NIGHTLY"));
    assert_eq!(outcomes(&world, id).await, ["2026-11-23T07:00:00Z submitted"]);
});

testkit::both_databases!(of_the_starts_of_an_outage_the_newest_is_suspended, |db| async move {
    let world = open(db).await;
    let id = make(&world, &daily()).await;
    world.set_clock("2026-11-25T09:00:00Z");
    planner(&world).run().await.unwrap();
    assert_eq!(world.states().await, ["suspended"]);
    assert_eq!(
        outcomes(&world, id).await,
        [
            "2026-11-25T07:00:00Z missed",
            "2026-11-24T07:00:00Z superseded",
            "2026-11-23T07:00:00Z superseded"
        ]
    );
    assert!(
        alerts(&world).await[0]
            .contains("schedule Daily: the start of 2026-11-25T07:00:00Z was missed")
    );
});

testkit::both_databases!(
    an_outage_of_a_day_is_decided_in_chunks_and_leaves_one_request,
    |db| async move {
        let world = open(db).await;
        let id =
            make(&world, &input(serde_json::json!({"start_time": "06:00", "repeat": "00:01:00"})))
                .await;
        // Half a minute after a start, and with a tolerance of five minutes.
        world.set_clock("2026-11-24T06:00:30Z");
        let mut planner = planner(&world);
        let mut handled = 0;
        for _ in 0..3 {
            handled += planner.run().await.unwrap().handled;
        }
        assert_eq!(handled, 1440, "one outcome for each minute after the one in which it was made");
        assert_eq!(planner.run().await.unwrap().handled, 0);
        let states = world.states().await;
        assert_eq!(states.iter().filter(|state| *state == "suspended").count(), 1, "{states:?}");
        assert_eq!(states.iter().filter(|state| *state == "queued").count(), 5, "{states:?}");
        assert_eq!(outcomes(&world, id).await.len(), 100);
    }
);

testkit::both_databases!(two_processes_decide_a_start_once, |db| async move {
    let world = open(db).await;
    make(&world, &daily()).await;
    world.set_clock("2026-11-23T07:00:01Z");
    let (mut one, mut other) = (planner(&world), planner(&world));
    let (first, second) = tokio::join!(one.run(), other.run());
    first.unwrap();
    second.unwrap();
    assert_eq!(world.states().await, ["queued"]);
});

testkit::both_databases!(while_halted_one_waiting_request_is_enough, |db| async move {
    let world = open(db).await;
    let id = make(&world, &input(serde_json::json!({"start_time": "06:00", "repeat": "00:01:00"})))
        .await;
    crate::configure::switch::halt(&world.server, &world.administrator()).await.unwrap();
    let mut planner = planner(&world);
    for minute in 1..4 {
        world.set_clock(&format!("2026-11-23T06:0{minute}:00Z"));
        planner.run().await.unwrap();
    }
    assert_eq!(world.states().await, ["queued"]);
    assert_eq!(
        outcomes(&world, id).await,
        [
            "2026-11-23T06:03:00Z superseded",
            "2026-11-23T06:02:00Z superseded",
            "2026-11-23T06:01:00Z submitted"
        ]
    );
});

testkit::both_databases!(a_start_that_is_refused_says_why_and_raises_an_alert, |db| async move {
    let world = open(db).await;
    let id = make(&world, &daily()).await;
    // Without a default queue the request has nowhere to go.
    let text = super::world::DEFINITIONS.replace("default = true", "default = false");
    std::fs::write(world.folder.path().join("applications.toml"), text).unwrap();
    crate::definitions::import(&world.server).await.unwrap();
    world.set_clock("2026-11-23T07:00:00Z");
    planner(&world).run().await.unwrap();
    assert_eq!(outcomes(&world, id).await, ["2026-11-23T07:00:00Z refused"]);
    assert!(alerts(&world).await[0].contains("no default queue"));
    assert_eq!(world.states().await.len(), 0);
});

testkit::both_databases!(
    a_disabled_schedule_plans_nothing_and_makes_up_for_nothing,
    |db| async move {
        let world = open(db).await;
        let (id, caller) = (make(&world, &daily()).await, world.administrator());
        let view = set_enabled(&world.server, &caller, id, false).await.unwrap();
        assert!(serde_json::to_value(&view).unwrap()["next_start"].is_null());
        world.set_clock("2026-11-23T08:00:00Z");
        planner(&world).run().await.unwrap();
        set_enabled(&world.server, &caller, id, true).await.unwrap();
        planner(&world).run().await.unwrap();
        assert_eq!(outcomes(&world, id).await.len(), 0);
        let run = run_now(&world.server, &caller, id).await.unwrap();
        assert_eq!(serde_json::to_value(&run).unwrap()["reason"], "started by ADMIN");
        assert_eq!(world.states().await, ["queued"]);
    }
);

fn touch(world: &World, seconds: u64) {
    let path = world.path("in.txt");
    std::fs::write(&path, "x").unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

testkit::both_databases!(
    a_file_at_rest_starts_the_job_once_for_each_modification,
    |db| async move {
        let world = open(db).await;
        touch(&world, 1000);
        let id = make(&world, &input(serde_json::json!({"file": "in.txt"}))).await;
        let mut planner = planner(&world);
        let look = async |planner: &mut Planner| planner.run().await.unwrap().handled;
        assert_eq!(
            [look(&mut planner).await, look(&mut planner).await],
            [0, 0],
            "it was there before"
        );
        touch(&world, 2000);
        assert_eq!(
            [look(&mut planner).await, look(&mut planner).await],
            [0, 1],
            "the second look sees it at rest"
        );
        assert_eq!(look(&mut planner).await, 0);
        std::fs::remove_file(world.path("in.txt")).unwrap();
        assert_eq!(look(&mut planner).await, 0);
        touch(&world, 3000);
        let mut restarted = Planner::new(Arc::clone(&world.server));
        assert_eq!(
            [look(&mut restarted).await, look(&mut restarted).await, look(&mut restarted).await],
            [0, 1, 0]
        );
        assert_eq!(world.states().await, ["queued", "queued"]);
        let values = world
            .server
            .db
            .read(|tx| Box::pin(async move { crate::store::task_value::all(tx, 1).await }))
            .await
            .unwrap();
        assert_eq!(values[0].0, "TRIGGERFILE");
        assert!(values[0].1.ends_with("DEMO2/in.txt"), "{values:?}");
        assert_eq!(outcomes(&world, id).await.len(), 3);
    }
);

testkit::both_databases!(
    a_new_file_with_the_time_of_the_last_one_starts_the_job,
    |db| async move {
        let world = open(db).await;
        let id = make(&world, &input(serde_json::json!({"file": "in.txt"}))).await;
        // A planner that has just started knows only what is stored.
        let look_twice = async || {
            world.clock.advance(Duration::from_secs(2));
            let mut planner = planner(&world);
            planner.run().await.unwrap().handled + planner.run().await.unwrap().handled
        };
        touch(&world, 2000);
        assert_eq!(look_twice().await, 1);
        let (path, other) = (world.path("in.txt"), world.path("other"));
        std::fs::rename(&path, &other).unwrap();
        // The clock of the disk has ticks, which are longer than a start.
        let made = |path: &std::path::Path| path.metadata().unwrap().created().ok();
        touch(&world, 2000);
        while made(&path).is_some() && made(&path) == made(&other) {
            std::fs::remove_file(&path).unwrap();
            touch(&world, 2000);
        }
        let is_new = usize::from(made(&path).is_some());
        assert_eq!(look_twice().await, is_new, "another file of the same time and size");
        assert_eq!(look_twice().await, 0);
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        assert_eq!(look_twice().await, 0, "other rights make no other file");
        std::fs::write(&path, "longer").unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(2000)).unwrap();
        assert_eq!(look_twice().await, 1, "another size");
        assert_eq!(look_twice().await, 0);
        assert_eq!(
            (world.states().await.len(), outcomes(&world, id).await.len()),
            (2 + is_new, 2 + is_new)
        );
    }
);

async fn forget_old_outcomes(world: &World) {
    world.clock.advance(Duration::from_hours(24 * 31));
    crate::retention::Retention::new(Arc::clone(&world.server)).run().await.unwrap();
}

testkit::both_databases!(
    a_file_that_stays_starts_its_job_once_however_old_its_outcome_is,
    |db| async move {
        let world = open(db).await;
        let id = make(&world, &input(serde_json::json!({"file": "in.txt"}))).await;
        let look_twice = async || {
            let mut planner = planner(&world);
            planner.run().await.unwrap().handled + planner.run().await.unwrap().handled
        };
        touch(&world, 2000);
        assert_eq!(look_twice().await, 1);
        run_now(&world.server, &world.administrator(), id).await.unwrap();
        forget_old_outcomes(&world).await;
        assert_eq!(outcomes(&world, id).await.len(), 0);
        assert_eq!(look_twice().await, 0, "a start by hand is not the file's");
        touch(&world, 1000);
        assert_eq!(look_twice().await, 1, "an older file is another one");
        touch(&world, 2000);
        assert_eq!(look_twice().await, 1);
        touch(&world, 1000);
        assert_eq!(look_twice().await, 0, "it was here before");
        forget_old_outcomes(&world).await;
        assert_eq!(look_twice().await, 0, "and still lies there");
        assert_eq!(world.states().await.len(), 4);
    }
);

testkit::both_databases!(
    a_file_that_was_there_before_its_schedule_never_starts_it,
    |db| async move {
        let world = open(db).await;
        touch(&world, 2000);
        let id = make(&world, &input(serde_json::json!({"file": "in.txt"}))).await;
        forget_old_outcomes(&world).await;
        assert_eq!(outcomes(&world, id).await.len(), 0);
        let mut planner = planner(&world);
        for _ in 0..2 {
            assert_eq!(planner.run().await.unwrap().handled, 0);
        }
    }
);

testkit::both_databases!(a_schedule_that_cannot_be_planned_is_tried_again_soon, |db| async move {
    let world = open(db).await;
    let (id, other) =
        (make(&world, &daily()).await, ScheduleInput { name: "Other".into(), ..daily() });
    make(&world, &other).await;
    let now = world.server.clock.now();
    let mut broken = shape::checked(&world.server.catalog.get(), &daily(), now).unwrap();
    broken.rule = "no rule".into();
    world
        .server
        .db
        .write(move |tx| {
            let broken = broken.clone();
            Box::pin(async move { schedule::update(tx, id, &broken).await })
        })
        .await
        .unwrap();
    let mut planner = planner(&world);
    assert_eq!(planner.run().await.unwrap().next, Next::At(now + RETRY_AFTER));
    world.set_clock("2026-11-23T07:00:00Z");
    assert_eq!(planner.run().await.unwrap().handled, 1, "the others do not wait for it");
});

testkit::both_databases!(
    schedules_are_read_changed_and_removed_with_their_version,
    |db| async move {
        let world = open(db).await;
        let (server, caller) = (&world.server, world.administrator());
        let id = make(&world, &daily()).await;
        let double = create(server, &caller, &daily()).await.unwrap_err();
        assert_eq!(double.to_string(), "schedule `Daily` exists already");
        let changed = input(
            serde_json::json!({"start_time": "08:00", "days_of_week": "MON,FRI", "time_zone": "UTC"}),
        );
        let stale = change(server, &caller, id, Expected::Version(9), &changed).await.unwrap_err();
        assert!(matches!(stale, Error::Conflict(_)), "{stale}");
        let view = change(server, &caller, id, Expected::Version(1), &changed).await.unwrap();
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!(json["when"]["days_of_week"], "MON,FRI");
        assert_eq!(
            (json["next_start"].as_str(), json["version"].as_i64()),
            (Some("2026-11-23T08:00:00Z"), Some(2))
        );
        let page = serde_json::to_value(list(server, &caller, PAGE).await.unwrap()).unwrap();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        delete(server, &caller, id, Expected::Any).await.unwrap();
        assert!(matches!(read(server, &caller, id).await, Err(Error::NotFound { .. })));
    }
);

#[tokio::test]
async fn what_a_schedule_cannot_be_names_field_and_fix() {
    let world = open(testkit::databases::sqlite().await).await;
    let with = |member: &str, value: serde_json::Value| {
        let mut json = serde_json::json!({
            "name": "S", "application": "DEMO2", "job": "NIGHTLY", "when": {"start_time": "06:00"},
        });
        json[member] = value;
        serde_json::from_value::<ScheduleInput>(json).unwrap()
    };
    let when = |value: serde_json::Value| with("when", value);
    let cases = [
        (with("name", "".into()), "name: "),
        (with("application", "DEMO3".into()), "did you mean `DEMO2`?"),
        (with("job", "NIGHTLI".into()), "did you mean `NIGHTLY`?"),
        (with("queue", "NIHGT".into()), "did you mean `NIGHT`?"),
        (with("run_as", "NOBODY".into()), "run_as: user `NOBODY` does not exist"),
        (with("start_within_seconds", 0.into()), "start_within_seconds: 0 is out of range"),
        (with("report_parameter", "a\nb".into()), "report_parameter: it must be one line"),
        (when(serde_json::json!({})), "when: it never starts"),
        (when(serde_json::json!({"repeat": "00:01:00"})), "when.start_time: it is missing"),
        (
            when(serde_json::json!({"start_time": "25:00"})),
            "when.start_time: `25:00` is not a time of day",
        ),
        (when(serde_json::json!({"start_time": "06:00", "repeat": "1m"})), "when.repeat: "),
        (
            when(serde_json::json!({"start_time": "06:00", "days_of_week": "XYZ"})),
            "when.days_of_week: ",
        ),
        (
            when(serde_json::json!({"start_time": "06:00", "dates": ["1 May"]})),
            "when.dates: `1 May` is not a date",
        ),
        (when(serde_json::json!({"start_time": "06:00", "time_zone": "Mars"})), "when.time_zone: "),
        (
            when(serde_json::json!({"start_time": "06:00", "time_zone": "CET+1"})),
            "when.time_zone: ",
        ),
        (when(serde_json::json!({"file": "../x"})), "when.file: remove `..`"),
    ];
    for (input, expected) in cases {
        let error =
            create(&world.server, &world.administrator(), &input).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{expected} is not in {error}");
    }
}
