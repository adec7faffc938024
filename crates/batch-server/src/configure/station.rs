//! Stations (`amt-domain 11.2`).

use batch_core::names::Station as StationKind;
use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::write;
use super::check::{self, TEXT_MAX};
use super::thing::{as_expected, found, refuse_double};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::station;

/// A station: where a request comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Station {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case.
    name: String,
    /// For people.
    description: String,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What a station is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationInput {
    /// Its name, unique in any case.
    name: String,
    /// For people; empty by default.
    #[serde(default)]
    description: String,
}

impl From<station::Station> for Station {
    fn from(row: station::Station) -> Self {
        Self { id: row.id, name: row.name, description: row.description, version: row.version }
    }
}

/// The stations.
pub(crate) async fn list(server: &Server, caller: &Caller, page: PageOf) -> Result<Page<Station>> {
    caller.require(Right::Monitor)?;
    let rows = server
        .db
        .read(|tx| Box::pin(async move { station::page(tx, page.start(), page.fetch()).await }))
        .await?;
    Ok(Page::of(page, rows, |row| row.id).map(Station::from))
}

/// One station.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Station> {
    caller.require(Right::Monitor)?;
    let row = server.db.read(|tx| Box::pin(async move { station::get(tx, id).await })).await?;
    Ok(found(row, id)?.into())
}

/// Makes a station.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    input: &StationInput,
) -> Result<Station> {
    caller.require(Right::Administer)?;
    let name = check::name::<StationKind>("name", &input.name)?;
    let description = check::text("description", &input.description, TEXT_MAX)?;
    let row = write(server, move |tx| {
        let (name, description) = (name.clone(), description.clone());
        Box::pin(async move {
            refuse_double(station::by_key(tx, name.key()).await?, None)?;
            let id = station::insert(tx, name.as_str(), name.key(), &description).await?;
            found(station::lock(tx, id).await?, id)
        })
    })
    .await?;
    Ok(row.into())
}

/// Replaces a station.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &StationInput,
) -> Result<Station> {
    caller.require(Right::Administer)?;
    let name = check::name::<StationKind>("name", &input.name)?;
    let description = check::text("description", &input.description, TEXT_MAX)?;
    let row = write(server, move |tx| {
        let (name, description) = (name.clone(), description.clone());
        Box::pin(async move {
            as_expected(station::lock(tx, id).await?, id, expected)?;
            refuse_double(station::by_key(tx, name.key()).await?, Some(id))?;
            station::update(tx, id, name.as_str(), name.key(), &description).await?;
            found(station::lock(tx, id).await?, id)
        })
    })
    .await?;
    Ok(row.into())
}

/// Removes a station that no user has.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(station::lock(tx, id).await?, id, expected)?;
            let users = station::users(tx, &stored.name).await?;
            if !users.is_empty() {
                let text = format!(
                    "station `{}` is still the station of {}",
                    stored.name,
                    users.join(", ")
                );
                return Err(Error::Conflict(text));
            }
            Ok(station::delete(tx, id).await?)
        })
    })
    .await
}
