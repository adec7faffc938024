//! `$SCHEDULE:…`: daily schedules.

use std::sync::Arc;

use jiff::civil::Date;
use scheduler_core::action::Action as JobAction;
use scheduler_core::event::{Build, ScheduleCommand};
use scheduler_core::schedule::{Event, ad_hoc};
use scheduler_store::daily_job;

use super::find::{self, known};
use super::ready::{Origin, Ready};
use crate::App;
use crate::build::{Planned, Request};
use crate::error::{Error, Result};
use crate::removal::{Gone, remove};
use crate::work::Work;

/// A day that an event builds.
pub(super) type Day = Arc<Planned>;

/// Works out what is built.
pub(super) async fn plan(app: &App, build: &Build, origin: &Origin) -> Result<Vec<Day>> {
    if build.properties.is_some() || build.instance.is_some() {
        return Err(Error::Refused(
            "properties and instances of $SCHEDULE:BUILD are not supported".to_owned(),
        ));
    }
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
    Ok(vec![Arc::new(Planned::new(app, request).await?)])
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
            let now = work.now();
            let mut names = Vec::new();
            for day in &ready.days {
                let built = day.store(work.tx(), now).await?;
                if let Some((name, why)) = built.left.first() {
                    return Err(Error::Refused(format!("`{name}` is not built: {why}")));
                }
                names.extend(built.schedules.into_iter().map(|schedule| schedule.name));
            }
            Ok(format!("built {}", names.join(", ")))
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
                remove(work.tx(), &schedule, Gone::Deleted, now).await?;
            }
            Ok("deleted".to_owned())
        }
        ScheduleCommand::Check { .. } | ScheduleCommand::CheckAll { .. } => Err(Error::Refused(
            "what is built needs no check: `ringmaster check` looks at definitions before they are built"
                .to_owned(),
        )),
    }
}
