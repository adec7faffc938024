//! Job queues (`amt-domain 2.6, 4`).

use std::collections::HashMap;

use batch_core::names::Queue as QueueKind;
use batch_core::rights::Right;
use batch_core::zone::Zone;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use sql::Tx;
use utoipa::ToSchema;

use super::change::write;
use super::check;
use super::thing::{as_expected, by_name, found, refuse_double};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::queue::{NewQueue, SAME_REPORT_TWICE};
use crate::store::{application, controller, queue};

/// Most requests of a queue at once that can be configured.
const CONCURRENCY_MAX: i64 = 100_000;

/// How urgent a queue's work is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Priority {
    /// Taken before everything else.
    High,
    /// The usual level.
    #[default]
    Normal,
    /// Taken when nothing else waits.
    Low,
}

impl Priority {
    const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    fn stored(text: &str) -> sql::Result<Self> {
        [Self::High, Self::Normal, Self::Low]
            .into_iter()
            .find(|priority| priority.as_str() == text)
            .ok_or(sql::Error::Corrupt { table: "queue", column: "priority" })
    }
}

/// The hours in which a queue starts work; an end before the start is on the next day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// Local time of day at which it opens, `HH:MM:SS`.
    #[schema(value_type = String, example = "22:00:00")]
    start: Time,
    /// Local time of day at which it closes; running requests run on.
    #[schema(value_type = String, example = "06:00:00")]
    end: Time,
}

/// A job queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queue {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case.
    name: String,
    /// The application that it serves; null for all of them.
    application: Option<String>,
    /// Whether it is the default of its application, or the general default.
    is_default: bool,
    /// How urgent its work is.
    priority: Priority,
    /// The hours in which it starts work; null for always.
    window: Option<Window>,
    /// The zone of the window's times.
    time_zone: String,
    /// How many requests may run at once.
    concurrency: i64,
    /// Whether one report may run more than once at a time.
    same_report_twice: bool,
    /// The controllers that serve it; none listed means all of them.
    controllers: Vec<String>,
    /// Held: nothing starts from it but by hand.
    is_held: bool,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What a queue is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueueInput {
    /// Its name, unique in any case.
    name: String,
    /// The application that it serves; null, as by default, for all of them.
    #[serde(default)]
    application: Option<String>,
    /// Whether it is the default of its application, or the general default. It takes that from the one that has it.
    #[serde(default)]
    is_default: bool,
    /// How urgent its work is.
    #[serde(default)]
    priority: Priority,
    /// The hours in which it starts work; null, as by default, for always.
    #[serde(default)]
    window: Option<Window>,
    /// The zone of the window's times, such as `Europe/Berlin`; `UTC` by default.
    #[serde(default)]
    time_zone: Option<String>,
    /// How many requests may run at once: 1 to 100000; the server's option `queue_concurrency` by default.
    #[serde(default)]
    concurrency: Option<i64>,
    /// Whether one report may run more than once at a time; true by default.
    #[serde(default = "same_report_twice")]
    same_report_twice: bool,
    /// The controllers that serve it; none listed, as by default, means all of them.
    #[serde(default)]
    controllers: Vec<String>,
}

const fn same_report_twice() -> bool {
    SAME_REPORT_TWICE
}

/// Checks what can be checked without the database; `application_id` is filled in later.
fn checked(server: &Server, input: &QueueInput) -> Result<NewQueue> {
    let name = check::name::<QueueKind>("name", &input.name)?;
    let concurrency = input.concurrency.unwrap_or(i64::from(server.options.queue_concurrency));
    if !(1..=CONCURRENCY_MAX).contains(&concurrency) {
        let detail = format!("{concurrency} is out of range, use 1 to {CONCURRENCY_MAX}");
        return Err(Error::invalid("concurrency", detail));
    }
    let zone = match input.time_zone.as_deref() {
        None | Some("") => Zone::utc(),
        Some(zone) => {
            zone.parse().map_err(|error| Error::invalid("time_zone", format!("{error}")))?
        }
    };
    let time = |time: Time| format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    Ok(NewQueue {
        name: name.to_string(),
        name_key: name.key().to_owned(),
        application_id: None,
        is_default: input.is_default,
        priority: input.priority.as_str().to_owned(),
        window_start: input.window.as_ref().map(|window| time(window.start)),
        window_end: input.window.as_ref().map(|window| time(window.end)),
        time_zone: zone.name().to_owned(),
        concurrency,
        same_report_twice: input.same_report_twice,
    })
}

/// Names that the rows refer to by number.
struct Names {
    applications: HashMap<i64, String>,
    controllers: HashMap<i64, String>,
    serving: Vec<(i64, i64)>,
}

async fn names(tx: &mut Tx<'_>) -> sql::Result<Names> {
    Ok(Names {
        applications: application::all(tx)
            .await?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect(),
        controllers: controller::all(tx).await?.into_iter().map(|row| (row.id, row.name)).collect(),
        serving: queue::controllers(tx).await?,
    })
}

