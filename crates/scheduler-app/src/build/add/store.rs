//! Adding what was planned, in a unit of work.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::civil::Time;
use jiff::{Timestamp, ToSpan};
use scheduler_core::plan::DailySchedule as PlannedSchedule;
use scheduler_core::schedule::add_job::{self, Decision};
use scheduler_core::schedule::{Event, ReopenedBy, ad_hoc};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule, NewDailySchedule};
use scheduler_store::server_state;

use super::names::Names;
use super::{Adder, Adding, not_built};
use crate::body::frequency_use;
use crate::build::edges::{Edges, Within};
use crate::build::must_be_current;
use crate::build::place::{Place, Places, Values, below, delete_at, not_defined};
use crate::build::rows::{properties, rows};
use crate::error::{Error, Result};
use crate::work::{Made, Work};

impl Adding {
    /// Adds it and says what the new jobs of the schedule are called.
    ///
    /// # Errors
    /// [`Error::Refused`] with what to do. Nothing is added then, if the transaction ends with it.
    pub(crate) async fn store(&self, work: &mut Work<'_, '_>, by: &Adder) -> Result<Vec<String>> {
        let count = i64::from(self.added().end - self.added().start);
        // Whoever else adds or builds waits from here on.
        must_be_current(work.tx(), &self.loaded).await?;
        let first_job = server_state::reserve_jobs(work.tx(), count).await?;
        let (schedule, told) = self.schedule(work, by).await?;
        let use_index = self.use_of(work, &schedule).await?;
        let existing = daily_job::of_schedule(work.tx(), schedule.id).await?;
        let names = self.names(&existing)?;
        work.grow(schedule.id, count).await?;
        for id in &names.replaced {
            work.delete_job(*id).await?;
        }
        let now = work.now();
        let mut places = Places::of_added(
            Place { id: schedule.id, first_job },
            &schedule.name,
            names.names.clone(),
        );
        let of = (&*self.loaded, &self.plan);
        below(work.tx(), of, &mut places, &self.given(), sql::to_micros(now)).await?;
        let within = Within { schedule: schedule.id, parent: schedule.parent_job_id };
        let mut edges = Edges::of(&self.plan, &self.loaded, &places, Some(within));
        edges.look(work.tx()).await?;
        edges.add_all_days(work.tx()).await?;
        let mut jobs = rows(&self.loaded, &self.plan, &places, &edges.open, now)
            .collect::<Result<Vec<_>>>()?;
        self.complete(&mut jobs, &names, use_index, by, now)?;
        daily_job::insert(work.tx(), &jobs).await?;
        edges.insert(work.tx()).await?;
        for made in self.made(&places, &jobs) {
            work.adopt(&made).await?;
        }
        work.wait_too(schedule.id, &self.request.job, first_job, count).await?;
        if let Some(event) = told {
            work.tell_of_added(schedule.id, event).await?;
        }
        let added = self.added();
        Ok(added.filter_map(|number| names.names.get(&number).cloned()).collect())
    }

    /// The daily schedule, which is made where it is `AdHoc`; and what that is told.
    async fn schedule(
        &self,
        work: &mut Work<'_, '_>,
        by: &Adder,
    ) -> Result<(DailySchedule, Option<Event>)> {
        let date = self.plan.date;
        let name = self.request.schedule.as_str();
        let zone = &self.loaded.model.schedule(self.planned()?.id).zone;
        let today = zone.local(work.now()).date();
        let found = daily_schedule::named(work.tx(), &date.to_string(), name).await?;
        let (reopen, allow) = by.event.unwrap_or_default();
        let wanted = add_job::Wanted { schedule: name, job: &self.request.job, date, reopen };
        let decision = add_job::decide(&wanted, today, found.is_some(), allow);
        match (decision.map_err(|why| Error::Refused(why.to_string()))?, found) {
            (Decision::CreateAdHoc, _) => Ok((self.create_ad_hoc(work).await?, None)),
            (Decision::Tell(_), Some(found)) if by.event.is_none() => {
                Ok((found, Some(Event::JobAdded(ReopenedBy::User))))
            }
            (Decision::Tell(event), Some(found)) => Ok((found, Some(event))),
            (Decision::Tell(_), None) => Err(not_built(&self.request)),
        }
    }

    fn planned(&self) -> Result<&PlannedSchedule> {
        self.plan.schedules.first().ok_or_else(|| not_built(&self.request))
    }

