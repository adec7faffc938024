//! Events of jobs and schedules: those that have been triggered are stored in the transaction of what triggered them, and
//! performed after it ([`crate::events`]).

use scheduler_core::definition::notification::Action;
use scheduler_core::event::{EventDefinition, EventText, JobStatusTrigger, Trigger};
use scheduler_core::job::{Event, News};
use scheduler_core::schedule::Event as ScheduleEvent;
use scheduler_core::text_value::TextValue;
use scheduler_store::firing::Firing;
use serde::{Deserialize, Serialize};

use super::job::news;
use super::{Todo, Work};
use crate::error::Result;

/// What the status of a job that runs is called in agent feedback.
const FEEDBACK_STATUS: &str = "Status";
/// What the agent's number for that is called.
const FEEDBACK_CODE: &str = "Status Code";

/// An event that has been triggered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Triggered {
    /// The event as its definition has it, with its tokens.
    pub(crate) event: String,
    /// The expression that must be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) only_if: Option<String>,
    /// What somebody is told, in place of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tell: Option<Action>,
    /// The number by which it can be acknowledged; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) notification: Option<i64>,
    /// What somebody is told of, in words: it is told also when that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
}

/// Who is told when events are performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The job: it waits with its start.
    Start {
        /// The attempt.
        attempt: u32,
    },
    /// The job: it waits with its end.
    Ending {
        /// The number of the ending.
        ending: u32,
    },
    /// The schedule: it waits with its completion.
    Completion {
        /// The number of the completion.
        completion: u32,
    },
}

impl Work<'_, '_> {
    /// Lets the events take place that are attached to a moment of a job. Says whether there are any.
    pub(super) async fn fire(
        &mut self,
        id: i64,
        on: JobStatusTrigger,
        reply: Option<Reply>,
    ) -> Result<bool> {
        let met =
            self.met(id, |trigger| matches!(trigger, Trigger::JobStatus(each) if *each == on));
        let events = self.counting(id, met).await?;
        let is_any = !events.is_empty();
        if is_any {
            self.push_firing(id, &events, reply);
        }
        Ok(is_any)
    }

    /// Lets the events take place for what an agent says of a job that it has: its status by the name `Status`, its number for
    /// that by the name `Status Code` (`opcon-domain 1.8`, agent feedback).
    pub(super) async fn fire_feedback(
        &mut self,
        id: i64,
        status: &str,
        code: Option<i32>,
    ) -> Result<()> {
        let code = code.map(|code| code.to_string());
        let met = self.met(id, |trigger| {
            let Trigger::AgentFeedback(feedback) = trigger else { return false };
            feedback.is_met(FEEDBACK_STATUS, status)
                || code.as_deref().is_some_and(|code| feedback.is_met(FEEDBACK_CODE, code))
        });
        let events = self.counting(id, met).await?;
        if !events.is_empty() {
            self.push_firing(id, &events, None);
        }
        Ok(())
    }

    /// Lets the events of an end of a job take place: those for how it has ended.
    pub(super) async fn fire_end(&mut self, id: i64, reply: Option<Reply>) -> Result<()> {
        let said = self.exit_description(id).await?;
        let met = self.met(id, |trigger| match trigger {
            Trigger::JobStatus(_) | Trigger::AgentFeedback(_) => false,
            Trigger::ExitDescription(exit) => said.as_deref().is_some_and(|said| exit.is_met(said)),
            Trigger::JobCompletionComplexExpression(_) => true,
        });
        let events = self.counting(id, met).await?;
        // What was fired just now belongs to the same end: the job waits for that too.
        let is_own = |each: &Firing| each.job_id == Some(id) && each.reply.is_none();
        let is_any = !events.is_empty() || self.firings.iter().any(is_own);
        match reply {
            _ if is_any => self.push_firing(id, &events, reply),
            Some(Reply::Ending { ending }) => {
                self.todo.push_front(Todo::Job(id, Event::EventsProcessed { ending }));
            }
            Some(Reply::Start { .. } | Reply::Completion { .. }) | None => {}
        }
        Ok(())
    }

