//! Run or reason: outcomes of planned instants for which no job will run.

use scheduler_core::job::{Job, OnOverlap, Repeat, State};
use scheduler_store::daily_schedule;
use scheduler_store::outcome::Outcome;

use super::Work;
use super::job::outcome;
use crate::error::Result;
use crate::removal::{Gone, outcomes_of_gone, outcomes_of_open};

impl Work<'_, '_> {
    /// A step has passed over further runs, or was the last one of the job: their instants have an outcome as well.
    pub(super) async fn record_unused(
        &mut self,
        id: i64,
        before: &Job,
        repeat: &Repeat,
    ) -> Result<()> {
        let Repeat::Instances { times, on_overlap } = repeat else { return Ok(()) };
        let Some((next, schedule_id, name)) =
            self.jobs.get(&id).map(|job| (job.life, job.row.schedule_id, job.row.name.clone()))
        else {
            return Ok(());
        };
        let (first, used) = (before.instances_used as usize, next.instances_used as usize);
        let ended = match next.state {
            State::Ended { ending, at, .. } if !matches!(before.state, State::Ended { .. }) => {
                Some((ending, at))
            }
            _ => None,
        };
        let end = if ended.is_some() { times.len() } else { used.saturating_sub(1) };
        let Some(unused) = times.get(first..end).filter(|unused| !unused.is_empty()) else {
            return Ok(());
        };
        let Some(schedule) = self.load_schedule(schedule_id).await? else { return Ok(()) };
        let (date, schedule) = (schedule.row.date.clone(), schedule.row.name.clone());
        let now = self.now;
        for planned_at in unused {
            let (word, reason) = match ended {
                Some((ending, at))
                    if next.runs == 0 || *planned_at > at || *on_overlap != OnOverlap::Skip =>
                {
                    let word = match outcome(ending, Some(0)) {
                        "ran" => "not_started",
                        other => other,
                    };
                    (word, format!("the job has ended before: {}", ending.status().description()))
                }
                _ => ("skipped", "the run before it had not ended by then".to_owned()),
            };
            self.unused.push(Outcome {
                date: date.clone(),
                schedule: schedule.clone(),
                job: name.clone(),
                planned_at: sql::to_micros(*planned_at),
                outcome: word.to_owned(),
                reason,
                at: sql::to_micros(now),
                job_id: id,
                attempt: None,
            });
        }
        Ok(())
    }

    /// A schedule was closed: nothing of it starts any more, and nothing of what is in its containers. It counts as completed
    /// from now on.
    pub(super) async fn closed(&mut self, id: i64) -> Result<()> {
        let now = self.now;
        if let Some(schedule) = self.load_schedule(id).await? {
            schedule.row.completed_at = Some(sql::to_micros(now));
        }
        let below = daily_schedule::below(self.tx, id).await?;
        let gone = Gone::Closed(self.asker.as_deref());
        let all = std::iter::once(id).chain(below);
        for schedule in daily_schedule::by_ids(self.tx, &sql::id_list(all)).await? {
            self.unused.extend(outcomes_of_open(self.tx, &schedule, gone, now).await?);
        }
        Ok(())
    }

    /// A job is deleted: what it has not run for has an outcome all the same.
    pub(super) async fn deleted(&mut self, id: i64) -> Result<()> {
        let now = self.now;
        let Some((row, life)) = self.jobs.get(&id).map(|job| (job.row.clone(), job.life)) else {
            return Ok(());
        };
        if matches!(life.state, State::Ended { .. }) {
            return Ok(());
        }
        let asker = self.asker.clone();
        let Some(schedule) = self.load_schedule(row.schedule_id).await? else { return Ok(()) };
        let gone = Gone::Deleted(asker.as_deref());
        let outcomes = outcomes_of_gone(&schedule.row, &row, gone, now)?;
        self.unused.extend(outcomes);
        Ok(())
    }
}
