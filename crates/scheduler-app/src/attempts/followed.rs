//! What is followed of an agent, and the questions about it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use connector::{AttemptKey, Integration, Reports, State, TaskRef, TaskStatus, Watch};
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::agents::NoIntegration;
use crate::pace::{Pace, STEP};
use crate::places::Place;

/// How long what an agent says of a task is not asked for that could not be stored.
const PUT_OFF: Duration = Duration::from_secs(60);

/// How much longer than after the first time it is waited at most before an agent is asked that could not be asked again and again.
const PAUSE_GROWTH_MAX: u32 = 4;
/// How often it is told at most why an agent cannot be asked, where that changes.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// An agent, and a number among those parts of its tasks about which one question is.
pub(super) type Part = (String, usize);

/// Tasks of an agent about which one question is.
#[derive(Debug, Default)]
pub(super) struct Followed {
    pub(super) tasks: BTreeMap<AttemptKey, Task>,
    /// Tasks that are not asked for until an instant, the earliest first: what was said of them could not be stored.
    put_off: Vec<(Instant, AttemptKey, Task)>,
    cursor: Option<String>,
    /// The question that is under way.
    question: Option<Question>,
    /// There is more to ask for than that question does, and when it is given up for that.
    ask_anew: Option<Instant>,
    /// When it may be asked again: while much is going on, what comes within a step is told together.
    pub(super) pace: Pace,
    /// When a question was given up last: that is done once in a step at most, for questions are answered soon where much is
    /// going on.
    given_up: Option<Instant>,
    /// How long to wait before the next question.
    pub(super) pause: Duration,
    /// Why the agent could not be asked the last time.
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    pause: Duration,
    /// What was told of it, and when.
    told: String,
    told_at: Instant,
}

#[derive(Debug)]
struct Question {
    /// Which of all questions it is.
    number: u64,
    /// Ends it.
    stop: CancellationToken,
}

#[derive(Debug)]
pub(super) struct Task {
    pub(super) place: Place,
    pub(super) state: State,
}

/// What became of a question.
pub(super) struct Heard {
    pub(super) of: Part,
    number: u64,
    pub(super) answer: Answer,
}

/// What an agent has said.
pub(super) enum Answer {
    /// News, or that there are none.
    Reports(Reports),
    /// It could not be asked, which says nothing about its tasks.
    Failed(String),
    /// The question was given up.
    GivenUp,
}

impl Followed {
    /// Whether a task is among them.
    pub(super) fn has(&self, key: &AttemptKey) -> bool {
        self.tasks.contains_key(key) || self.put_off.iter().any(|(_, each, _)| each == key)
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.tasks.len() + self.put_off.len()
    }

    /// Follows one more, which is asked for with the others, soon.
    pub(super) fn add(&mut self, key: AttemptKey, task: Task) {
        self.tasks.insert(key, task);
        if self.question.is_some() && self.ask_anew.is_none() {
            let now = Instant::now();
            self.ask_anew = Some(self.given_up.map_or(now, |last| (last + STEP).max(now)));
        }
    }

    /// Whether there is something to ask for, and no question under way.
    pub(super) fn has_to_ask(&self) -> bool {
        !self.tasks.is_empty() && self.question.is_none()
    }

    /// The next question, with a number that no other one has.
    pub(super) fn ask(&mut self, number: u64, wait: Duration) -> Asked {
        let stop = CancellationToken::new();
        self.question = Some(Question { number, stop: stop.clone() });
        let tasks = self.tasks.iter();
        let tasks =
            tasks.map(|(key, task)| TaskRef { attempt: key.clone(), state: task.state.clone() });
        let watch = Watch { tasks: tasks.collect(), cursor: self.cursor.clone(), wait };
        let rest = match wait {
            Duration::ZERO => Duration::ZERO,
            _ => self.pace.next().duration_since(Instant::now()),
        };
        let pause = std::mem::take(&mut self.pause).max(rest);
        Asked { number, watch, pause, stop }
    }

