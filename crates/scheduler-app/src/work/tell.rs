//! Telling those who wait for jobs that have ended or stopped, or have not any more.

use std::collections::{BTreeSet, HashMap};

use scheduler_core::dependency::{Answer, Found, settle};
use scheduler_core::job::{Ending, State};
use scheduler_store::edge;

use super::{Todo, Work};
use crate::build::rule;
use crate::error::Result;

impl Work<'_, '_> {
    /// Says what there is to say, at once. Whether there was anything.
    pub(super) async fn tell(&mut self) -> Result<bool> {
        let told: HashMap<i64, Option<Ending>> =
            std::mem::take(&mut self.told).into_iter().collect();
        let stopped = std::mem::take(&mut self.stopped);
        if told.is_empty() && stopped.is_empty() {
            return Ok(false);
        }
        self.tell_successors(&told).await?;
        self.tell_conflicts(stopped).await?;
        Ok(true)
    }

    /// Goes through the edges of jobs that have ended, or have not any more.
    async fn tell_successors(&mut self, told: &HashMap<i64, Option<Ending>>) -> Result<()> {
        if told.is_empty() {
            return Ok(());
        }
        let edges = edge::from(self.tx, &sql::id_list(told.keys().copied())).await?;
        self.load_jobs(edges.iter().map(|edge| edge.successor_id)).await?;
        let mut changed = Vec::new();
        for edge in &edges {
            let Some(rule) = rule(edge) else { continue };
            let ending = edge.predecessor_id.and_then(|id| told.get(&id)).copied().flatten();
            let found = ending.map_or(Found::NotEnded, Found::Ended);
            let is_open = settle(rule, found) != Answer::Satisfied;
            if is_open != edge.is_open {
                changed.push(serde_json::json!([
                    edge.successor_id,
                    edge.number,
                    i64::from(is_open)
                ]));
                self.count_edge(edge.successor_id, if is_open { 1 } else { -1 });
            }
        }
        if !changed.is_empty() {
            edge::set_open(self.tx, &serde_json::Value::from(changed).to_string()).await?;
        }
        Ok(())
    }

    /// Jobs beside which one of those that have stopped may not run. A conflict counts both ways, and a job may stop without an
    /// end: its start never arrived, or could not be prepared.
    async fn tell_conflicts(&mut self, stopped: BTreeSet<i64>) -> Result<()> {
        for id in stopped {
            if !self.jobs.get(&id).is_some_and(|job| job.row.has_conflicts) {
                continue;
            }
            let others = edge::conflicts(self.tx, id).await?;
            self.load_jobs(others.iter().copied()).await?;
            for other in others {
                self.retest(other);
            }
        }
        Ok(())
    }

    pub(super) fn count_edge(&mut self, id: i64, more: i64) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.row.open_edges += more;
            job.is_changed = true;
            if job.row.open_edges == 0 || more > 0 {
                self.retest(id);
            }
        }
    }

    /// A job that waits is tested again.
    pub(super) fn retest(&mut self, id: i64) {
        let waits = self.jobs.get(&id).is_some_and(|job| {
            matches!(job.life.state, State::Waiting { .. } | State::ToBeSkipped | State::Ready)
        });
        if waits {
            self.todo.push_back(Todo::Due(id));
        }
    }
}
