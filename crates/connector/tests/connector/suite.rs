//! The suite itself: who breaks a rule is found out.

use std::sync::Arc;

use connector::call::CallKind;
use connector::conformance::RULES;
use connector::fake::Fake;
use connector::faults::{Faulty, Script, Trouble};
use connector::{
    BoxFuture, CallError, Connector, Form, FormRequest, Info, Integration, SettingsProblem, Target,
};

use super::fake_conformance::FakeHarness;
use super::harnessed::{Harnessed, broken};

/// A fake whose integrations suffer.
#[derive(Debug)]
struct SufferingConnector(Fake, CallKind, Trouble);

impl Connector for SufferingConnector {
    fn info(&self) -> Info {
        self.0.info()
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        self.0.form(request)
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        let always = vec![self.2; 1000];
        Ok(Arc::new(Faulty::new(self.0.connect(target)?, Script::new().in_order(self.1, always))))
    }
}

fn suffering(kind: CallKind, trouble: Trouble) -> Harnessed {
    Harnessed::new(|fake| Arc::new(SufferingConnector(fake, kind, trouble)))
}

#[tokio::test]
async fn all_rules_have_names_of_their_own() {
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
    connector::conformance::run(&FakeHarness::default()).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_forgets_keys_breaks_the_rules_of_starting() {
    let harness = FakeHarness::default();
    harness.fake.set_keeps_keys(false);
    let broken = broken(&harness).await;
    for rule in [
        "a_key_starts_one_task_however_often_it_is_sent",
        "a_key_starts_one_task_when_it_is_sent_many_times_at_once",
        "an_ended_task_is_not_started_again",
        "a_deleted_task_is_not_started_again",
    ] {
        assert!(broken.contains(&rule), "{rule} is kept; broken are {broken:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connector_that_says_less_than_it_can_breaks_a_rule() {
    let harness = FakeHarness::default();
    harness.fake.set_communication(connector::Communication::NotCommunicating { why: "no".into() });
    assert_eq!(broken(&harness).await, ["a_heartbeat_follows_the_way_to_the_target"]);
}

#[tokio::test(start_paused = true)]
async fn every_lasting_trouble_breaks_a_rule() {
    for (kind, trouble, rule) in [
        (CallKind::Start, Trouble::LostReply, "a_key_starts_one_task_however_often_it_is_sent"),
        (CallKind::Start, Trouble::HangAfter, "a_key_starts_one_task_however_often_it_is_sent"),
        (CallKind::Find, Trouble::Unreachable, "a_start_whose_answer_was_lost_is_found_running"),
        (CallKind::Watch, Trouble::ServerError, "a_watch_tells_of_all_tasks_at_first"),
        (CallKind::Watch, Trouble::StrangeTask, "a_watch_tells_the_end_with_its_code"),
        (CallKind::Watch, Trouble::OtherEnd, "an_end_stays_as_it_is"),
        (CallKind::Watch, Trouble::HangBefore, "a_watch_without_news_answers_within_its_wait"),
        (CallKind::Cancel, Trouble::LostReply, "a_repeated_cancel_changes_nothing"),
        (CallKind::ReadLog, Trouble::LostReply, "a_log_that_is_followed_ends"),
        (CallKind::Delete, Trouble::ServerError, "a_delete_may_be_repeated"),
        (CallKind::Heartbeat, Trouble::Unreachable, "a_heartbeat_follows_the_way_to_the_target"),
    ] {
        let harness = suffering(kind, trouble);
        let rule = RULES.iter().find(|known| known.name == rule).unwrap();
        let kept = (rule.check)(&harness).await;
        assert!(kept.is_err(), "{kind:?} with {trouble:?} keeps the rule {}", rule.name);
    }
}

#[tokio::test(start_paused = true)]
async fn troubles_that_a_caller_need_not_notice_break_no_rule() {
    for (kind, trouble) in [
        (CallKind::Start, Trouble::Twice),
        (CallKind::Start, Trouble::Replay),
        (CallKind::Watch, Trouble::Twice),
        (CallKind::Watch, Trouble::Slow(std::time::Duration::from_millis(5))),
        (CallKind::Watch, Trouble::StaleCursor),
        (CallKind::Delete, Trouble::Twice),
        (CallKind::Delete, Trouble::Replay),
    ] {
        let broken = broken(&suffering(kind, trouble)).await;
        assert!(broken.is_empty(), "{kind:?} with {trouble:?} breaks {broken:?}");
    }
}
