//! The daily schedules and jobs that an event means.

use jiff::civil::Date;
use scheduler_core::definition::Schedule;
use scheduler_core::event::{DateRef, Dates, Field, JobTarget, ScheduleTarget, Value, is_wild};
use scheduler_core::schedule::{Status, ad_hoc};
use scheduler_store::daily_job::{self, DailyJob};
use scheduler_store::daily_schedule::{self, DailySchedule};
use scheduler_store::definition;

use super::ready::Origin;
use crate::definitions::body;
use crate::error::{Error, Result};

/// The value of a field whose tokens are resolved.
pub(super) fn known<T: Value>(field: &Field<T>) -> Result<&T> {
    field.known().ok_or_else(|| {
        Error::Refused(format!("`{}` has a token that was not resolved", field.print()))
    })
}

/// Whether a name of an event stands for several.
pub(super) fn is_mask(name: &str, origin: &Origin) -> bool {
    origin.options.wildcards_in_events && name.contains(['*', '?'])
}

/// The date that an event means for a schedule of that name.
pub(super) async fn date(
    tx: &mut sql::Tx<'_>,
    origin: &Origin,
    date: DateRef,
    schedule: &str,
) -> Result<Date> {
    let existing = match date {
        DateRef::Blank | DateRef::Current => return Ok(origin.today),
        DateRef::On(date) => return Ok(date),
        _ => daily_schedule::dates_of(tx, schedule).await?,
    };
    let read = |(date, status): &(String, String)| {
        Some((date.parse::<Date>().ok()?, Status::from_description(status)?))
    };
    let existing: Vec<(Date, Status)> = existing.iter().filter_map(read).collect();
    let dates = Dates { today: origin.today, own: origin.own, existing: &existing };
    date.find(&dates).ok_or_else(|| {
        Error::Refused(format!("the schedule `{schedule}` has no such date: `{}`", date.print()))
    })
}

/// Today on the clock of a schedule.
pub(super) async fn today_of(
    tx: &mut sql::Tx<'_>,
    schedule: &str,
    origin: &Origin,
) -> Result<Date> {
    let row = definition::current_one(tx, "schedule", "", schedule).await?;
    let own = row.map(|row| body::<Schedule>(&row)).transpose()?;
    let zone = own.and_then(|own| own.time_zone);
    Ok(zone.map_or(origin.today, |zone| zone.0.local(origin.now).date()))
}

/// The daily schedules that an event means: one, or those that match a mask.
pub(super) async fn schedules(
    tx: &mut sql::Tx<'_>,
    origin: &Origin,
    target: &ScheduleTarget,
) -> Result<Vec<DailySchedule>> {
    let name = ad_hoc::schedule_name(known(&target.schedule)?);
    let date = date(tx, origin, *known(&target.date)?, name).await?;
    if is_mask(name, origin) {
        let all = daily_schedule::of_date(tx, &date.to_string()).await?;
        return Ok(all.into_iter().filter(|each| is_wild(&each.name, name)).collect());
    }
    let found = daily_schedule::named(tx, &date.to_string(), name).await?;
    let unknown = || Error::Unknown {
        what: "daily schedule",
        name: format!("{date}/{name}"),
        hint: "; it is not built for that date".to_owned(),
    };
    Ok(vec![found.ok_or_else(unknown)?])
}

/// The date that an event means, and the names of daily schedules, of which the one that it names may not be there; no
/// name where it means all.
pub(super) async fn meant(
    tx: &mut sql::Tx<'_>,
    origin: &Origin,
    target: Option<&ScheduleTarget>,
    date: DateRef,
) -> Result<(Date, Vec<String>)> {
    let Some(target) = target else {
        return Ok((self::date(tx, origin, date, "").await?, Vec::new()));
    };
    let name = ad_hoc::schedule_name(known(&target.schedule)?);
    let date = self::date(tx, origin, date, name).await?;
    if !is_mask(name, origin) {
        return Ok((date, vec![name.to_owned()]));
    }
    let all = daily_schedule::of_date(tx, &date.to_string()).await?;
    let names = all.into_iter().map(|each| each.name);
    Ok((date, names.filter(|each| is_wild(each, name)).collect()))
}

/// The daily jobs that an event means: one, or those that match a mask.
pub(super) async fn jobs(
    tx: &mut sql::Tx<'_>,
    origin: &Origin,
    target: &JobTarget,
) -> Result<Vec<DailyJob>> {
    let of = ScheduleTarget { date: target.date.clone(), schedule: target.schedule.clone() };
    let name = &known(&target.job)?.0;
    let mut found = Vec::new();
    for schedule in schedules(tx, origin, &of).await? {
        if is_mask(name, origin) {
            let all = daily_job::of_schedule(tx, schedule.id).await?;
            found.extend(all.into_iter().filter(|job| is_wild(&job.name, name)));
            continue;
        }
        let job = daily_job::named(tx, schedule.id, name).await?;
        found.extend(job);
    }
    if found.is_empty() {
        return Err(Error::Unknown {
            what: "daily job",
            name: format!("{}/{name}", ad_hoc::schedule_name(known(&target.schedule)?)),
            hint: String::new(),
        });
    }
    Ok(found)
}
