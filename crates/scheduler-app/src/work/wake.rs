//! Waking jobs that wait for something: a slot of an agent, units of a resource, a value of a threshold.

use scheduler_store::{WaitKey, daily_job};

use super::Work;
use crate::error::Result;

impl Work<'_, '_> {
    /// Wakes jobs that wait for agents that have room. Whoever was woken for a free slot may have had to wait for something else, or
    /// was held, or is gone, and tells nobody that it leaves the slot: so it is looked for what is free, and not only for what
    /// becomes free.
    pub(crate) async fn wake_for_room(&mut self) -> Result<()> {
        let keys = daily_job::agents_or_pause_waited_for(self.tx).await?;
        if keys.is_empty() {
            return Ok(());
        }
        // Who began while all starts were stopped may have been stored after those were woken that waited for that.
        let is_paused = self.is_paused;
        let agents = self.agents().await?;
        let is_free =
            |key: &WaitKey| (*key == WaitKey::Pause && !is_paused) || agents.room_for(key) > 0;
        let free: Vec<WaitKey> = keys.into_iter().filter(is_free).collect();
        self.freed.extend(free);
        Ok(())
    }

    /// Wakes those who wait for what has become free: for each as many as may fit.
    pub(super) async fn wake(&mut self) -> Result<()> {
        for waits_for in std::mem::take(&mut self.freed) {
            let now = sql::to_micros(self.now);
            let max = match (&waits_for, &self.agents) {
                (WaitKey::Agent(_) | WaitKey::FirstOf(_) | WaitKey::Group(_), Some(agents)) => {
                    agents.free_of(&waits_for).max(1)
                }
                // Who is not woken now would not hear of this value, or of these units, again.
                (WaitKey::Threshold(_) | WaitKey::Resource(_), _) => {
                    let woken = daily_job::wake_all_waiting(self.tx, &waits_for, now).await?;
                    self.done.has_due |= woken > 0;
                    continue;
                }
                // Every pass looks for who is left.
                _ => i64::MAX,
            };
            let mut woken = daily_job::wake_waiting(self.tx, &waits_for, now, max).await?;
            if let WaitKey::Agent(agent) = &waits_for {
                woken += daily_job::wake_alternates(self.tx, agent, now, max).await?;
            }
            self.done.has_due |= woken > 0;
        }
        self.done.has_due |= self.jobs.values().any(|job| {
            job.is_changed && job.row.due_at.is_some_and(|at| at <= sql::to_micros(self.now))
        });
        Ok(())
    }
}
