//! Every trigger: what makes it happen, and that it is told once, of what its group is about and of nothing else.
//!
//! What is done in a case is done to the job `J` of `S` and to two that must not be taken for it, its neighbour `Twin` and the `J` of
//! `T`; to the schedules `S` and `T`; and to the agents `A` and `B`. The group `Mine` is about the first of each only. The group `All` shows
//! that it has happened to the others as well.

use connector::fake::{AtStart, Plan};
use connector::{Communication as Answer, End, StartTask, TaskStatus};
use scheduler_core::action::Action as Job;
use scheduler_core::definition::notification::{Subject, TriggerKind};
use scheduler_core::job::SubscheduleRestart;
use scheduler_core::schedule::Action as Schedule;
use scheduler_store::message;

use super::waiting;
use crate::Caller;
use crate::agents::{Communication, set_communication};
use crate::operate::{JobPlace, find_job, find_schedule, job, schedule};
use crate::testing::day::Day;
use crate::testing::{World, worlds};

/// What is done to everything of a kind, after which the day goes on until nothing happens.
enum Do {
    Job(Job),
    Schedule(Schedule),
    Mark(Communication),
    Lose,
    Find,
    Until(&'static str),
}

/// A tiny day.
struct Case {
    name: &'static str,
    /// More fields of the use of the frequency.
    times: &'static str,
    plan: fn(&StartTask) -> Plan,
    done: &'static [Do],
    /// What the group is told, in this order.
    told: &'static [&'static str],
}

fn well(_: &StartTask) -> Plan {
    Plan::ends_after(1, 0)
}

fn badly(_: &StartTask) -> Plan {
    Plan::ends_after(1, 1)
}

fn for_ever(_: &StartTask) -> Plan {
    Plan::until_told()
}

fn refused(_: &StartTask) -> Plan {
    Plan::refused("there is no such program")
}

fn unanswered(_: &StartTask) -> Plan {
    Plan::until_told().at_start(AtStart::LosesReply)
}

fn with_a_bad_pre_run(start: &StartTask) -> Plan {
    if start.variables["ATTEMPT"] != "1" {
        return Plan::ends_after(1, 0);
    }
    let end = End { is_pre_run_failure: true, ..End::with_code(3, "the pre-run has failed") };
    Plan::until_told().then(1, TaskStatus::PreRun).then(1, TaskStatus::Ended(end))
}

