//! What groups are told of: stored with the events, in the transaction of what has happened, together with the escalation that
//! follows while nobody acknowledges (`opcon-domain 1.14`).

use jiff::Timestamp;
use scheduler_core::definition::notification::{Action, TriggerKind};
use scheduler_core::notification::escalation::{self, Advance, Event, State};
use scheduler_core::notification::{
    AgentStatus, Happening, Index, Marked, Match, Network, Subject,
};
use scheduler_core::text_value::TextValue;
use scheduler_store::agent_state::AgentState;
use scheduler_store::escalation::Escalation;
use scheduler_store::firing::{self, Firing};
use scheduler_store::server_state;
use serde::{Deserialize, Serialize};

use crate::body::Bodies;
use crate::error::Result;
use crate::work::Triggered;

/// To what something has happened, by the rows that tokens are resolved with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Of {
    pub(crate) job_id: Option<i64>,
    pub(crate) schedule_id: Option<i64>,
    pub(crate) agent: Option<String>,
    /// As it is shown.
    pub(crate) shown: String,
}

/// A happening as it is stored: what an escalation tells later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    kind: TriggerKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amt_code: Option<u16>,
}

impl Stored {
    fn new(happening: &Happening<'_>) -> Self {
        let own = |text: &str| Some(text.to_owned());
        let (agent, schedule, job) = match happening.subject() {
            Subject::Agent(agent) => (own(agent), None, None),
            Subject::Schedule(schedule) => (None, own(schedule), None),
            Subject::Job { schedule, job } => (None, own(schedule), own(job)),
        };
        Self { kind: happening.kind(), agent, schedule, job, amt_code: happening.amt_code() }
    }

    /// What it was; none where its parts do not belong together.
    pub(crate) fn happening(&self) -> Option<Happening<'_>> {
        let subject = match (&self.agent, &self.schedule, &self.job) {
            (Some(agent), None, None) => Subject::Agent(agent),
            (None, Some(schedule), None) => Subject::Schedule(schedule),
            (None, Some(schedule), Some(job)) => Subject::Job { schedule, job },
            _ => return None,
        };
        Happening::again(self.kind, subject, self.amt_code)
    }

    /// The trigger, as definitions spell it.
    pub(crate) fn trigger(&self) -> String {
        let text = serde_json::to_value(self.kind).ok();
        text.and_then(|text| text.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    }
}

/// What is told of a happening, with the escalations that begin: each group that has steps gets one. None where nobody is told.
pub(crate) async fn notice(
    tx: &mut sql::Tx<'_>,
    index: &Index,
    happening: &Happening<'_>,
    of: &Of,
    now: Timestamp,
) -> Result<Option<Firing>> {
    let mut told = Vec::new();
    let mut last: Option<(&str, Option<i64>)> = None;
    for each in index.matches(happening) {
        let group = each.group.as_str();
        let number = match last.filter(|(name, _)| *name == group) {
            Some((_, number)) => number,
            None => begin(tx, &each, happening, of, now).await?,
        };
        last = Some((group, number));
        told.extend(triggered(&each, number, &of.shown));
    }
    Ok(firing(&told, of, now))
}

/// Begins the escalation of a group that is told; its number, where it has steps.
async fn begin(
    tx: &mut sql::Tx<'_>,
    told: &Match<'_>,
    happening: &Happening<'_>,
    of: &Of,
    now: Timestamp,
) -> Result<Option<i64>> {
    if told.escalation.is_empty() {
        return Ok(None);
    }
    let Advance { next, due, .. } =
        escalation::advance(told.escalation, State::New, Event::Told { at: now });
    let new = Escalation {
        id: 0,
        notification_group: told.group.as_str().to_owned(),
        happening: serde_json::to_string(&Stored::new(happening)).unwrap_or_default(),
        subject: of.shown.clone(),
        job_id: of.job_id,
        schedule_id: of.schedule_id,
        agent: of.agent.clone(),
        state: serde_json::to_string(&next).unwrap_or_default(),
        due_at: due.map(sql::to_micros),
        created_at: sql::to_micros(now),
        acknowledged_by: None,
        ended_at: None,
    };
    Ok(Some(scheduler_store::escalation::insert(tx, &new).await?))
}

/// What is done for a match: events as events, the rest as messages.
pub(crate) fn triggered(of: &Match<'_>, number: Option<i64>, subject: &str) -> Vec<Triggered> {
    let each = |action: &Action| match action {
        Action::Event(event) => Triggered {
            event: event.event.print(),
            only_if: None,
            tell: None,
            notification: number,
            subject: None,
        },
        other => Triggered {
            event: format!("notification of `{}`", of.group.as_str()),
            only_if: None,
            tell: Some(other.clone()),
            notification: number,
            subject: Some(subject.to_owned()),
        },
    };
    of.actions.iter().map(each).collect()
}

/// The row of what is told; nobody waits for it. None where it is nothing.
pub(crate) fn firing(told: &[Triggered], of: &Of, now: Timestamp) -> Option<Firing> {
    (!told.is_empty()).then(|| Firing {
        id: 0,
        job_id: of.job_id,
        schedule_id: of.schedule_id,
        agent: of.agent.clone(),
        maintenance: None,
        reply: None,
        events: serde_json::to_string(told).unwrap_or_default(),
        performed: 0,
        refused: 0,
        fired_at: sql::to_micros(now),
    })
}

/// Tells what has become of an agent, in the transaction that stores it. `before` is its row as it was, the rest what it is
/// now. Says whether anybody is told.
pub(crate) async fn agent_changed(
    tx: &mut sql::Tx<'_>,
    bodies: &Bodies,
    before: &AgentState,
    communication: &str,
    status: &str,
    now: Timestamp,
) -> Result<bool> {
    let was = status_of(&before.communication, &before.network);
    let network = match status {
        "communicating" => Network::Up,
        "not_responding" => Network::Down,
        _ => Network::Unknown,
    };
    let after = was.after(AgentStatus { marked: marked(communication), network });
    let happenings = was.changes(after, &before.agent);
    if happenings.is_empty() {
        return Ok(false);
    }
    let revision = server_state::read(tx).await?.revision;
    let index = bodies.notifications(tx, revision).await?;
    let agent = Some(before.agent.clone());
    let of = Of { agent, shown: format!("agent {}", before.agent), ..Of::default() };
    let mut told = Vec::new();
    for happening in happenings.iter().filter(|each| index.wants(each.kind())) {
        told.extend(notice(tx, &index, happening, &of, now).await?);
    }
    firing::insert(tx, &told).await?;
    Ok(!told.is_empty())
}

fn status_of(communication: &str, network: &str) -> AgentStatus {
    let network = match network {
        "up" => Network::Up,
        "down" => Network::Down,
        _ => Network::Unknown,
    };
    AgentStatus { marked: marked(communication), network }
}

fn marked(communication: &str) -> Marked {
    match communication {
        "full" => Marked::Up,
        "limited" => Marked::Limited,
        _ => Marked::Down,
    }
}
