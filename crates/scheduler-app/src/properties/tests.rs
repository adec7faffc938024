//! Values of properties are set, listed and deleted; those of encrypted ones go to agents and nowhere else.

use std::sync::{Arc, Mutex};

use connector::StartTask;
use connector::call::Call;
use connector::fake::Plan;
use kit::Secret;
use scheduler_core::action::Privilege;
use scheduler_store::{attempt, audit, property, secret};

use super::{JobKey, Place, PropertyValue, ScheduleKey, Target, delete, list, set};
use crate::testing::day::{Day, built_with};
use crate::testing::{World, worlds};
use crate::{Caller, Error};

const MORE: &str = r#""properties": {"SITE": {"value": "zrh"}, "PIN": {"encrypted": true}}"#;

fn anna() -> Caller {
    Caller::local("anna")
}

fn at(place: Place, name: &str) -> Target {
    Target { place, name: name.to_owned() }
}

fn global(name: &str) -> Target {
    at(Place::Global, name)
}

fn schedule() -> ScheduleKey {
    ScheduleKey { date: "2026-11-23".parse().unwrap(), name: "S".to_owned() }
}

async fn give(world: &World, target: &Target, value: &str) -> Result<(), Error> {
    set(&world.app, &anna(), target, Secret::new(value), None).await
}

async fn listed(world: &World, place: Place) -> Vec<String> {
    let all = list(&world.app, &anna(), &place).await.unwrap();
    let shown = |each: super::PropertyEntry| {
        let value = match each.value {
            PropertyValue::Clear(value) => value,
            PropertyValue::Hidden => "hidden, true".to_owned(),
            PropertyValue::Missing => "hidden, false".to_owned(),
        };
        format!("{} {value} {} {}", each.name, each.is_defined, each.is_set)
    };
    all.into_iter().map(shown).collect()
}

