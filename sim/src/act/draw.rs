//! Which action is next.

use jiff::ToSpan;
use jiff::civil::Date;
use scheduler_app::agents::Communication;
use scheduler_core::action::Action;
use scheduler_core::job::{State, SubscheduleRestart};
use scheduler_core::schedule::Action as ScheduleAction;

use super::Act;
use crate::mirror::Mirror;
use crate::plan::{AGENTS, Plan, THRESHOLDS};
use crate::random::Random;

impl Act {
    /// Some action.
    pub(crate) fn draw(random: &mut Random, mirror: &Mirror, plan: &Plan, today: Date) -> Self {
        match random.below(100) {
            0..62 => Self::job_action(random, mirror),
            62..70 => Self::add(random, mirror, plan),
            70..80 => Self::schedule_action(random, mirror),
            80..84 => Some(if mirror.is_paused { Self::Resume } else { Self::Pause }),
            84..88 => Some(Self::Threshold {
                name: random.one(&THRESHOLDS),
                value: i32::try_from(random.between(0, 3)).unwrap_or(0),
            }),
            88..94 => Some(Self::Agent {
                name: random.one(&AGENTS),
                communication: random.one(&[
                    Communication::Full,
                    Communication::Full,
                    Communication::Limited,
                    Communication::Disabled,
                ]),
            }),
            _ => Some(Self::build(random, plan, today)),
        }
        .unwrap_or(Self::Resume)
    }

    fn job_action(random: &mut Random, mirror: &Mirror) -> Option<Self> {
        let ids: Vec<i64> = mirror.jobs.keys().copied().collect();
        let id = *random.pick(&ids)?;
        // What is possible now is asked for more often than what is not.
        let likely: &[Action] = match mirror.jobs.get(&id)?.life.state {
            State::Live(_) => {
                &[Action::Kill, Action::Kill, Action::MarkFinishedOk, Action::MarkFailed]
            }
            State::Held { .. } => {
                &[Action::Release, Action::Release, Action::Start, Action::Cancel]
            }
            State::Ended { .. } => &[
                Action::Restart,
                Action::RestartOnHold,
                Action::ForceRestart,
                Action::MarkUnderReview,
                Action::MarkFixed,
                Action::MarkFailed,
                Action::MarkFinishedOk,
            ],
            _ => &[Action::Hold, Action::Start, Action::Cancel, Action::Skip],
        };
        let action = if random.chance(800) { random.one(likely) } else { random.one(&Action::ALL) };
        let inside = random.one(&[
            SubscheduleRestart::Leave,
            SubscheduleRestart::RestartAll,
            SubscheduleRestart::RestartMatching,
            SubscheduleRestart::Rebuild,
        ]);
        Some(Self::Job { id, action, inside })
    }

    fn schedule_action(random: &mut Random, mirror: &Mirror) -> Option<Self> {
        let ids: Vec<i64> = mirror.schedules.keys().copied().collect();
        let action = random.one(&[
            ScheduleAction::Hold,
            ScheduleAction::Release,
            ScheduleAction::Release,
            ScheduleAction::Start,
            ScheduleAction::Close,
        ]);
        Some(Self::Schedule { id: *random.pick(&ids)?, action })
    }

    fn add(random: &mut Random, mirror: &Mirror, plan: &Plan) -> Option<Self> {
        let all: Vec<_> = mirror.schedules.values().map(|schedule| &schedule.row).collect();
        let schedule = *random.pick(&all)?;
        Some(Self::Add {
            date: schedule.date.parse().ok()?,
            schedule: schedule.name.clone(),
            job: random.pick(&plan.jobs_of(&schedule.schedule))?.clone(),
            on_hold: random.chance(200),
        })
    }

    fn build(random: &mut Random, plan: &Plan, today: Date) -> Self {
        let names = plan.schedule_names();
        let is_one = random.chance(800);
        let schedules = random.pick(&names).filter(|_| is_one);
        Self::Build {
            date: today.saturating_add(random.between(-2, 2).days()),
            schedules: schedules.map(|name| vec![name.clone()]),
            overwrite: random.chance(500),
            on_hold: random.chance(200),
        }
    }
}
