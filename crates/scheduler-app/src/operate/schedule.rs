//! Actions on daily schedules.

use core_kit::nearest;
use jiff::civil::Date;
use scheduler_core::schedule::{Action, Event};
use scheduler_store::audit::{self, NewRecord};
use scheduler_store::daily_schedule::{self, DailySchedule};

use crate::error::{Error, Result};
use crate::work::Work;
use crate::{App, Caller};

/// The number of a daily schedule.
///
/// # Errors
/// [`Error::Unknown`] with the nearest name, or the database could not be read.
pub async fn find_schedule(app: &App, date: Date, name: &str) -> Result<i64> {
    let all = app
        .db()
        .read(|tx| Box::pin(async move { daily_schedule::of_date(tx, &date.to_string()).await }))
        .await?;
    let found = all.iter().find(|schedule| schedule.name == name).map(|schedule| schedule.id);
    found.ok_or_else(|| {
        let near = nearest(name, all.iter().map(|schedule| schedule.name.as_str()));
        let hint = match near {
            Some(near) => format!("; did you mean `{near}`?"),
            None if all.is_empty() => "; nothing is built for that date".to_owned(),
            None => String::new(),
        };
        Error::Unknown { what: "daily schedule", name: format!("{date}/{name}"), hint }
    })
}

/// Does something to a daily schedule and says how it is afterwards.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Refused`] where the action table says no, [`Error::Unknown`]. Nothing has changed then.
pub async fn schedule(
    app: &App,
    caller: &Caller,
    id: i64,
    action: Action,
    reason: Option<&str>,
) -> Result<DailySchedule> {
    caller.must(format_args!("{action} schedules"), &[action.privilege()])?;
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let (caller, reason) = (caller.name().to_owned(), reason.map(ToOwned::to_owned));
    let (after, done) = app
        .db()
        .write(move |tx| {
            let bodies = std::sync::Arc::clone(&bodies);
            let (caller, reason) = (caller.clone(), reason.clone());
            Box::pin(async move {
                let before = read(tx, id).await?;
                let mut work = Work::begin(tx, bodies, now, life).await?;
                work.asked_by(&caller, reason.as_deref());
                work.schedule(id, Event::Asked(action));
                let done = work.finish().await?;
                let after = read(tx, id).await?;
                let record = NewRecord {
                    at: sql::to_micros(now),
                    caller,
                    action: match action {
                        Action::Hold => "schedule.hold",
                        Action::Release => "schedule.release",
                        Action::Start => "schedule.start",
                        Action::Close => "schedule.close",
                    },
                    subject: format!("{}/{}", after.date, after.name),
                    reason,
                    old_value: Some(before.status),
                    new_value: Some(after.status.clone()),
                };
                audit::append(tx, &record).await?;
                Ok::<_, Error>((after, done))
            })
        })
        .await?;
    app.wakes().after(done);
    app.wakes().advance.wake();
    Ok(after)
}

async fn read(tx: &mut sql::Tx<'_>, id: i64) -> Result<DailySchedule> {
    let found = daily_schedule::by_ids(tx, &sql::id_list([id])).await?.into_iter().next();
    found.ok_or_else(|| Error::Unknown {
        what: "daily schedule",
        name: id.to_string(),
        hint: String::new(),
    })
}
