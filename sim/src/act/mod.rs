//! What operators and engineers do.

mod draw;

use std::fmt;

use jiff::civil::Date;
use scheduler_app::agents::{Communication, set_communication};
use scheduler_app::build::{AddRequest, Request, build};
use scheduler_app::definitions::apply;
use scheduler_app::{App, Caller, Result, operate};
use scheduler_core::action::Action;
use scheduler_core::definition::Definitions;
use scheduler_core::job::SubscheduleRestart;
use scheduler_core::schedule::Action as ScheduleAction;
use scheduler_core::schedule::event_properties::Set;

/// Something that somebody does.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Job { id: i64, action: Action, inside: SubscheduleRestart },
    Schedule { id: i64, action: ScheduleAction },
    Pause,
    Resume,
    Threshold { name: &'static str, value: i32 },
    Agent { name: &'static str, communication: Communication },
    Add { date: Date, schedule: String, job: String, on_hold: bool },
    Build { date: Date, schedules: Option<Vec<String>>, overwrite: bool, on_hold: bool },
    Apply(Box<Definitions>),
}

impl Act {
    /// The daily job that it is about.
    pub(crate) fn job(&self) -> Option<i64> {
        if let Self::Job { id, .. } = self { Some(*id) } else { None }
    }

    /// Whether it starts a job, whatever that waits for.
    pub(crate) fn is_force(&self) -> bool {
        matches!(self, Self::Job { action: Action::Start | Action::ForceRestart, .. })
    }

    /// Whether it declares a job over.
    pub(crate) fn is_declaration(&self) -> bool {
        matches!(self, Self::Job { action: Action::MarkFinishedOk | Action::MarkFailed, .. })
    }

    /// Its kind, for the summary.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Job { action, .. } => format!("job {action}"),
            Self::Schedule { action, .. } => format!("schedule {action}"),
            Self::Pause => "pause".to_owned(),
            Self::Resume => "resume".to_owned(),
            Self::Threshold { .. } => "threshold".to_owned(),
            Self::Agent { .. } => "agent".to_owned(),
            Self::Add { .. } => "add".to_owned(),
            Self::Build { .. } => "build".to_owned(),
            Self::Apply(_) => "apply".to_owned(),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job { id, action, inside } => {
                write!(f, "{action} of job {id}, inside {inside:?}")
            }
            Self::Schedule { id, action } => write!(f, "{action} of schedule {id}"),
            Self::Pause => f.write_str("pause"),
            Self::Resume => f.write_str("resume"),
            Self::Threshold { name, value } => write!(f, "threshold {name} = {value}"),
            Self::Agent { name, communication } => write!(f, "agent {name}: {communication:?}"),
            Self::Add { date, schedule, job, on_hold } => {
                write!(f, "add of {date}/{schedule}/{job}, on hold {on_hold}")
            }
            Self::Build { date, schedules, overwrite, on_hold } => {
                write!(f, "build of {date} {schedules:?}, overwrite {overwrite}, on hold {on_hold}")
            }
            Self::Apply(_) => f.write_str("apply"),
        }
    }
}

/// Does it. Says what became of it, and how many records of the audit tell of it.
pub(crate) async fn perform(app: &App, act: Act) -> Result<(String, usize)> {
    let caller = Caller::local("operator");
    let reason = Some("because");
    Ok(match act {
        Act::Job { id, action, inside } => {
            (operate::job(app, &caller, id, action, inside, reason).await?, 1)
        }
        Act::Schedule { id, action } => {
            (operate::schedule(app, &caller, id, action, reason).await?.status, 1)
        }
        Act::Pause => {
            (operate::pause(app, &caller, "because").await.map(|()| "paused".to_owned())?, 1)
        }
        Act::Resume => {
            (operate::resume(app, &caller, None).await.map(|()| "resumed".to_owned())?, 1)
        }
        Act::Threshold { name, value } => {
            operate::set_threshold(app, &caller, name, value, None).await?;
            ("set".to_owned(), 1)
        }
        Act::Agent { name, communication } => {
            set_communication(app, &caller, name, communication, reason).await?;
            ("set".to_owned(), 1)
        }
        Act::Add { date, schedule, job, on_hold } => {
            let request = AddRequest {
                date,
                schedule,
                job,
                frequency: None,
                on_hold,
                properties: Set::default(),
                apply_exceptions: false,
            };
            (operate::add_job(app, &caller, request, reason).await?.join(", "), 1)
        }
        Act::Build { date, schedules, overwrite, on_hold } => {
            let reason = reason.map(ToOwned::to_owned);
            let request = Request { date, schedules, overwrite, on_hold, reason };
            let built = build(app, &caller, request).await?;
            let text = format!("{} built, {} left", built.schedules.len(), built.left.len());
            (text, usize::from(!built.schedules.is_empty()))
        }
        Act::Apply(definitions) => {
            let applied = apply(app, &caller, *definitions, None, reason).await?;
            (format!("revision {}", applied.revision), usize::from(!applied.changes.is_empty()))
        }
    })
}
