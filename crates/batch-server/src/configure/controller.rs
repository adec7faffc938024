//! Controllers (`amt-domain 2.5`): processes that run jobs.

use batch_core::names::Controller as ControllerKind;
use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use sql::{Tx, from_micros, to_micros};
use utoipa::ToSchema;

use super::change::write;
use super::check::{self, SHORT_MAX};
use super::thing::{as_expected, found, refuse_double};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::counted::counted;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::{controller, request};

/// A controller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Controller {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case: the option `name` of its process.
    name: String,
    /// The host of its process.
    host: String,
    /// A disabled one starts nothing; what it runs goes on.
    is_enabled: bool,
    /// Whether its process lives.
    is_alive: bool,
    /// Until when its process counts as alive without news; null before it was started once.
    #[schema(value_type = Option<String>, format = DateTime)]
    lease_until: Option<jiff::Timestamp>,
    /// When its process was started.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<jiff::Timestamp>,
    /// Grows with each change and with each start of the process; send it as `If-Match`.
    version: i64,
}

/// What a controller is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControllerInput {
    /// Its name: the option `name` of its process. It cannot be changed while the process lives.
    name: String,
    /// The host of its process; the process itself overwrites it.
    #[serde(default)]
    host: String,
    /// A disabled one starts nothing; what it runs goes on. True by default.
    #[serde(default = "enabled")]
    is_enabled: bool,
}

const fn enabled() -> bool {
    true
}

fn shown(row: controller::Controller, now: i64) -> Result<Controller> {
    let time =
        |column, at: i64| (at > 0).then(|| from_micros("controller", column, at)).transpose();
    Ok(Controller {
        id: row.id,
        name: row.name,
        host: row.host,
        is_enabled: row.is_enabled,
        is_alive: row.lease_until > now,
        lease_until: time("lease_until", row.lease_until)?,
        started_at: time("started_at", row.started_at)?,
        version: row.version,
    })
}

/// The controllers.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
) -> Result<Page<Controller>> {
    caller.require(Right::Monitor)?;
    let now = to_micros(server.clock.now());
    let rows = server
        .db
        .read(|tx| Box::pin(async move { controller::page(tx, page.start(), page.fetch()).await }))
        .await?;
    let shown = rows.into_iter().map(|row| shown(row, now)).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, shown, |controller| controller.id))
}

/// One controller.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Controller> {
    caller.require(Right::Monitor)?;
    one(server, id).await
}

async fn one(server: &Server, id: i64) -> Result<Controller> {
    let row = server.db.read(|tx| Box::pin(async move { controller::get(tx, id).await })).await?;
    shown(found(row, id)?, to_micros(server.clock.now()))
}

/// Announces a controller before its process has been started once, so that queues can name it.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    input: &ControllerInput,
) -> Result<Controller> {
    caller.require(Right::Administer)?;
    let name = check::name::<ControllerKind>("name", &input.name)?;
    let (host, is_enabled) = (check::line("host", &input.host, SHORT_MAX)?, input.is_enabled);
    let id = write(server, move |tx| {
        let (name, host) = (name.clone(), host.clone());
        Box::pin(async move {
            refuse_same_name(tx, name.key(), None).await?;
            Ok(controller::announce(tx, name.as_str(), name.key(), &host, is_enabled).await?)
        })
    })
    .await?;
    one(server, id).await
}

/// Enables, disables or renames a controller.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &ControllerInput,
) -> Result<Controller> {
    caller.require(Right::Administer)?;
    let name = check::name::<ControllerKind>("name", &input.name)?;
    let (host, is_enabled) = (check::line("host", &input.host, SHORT_MAX)?, input.is_enabled);
    let now = to_micros(server.clock.now());
    write(server, move |tx| {
        let (name, host) = (name.clone(), host.clone());
        Box::pin(async move {
            let stored = as_expected(controller::lock(tx, id).await?, id, expected)?;
            // Its spool folder has its name: see the option `name`.
            if stored.name_key != name.key() {
                refuse_in_use(tx, &stored, now, "be renamed").await?;
            }
            refuse_same_name(tx, name.key(), Some(id)).await?;
            Ok(controller::update(tx, id, name.as_str(), name.key(), &host, is_enabled).await?)
        })
    })
    .await?;
    tracing::info!(
        controller = input.name,
        is_enabled,
        caller.id = caller.user_id,
        "controller changed"
    );
    one(server, id).await
}

/// Removes a controller whose process does not live and that runs nothing.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let now = to_micros(server.clock.now());
    write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(controller::lock(tx, id).await?, id, expected)?;
            refuse_in_use(tx, &stored, now, "be deleted").await?;
            let queues = controller::only_for(tx, id).await?;
            if !queues.is_empty() {
                return Err(Error::Conflict(format!(
                    "controller `{}` is the only one of the queues {}; give them another one first",
                    stored.name,
                    queues.join(", ")
                )));
            }
            Ok(controller::delete(tx, id).await?)
        })
    })
    .await
}

async fn refuse_in_use(
    tx: &mut Tx<'_>,
    stored: &controller::Controller,
    now: i64,
    what: &str,
) -> Result<()> {
    if stored.lease_until > now {
        return Err(Error::Conflict(format!(
            "controller `{}` is alive and cannot {what}; stop its process first",
            stored.name
        )));
    }
    let running = request::read::running_on(tx, stored.id).await?.len();
    if running > 0 {
        return Err(Error::Conflict(format!(
            "controller `{}` still runs {} and cannot {what}; start its process again, or wait until that counts as lost",
            stored.name,
            counted(running, "request", "requests")
        )));
    }
    Ok(())
}

async fn refuse_same_name(tx: &mut Tx<'_>, key: &str, itself: Option<i64>) -> Result<()> {
    let all = controller::all(tx).await?;
    refuse_double(all.into_iter().find(|row| row.name_key == key), itself)
}
