//! `$SCHEDULE:…`: daily schedules.

use jiff::civil::Date;
use scheduler_core::action::Action as JobAction;
use scheduler_core::event::{
    Build, DateRef, Definition, Field, List, ScheduleCommand, ScheduleTarget,
};
use scheduler_core::name::PropertyName;
use scheduler_core::schedule::event_properties::{Set, set_of};
use scheduler_core::schedule::{Event, ad_hoc};
use scheduler_store::daily_job;

use super::find::{self, known};
use super::ready::{Origin, Prepared, Ready};
use crate::App;
use crate::build::{Planned, Request};
use crate::error::{Error, Result};
use crate::removal::{Gone, remove};
use crate::view::{self, Finding};
use crate::work::Work;

/// Works out what is built.
pub(super) async fn plan(app: &App, build: &Build, origin: &Origin) -> Result<Planned> {
    let name = ad_hoc::schedule_name(known(&build.target.schedule)?).to_owned();
    let reference = *known(&build.target.date)?;
    let (of, wanted) = (origin.clone(), name.clone());
    let date: Date = app
        .db()
        .read(move |tx| {
            let (of, wanted) = (of.clone(), wanted.clone());
            Box::pin(async move { find::date(tx, &of, reference, &wanted).await })
        })
        .await?;
    let request = Request {
        date,
        schedules: Some(vec![name]),
        overwrite: build.overwrite.as_ref().map(known).transpose()?.copied().unwrap_or(false),
        on_hold: build.on_hold,
        reason: None,
    };
    let instance = build.instance.as_ref().map(known).transpose()?.map(|named| &named.0);
    Planned::given(app, request, set(build.properties.as_ref())?, instance).await
}

/// Checks what is built for a date: one schedule, those that match a mask, or all.
pub(super) async fn check(
    app: &App,
    target: Option<&ScheduleTarget>,
    date: &Field<DateRef>,
    origin: &Origin,
) -> Result<Vec<Finding>> {
    let (of, wanted, date) = (origin.clone(), target.cloned(), *known(date)?);
    let meant = app.db().read(move |tx| {
        let (of, wanted) = (of.clone(), wanted.clone());
        Box::pin(async move { find::meant(tx, &of, wanted.as_ref(), date).await })
    });
    let (date, names) = meant.await?;
    // A mask that matches nothing does not mean all.
    if target.is_some() && names.is_empty() {
        return Ok(Vec::new());
    }
    view::check(app, date, &names).await
}

/// What a check has found. Jobs that will not start make it fail, so that the events of `SMA_SKD_CHECK` take place.
fn say_checked(findings: &[Finding]) -> Result<String> {
    let Some(first) = findings.first() else {
        return Ok("checked: every job that waits can start".to_owned());
    };
    let more = match findings.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} more, which `ringmaster schedule check` shows"),
    };
    Err(Error::Refused(format!("`{}/{}`: {}{more}", first.schedule, first.job, first.text)))
}

/// The properties that an event gives.
pub(super) fn set(properties: Option<&Field<List<Definition>>>) -> Result<Set> {
    let Some(list) = properties.map(known).transpose()? else { return Ok(Set::new()) };
    let mut given = Vec::with_capacity(list.0.len());
    for each in &list.0 {
        let name = each.name.parse::<PropertyName>();
        given.push((name.map_err(|why| Error::Refused(why.to_string()))?, each.value.clone()));
    }
    Ok(set_of(given))
}

/// Performs a command on daily schedules.
pub(super) async fn perform(
    work: &mut Work<'_, '_>,
    ready: &Ready,
    command: &ScheduleCommand,
) -> Result<String> {
    let origin = &ready.origin;
    match command {
        ScheduleCommand::Build(_) => {
            let Prepared::Day(day) = &ready.prepared else {
                return Err(Error::Refused("the day was not planned".to_owned()));
            };
            let now = work.now();
            let built = day.store(work.tx(), now).await?;
            if let Some((name, why)) = built.left.first() {
                return Err(Error::Refused(format!("`{name}` is not built: {why}")));
            }
            let names: Vec<String> = built.schedules.into_iter().map(|each| each.name).collect();
            Ok(match names.as_slice() {
                [] => format!("nothing is built: none of its jobs runs on {}", day.plan().date),
                names => format!("built {}", names.join(", ")),
            })
        }
        ScheduleCommand::Act { target, action } => {
            for schedule in find::schedules(work.tx(), origin, target).await? {
                work.schedule(schedule.id, Event::Asked(*action));
            }
            Ok("performed".to_owned())
        }
        ScheduleCommand::Cancel { target } => {
            let mut cancelled = 0_usize;
            for schedule in find::schedules(work.tx(), origin, target).await? {
                for job in daily_job::of_schedule(work.tx(), schedule.id).await? {
                    match work.ask(job.id, JobAction::Cancel).await {
                        Ok(()) => cancelled += 1,
                        // What runs or has ended stays.
                        Err(Error::Refused(_)) => {}
                        Err(why) => return Err(why),
                    }
                }
            }
            Ok(format!("cancelled {cancelled} jobs"))
        }
        ScheduleCommand::Delete { target, log: _ } => {
            for schedule in find::schedules(work.tx(), origin, target).await? {
                let now = work.now();
                let by = format!("event:{}", origin.shown);
                remove(work.tx(), &schedule, Gone::Deleted(Some(&by)), now).await?;
            }
            Ok("deleted".to_owned())
        }
        ScheduleCommand::Check { .. } | ScheduleCommand::CheckAll { .. } => {
            let Prepared::Checked(findings) = &ready.prepared else {
                return Err(Error::Refused("the day was not checked".to_owned()));
            };
            say_checked(findings)
        }
    }
}
