//! The rules of faulty ways find out who draws a wrong conclusion from a failure, and a harness that claims too much.

use std::collections::HashSet;
use std::sync::Arc;

use connector::call::{Answer, Call, CallKind, answer};
use connector::conformance::{CALLS, RULES, WayFault};
use connector::fake::Fake;
use connector::{
    AttemptKey, BoxFuture, CallError, Cancelled, Carrier, Connector, End, Form, FormRequest, Found,
    Info, Integration, LogFile, LogPart, Report, Reports, SettingsProblem, Started, State, Target,
    TaskStatus,
};

use super::harnessed::{Harnessed, broken};

/// What a connector says where it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    StartRefused,
    StartEnded,
    StartRuns,
    Never,
    Cannot,
    AllLost,
    AllEnded,
    Cancelled,
    CancelRefused,
    LogEnds,
    LogsComplete,
    NotFound,
    /// Asks until it knows, however long that takes.
    AsksForEver,
}

fn lie(lie: Lie, call: &Call, said: Answer) -> Answer {
    let unknown = matches!(said, Answer::Start(Started::Unknown { .. }));
    let not_now = matches!(said, Answer::Find(Found::NotNow { .. }));
    let failed = matches!(said, Answer::Failed(_));
    let state = || State(String::new());
    let all = |status: TaskStatus| {
        let Call::Watch(watch) = call else { return Reports::default() };
        let report = |attempt: &AttemptKey| Report {
            attempt: attempt.clone(),
            state: None,
            status: status.clone(),
        };
        let reports = watch.tasks.iter().map(|task| report(&task.attempt)).collect();
        Reports { reports, ..Reports::default() }
    };
    let why = || "no answer".to_owned();
    let end = || End::with_code(1, "failed");
    match (lie, call.kind()) {
        (Lie::StartRefused, _) if unknown => Answer::Start(Started::Refused { why: why() }),
        (Lie::StartEnded, _) if unknown => {
            Answer::Start(Started::Ended { state: state(), end: end() })
        }
        (Lie::StartRuns, _) if unknown => Answer::Start(Started::Running { state: state() }),
        (Lie::Never, _) if not_now => Answer::Find(Found::Never),
        (Lie::Cannot, _) if not_now => Answer::Find(Found::Cannot { why: why() }),
        (Lie::AllLost, CallKind::Watch) if failed => {
            Answer::Watch(all(TaskStatus::Lost { why: why() }))
        }
        (Lie::AllEnded, CallKind::Watch) if failed => Answer::Watch(all(TaskStatus::Ended(end()))),
        (Lie::Cancelled, CallKind::Cancel) if failed => Answer::Cancel(Cancelled::Sent),
        (Lie::CancelRefused, CallKind::Cancel) if failed => {
            Answer::Cancel(Cancelled::Refused { why: why() })
        }
        (Lie::LogEnds, CallKind::ReadLog) if failed => {
            Answer::ReadLog(LogPart { text: String::new(), next: "0".into(), is_end: true })
        }
        (Lie::LogsComplete, CallKind::Logs) if failed => {
            Answer::Logs(vec![LogFile { name: "job.log".into(), is_complete: true }])
        }
        (Lie::NotFound, _) if failed => {
            Answer::Failed(CallError::new(connector::Fault::NotFound, why()))
        }
        _ => said,
    }
}

#[derive(Debug)]
struct Lying(Lie, Arc<dyn Integration>);

