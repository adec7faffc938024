//! What is in a container: its subschedules, which begin with it and are set back with it (`opcon-domain 1.3`).

use scheduler_core::action::{self, Action, Facts};
use scheduler_core::job::{Category, Event, Exit, Job, News, State, Status, SubscheduleRestart};
use scheduler_core::schedule::Event as ScheduleEvent;
use scheduler_store::{daily_job, daily_schedule};

use super::Work;
use super::job::news;
use crate::error::{Error, Result};
use crate::policy::kind;

impl Work<'_, '_> {
    /// Lets the subschedules of a container begin; without any it has ended.
    pub(super) async fn start_inside(&mut self, id: i64, attempt: u32) -> Result<()> {
        let inside = daily_schedule::inside(self.tx, id).await?;
        if inside.is_empty() {
            self.job(id, news(attempt, News::Exited(Exit::Subschedule { failed_jobs: 0 })));
        }
        for schedule in inside {
            self.schedule(schedule.id, ScheduleEvent::ContainerStarted);
        }
        Ok(())
    }

    /// Sets the subschedules of a container back that is to run again and had this status: they wait for it, and those of their
    /// jobs that have ended run again with them. What has not ended goes on.
    pub(super) async fn prepare_inside(
        &mut self,
        id: i64,
        status: Status,
        how: SubscheduleRestart,
    ) -> Result<()> {
        let only = match how {
            // One that is over ends its container again with what its jobs are by then; one that is not is followed again. One that
            // is built anew is stored in the same transaction, by whoever has asked for it.
            SubscheduleRestart::Leave | SubscheduleRestart::Rebuild => return Ok(()),
            SubscheduleRestart::RestartMatching => Some(status.category()),
            SubscheduleRestart::RestartAll => None,
        };
        for schedule in daily_schedule::inside(self.tx, id).await? {
            // Before its jobs, which would open it again without its container.
            self.schedule(schedule.id, ScheduleEvent::ContainerRestarted);
            let jobs = daily_job::of_schedule(self.tx, schedule.id).await?;
            let ids: Vec<i64> = jobs.iter().map(|job| job.id).collect();
            self.load_jobs(ids.iter().copied()).await?;
            for id in ids {
                let again = self.jobs.get(&id).is_some_and(|job| {
                    let facts = Facts { kind: kind(&job.definition.run), start_machine: None };
                    is_to_run_again(&job.life, facts, only)
                });
                if again {
                    let (action, subschedule) = (Action::Restart, how);
                    self.job(id, Event::Asked { action, subschedule });
                }
            }
        }
        Ok(())
    }

    /// Whether a container could be restarted with its jobs now.
    ///
    /// # Errors
    /// [`Error::Refused`] while events of one of them are performed: it would stay as it is, and nobody would hear of it.
    pub(crate) async fn check_inside(&mut self, id: i64) -> Result<()> {
        for schedule in daily_schedule::inside(self.tx, id).await? {
            let below = daily_schedule::below(self.tx, schedule.id).await?;
            for schedule_id in std::iter::once(schedule.id).chain(below) {
                for job in daily_job::of_schedule(self.tx, schedule_id).await? {
                    let status = Status::from_description(&job.status);
                    if status.is_some_and(Status::is_processing_events) {
                        return Err(Error::Refused(format!(
                            "cannot restart the container with its jobs: `{}` of `{}` is `{}`; wait a moment and restart it again",
                            job.name, schedule.name, job.status
                        )));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a job runs again with its container: it has ended, and in the way that is asked for.
fn is_to_run_again(life: &Job, facts: Facts, only: Option<Category>) -> bool {
    let status = life.status();
    matches!(life.state, State::Ended { .. })
        && action::decide(Action::Restart, status, facts).is_ok()
        && only.is_none_or(|category| matches(category, status.category()))
}

/// Whether a job has ended as its container has. One whose failure somebody has looked at has failed for those of its jobs that have.
fn matches(container: Category, job: Category) -> bool {
    let was_failed = matches!(container, Category::UnderReview | Category::Fixed);
    job == container || (was_failed && matches!(job, Category::Failed | Category::UnderReview))
}

#[cfg(test)]
mod tests {
    use scheduler_core::job::{Ending, Failure, Kind};

    use super::*;

    #[test]
    fn only_what_has_ended_so_and_may_be_restarted_runs_again_with_its_container() {
        let facts = Facts { kind: Kind::Task, start_machine: None };
        let ended = |ending, is_processing| Job {
            state: State::Ended { ending, at: jiff::Timestamp::UNIX_EPOCH, is_processing },
            ..Job::new()
        };
        let failed = Ending::Failed(Failure::Failed);
        let all = |ending| is_to_run_again(&ended(ending, false), facts, None);
        assert!(all(failed) && all(Ending::FinishedOk) && all(Ending::Skipped));
        assert!(all(Ending::Cancelled));
        assert!(!all(Ending::MissedStartTime), "somebody starts it, or not");
        assert!(!is_to_run_again(&ended(failed, true), facts, None));
        assert!(!is_to_run_again(&Job::new(), facts, None));
        let matching =
            |ending| is_to_run_again(&ended(ending, false), facts, Some(Category::Failed));
        assert!(matching(failed) && matching(Ending::Failed(Failure::InitializationError)));
        assert!(!matching(Ending::FinishedOk) && !matching(Ending::Fixed(Failure::Failed)));
        for looked_at in [Category::UnderReview, Category::Fixed] {
            let matching = |ending| is_to_run_again(&ended(ending, false), facts, Some(looked_at));
            assert!(matching(failed) && matching(Ending::UnderReview(Failure::Failed)));
            assert!(!matching(Ending::FinishedOk));
        }
    }
}
