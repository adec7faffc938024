//! The check of what is built: jobs that will not start by themselves, whatever happens (`opcon-domain 1.2`, *schedule check*).
//!
//! What is only expected is not looked at: `ringmaster check` does that with definitions, before they are built. It looks at all jobs of
//! the daily schedules that are meant, once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use scheduler_core::check::loops;
use scheduler_core::dependency::{Answer, Found, settle};
use scheduler_core::job::{Ending, Job, State};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::edge::{self, Edge};

use crate::App;
use crate::attempts::LOST;
use crate::build::rule;
use crate::error::Result;
use crate::operate::find_schedule;
use crate::removal::life;

/// Jobs of one loop that are named at most.
const NAMED_MAX: usize = 10;

/// A job that will not start by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its daily schedule.
    pub schedule: String,
    /// Its name.
    pub job: String,
    /// What holds it up for ever, and what to do.
    pub text: String,
}

/// Jobs of a date that will not start by themselves: of these daily schedules and what is in their containers, or of all.
///
/// # Errors
/// [`Error::Unknown`] for a schedule that is not built for the date, or the database could not be read.
pub async fn check(app: &App, date: Date, names: &[String]) -> Result<Vec<Finding>> {
    for name in names {
        find_schedule(app, date, name).await?;
    }
    let names = names.to_vec();
    let read = app.db().read(move |tx| {
        let names = names.clone();
        Box::pin(async move { Checked::read(tx, date, &names).await })
    });
    read.await?.findings()
}

/// What is looked at.
struct Checked {
    schedules: BTreeMap<i64, DailySchedule>,
    jobs: BTreeMap<i64, DailyJob>,
    edges: Vec<Edge>,
}

impl Checked {
    async fn read(tx: &mut sql::Tx<'_>, date: Date, names: &[String]) -> Result<Self> {
        let all = daily_schedule::of_date(tx, &date.to_string()).await?;
        let mut wanted = Vec::new();
        for schedule in &all {
            if names.is_empty() || names.contains(&schedule.name) {
                wanted.push(schedule.id);
                wanted.extend(daily_schedule::below(tx, schedule.id).await?);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut jobs = BTreeMap::new();
        for id in &wanted {
            let own = daily_job::of_schedule(tx, *id).await?;
            jobs.extend(own.into_iter().map(|job| (job.id, job)));
        }
        let edges = edge::open_of(tx, &sql::id_list(wanted)).await?;
        // Those that others wait for may be of other schedules and dates.
        let others = edges.iter().filter_map(|edge| edge.predecessor_id);
        let others: Vec<i64> = others.filter(|id| !jobs.contains_key(id)).collect();
        let others = daily_job::by_ids(tx, &sql::id_list(others)).await?;
        let of = sql::id_list(others.iter().map(|job| job.schedule_id));
        let others_in = daily_schedule::by_ids(tx, &of).await?;
        jobs.extend(others.into_iter().map(|job| (job.id, job)));
        let schedules = all.into_iter().chain(others_in).map(|each| (each.id, each)).collect();
        Ok(Self { schedules, jobs, edges })
    }

    fn findings(mut self) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        self.leave_what_waits()?;
        for edge in &self.edges {
            if let Some(text) = self.dead(edge)? {
                found.extend(self.finding(edge.successor_id, text));
            }
        }
        found.extend(self.missed()?);
        found.extend(self.lost()?);
        found.extend(self.in_loops());
        Ok(found)
    }

    /// Leaves those edges for which somebody waits: not who has ended, or was started by force.
    fn leave_what_waits(&mut self) -> Result<()> {
        let mut waiting = BTreeSet::new();
        for (id, job) in &self.jobs {
            let life = life(job)?;
            let waits = matches!(
                life.state,
                State::Waiting { .. } | State::Held { .. } | State::ToBeSkipped
            );
            if waits && !life.is_forced {
                waiting.insert(*id);
            }
        }
        self.edges.retain(|edge| waiting.contains(&edge.successor_id));
        Ok(())
    }

    /// Why an edge will not be satisfied by itself; none where it may be.
    fn dead(&self, edge: &Edge) -> Result<Option<String>> {
        let Some(rule) = rule(edge) else { return Ok(None) };
        let Some(id) = edge.predecessor_id else {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let (schedule, job) = (text(&edge.wanted_schedule), text(&edge.wanted_job));
            return Ok(Some(format!(
                "it waits for `{schedule}/{job}` of {}, which is not built: build it, or start, skip or cancel this one",
                text(&edge.wanted_date)
            )));
        };
        let Some(job) = self.jobs.get(&id) else { return Ok(None) };
        let found = life(job)?.ending().map_or(Found::NotEnded, Found::Ended);
        Ok((settle(rule, found) == Answer::Dead).then(|| {
            format!(
                "it waits for `{}`, which is `{}`: restart that one or mark it as finished OK, or start, skip or cancel this one",
                self.name(job),
                job.status
            )
        }))
    }

    /// Jobs that have missed their start: their schedule stays open.
    fn missed(&self) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        for job in self.jobs.values() {
            let life: Job = life(job)?;
            if matches!(life.state, State::Ended { ending: Ending::MissedStartTime, .. }) {
                let text = "its latest start has passed: start it, cancel it or mark it";
                found.extend(self.finding(job.id, text.to_owned()));
            }
        }
        Ok(found)
    }

    /// Jobs that will not end by themselves: they keep their slots, and all that come after them.
    fn lost(&self) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        for job in self.jobs.values().filter(|job| job.phase.as_deref() == Some(LOST)) {
            if matches!(life(job)?.state, State::Live(_)) {
                let text = "it has begun, and nobody knows what has become of it: look on its agent, then mark it as finished OK \
                            or failed";
                found.extend(self.finding(job.id, text.to_owned()));
            }
        }
        Ok(found)
    }

    /// Jobs that wait for each other.
    fn in_loops(&self) -> Vec<Finding> {
        let ids: Vec<i64> = self.jobs.keys().copied().collect();
        let place = |id: &i64| ids.binary_search(id).ok();
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
        for edge in &self.edges {
            let other = edge.predecessor_id.as_ref().and_then(place);
            if let (Some(from), Some(to)) = (place(&edge.successor_id), other) {
                next[from].push(to);
            }
        }
        let found = loops(ids.len(), |point| next[point].clone());
        let finding = |way: &Vec<usize>| {
            let names: Vec<String> = way
                .iter()
                .take(NAMED_MAX)
                .filter_map(|point| self.jobs.get(&ids[*point]))
                .map(|job| format!("`{}`", self.name(job)))
                .collect();
            let more = if way.len() > NAMED_MAX { ", ..." } else { "" };
            let text = format!(
                "it waits for itself: {}{more}; start or skip one of them, and mend the definitions",
                names.join(", then ")
            );
            self.finding(ids[way[0]], text)
        };
        found.iter().filter_map(finding).collect()
    }

    fn finding(&self, id: i64, text: String) -> Option<Finding> {
        let job = self.jobs.get(&id)?;
        let schedule = self.schedules.get(&job.schedule_id)?.name.clone();
        Some(Finding { schedule, job: job.name.clone(), text })
    }

    fn name(&self, job: &DailyJob) -> String {
        let schedule = self.schedules.get(&job.schedule_id);
        let schedule = schedule.map_or("?", |schedule| schedule.name.as_str());
        format!("{schedule}/{}", job.name)
    }
}