/// A day with a job that sends `text` to its agent, and the texts that have arrived.
async fn day(world: World, text: &str, plan: Plan) -> (Day, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    world.fake.plan_all(move |start: &StartTask| {
        let text = start.fields.get("text").and_then(|text| text.as_str()).unwrap_or("-");
        into.lock().unwrap().push(text.to_owned());
        plan.clone()
    });
    let jobs = format!(
        r#"{{"J": {{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake", "settings": {{"text": "{text}"}}}}}},
            "runs_on": {{"agents": ["A"]}}, "properties": {{"FILE": "in"}}, "frequencies": [{{"use": "Daily"}}]}}}}"#
    );
    (built_with(world, 0, MORE, &jobs).await, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_value_reaches_its_agent_and_stands_nowhere_in_the_clear() {
    for world in worlds().await {
        let folder = testkit::temp_dir();
        world.app.open_keys(&folder.path().join("keys")).await.unwrap();
        let plan = Plan::refused("cannot run `login -p s3cret-pin`");
        let (mut day, seen) = day(world, "login -p [[PIN]]", plan).await;
        give(&day.world, &global("PIN"), "s3cret-pin").await.unwrap();
        day.settle().await;
        assert_eq!(*seen.lock().unwrap(), ["login -p s3cret-pin"]);
        // It is told what nobody may see of that.
        let starts = day.world.fake.calls().into_iter().filter_map(|each| match each.call {
            Call::Start(start) => Some(start),
            _ => None,
        });
        let secrets: Vec<Secret> = starts.flat_map(|start| start.secrets).collect();
        assert_eq!(secrets.iter().map(Secret::expose).collect::<Vec<_>>(), ["s3cret-pin"]);
        assert_eq!(
            day.outcomes().await,
            ["J not_started: Initialization Error: cannot run `login -p ***`"]
        );
        assert_eq!(
            listed(&day.world, Place::Global).await,
            ["SITE zrh true false", "PIN hidden, true true true"]
        );
        assert_eq!(day.audit().await, ["local:anna property.set PIN: - to ***"]);
        let read = day.world.app.db().write(|tx| {
            Box::pin(async move {
                let attempts = attempt::of_jobs(tx, "[1]").await?;
                let secrets = secret::lock_all(tx).await?;
                let sealed: Vec<String> = secrets
                    .iter()
                    .map(|each| String::from_utf8_lossy(&each.sealed).into_owned())
                    .collect();
                Ok::<_, sql::Error>(format!(
                    "{attempts:?} {sealed:?} {:?} {:?}",
                    audit::after(tx, 0, 100).await?,
                    property::all(tx, "global").await?
                ))
            })
        });
        assert!(!read.await.unwrap().contains("s3cret"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_property_without_a_value_or_without_its_key_refuses_the_start_and_says_why() {
    for world in worlds().await {
        let (mut day, seen) = day(world, "[[PIN]]", Plan::ends_after(1, 0)).await;
        day.settle().await;
        let outcomes = day.outcomes().await;
        assert!(
            outcomes[0].contains("the encrypted property `PIN` has no value yet; set it with"),
            "{outcomes:?}"
        );
        assert_eq!(*seen.lock().unwrap(), Vec::<String>::new());
        let error = give(&day.world, &global("PIN"), "x").await.unwrap_err().to_string();
        assert!(error.contains("without a key file"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_changes_an_encrypted_property() {
    for world in worlds().await {
        let folder = testkit::temp_dir();
        world.app.open_keys(&folder.path().join("keys")).await.unwrap();
        let jobs = r#"{"J": {"run": "null_job", "frequencies": [{"use": "Daily"}], "events": [
            {"trigger": {"job_status": "finished_ok"}, "event": "$PROPERTY:SET,PIN,clear-text"},
            {"trigger": {"job_status": "finished_ok"}, "event": "$PROPERTY:DELETE,PIN"}]}}"#;
        let mut day = built_with(world, 0, MORE, jobs).await;
        give(&day.world, &global("PIN"), "1234").await.unwrap();
        day.settle().await;
        let read = day.world.app.db().read(|tx| {
            Box::pin(async move {
                let value = secret::one(tx, "property", "PIN").await?;
                Ok::<_, sql::Error>((property::all(tx, "global").await?, value))
            })
        });
        let (clear, sealed) = read.await.unwrap();
        assert_eq!(clear, []);
        assert_eq!(sealed.unwrap().version, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_every_scope_are_set_listed_and_deleted_and_the_audit_has_both() {
    for world in worlds().await {
        let (day, _) = day(world, "-", Plan::ends_after(1, 0)).await;
        let world = &day.world;
        let job = Place::Job(JobKey { schedule: schedule(), name: "J".to_owned() });
        for (target, value) in [
            (global("SITE"), "gva"),
            (global("NEW"), "1"),
            (at(Place::Machine("A".to_owned()), "DISK"), "/data"),
            (at(Place::Schedule(schedule()), "RUN"), "7"),
            (at(job.clone(), "FILE"), "out"),
        ] {
            give(world, &target, value).await.unwrap();
        }
        assert_eq!(
            listed(world, Place::Global).await,
            ["SITE gva true true", "PIN hidden, false true false", "NEW 1 false true"]
        );
        assert_eq!(listed(world, Place::Machine("A".to_owned())).await, ["DISK /data false true"]);
        assert_eq!(listed(world, Place::Schedule(schedule())).await, ["RUN 7 true false"]);
        assert_eq!(listed(world, job.clone()).await, ["FILE out true false"]);
        for target in [global("SITE"), global("NEW"), at(job, "FILE")] {
            delete(&world.app, &anna(), &target, Some("done")).await.unwrap();
        }
        assert_eq!(
            day.audit().await,
            [
                "local:anna property.set SITE: zrh to gva",
                "local:anna property.set NEW: - to 1",
                "local:anna property.set MI.DISK.A: - to /data",
                "local:anna property.set SI.RUN.2026-11-23.S: - to 7",
                "local:anna property.set JI.FILE.2026-11-23.S.J: in to out",
                "local:anna property.delete SITE: gva to zrh",
                "local:anna property.delete NEW: 1 to -",
                "local:anna property.delete JI.FILE.2026-11-23.S.J: out to -",
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_and_needs_its_privilege() {
    for world in worlds().await {
        let (day, _) = day(world, "-", Plan::ends_after(1, 0)).await;
        let world = &day.world;
        for (target, value, expected) in [
            (global("@X"), "x", "cannot be called `@X`"),
            (global("SITE"), &*"x".repeat(4001), "has 4001 characters"),
            (at(Place::Machine("B".to_owned()), "DISK"), "x", "there is no agent `B`"),
            (at(Place::Thresholds, "ROWS"), "x", "thresholds and resources are no properties"),
        ] {
            let error = give(world, &target, value).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = delete(&world.app, &anna(), &global("NONE"), None).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no property `NONE`");
        let error = delete(&world.app, &anna(), &global("PIN"), None).await.unwrap_err();
        assert_eq!(error.to_string(), "the property `PIN` has no value");
        let error = delete(&world.app, &anna(), &global("SITE"), None).await.unwrap_err();
        assert!(error.to_string().contains("has the value of its definition"), "{error}");
        let machines = Caller::with("bert", vec![Privilege::Machines]);
        let error = list(&world.app, &machines, &Place::Global).await.unwrap_err();
        assert!(matches!(error, Error::Forbidden { .. }), "{error}");
        let disk = at(Place::Machine("A".to_owned()), "DISK");
        set(&world.app, &machines, &disk, Secret::new("/"), None).await.unwrap();
        assert_eq!(day.audit().await, ["bert property.set MI.DISK.A: - to /"]);
    }
}