impl Carrier for Lying {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        Box::pin(async move {
            loop {
                let said = answer(self.1.as_ref(), call.clone()).await;
                let is_failed = matches!(
                    said,
                    Answer::Failed(_)
                        | Answer::Start(Started::Unknown { .. })
                        | Answer::Find(Found::NotNow { .. })
                );
                if self.0 != Lie::AsksForEver || !is_failed {
                    return Ok(lie(self.0, &call, said));
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        })
    }
}

#[derive(Debug)]
struct Liar(Lie, Fake);

impl Connector for Liar {
    fn info(&self) -> Info {
        self.1.info()
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        self.1.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        Ok(Arc::new(Lying(self.0, self.1.connect(target)?)))
    }
}

fn harnessed(lie: Option<Lie>, sets_faults: bool) -> Harnessed {
    let mut harness = Harnessed::new(|fake| match lie {
        Some(lie) => Arc::new(Liar(lie, fake)),
        None => Arc::new(fake),
    });
    harness.sets_faults = sets_faults;
    harness
}

#[tokio::test(start_paused = true)]
async fn who_draws_a_conclusion_from_a_failure_breaks_a_rule_of_faulty_ways() {
    for (lie, rules) in [
        (
            Lie::StartRefused,
            &[
                "a_start_that_an_error_answers_is_not_failed_where_it_may_run",
                "a_start_whose_answers_are_all_lost_runs_once_and_is_found",
            ][..],
        ),
        (Lie::StartEnded, &["a_start_that_an_error_answers_is_not_failed_where_it_may_run"]),
        (Lie::StartRuns, &["a_start_that_an_error_answers_is_not_failed_where_it_may_run"]),
        (Lie::Never, &["a_search_over_a_faulty_way_hides_no_running_task"]),
        (Lie::Cannot, &["a_search_over_a_faulty_way_hides_no_running_task"]),
        (
            Lie::AllLost,
            &[
                "a_watch_that_an_error_answers_ends_nothing_and_goes_on",
                "a_watch_whose_answers_are_lost_loses_no_news",
                "a_watch_over_a_flapping_way_ends_nothing_and_goes_on",
            ],
        ),
        (Lie::AllEnded, &["a_watch_that_an_error_answers_ends_nothing_and_goes_on"]),
        (Lie::Cancelled, &["a_cancel_over_a_faulty_way_ends_its_task_and_no_other"]),
        (Lie::CancelRefused, &["a_cancel_over_a_faulty_way_ends_its_task_and_no_other"]),
        (Lie::LogEnds, &["a_log_over_a_faulty_way_is_whole_or_goes_on"]),
        (Lie::LogsComplete, &["a_log_over_a_faulty_way_is_whole_or_goes_on"]),
        (
            Lie::NotFound,
            &[
                "a_watch_whose_answers_are_lost_loses_no_news",
                "a_cancel_over_a_faulty_way_ends_its_task_and_no_other",
                "a_log_over_a_faulty_way_is_whole_or_goes_on",
            ],
        ),
        (
            Lie::AsksForEver,
            &[
                "a_start_that_an_error_answers_is_not_failed_where_it_may_run",
                "a_watch_that_an_error_answers_ends_nothing_and_goes_on",
                "a_search_over_a_faulty_way_hides_no_running_task",
            ],
        ),
    ] {
        let broken = broken(&harnessed(Some(lie), true)).await;
        for rule in rules {
            assert!(broken.contains(rule), "{lie:?} keeps {rule}; broken are {broken:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_does_not_happen_breaks_the_rules_that_want_it() {
    let broken = broken(&harnessed(None, false)).await;
    let of_ways = RULES.iter().map(|rule| rule.name).filter(|name| !is_of_a_whole_way(name));
    assert_eq!(broken, of_ways.collect::<Vec<_>>());
}

/// The rules that came first know of no fault but a way that is cut and one lost answer.
fn is_of_a_whole_way(name: &str) -> bool {
    let last = "calls_and_answers_survive_json";
    let at = |name: &str| RULES.iter().position(|rule| rule.name == name).unwrap();
    at(name) <= at(last)
}

#[tokio::test(start_paused = true)]
async fn the_rules_want_every_fault_of_every_call() {
    let harness = harnessed(None, true);
    assert!(broken(&harness).await.is_empty());
    let wanted: HashSet<_> = harness.wanted.lock().unwrap().drain(..).collect();
    let all = CALLS.iter().flat_map(|call| WayFault::ALL.map(|fault| (fault, *call)));
    assert_eq!(wanted, all.collect());
}
