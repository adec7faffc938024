//! The integration that suffers.

use futures_util::future::{BoxFuture, join};

/// How many of the tasks that have ended end once more.
const OTHER_ENDS: usize = 10;

use super::{Faulty, REMEMBERED_MAX, Trouble, lock};
use crate::call::{Answer, Call, CallKind, answer};
use crate::{AttemptKey, CallError, Carrier, End, Fault, Found, Report, Reports, TaskStatus};

fn unreachable() -> CallError {
    CallError::new(Fault::Unreachable, "the agent cannot be reached (injected)")
}

fn nonsense(message: &str) -> CallError {
    CallError::new(Fault::Nonsense, message)
}

impl Faulty {
    async fn make(&self, call: Call) -> Answer {
        if matches!(call.kind(), CallKind::Start | CallKind::Cancel | CallKind::Delete) {
            lock(&self.memory).act = Some(call.clone());
        }
        let sought = match &call {
            Call::Find(sought) => Some(sought.attempt.clone()),
            _ => None,
        };
        let answer = answer(self.inner.as_ref(), call).await;
        if let (Some(sought), Answer::Find(Found::Never)) = (sought, &answer) {
            self.forget(&sought);
        }
        answer
    }

    /// Nothing of a start that was looked for and not found is on its way any more (see [`Found::Never`]).
    fn forget(&self, sought: &AttemptKey) {
        let mut memory = lock(&self.memory);
        if matches!(&memory.act, Some(Call::Start(start)) if start.attempt == *sought) {
            memory.act = None;
        }
    }

    async fn suffer(&self, call: Call) -> Result<Answer, CallError> {
        let trouble = self.draw(&call);
        let answer = match trouble {
            Trouble::Slow(time) => {
                tokio::time::sleep(time).await;
                self.make(call).await
            }
            Trouble::Unreachable => return Err(unreachable()),
            Trouble::ServerError => {
                return Err(nonsense("the agent answered 500 Internal Server Error (injected)"));
            }
            Trouble::LostReply => {
                self.make(call).await;
                return Err(CallError::new(Fault::Unreachable, "the answer was lost (injected)"));
            }
            Trouble::Twice => join(self.make(call.clone()), self.make(call)).await.1,
            Trouble::Replay => {
                let act = lock(&self.memory).act.clone();
                if let Some(act) = act {
                    answer(self.inner.as_ref(), act).await;
                }
                self.make(call).await
            }
            Trouble::HangBefore => {
                self.hang().await;
                self.make(call).await
            }
            Trouble::HangAfter => {
                let answer = self.make(call).await;
                self.hang().await;
                answer
            }
            Trouble::StrangeTask if call.kind() != CallKind::Watch => {
                self.make(call).await;
                return Err(nonsense("the answer makes no sense (injected)"));
            }
            Trouble::None | Trouble::StrangeTask | Trouble::OtherEnd | Trouble::StaleCursor => {
                self.make(call).await
            }
        };
        Ok(match answer {
            Answer::Watch(reports) => Answer::Watch(self.spoil(reports, trouble)),
            other => other,
        })
    }

    /// Remembers what is told, and tells nonsense if that is wanted.
    fn spoil(&self, mut told: Reports, trouble: Trouble) -> Reports {
        let mut memory = lock(&self.memory);
        let nonsense: Vec<Report> = match trouble {
            Trouble::StrangeTask => strange().into_iter().collect(),
            Trouble::OtherEnd => {
                let last = memory.ends.iter().rev().take(OTHER_ENDS);
                last.map(|(attempt, end)| other_end(attempt, end)).collect()
            }
            _ => Vec::new(),
        };
        for report in &told.reports {
            if let TaskStatus::Ended(end) = &report.status
                && memory.ends.len() < REMEMBERED_MAX
            {
                memory.ends.entry(report.attempt.clone()).or_insert_with(|| end.clone());
            }
        }
        told.reports.extend(nonsense);
        if memory.cursor.is_none() {
            memory.cursor.clone_from(&told.cursor);
        }
        if trouble == Trouble::StaleCursor {
            told.cursor.clone_from(&memory.cursor);
        }
        told
    }
}

fn strange() -> Option<Report> {
    let attempt = "nobody.asked.for.this".parse().ok()?;
    let end = End::with_code(0, "strange");
    Some(Report { attempt, state: None, status: TaskStatus::Ended(end) })
}

fn other_end(attempt: &AttemptKey, end: &End) -> Report {
    let code = Some(end.code.map_or(0, |code| code.wrapping_add(1)));
    let end = End { code, ..End::without_code("another end") };
    Report { attempt: attempt.clone(), state: None, status: TaskStatus::Ended(end) }
}

impl Carrier for Faulty {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>> {
        Box::pin(self.suffer(call))
    }
}
