//! The one function that decides what an event makes of a daily schedule.

use super::action::{self, Action};
use super::{Resume, Schedule, StartedBy, State, Tally};

/// What notifications can be about (`opcon-domain 1.14`): what a schedule itself goes through. A hold from above fires
/// nothing, and neither does its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// It starts. One that is opened again does not start again.
    Started,
    /// All its jobs have ended, or somebody has closed it.
    Completed,
    /// Somebody has put it on hold.
    OnHold,
    /// Somebody has released it.
    Released,
}

/// Who opens a completed schedule again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReopenedBy {
    /// An operator restarts or adds a job.
    User,
    /// An event does; see [`ReopenedBy::event`].
    Event {
        /// Whether it may.
        is_allowed: bool,
    },
}

impl ReopenedBy {
    /// An event, which says itself whether it opens a completed schedule (`$JOB:ADD`; N where it leaves that out or
    /// cannot say it). The server option *Allow Job Events to Restart Schedules* allows it to all of them.
    pub const fn event(reopen: Option<bool>, allow_job_events_to_restart: bool) -> Self {
        let is_allowed = allow_job_events_to_restart || matches!(reopen, Some(true));
        Self::Event { is_allowed }
    }
}

/// The jobs of a schedule, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobsCounted {
    /// The count.
    pub tally: Tally,
    /// *Failed jobs should keep the Schedule "In Process"*.
    pub keep_open: bool,
}

/// Something that happens to a daily schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// Its start time has come. With *conflict with other days* it is said only when no other day of the
    /// schedule is active.
    StartTimeReached,
    /// Its container job has started.
    ContainerStarted,
    /// The start times of its jobs are worked out.
    Started,
    /// A schedule above it was put on hold.
    ParentHeld,
    /// The schedules above it go on.
    ParentReleased,
    /// A job has ended, or was added or deleted.
    JobsCounted(JobsCounted),
    /// A job was restarted. A completed schedule does not know whether one above it is held: if so,
    /// [`Event::ParentHeld`] follows in the same transaction.
    JobReopened(ReopenedBy),
    /// A job was added. Where the schedule is completed and may not be opened again, the job is there all the same and
    /// waits in Qualifying until somebody opens the schedule. [`Event::ParentHeld`] may follow here, too.
    JobAdded(ReopenedBy),
    /// The container that owns it was restarted, and waits again.
    ContainerRestarted,
    /// Its completion events are processed.
    EventsProcessed {
        /// Of which completion.
        completion: u32,
    },
    /// An operator or an event asks for something.
    Asked(Action),
}

/// Something that must be done, stored in the same transaction as the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Work out the start times of its jobs; *relative* ones count from now.
    WorkOutStartTimes,
    /// Test its jobs.
    TestJobs,
    /// Tell its subschedules that it is held.
    HoldSubschedules,
    /// Tell its subschedules that it goes on.
    ReleaseSubschedules,
    /// Count its jobs.
    CountJobs,
    /// Run its completion events, then say that they are processed.
    RunCompletionEvents {
        /// The number of the completion.
        completion: u32,
    },
    /// Write its history.
    Record,
    /// Tell its container job, if it has one, that it has ended.
    TellContainer {
        /// Jobs that count as failed; none where they are to be counted first.
        failed_jobs: Option<u32>,
    },
    /// Send what notifications are defined for this.
    Notify(Notice),
}

/// What an event makes of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The schedule changes.
    Advance {
        /// What it becomes.
        next: Schedule,
        /// What must be done, in this order.
        effects: Vec<Effect>,
    },
    /// A late or repeated message: nothing changes.
    Stale,
    /// Not possible now; whoever sent it is told why.
    Illegal {
        /// Why.
        why: Illegal,
    },
}

/// Why an event is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Illegal {
    /// The action table refuses it.
    #[error(transparent)]
    Action(action::Refusal),
    /// The option is off.
    #[error(
        "the schedule is completed and events may not open it again; set the option Allow Job Events to Restart \
         Schedules, or let an operator restart the job"
    )]
    EventsMayNotReopen,
    /// Its events run.
    #[error("the completion events of the schedule are being processed; try again in a moment")]
    ProcessingEvents,
    /// A number that was never given.
    #[error("completion {said} is not known; the last one is {last}")]
    UnknownCompletion {
        /// The number in the message.
        said: u32,
        /// The last one.
        last: u32,
    },
}

use Verdict::Stale;

/// What a start needs.
const STARTS: [Effect; 2] = [Effect::WorkOutStartTimes, Effect::Notify(Notice::Started)];

impl Schedule {
    /// The whole life of a daily schedule. No I/O, no clock, no randomness, and no case left out.
    pub fn on(&self, event: &Event) -> Verdict {
        match *event {
            Event::StartTimeReached => self.start_time_reached(),
            Event::ContainerStarted => self.container_started(),
            Event::Started => self.started(),
            Event::ParentHeld => self.parent_held(),
            Event::ParentReleased => self.parent_released(),
            Event::JobsCounted(counted) => self.counted(counted),
            Event::JobReopened(by) => self.reopened(by),
            Event::JobAdded(by) => self.job_added(by),
            Event::ContainerRestarted => self.container_restarted(),
            Event::EventsProcessed { completion } => self.events_processed(completion),
            Event::Asked(action) => self.asked(action),
        }
    }