    /// Whether something was heard to the question that is under way, and not to one of before everything was forgotten. It is not
    /// under way any more then.
    pub(super) fn is_answered_by(&mut self, heard: &Heard) -> bool {
        self.question.take_if(|question| question.number == heard.number).is_some()
    }

    /// Gives up the question that is under way where there is more to ask for by now. Says when there will be.
    pub(super) fn give_up(&mut self, now: Instant) -> Option<Instant> {
        match (self.ask_anew, &self.question) {
            (Some(at), Some(question)) if at <= now => {
                question.stop.cancel();
                (self.ask_anew, self.given_up) = (None, Some(now));
                None
            }
            (at, Some(_)) => at,
            (_, None) => {
                self.ask_anew = None;
                None
            }
        }
    }

    /// The agent could not be asked: that is tried again after a pause, which gets longer. Says whether there is something new
    /// to tell of it.
    pub(super) fn failed(&mut self, why: &str, first_pause: Duration) -> bool {
        let now = Instant::now();
        let Some(last) = &mut self.failure else {
            self.pause = first_pause;
            let told = why.to_owned();
            self.failure = Some(Failure { pause: first_pause, told, told_at: now });
            return true;
        };
        last.pause = (last.pause * 2).min(first_pause * PAUSE_GROWTH_MAX);
        self.pause = last.pause;
        let is_new = last.told != why && last.told_at + TOLD_EVERY <= now;
        if is_new {
            (last.told, last.told_at) = (why.to_owned(), now);
        }
        is_new
    }

    /// The agent could be asked. Says whether that is new.
    pub(super) fn answered(&mut self) -> bool {
        self.failure.take().is_some()
    }

    /// What was stored is not asked for again.
    pub(super) fn heard(&mut self, reports: Reports) {
        self.cursor = reports.cursor;
        self.pause = reports.again_after;
        let is_lost = |report: &connector::Report| matches!(report.status, TaskStatus::Lost { .. });
        if reports.reports.iter().any(is_lost) {
            // It is asked for again some time, and its agent must not take that for a task of which it has told.
            self.cursor = None;
        }
        for report in reports.reports {
            match (report.status, report.state) {
                (TaskStatus::Ended(_) | TaskStatus::Lost { .. }, _) => {
                    self.tasks.remove(&report.attempt);
                }
                (
                    TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. },
                    Some(state),
                ) => {
                    if let Some(task) = self.tasks.get_mut(&report.attempt) {
                        task.state = state;
                    }
                }
                (
                    TaskStatus::Waiting { .. } | TaskStatus::PreRun | TaskStatus::Running { .. },
                    None,
                ) => {}
            }
        }
    }

    /// What was said of these could not be stored: they are asked for again later, and the others go on.
    pub(super) fn put_off(&mut self, refused: &[Place]) {
        let at = Instant::now() + PUT_OFF;
        let is_refused = |_: &AttemptKey, task: &mut Task| refused.contains(&task.place);
        let tasks = self.tasks.extract_if(.., is_refused);
        self.put_off.extend(tasks.map(|(key, task)| (at, key, task)));
    }

    /// Asks again for what was put off until now, from the begin on. Says when the next is to be asked for.
    pub(super) fn recall(&mut self, now: Instant) -> Option<Instant> {
        let due = self.put_off.iter().take_while(|(at, ..)| *at <= now).count();
        let due: Vec<_> = self.put_off.drain(..due).collect();
        if !due.is_empty() {
            self.cursor = None;
        }
        for (_, key, task) in due {
            self.add(key, task);
        }
        self.put_off.first().map(|(at, ..)| *at)
    }
}

impl Drop for Followed {
    /// Nobody waits for the answer any more.
    fn drop(&mut self) {
        if let Some(question) = &self.question {
            question.stop.cancel();
        }
    }
}

/// A question that is to be asked.
pub(super) struct Asked {
    number: u64,
    watch: Watch,
    pause: Duration,
    stop: CancellationToken,
}