    /// `AdHoc` of today, which is never built: it is open until midnight.
    async fn create_ad_hoc(&self, work: &mut Work<'_, '_>) -> Result<DailySchedule> {
        let planned = self.planned()?;
        let zone = &self.loaded.model.schedule(planned.id).zone;
        let definition = self.loaded.definitions.schedules.get(ad_hoc::NAME);
        let definition = definition.ok_or_else(|| not_defined(ad_hoc::NAME))?;
        let life = ad_hoc::created();
        let own = definition.properties.iter();
        let properties: Values =
            own.map(|(name, value)| (name.to_string(), value.clone())).collect();
        let tomorrow = self.plan.date.saturating_add(1.day());
        let midnight = zone.first_instant(tomorrow.to_datetime(Time::midnight()));
        let new = NewDailySchedule {
            date: self.plan.date.to_string(),
            schedule: ad_hoc::NAME.to_owned(),
            name: ad_hoc::NAME.to_owned(),
            definition_id: self
                .loaded
                .schedule_id(ad_hoc::NAME)
                .ok_or_else(|| not_defined(ad_hoc::NAME))?,
            time_zone: zone.name().to_owned(),
            parent_job_id: None,
            start_at: sql::to_micros(planned.start),
            life: serde_json::to_string(&life).unwrap_or_default(),
            status: life.status().description().to_owned(),
            open_jobs: 0,
            due_at: midnight.map(sql::to_micros),
            properties: serde_json::to_string(&properties).unwrap_or_default(),
            built_at: sql::to_micros(work.now()),
        };
        let id = daily_schedule::insert(work.tx(), &new).await?;
        if let Some(at) = delete_at(&self.loaded, planned.id, self.plan.date) {
            daily_schedule::set_delete_at(work.tx(), id, at).await?;
        }
        let made = daily_schedule::named(work.tx(), &new.date, &new.name).await?;
        made.ok_or_else(|| not_built(&self.request))
    }

    /// The use of a frequency as the daily schedule knows it: a job that has the frequencies of its schedule has those with
    /// which that was built.
    async fn use_of(&self, work: &mut Work<'_, '_>, schedule: &DailySchedule) -> Result<i64> {
        let definition = self.definition()?;
        let index = self.chosen.use_index;
        if !definition.frequencies.is_empty() {
            return Ok(i64::from(index));
        }
        let frequency = &self.loaded.model.frequencies(self.chosen.job)[usize::from(index)];
        let built_with = work.schedule_definition(schedule.definition_id).await?;
        let place = built_with.frequencies.iter().position(|of| of.frequency == *frequency);
        let place = place.and_then(|place| i64::try_from(place).ok());
        let place =
            place.filter(|place| frequency_use(definition, &built_with, Some(*place)).is_some());
        place.ok_or_else(|| {
            Error::Refused(format!(
                "`{}` was built before its schedule got the frequency `{}`; build it anew, or give the job a frequency of its own",
                schedule.name,
                frequency.as_str()
            ))
        })
    }

    /// The properties that are given, as they are stored.
    fn given(&self) -> Values {
        let given = self.chosen.given.iter();
        given.map(|(name, value)| (name.to_string(), value.clone())).collect()
    }

    /// Gives the new jobs of the schedule what the plan does not know: names, properties, who has added them.
    fn complete(
        &self,
        jobs: &mut [DailyJob],
        names: &Names,
        use_index: i64,
        by: &Adder,
        now: Timestamp,
    ) -> Result<()> {
        let definition = self.definition()?;
        let (now, given) = (sql::to_micros(now), self.given());
        for (row, number) in jobs.iter_mut().zip(self.added()) {
            let copy = self.plan.jobs[number as usize].copy;
            let mut all: IndexMap<&str, &str> = if self.chosen.is_alone {
                let own = definition.properties.iter();
                own.map(|(name, value)| (name.as_str(), value.as_str())).collect()
            } else {
                properties(definition, copy)
            };
            all.extend(given.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            if let Some(name) = names.names.get(&number) {
                row.name.clone_from(name);
            }
            row.properties = serde_json::to_string(&all).unwrap_or_default();
            row.use_index = Some(use_index);
            (row.added_at, row.added_by) = (Some(now), Some(by.name.clone()));
            // Its schedule may run already.
            (row.due_at, row.waits_for) = (Some(now), None);
        }
        Ok(())
    }

    /// The new jobs by their daily schedules.
    fn made(&self, places: &Places, jobs: &[DailyJob]) -> Vec<Made> {
        let mut all = Vec::new();
        for (planned, place) in self.plan.schedules.iter().zip(&places.schedules) {
            let Some(place) = place else { continue };
            let mut by_job: BTreeMap<String, Vec<i64>> = BTreeMap::new();
            for row in jobs.iter().filter(|row| row.schedule_id == place.id) {
                by_job.entry(row.job.clone()).or_default().push(row.id);
            }
            let model = &self.loaded.model;
            let instance = self.plan.instance(model, planned).and_then(|each| each.name());
            all.push(Made {
                date: self.plan.date.to_string(),
                schedule: model.schedule(planned.id).name.as_str().to_owned(),
                id: place.id,
                instance: instance.cloned(),
                jobs: by_job,
            });
        }
        all
    }
}