    fn start_time_reached(self) -> Verdict {
        match self.state {
            State::WaitToStart => self.starts(StartedBy::Clock),
            State::WaitContainerJob
            | State::OnHold { .. }
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. }
            | State::Completed { .. } => Stale,
        }
    }

    fn container_started(self) -> Verdict {
        match self.state {
            State::WaitContainerJob => self.starts(StartedBy::Container),
            State::OnHold { resume: Resume::WaitContainerJob, is_parent_held } => {
                self.to(State::OnHold { resume: Resume::StartByContainer, is_parent_held }, [])
            }
            State::ParentHold { resume: Resume::WaitContainerJob } => {
                self.to(State::ParentHold { resume: Resume::StartByContainer }, [])
            }
            // It was closed, or its container was restarted without it: there is nothing to wait for.
            State::Completed { .. }
            | State::OnHold { resume: Resume::Completed, .. }
            | State::ParentHold { resume: Resume::Completed } => {
                self.to(self.state, [Effect::TellContainer { failed_jobs: None }])
            }
            State::WaitToStart
            | State::OnHold { .. }
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. } => Stale,
        }
    }

    fn started(self) -> Verdict {
        match self.state {
            State::Starting(_) => self
                .to(State::InProcess { is_reopened: false }, [Effect::TestJobs, Effect::CountJobs]),
            State::WaitToStart
            | State::WaitContainerJob
            | State::OnHold { .. }
            | State::ParentHold { .. }
            | State::InProcess { .. }
            | State::Completed { .. } => Stale,
        }
    }

    fn container_restarted(self) -> Verdict {
        match self.state {
            // Its completion events are performed all the same, and nobody waits for them any more: a container that is tried
            // again or runs several times is set back in the very step in which its subschedule completes.
            State::Completed { .. } => self.to(State::WaitContainerJob, []),
            State::OnHold {
                resume: Resume::Completed | Resume::StartByContainer,
                is_parent_held,
            } => self.to(State::OnHold { resume: Resume::WaitContainerJob, is_parent_held }, []),
            State::ParentHold { resume: Resume::Completed | Resume::StartByContainer } => {
                self.to(State::ParentHold { resume: Resume::WaitContainerJob }, [])
            }
            // One that is not completed goes on with its jobs, and its container follows it again.
            State::WaitToStart
            | State::WaitContainerJob
            | State::OnHold { .. }
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. } => Stale,
        }
    }

    fn asked(self, action: Action) -> Verdict {
        if let Err(refusal) = action::decide(action, self.status()) {
            return Verdict::Illegal { why: Illegal::Action(refusal) };
        }
        match action {
            Action::Hold => match self.resume() {
                Some(resume) => self.to(
                    State::OnHold { resume, is_parent_held: false },
                    [Effect::HoldSubschedules, Effect::Notify(Notice::OnHold)],
                ),
                None => Stale,
            },
            Action::Release => self.released(),
            Action::Start => self.starts(StartedBy::User),
            // Jobs that run go on and end as they do; nothing starts any more.
            Action::Close => self.to(
                State::Completed { is_processing: false },
                [Effect::TellContainer { failed_jobs: None }, Effect::Notify(Notice::Completed)],
            ),
        }
    }

    fn released(self) -> Verdict {
        match self.state {
            State::OnHold { resume, is_parent_held: true } => self
                .released_once()
                .to(State::ParentHold { resume }, [Effect::Notify(Notice::Released)]),
            State::OnHold { resume, is_parent_held: false } => {
                self.released_once().goes_on(resume, Some(Effect::Notify(Notice::Released)))
            }
            State::WaitToStart
            | State::WaitContainerJob
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. }
            | State::Completed { .. } => Stale,
        }
    }

    fn released_once(self) -> Self {
        Self { was_released: true, ..self }
    }

    /// Goes on after a hold; `first` is done before everything else.
    fn goes_on(self, resume: Resume, first: Option<Effect>) -> Verdict {
        let (state, then): (State, &[Effect]) = match resume {
            Resume::WaitToStart => (State::WaitToStart, &[]),
            Resume::WaitContainerJob => (State::WaitContainerJob, &[]),
            Resume::StartByContainer => (State::Starting(StartedBy::Container), &STARTS),
            Resume::InProcess { is_reopened } => {
                (State::InProcess { is_reopened }, &[Effect::TestJobs, Effect::CountJobs])
            }
            Resume::Completed => (State::Completed { is_processing: false }, &[]),
        };
        let mut effects: Vec<_> = first.into_iter().chain([Effect::ReleaseSubschedules]).collect();
        effects.extend_from_slice(then);
        Verdict::Advance { next: Self { state, ..self }, effects }
    }

    /// Where it would go on if it were held now; none where it is held or cannot be.
    fn resume(self) -> Option<Resume> {
        match self.state {
            State::WaitToStart => Some(Resume::WaitToStart),
            State::WaitContainerJob => Some(Resume::WaitContainerJob),
            // The start times are worked out by the effect that is under way.
            State::Starting(_) => Some(Resume::InProcess { is_reopened: false }),
            State::InProcess { is_reopened } => Some(Resume::InProcess { is_reopened }),
            State::Completed { is_processing: false } => Some(Resume::Completed),
            State::Completed { is_processing: true }
            | State::OnHold { .. }
            | State::ParentHold { .. } => None,
        }
    }

    /// Waiting and running subschedules go with the one above; those that are completed stay, and those
    /// that somebody holds remember it.
    fn parent_held(self) -> Verdict {
        match (self.state, self.resume()) {
            (State::OnHold { resume, is_parent_held: false }, _) => {
                self.to(State::OnHold { resume, is_parent_held: true }, [])
            }
            (State::Completed { .. }, _) | (_, None) => Stale,
            (_, Some(resume)) => self.to(State::ParentHold { resume }, [Effect::HoldSubschedules]),
        }
    }

    fn parent_released(self) -> Verdict {
        match self.state {
            State::ParentHold { resume } => self.goes_on(resume, None),
            State::OnHold { resume, is_parent_held: true } => {
                self.to(State::OnHold { resume, is_parent_held: false }, [])
            }
            State::WaitToStart
            | State::WaitContainerJob
            | State::OnHold { .. }
            | State::Starting(_)
            | State::InProcess { .. }
            | State::Completed { .. } => Stale,
        }
    }

    fn starts(self, by: StartedBy) -> Verdict {
        self.released_once().to(State::Starting(by), STARTS)
    }

    /// A held schedule does not complete: it is counted again when it goes on.
    fn counted(self, counted: JobsCounted) -> Verdict {
        match self.state {
            State::InProcess { .. } if counted.tally.is_complete(counted.keep_open) => {
                let completion = self.completions.saturating_add(1);
                Self { completions: completion, ..self }.to(
                    State::Completed { is_processing: true },
                    [
                        Effect::RunCompletionEvents { completion },
                        Effect::Record,
                        Effect::TellContainer { failed_jobs: Some(counted.tally.failed) },
                        Effect::Notify(Notice::Completed),
                    ],
                )
            }
            State::WaitToStart
            | State::WaitContainerJob
            | State::OnHold { .. }
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. }
            | State::Completed { .. } => Stale,
        }
    }

    fn reopened(self, by: ReopenedBy) -> Verdict {
        match (self.state, by) {
            (State::Completed { is_processing: true }, _) => {
                Verdict::Illegal { why: Illegal::ProcessingEvents }
            }
            (
                State::Completed { .. }
                | State::OnHold { resume: Resume::Completed, .. }
                | State::ParentHold { resume: Resume::Completed },
                ReopenedBy::Event { is_allowed: false },
            ) => Verdict::Illegal { why: Illegal::EventsMayNotReopen },
            (State::Completed { .. }, ReopenedBy::User | ReopenedBy::Event { .. }) => {
                self.to(State::InProcess { is_reopened: true }, [Effect::TestJobs])
            }
            (State::OnHold { resume: Resume::Completed, is_parent_held }, _) => {
                let resume = Resume::InProcess { is_reopened: true };
                self.to(State::OnHold { resume, is_parent_held }, [])
            }
            (State::ParentHold { resume: Resume::Completed }, _) => {
                self.to(State::ParentHold { resume: Resume::InProcess { is_reopened: true } }, [])
            }
            (
                State::WaitToStart
                | State::WaitContainerJob
                | State::OnHold { .. }
                | State::ParentHold { .. }
                | State::Starting(_)
                | State::InProcess { .. },
                _,
            ) => Stale,
        }
    }

    fn job_added(self, by: ReopenedBy) -> Verdict {
        match by {
            ReopenedBy::Event { is_allowed: false } => Stale,
            ReopenedBy::User | ReopenedBy::Event { is_allowed: true } => self.reopened(by),
        }
    }

    fn events_processed(self, said: u32) -> Verdict {
        match self.state {
            _ if said > self.completions => Verdict::Illegal {
                why: Illegal::UnknownCompletion { said, last: self.completions },
            },
            State::Completed { is_processing: true } if said == self.completions => {
                self.to(State::Completed { is_processing: false }, [])
            }
            State::WaitToStart
            | State::WaitContainerJob
            | State::OnHold { .. }
            | State::ParentHold { .. }
            | State::Starting(_)
            | State::InProcess { .. }
            | State::Completed { .. } => Stale,
        }
    }

    fn to<const N: usize>(self, state: State, effects: [Effect; N]) -> Verdict {
        Verdict::Advance { next: Self { state, ..self }, effects: effects.into() }
    }
}