const CASES: &[Case] = &[
    Case {
        name: "a job that ends well",
        times: "",
        plan: well,
        done: &[],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_running S/J",
            "job_finished_ok S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "a job that fails, is looked at, mended and run again, in a schedule that is not started again",
        times: "",
        plan: badly,
        done: &[Do::Job(Job::MarkUnderReview), Do::Job(Job::MarkFixed), Do::Job(Job::Restart)],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_running S/J",
            "job_failed S/J",
            "schedule_completed S",
            "job_under_review S/J",
            "job_fixed S/J",
            "job_restarted S/J",
            "job_submitted S/J",
            "job_running S/J",
            "job_failed S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "a job that its agent refuses",
        times: "",
        plan: refused,
        done: &[],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_initialization_error S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "a job whose pre-run fails once",
        times: "",
        plan: with_a_bad_pre_run,
        done: &[Do::Until("2026-11-23T04:03:30Z")],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_running S/J",
            "job_prerun_failed S/J",
            "job_submitted S/J",
            "job_running S/J",
            "job_finished_ok S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "an agent that is limited, is let work, and is switched off",
        times: "",
        plan: well,
        done: &[
            Do::Mark(Communication::Limited),
            Do::Mark(Communication::Full),
            Do::Mark(Communication::Disabled),
        ],
        told: &[
            "agent_marked_limited A",
            "agent_status_changed A",
            "schedule_started S",
            "job_wait_machine S/J",
            "agent_marked_up A",
            "agent_status_changed A",
            "job_submitted S/J",
            "job_running S/J",
            "job_finished_ok S/J",
            "schedule_completed S",
            "agent_marked_down A",
            "agent_status_changed A",
        ],
    },
    Case {
        name: "a job that starts late, and then not any more",
        times: r#", "start": "04:00", "late_to_start": "00:10", "latest_start": "04:20""#,
        plan: well,
        done: &[Do::Mark(Communication::Limited), Do::Until("2026-11-23T04:30:00Z")],
        told: &[
            "agent_marked_limited A",
            "agent_status_changed A",
            "schedule_started S",
            "job_wait_machine S/J",
            "job_late_to_start S/J",
            "job_missed_start S/J",
        ],
    },
    Case {
        name: "a job that runs late and too long, and is killed",
        times: r#", "start": "04:00", "late_to_finish": "00:10", "max_run_minutes": 20"#,
        plan: for_ever,
        done: &[Do::Until("2026-11-23T04:30:00Z"), Do::Job(Job::Kill)],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_running S/J",
            "job_late_to_finish S/J",
            "job_exceeded_max_run_time S/J",
            "job_to_be_killed S/J",
            "job_failed S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "a job whose start is never answered, and that somebody gives up",
        times: "",
        plan: unanswered,
        done: &[Do::Until("2026-11-23T04:30:00Z"), Do::Job(Job::MarkFailed)],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_still_attempting S/J",
            "job_marked_failed S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "a job that somebody says is done",
        times: "",
        plan: for_ever,
        done: &[Do::Job(Job::MarkFinishedOk)],
        told: &[
            "schedule_started S",
            "job_submitted S/J",
            "job_running S/J",
            "job_marked_ok S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "a job that is cancelled",
        times: r#", "start": "05:00""#,
        plan: for_ever,
        done: &[Do::Job(Job::Cancel)],
        told: &["schedule_started S", "job_cancelled S/J", "schedule_completed S"],
    },
    Case {
        name: "a job that is skipped when its time comes",
        times: r#", "start": "05:00""#,
        plan: for_ever,
        done: &[Do::Job(Job::Skip), Do::Until("2026-11-23T05:00:00Z")],
        told: &["schedule_started S", "job_skipped S/J", "schedule_completed S"],
    },
    Case {
        name: "a schedule that is held and let go on",
        times: "",
        plan: well,
        done: &[Do::Schedule(Schedule::Hold), Do::Schedule(Schedule::Release)],
        told: &[
            "schedule_on_hold S",
            "schedule_released S",
            "schedule_started S",
            "job_submitted S/J",
            "job_running S/J",
            "job_finished_ok S/J",
            "schedule_completed S",
        ],
    },
    Case {
        name: "an agent that is lost and comes back",
        times: r#", "start": "05:00""#,
        plan: well,
        done: &[
            Do::Lose,
            Do::Until("2026-11-23T04:10:00Z"),
            Do::Find,
            Do::Until("2026-11-23T04:20:00Z"),
        ],
        told: &[
            "schedule_started S",
            "agent_network_down A",
            "agent_network_status_changed A",
            "agent_network_up A",
            "agent_network_status_changed A",
        ],
    },
];

/// The names of every trigger, from what definitions say where there is none of a name.
fn all_triggers() -> Vec<(String, TriggerKind)> {
    let unknown = serde_json::from_str::<TriggerKind>(r#""none""#).unwrap_err().to_string();
    let names = unknown.split('`').skip(3).step_by(2);
    let all: Vec<_> = names
        .map(|name| (name.to_owned(), serde_json::from_str(&format!("\"{name}\"")).unwrap()))
        .collect();
    assert_eq!(all.len(), 7 + 4 + 20, "{unknown}");
    all
}

/// A group with every trigger that there is for what it is about.
fn group(name: &str, subject: Subject, about: &str) -> String {
    let of = match subject {
        Subject::Agent => "[[$MACHINE NAME]]",
        Subject::Schedule => "[[$SCHEDULE NAME]]",
        Subject::Job => "[[$SCHEDULE NAME]]/[[$JOB NAME]]",
    };
    let trigger = |on: &str| {
        let action = match name {
            "Mine" => format!(
                r#"{{"email": {{"to": ["ops@example.com"], "subject": "{on} {of}", "message": "look"}}}}"#
            ),
            _ => format!(r#"{{"log": {{"message": "{on} {of}"}}}}"#),
        };
        format!(r#"{{"on": "{on}", "actions": [{action}]}}"#)
    };
    let all = all_triggers();
    let own = all.iter().filter(|(_, kind)| kind.subject() == subject);
    let triggers: Vec<String> = own.map(|(on, _)| trigger(on)).collect();
    format!(r#""{name} {subject:?}": {{"about": {about}, "triggers": [{}]}}"#, triggers.join(", "))
}

fn definitions(times: &str) -> String {
    const AGENT: &str =
        r#"{"connection": {"plug_in": {"integration": "Fake"}}, "allow_kill": true}"#;
    let job = |agent: &str| {
        format!(
            r#"{{"run": {{"plug_in": {{"integration": "Fake", "task_type": "fake"}}}}, "runs_on": {{"agents": ["{agent}"]}},
            "frequencies": [{{"use": "Daily"{times}}}]}}"#
        )
    };
    let groups = [
        group("Mine", Subject::Agent, r#"{"agents": ["A"]}"#),
        group("Mine", Subject::Schedule, r#"{"schedules": ["S"]}"#),
        group("Mine", Subject::Job, r#"{"jobs": [{"schedule": "S", "job": "J"}]}"#),
        group("All", Subject::Agent, r#""all_agents""#),
        group("All", Subject::Schedule, r#""all_schedules""#),
        group("All", Subject::Job, r#""all_jobs""#),
    ];
    format!(
        r#""agents": {{"A": {AGENT}, "B": {AGENT}}}, "notifications": {{{}}},
        "schedules": {{"S": {{"jobs": {{"J": {}, "Twin": {}}}}}, "T": {{"jobs": {{"J": {}}}}}}}"#,
        groups.join(", "),
        job("A"),
        job("A"),
        job("B")
    )
}

async fn perform(day: &mut Day, done: &Do) {
    let (app, anna) = (day.world.app.clone(), Caller::local("anna"));
    let date = "2026-11-23".parse().unwrap();
    match done {
        Do::Job(action) => {
            for (of, name) in [("S", "J"), ("S", "Twin"), ("T", "J")] {
                let place = JobPlace { date, schedule: of.to_owned(), job: name.to_owned() };
                let id = find_job(&app, &place).await.unwrap();
                job(&app, &anna, id, *action, SubscheduleRestart::Leave, None).await.unwrap();
            }
        }
        Do::Schedule(action) => {
            for name in ["S", "T"] {
                let id = find_schedule(&app, date, name).await.unwrap();
                schedule(&app, &anna, id, *action, None).await.unwrap();
            }
        }
        Do::Mark(communication) => {
            for name in ["A", "B"] {
                set_communication(&app, &anna, name, *communication, None).await.unwrap();
            }
        }
        Do::Lose => day
            .world
            .fake
            .set_communication(Answer::NotCommunicating { why: "the door is shut".to_owned() }),
        Do::Find => day.world.fake.set_communication(Answer::Communicating {
            version: "1".to_owned(),
            warnings: Vec::new(),
        }),
        Do::Until(end) => day.until(end).await,
    }
    day.settle().await;
}

/// What a message says.
fn said(message: &message::Message) -> String {
    match message.kind.as_str() {
        "log" => message.body.clone(),
        _ => {
            let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
            body["email"]["subject"].as_str().unwrap().to_owned()
        }
    }
}

/// The same of everything to which it has happened.
fn of_all(told: &str) -> Vec<String> {
    let (on, of) = told.split_once(' ').unwrap();
    let others: &[&str] = match of {
        "A" => &["A", "B"],
        "S" => &["S", "T"],
        _ => &["S/J", "S/Twin", "T/J"],
    };
    others.iter().map(|of| format!("{on} {of}")).collect()
}

/// Lives through a case, and says what was told of it.
async fn told(world: World, case: &Case) -> Vec<String> {
    world.fake.plan_all(case.plan);
    // A start whose answer is lost stays without one.
    world.fake.set_can_find(false);
    world.build(&definitions(case.times)).await;
    let mut day = Day::of(world);
    // What is done first is done before the first job starts.
    if !matches!(case.done.first(), Some(Do::Mark(_) | Do::Schedule(_))) {
        day.settle().await;
    }
    for done in case.done {
        perform(&mut day, done).await;
    }
    let all = waiting(&day).await;
    assert!(all.len() < 99, "more than are read");
    let (mine, everything): (Vec<_>, Vec<_>) = all.iter().partition(|each| each.kind == "email");
    let mine: Vec<String> = mine.into_iter().map(said).collect();
    let mut everything: Vec<String> = everything.into_iter().map(said).collect();
    let mut expected: Vec<String> = mine.iter().flat_map(|each| of_all(each)).collect();
    everything.sort_unstable();
    expected.sort_unstable();
    assert_eq!(everything, expected, "the same has happened to the others");
    mine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_trigger_is_told_once_of_what_its_group_is_about_and_of_nothing_else() {
    let mut untold: Vec<String> = all_triggers().into_iter().map(|(name, _)| name).collect();
    for case in CASES {
        for world in worlds().await {
            assert_eq!(told(world, case).await, case.told, "{}", case.name);
        }
        untold.retain(|name| !case.told.iter().any(|each| each.split_once(' ').unwrap().0 == name));
    }
    assert_eq!(untold, [""; 0], "nothing makes them happen");
}