fn shown(row: queue::Queue, names: &Names) -> Result<Queue> {
    let time = |column, text: &str| {
        text.parse::<Time>().map_err(|_| sql::Error::Corrupt { table: "queue", column })
    };
    let window = match (&row.window_start, &row.window_end) {
        (Some(start), Some(end)) => {
            Some(Window { start: time("window_start", start)?, end: time("window_end", end)? })
        }
        _ => None,
    };
    let serving = names.serving.iter().filter(|(queue_id, _)| *queue_id == row.id);
    let mut controllers: Vec<String> =
        serving.filter_map(|(_, id)| names.controllers.get(id).cloned()).collect();
    controllers.sort_unstable();
    Ok(Queue {
        id: row.id,
        name: row.name,
        application: row.application_id.and_then(|id| names.applications.get(&id).cloned()),
        is_default: row.is_default,
        priority: Priority::stored(&row.priority)?,
        window,
        time_zone: row.time_zone,
        concurrency: row.concurrency,
        same_report_twice: row.same_report_twice,
        controllers,
        is_held: row.is_held,
        version: row.version,
    })
}

/// The queues.
pub(crate) async fn list(server: &Server, caller: &Caller, page: PageOf) -> Result<Page<Queue>> {
    caller.require(Right::Monitor)?;
    let (rows, names) = server
        .db
        .read(|tx| {
            Box::pin(async move {
                let rows = queue::page(tx, page.start(), page.fetch()).await?;
                Ok::<_, sql::Error>((rows, names(tx).await?))
            })
        })
        .await?;
    let shown = rows.into_iter().map(|row| shown(row, &names)).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, shown, |queue| queue.id))
}

/// One queue.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Queue> {
    caller.require(Right::Monitor)?;
    one(server, id).await
}

async fn one(server: &Server, id: i64) -> Result<Queue> {
    let (row, names) = server
        .db
        .read(|tx| {
            Box::pin(
                async move { Ok::<_, sql::Error>((queue::get(tx, id).await?, names(tx).await?)) },
            )
        })
        .await?;
    shown(found(row, id)?, &names)
}

/// Makes a queue.
pub(crate) async fn create(server: &Server, caller: &Caller, input: &QueueInput) -> Result<Queue> {
    caller.require(Right::Administer)?;
    let (new, asked) = (checked(server, input)?, input.clone());
    let id = write(server, move |tx| {
        let (new, asked) = (new.clone(), asked.clone());
        Box::pin(async move {
            let (new, controllers) = resolved(tx, new, &asked, None).await?;
            let id = queue::insert(tx, &new).await?;
            settled(tx, id, &new, &controllers).await?;
            Ok(id)
        })
    })
    .await?;
    tracing::info!(queue.name = input.name, caller.id = caller.user_id, "queue created");
    one(server, id).await
}

/// Replaces a queue; whether it is held stays.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &QueueInput,
) -> Result<Queue> {
    caller.require(Right::Administer)?;
    let (new, asked) = (checked(server, input)?, input.clone());
    write(server, move |tx| {
        let (new, asked) = (new.clone(), asked.clone());
        Box::pin(async move {
            as_expected(queue::lock(tx, id).await?, id, expected)?;
            let (new, controllers) = resolved(tx, new, &asked, Some(id)).await?;
            queue::update(tx, id, &new).await?;
            settled(tx, id, &new, &controllers).await
        })
    })
    .await?;
    tracing::info!(queue.name = input.name, caller.id = caller.user_id, "queue changed");
    one(server, id).await
}

/// Fills in what the names refer to.
async fn resolved(
    tx: &mut Tx<'_>,
    mut new: NewQueue,
    asked: &QueueInput,
    itself: Option<i64>,
) -> Result<(NewQueue, Vec<i64>)> {
    refuse_double(queue::by_key(tx, &new.name_key).await?, itself)?;
    if let Some(name) = asked.application.as_deref().filter(|name| !name.is_empty()) {
        let all = application::all(tx).await?;
        new.application_id = Some(by_name("application", name, &all)?.id);
    }
    let all = controller::all(tx).await?;
    let mut controllers = Vec::new();
    for (index, name) in asked.controllers.iter().enumerate() {
        controllers.push(by_name(&format!("controllers[{index}]"), name, &all)?.id);
    }
    Ok((new, controllers))
}

/// Writes what belongs to a queue beside its row, and moves the default.
async fn settled(tx: &mut Tx<'_>, id: i64, new: &NewQueue, controllers: &[i64]) -> Result<()> {
    queue::set_controllers(tx, id, controllers).await?;
    if new.is_default {
        queue::clear_default(tx, new.application_id, id).await?;
    }
    Ok(())
}

/// Holds or releases a queue. Doing it again changes nothing.
pub(crate) async fn set_held(
    server: &Server,
    caller: &Caller,
    id: i64,
    is_held: bool,
) -> Result<Queue> {
    caller.require(Right::Operate)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = found(queue::lock(tx, id).await?, id)?;
            queue::set_held(tx, id, is_held).await?;
            Ok(stored.name)
        })
    })
    .await?;
    tracing::info!(
        queue.name = name,
        is_held,
        caller.id = caller.user_id,
        "queue held or released"
    );
    one(server, id).await
}

/// Removes a queue that nothing refers to.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(queue::lock(tx, id).await?, id, expected)?;
            let usage = queue::usage(tx, id).await?;
            let counts = [
                (usage.jobs, "job", "jobs"),
                (usage.schedules, "schedule", "schedules"),
                (usage.live_requests, "live request", "live requests"),
                (
                    usage.ended_requests,
                    "ended request (deleted by hand or by the retention)",
                    "ended requests (deleted by hand or by the retention)",
                ),
            ];
            check::refuse_used("queue", &stored.name, &counts)?;
            queue::delete(tx, id).await?;
            Ok(stored.name)
        })
    })
    .await?;
    tracing::info!(queue.name = name, caller.id = caller.user_id, "queue deleted");
    Ok(())
}
