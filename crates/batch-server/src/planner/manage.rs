//! The use cases of the Control Center about schedules.

use batch_core::rights::Right;
use sql::Tx;

use super::decide::Outcome;
use super::rule::Rule;
use super::{files, shape, start_within, store};
use crate::caller::Caller;
use crate::configure::{Expected, Page, PageOf, as_expected, found, refuse_double, write};
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::schedule::{self, NewRun, Schedule, SeenFile};
use crate::windows::tell_others;

pub(crate) use shape::{RunView, ScheduleInput, ScheduleView};

/// The schedules.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
) -> Result<Page<ScheduleView>> {
    caller.require(Right::Monitor)?;
    let rows = server
        .db
        .read(|tx| Box::pin(async move { schedule::page(tx, page.start(), page.fetch()).await }))
        .await?;
    let catalog = server.catalog.get();
    let views =
        rows.into_iter().map(|row| shape::shown(&catalog, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, views, |view| view.id))
}

/// One schedule.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<ScheduleView> {
    caller.require(Right::Monitor)?;
    shape::shown(&server.catalog.get(), stored(server, id).await?)
}

/// Makes a schedule. It starts nothing that was due before, and no job for a file that is there already.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    input: &ScheduleInput,
) -> Result<ScheduleView> {
    caller.require(Right::Administer)?;
    let new = shape::checked(&server.catalog.get(), input, server.clock.now())?;
    let known = known_file(server, new.job_id, &new.rule).await?;
    let id = write(server, move |tx| {
        let (new, known) = (new.clone(), known.clone());
        Box::pin(async move {
            refuse_double(schedule::by_key(tx, &new.name_key).await?, None)?;
            let id = schedule::insert(tx, &new).await?;
            note_file(tx, id, known.as_ref()).await?;
            Ok(id)
        })
    })
    .await?;
    log(caller, id, "created", &input.name);
    read(server, caller, id).await
}

/// Replaces a schedule. It is planned from now on.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &ScheduleInput,
) -> Result<ScheduleView> {
    caller.require(Right::Administer)?;
    let new = shape::checked(&server.catalog.get(), input, server.clock.now())?;
    let known = known_file(server, new.job_id, &new.rule).await?;
    write(server, move |tx| {
        let (new, known) = (new.clone(), known.clone());
        Box::pin(async move {
            as_expected(schedule::lock(tx, id).await?, id, expected)?;
            refuse_double(schedule::by_key(tx, &new.name_key).await?, Some(id))?;
            schedule::update(tx, id, &new).await?;
            note_file(tx, id, known.as_ref()).await
        })
    })
    .await?;
    log(caller, id, "changed", &input.name);
    read(server, caller, id).await
}

/// Removes a schedule and the record of its starts; requests that it made stay.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(schedule::lock(tx, id).await?, id, expected)?;
            schedule::delete(tx, id).await?;
            Ok(stored.name)
        })
    })
    .await?;
    log(caller, id, "deleted", &name);
    Ok(())
}

/// Switches a schedule on or off. Switched on, it is planned from now on. Doing it again changes nothing.
pub(crate) async fn set_enabled(
    server: &Server,
    caller: &Caller,
    id: i64,
    is_enabled: bool,
) -> Result<ScheduleView> {
    caller.require(Right::Operate)?;
    let now = sql::to_micros(server.clock.now());
    let stored = stored(server, id).await?;
    let known = known_file(server, stored.job_id, &stored.rule).await?;
    write(server, move |tx| {
        let known = known.clone();
        Box::pin(async move {
            if found(schedule::lock(tx, id).await?, id)?.is_enabled == is_enabled {
                return Ok(());
            }
            schedule::set_enabled(tx, id, is_enabled, now).await?;
            note_file(tx, id, known.as_ref()).await
        })
    })
    .await?;
    log(caller, id, if is_enabled { "enabled" } else { "disabled" }, &stored.name);
    read(server, caller, id).await
}

/// Starts the job of a schedule now, enabled or not, and records it like any other start.
pub(crate) async fn run_now(server: &Server, caller: &Caller, id: i64) -> Result<RunView> {
    caller.require(Right::Operate)?;
    let row = stored(server, id).await?;
    let (now, within) = (server.clock.now(), start_within(&row)?);
    let mut decided = store::resolve(server, &row, now, Outcome::Submit, within, now, None).await;
    if decided.run.outcome != "submitted" {
        return Err(Error::Conflict(format!(
            "schedule `{}` cannot start its job: {}",
            row.name, decided.run.reason
        )));
    }
    decided.run.reason = format!("started by {}", caller.name);
    let tells = server.has_peers();
    let requests = server
        .db
        .write(move |tx| {
            let decided = decided.clone();
            Box::pin(async move {
                found(schedule::lock(tx, id).await?, id)?;
                let requests = store::insert(tx, id, &[decided]).await?;
                tell_others(tx, tells, &requests).await?;
                Ok::<_, Error>(requests)
            })
        })
        .await?;
    store::announce(server, &row, &requests);
    let due = sql::to_micros(now);
    let newest = server
        .db
        .read(move |tx| Box::pin(async move { schedule::runs(tx, id, due + 1, 1).await }))
        .await?;
    match newest.into_iter().next() {
        Some(run) if run.due_at == due => RunView::of(run),
        _ => Err(Error::Conflict("the schedule was changed meanwhile; try again".to_owned())),
    }
}

/// The starts of a schedule, newest first; `after` of the page is the `number` of the last one seen.
pub(crate) async fn runs(
    server: &Server,
    caller: &Caller,
    id: i64,
    page: PageOf,
) -> Result<Page<RunView>> {
    caller.require(Right::Monitor)?;
    stored(server, id).await?;
    let before = page.after.unwrap_or(i64::MAX);
    let rows = server
        .db
        .read(move |tx| Box::pin(async move { schedule::runs(tx, id, before, page.fetch()).await }))
        .await?;
    let views = rows.into_iter().map(RunView::of).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, views, |view| view.number))
}

fn log(caller: &Caller, id: i64, verb: &str, name: &str) {
    tracing::info!(
        schedule.id = id,
        caller.id = caller.user_id,
        "{} {verb} schedule {name}",
        caller.name
    );
}

async fn stored(server: &Server, id: i64) -> Result<Schedule> {
    let row =
        server.db.read(move |tx| Box::pin(async move { schedule::get(tx, id).await })).await?;
    found(row, id)
}

/// The outcome to store for a file that is there already, so that it starts nothing.
async fn known_file(
    server: &Server,
    job_id: i64,
    rule: &str,
) -> Result<Option<(SeenFile, NewRun)>> {
    let rule = Rule::stored(rule)?;
    if rule.file.is_none() {
        return Ok(None);
    }
    let path =
        files::path(server, job_id, &rule).map_err(|why| Error::invalid("when.file", why))?;
    Ok(files::see(&path).await.map(|seen| {
        let run = NewRun {
            due_at: seen.modified,
            outcome: "superseded",
            reason: "the file was there before the schedule".to_owned(),
            decided_at: sql::to_micros(server.clock.now()),
        };
        (seen, run)
    }))
}

async fn note_file(tx: &mut Tx<'_>, id: i64, known: Option<&(SeenFile, NewRun)>) -> Result<()> {
    if let Some((seen, run)) = known {
        schedule::saw_file(tx, id, seen).await?;
        schedule::decide(tx, id, run).await?;
    }
    Ok(())
}
