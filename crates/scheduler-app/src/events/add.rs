//! `$JOB:ADD`, `$JOB:ADDHLD`: a job of the definitions becomes one of a daily schedule that is there.

use scheduler_core::event::{Add, DateRef, JobTarget};
use scheduler_core::schedule::ad_hoc;

use super::find::{self, is_mask, known};
use super::ready::{Origin, Prepared, Ready};
use super::schedules::set;
use crate::App;
use crate::build::{AddRequest, Adder, Adding};
use crate::error::{Error, Result};
use crate::work::Work;

/// Works out what is added.
pub(super) async fn plan(
    app: &App,
    target: &JobTarget,
    add: &Add,
    origin: &Origin,
) -> Result<Adding> {
    let schedule = ad_hoc::schedule_name(known(&target.schedule)?).to_owned();
    let job = known(&target.job)?.0.clone();
    if is_mask(&schedule, origin) || is_mask(&job, origin) {
        return Err(Error::Refused(
            "an event adds one job to one schedule; name them without wildcards".to_owned(),
        ));
    }
    let (of, wanted, reference) = (origin.clone(), schedule.clone(), *known(&target.date)?);
    let date = app
        .db()
        .read(move |tx| {
            let (of, wanted) = (of.clone(), wanted.clone());
            Box::pin(async move {
                match reference {
                    // It is there for today only, in its own zone.
                    DateRef::Blank | DateRef::Current if ad_hoc::is_ad_hoc(&wanted) => {
                        find::today_of(tx, &wanted, &of).await
                    }
                    reference => find::date(tx, &of, reference, &wanted).await,
                }
            })
        })
        .await?;
    let flag = |field: Option<&_>| Ok::<_, Error>(field.map(known).transpose()?.copied());
    let request = AddRequest {
        date,
        schedule,
        job,
        frequency: add.frequency.as_ref().map(known).transpose()?.map(ToString::to_string),
        on_hold: add.on_hold,
        properties: set(add.properties.as_ref())?,
        apply_exceptions: flag(add.apply_exceptions.as_ref())?.unwrap_or(false),
    };
    Adding::plan(app, request).await
}

/// Adds it and says what it is called.
pub(super) async fn perform(work: &mut Work<'_, '_>, ready: &Ready, add: &Add) -> Result<String> {
    let Prepared::Job(adding) = &ready.prepared else {
        return Err(Error::Refused("the job was not planned".to_owned()));
    };
    let origin = &ready.origin;
    let reopen = add.reopen.as_ref().map(known).transpose()?.copied();
    let by = Adder {
        name: format!("event:{}", origin.shown),
        event: Some((reopen, origin.options.job_events_restart_schedules)),
    };
    Ok(format!("added {}", adding.store(work, &by).await?.join(", ")))
}