impl Asked {
    /// Asks an agent. That it could not be asked says nothing about its tasks.
    pub(super) fn to(
        self,
        integration: std::result::Result<Arc<dyn Integration>, NoIntegration>,
        of: Part,
    ) -> BoxFuture<'static, Heard> {
        let Self { number, watch, pause, stop } = self;
        Box::pin(async move {
            let answer = async {
                // Even a sleep of no time takes until the next tick of the timer.
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                match integration {
                    Ok(integration) => {
                        integration.watch(watch).await.map_err(|error| error.to_string())
                    }
                    Err(none) => Err(none.to_string()),
                }
            };
            let answer = tokio::select! {
                // One that was given up before it was asked is not asked.
                biased;
                () = stop.cancelled() => None,
                answer = answer => Some(answer),
            };
            let answer = match answer {
                Some(Ok(reports)) => Answer::Reports(reports),
                Some(Err(why)) => Answer::Failed(why),
                None => Answer::GivenUp,
            };
            Heard { of, number, answer }
        })
    }
}

#[cfg(test)]
mod tests {
    use connector::fake::{Fake, Plan};
    use connector::{Connector, StartTask};

    use super::*;

    fn followed(key: &AttemptKey) -> Followed {
        let mut followed = Followed::default();
        followed.add(key.clone(), Task { place: (1, 1), state: State(String::new()) });
        followed
    }

    /// A long question that does not end by itself.
    async fn asked(fake: &Fake, followed: &mut Followed, number: u64) -> BoxFuture<'static, Heard> {
        let integration = fake.connect(Fake::target("A")).unwrap();
        // The first one is answered at once.
        let first =
            followed.ask(number, Duration::ZERO).to(Ok(Arc::clone(&integration)), part()).await;
        assert!(followed.is_answered_by(&first));
        let Answer::Reports(reports) = first.answer else { panic!("it was not asked to the end") };
        followed.heard(reports);
        followed.ask(number + 1, Duration::from_secs(600)).to(Ok(integration), part())
    }

    fn part() -> Part {
        ("A".to_owned(), 0)
    }

    #[tokio::test]
    async fn questions_about_what_is_forgotten_end_and_their_answers_count_for_no_other_question() {
        let fake = Fake::new();
        fake.plan_all(|_: &StartTask| Plan::until_told());
        let key: AttemptKey = "i-1-1".parse().unwrap();
        fake.connect(Fake::target("A")).unwrap().start(Fake::task(&key)).await;
        let mut old = followed(&key);
        let question = asked(&fake, &mut old, 1).await;
        drop(old);
        let heard = tokio::time::timeout(Duration::from_secs(60), question).await.unwrap();
        assert!(matches!(heard.answer, Answer::GivenUp));
        let mut new = followed(&key);
        new.ask(3, Duration::ZERO);
        assert!(!new.is_answered_by(&heard) && !new.has_to_ask());
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_stored_is_asked_for_again_later_and_in_full() {
        let key: AttemptKey = "i-1-1".parse().unwrap();
        let mut followed = followed(&key);
        followed.heard(Reports { cursor: Some("7".to_owned()), ..Reports::default() });
        followed.put_off(&[(1, 1)]);
        assert!(!followed.has_to_ask() && followed.has(&key) && followed.len() == 1);
        let at = followed.recall(Instant::now()).unwrap();
        assert!(!followed.has_to_ask());
        assert_eq!(followed.recall(at), None);
        assert!(followed.has_to_ask() && followed.cursor.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn an_agent_that_stays_away_is_asked_less_often_and_told_of_once() {
        let mut followed = Followed::default();
        let second = Duration::from_secs(1);
        let mut pauses = Vec::new();
        for round in 0..5 {
            assert_eq!(followed.failed("it is away", second), round == 0);
            pauses.push(followed.pause.as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 4, 4]);
        // Of an answer that is another one each time not each is told.
        assert!(!followed.failed("it refuses us", second));
        tokio::time::advance(TOLD_EVERY).await;
        assert!(!followed.failed("it is away", second) && followed.failed("it refuses us", second));
        assert!(followed.answered() && !followed.answered());
        assert!(followed.failed("it refuses us", second));
        assert_eq!(followed.pause, second);
    }
}
