//! Which jobs of the coming days a change of definitions moves, and when it counts.

use scheduler_core::definition::Definitions;

use crate::Caller;
use crate::definitions::{DayMoves, Move, Taken, apply, moves};
use crate::testing::{World, worlds};

const DAYS: &str = r#""frequencies": {"Daily": {"when": {"all_weeks": {"day_type": "any",
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}}}"#;

fn definitions(start: &str) -> Definitions {
    let text = format!(
        r#"{{{DAYS}, "schedules": {{
            "Auto": {{"auto_build": {{"days_in_advance": 1}}, "jobs": {{
                "Load": {{"run": "null_job", "frequencies": [{{"use": "Daily", "start": "{start}"}}]}}}}}},
            "Hand": {{"jobs": {{
                "Load": {{"run": "null_job", "frequencies": [{{"use": "Daily", "start": "{start}"}}]}}}}}}
        }}}}"#
    );
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

async fn shown(world: &World, new: Definitions) -> (Vec<DayMoves>, Vec<String>) {
    let found = moves(&world.app, new, 3).await.unwrap();
    let one = |each: &Move| {
        let taken = match each.taken {
            Taken::At(at) => format!("at {at}"),
            other => format!("{other:?}"),
        };
        format!("{} {}/{} {taken}", each.date, each.job.schedule, each.job.job)
    };
    (found.days.clone(), found.jobs.iter().map(one).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_counts_with_the_next_build_and_not_for_what_is_built() {
    for world in worlds().await {
        let caller = Caller::local("anna");
        apply(&world.app, &caller, definitions("20:00"), None, None).await.unwrap();
        crate::auto_build::auto_build(&world.app).await.unwrap();
        world.build_date("2026-11-23").await;
        let (days, jobs) = shown(&world, definitions("21:00")).await;
        assert!(
            days.iter().all(|day| (day.appear, day.vanish, day.change) == (0, 0, 2)),
            "{days:?}"
        );
        assert_eq!(days.len(), 3);
        assert_eq!(
            jobs,
            [
                "2026-11-23 Auto/Load Built",
                "2026-11-23 Hand/Load Built",
                "2026-11-24 Auto/Load Built",
                "2026-11-24 Hand/Load ByHand",
                "2026-11-25 Auto/Load at 2026-11-24T00:00:00Z",
                "2026-11-25 Hand/Load ByHand",
            ]
        );
        let mut without = definitions("20:00");
        without.schedules.shift_remove("Hand");
        let (days, jobs) = shown(&world, without).await;
        assert_eq!((days[0].vanish, days[1].vanish), (1, 1));
        assert_eq!(jobs[..2], ["2026-11-23 Hand/Load Built", "2026-11-24 Hand/Load Gone"]);
        assert_eq!(shown(&world, definitions("20:00")).await.1, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plan_says_of_a_day_is_what_its_build_then_stores() {
    for world in worlds().await {
        let caller = Caller::local("anna");
        apply(&world.app, &caller, definitions("20:00"), None, None).await.unwrap();
        let found = moves(&world.app, definitions("21:00"), 1).await.unwrap();
        let planned = found.jobs[0].job.after.as_ref().unwrap().start;
        apply(&world.app, &caller, definitions("21:00"), None, None).await.unwrap();
        world.build_date("2026-11-23").await;
        let date = "2026-11-23".parse().unwrap();
        let jobs = crate::view::jobs(&world.app, date, crate::view::JobFilter::default()).await;
        let stored = jobs.unwrap()[0].job.start_at;
        assert_eq!(sql::to_micros(planned), stored);
    }
}
