//! Adding a job to a daily schedule.

use std::sync::Arc;

use scheduler_core::action::Privilege;
use scheduler_store::audit::{self, NewRecord};

use crate::build::{AddRequest, Adder, Adding, Plans};
use crate::error::{Error, Result};
use crate::work::Work;
use crate::{App, Caller};

/// Adds a job of the definitions to a daily schedule that is there, opens that where it is completed, and says what the new
/// daily jobs are called: more than one for a job that makes copies.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Unknown`] for names that lead nowhere, [`Error::Refused`] where the schedule is not built or has
/// the job already. Nothing has changed then.
pub async fn add_job(
    app: &App,
    caller: &Caller,
    request: AddRequest,
    reason: Option<&str>,
) -> Result<Vec<String>> {
    caller.must("add jobs to daily schedules", &[Privilege::AddDailyJobs])?;
    let subject = format!("{}/{}/{}", request.date, request.schedule, request.job);
    let mut plans = Plans::default();
    loop {
        let adding = Arc::new(Adding::plan(app, request.clone()).await?);
        match store(app, caller, adding, &subject, reason).await {
            Err(why) if plans.is_one_more(&why) => {}
            done => return done,
        }
    }
}

async fn store(
    app: &App,
    caller: &Caller,
    adding: Arc<Adding>,
    subject: &str,
    reason: Option<&str>,
) -> Result<Vec<String>> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let by = Adder { name: caller.name().to_owned(), event: None };
    let (subject, reason) = (subject.to_owned(), reason.map(ToOwned::to_owned));
    let (names, done) = app
        .db()
        .write(move |tx| {
            let (bodies, adding) = (Arc::clone(&bodies), Arc::clone(&adding));
            let (by, subject, reason) = (by.clone(), subject.clone(), reason.clone());
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let names = adding.store(&mut work, &by).await?;
                let done = work.finish().await?;
                let record = NewRecord {
                    at: sql::to_micros(now),
                    caller: by.name,
                    action: "job.add",
                    subject,
                    reason,
                    old_value: None,
                    new_value: Some(names.join(", ")),
                };
                audit::append(tx, &record).await?;
                Ok::<_, Error>((names, done))
            })
        })
        .await?;
    app.wakes().after(done);
    app.wakes().advance.wake();
    Ok(names)
}