    /// Lets the completion events of a schedule take place.
    pub(super) async fn fire_completion(&mut self, id: i64, completion: u32) -> Result<()> {
        let Some(schedule) = self.load_schedule(id).await? else { return Ok(()) };
        let events: Vec<Triggered> =
            schedule.definition.completion_events.iter().map(always).collect();
        if events.is_empty() {
            self.todo.push_front(Todo::Schedule(id, ScheduleEvent::EventsProcessed { completion }));
            return Ok(());
        }
        let reply = Some(Reply::Completion { completion });
        let firing = self.firing(&events, reply);
        self.firings.push(Firing { schedule_id: Some(id), ..firing });
        Ok(())
    }

    /// Of events of a job those that count for the frequency by which it runs.
    async fn counting(&mut self, id: i64, met: Vec<EventDefinition>) -> Result<Vec<Triggered>> {
        if met.is_empty() {
            return Ok(Vec::new());
        }
        let frequency = self.frequency_of(id).await?;
        let counts = |each: &&EventDefinition| {
            each.frequency.is_none() || each.frequency.as_ref() == frequency.as_ref()
        };
        Ok(met.iter().filter(counts).map(triggered).collect())
    }

    /// The events of a job with such a trigger.
    fn met(&self, id: i64, is_met: impl Fn(&Trigger) -> bool) -> Vec<EventDefinition> {
        let events = self.jobs.get(&id).into_iter().flat_map(|job| &job.definition.events);
        events.filter(|each| is_met(&each.trigger)).cloned().collect()
    }

    /// The exit description of the last attempt of a job; none where it had none.
    async fn exit_description(&mut self, id: i64) -> Result<Option<String>> {
        let Some(last) = self.jobs.get(&id).map(|job| i64::from(job.life.attempts)) else {
            return Ok(None);
        };
        let said = self.attempt(id, last).await?.map(|attempt| match attempt.code {
            Some(code) => code.to_string(),
            None => attempt.description.clone(),
        });
        Ok(said)
    }

    fn push_firing(&mut self, id: i64, events: &[Triggered], reply: Option<Reply>) {
        let firing = self.firing(events, reply);
        self.firings.push(Firing { job_id: Some(id), ..firing });
    }

    pub(super) fn firing(&self, events: &[Triggered], reply: Option<Reply>) -> Firing {
        Firing {
            id: 0,
            job_id: None,
            schedule_id: None,
            agent: None,
            maintenance: None,
            reply: reply.map(|reply| serde_json::to_string(&reply).unwrap_or_default()),
            events: serde_json::to_string(events).unwrap_or_default(),
            performed: 0,
            refused: 0,
            fired_at: sql::to_micros(self.now),
        }
    }

    /// Somebody has waited for events, which are performed now. A start whose events were refused does not take place.
    pub(crate) fn reply(&mut self, of: &Firing, reply: Reply) {
        match (reply, of.job_id, of.schedule_id) {
            (Reply::Start { attempt }, Some(job), _) => {
                let is_whole = of.refused == 0;
                let said = if is_whole { News::StartPrepared } else { News::StartNotPrepared };
                self.job(job, news(attempt, said));
            }
            (Reply::Ending { ending }, Some(job), _) => {
                self.job(job, Event::EventsProcessed { ending });
            }
            (Reply::Completion { completion }, _, Some(schedule)) => {
                self.schedule(schedule, ScheduleEvent::EventsProcessed { completion });
            }
            // It was deleted meanwhile.
            (Reply::Start { .. } | Reply::Ending { .. } | Reply::Completion { .. }, _, _) => {}
        }
    }
}

/// An event without a condition.
pub(crate) fn always(event: &EventText) -> Triggered {
    Triggered { event: event.print(), only_if: None, tell: None, notification: None, subject: None }
}

fn triggered(each: &EventDefinition) -> Triggered {
    let only_if = match &each.trigger {
        Trigger::JobCompletionComplexExpression(condition) => Some(condition.as_str().to_owned()),
        Trigger::JobStatus(_) | Trigger::AgentFeedback(_) | Trigger::ExitDescription(_) => None,
    };
    Triggered { only_if, ..always(&each.event) }
}
