//! Applications (`amt-domain 2.2, 2.3`).

use std::collections::BTreeMap;

use batch_core::names::{Application as ApplicationKind, User as UserKind};
use batch_core::path_map::BasePaths;
use batch_core::rights::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::write;
use super::check::{self, PATH_MAX, SHORT_MAX, TEXT_MAX};
use super::thing::{as_expected, found, refuse_double};
use super::{Expected, Page, PageOf};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::application::{self, NewApplication};

/// Variables of an application at most.
const SETTINGS_MAX: usize = 100;

/// An application.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Application {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, unique in any case.
    name: String,
    /// For people.
    description: String,
    /// `%APPROOT%`; its last folder has the application's name.
    base_path: String,
    /// Folder of scripts; empty for the base path.
    script_path: String,
    /// Folder of reports and executables; empty for the base path.
    report_path: String,
    /// Folder of extract files and accept files; empty for the base path.
    extract_path: String,
    /// The user that a job runs as when nothing else is said.
    default_user: Option<String>,
    /// Variables that every job of the application gets.
    settings: BTreeMap<String, String>,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// What an application is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationInput {
    /// Its name, unique in any case.
    name: String,
    /// For people; empty by default.
    #[serde(default)]
    description: String,
    /// `%APPROOT%`; its last folder has the application's name.
    base_path: String,
    /// Folder of scripts; empty, as by default, for the base path. It may hold `%APPROOT%`, `%SYSROOT%`, `%APPNAME%`, `%USER%`.
    #[serde(default)]
    script_path: String,
    /// Folder of reports and executables, likewise.
    #[serde(default)]
    report_path: String,
    /// Folder of extract files and accept files, likewise.
    #[serde(default)]
    extract_path: String,
    /// The user that a job runs as when nothing else is said.
    #[serde(default)]
    default_user: Option<String>,
    /// Variables that every job of the application gets: at most 100.
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

fn shown(row: application::Application) -> Result<Application> {
    let settings = serde_json::from_str(&row.settings)
        .map_err(|_| sql::Error::Corrupt { table: "application", column: "settings" })?;
    Ok(Application {
        id: row.id,
        name: row.name,
        description: row.description,
        base_path: row.base_path,
        script_path: row.script_path,
        report_path: row.report_path,
        extract_path: row.extract_path,
        default_user: row.default_user,
        settings,
        version: row.version,
    })
}

fn checked(server: &Server, input: &ApplicationInput) -> Result<NewApplication> {
    let name = check::name::<ApplicationKind>("name", &input.name)?;
    let base_path = folder(server, "base_path", &input.base_path, &input.base_path, name.as_str())?;
    let last =
        base_path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.replace("%APPNAME%", name.as_str());
    if batch_core::names::key(&last) != name.key() {
        let detail =
            format!("its last folder must be the application's name, `{name}`, not `{last}`");
        return Err(Error::invalid("base_path", detail));
    }
    let below = |field, path: &str| match path {
        "" => Ok(String::new()),
        path => folder(server, field, path, &input.base_path, name.as_str()),
    };
    Ok(NewApplication {
        name_key: name.key().to_owned(),
        description: check::text("description", &input.description, TEXT_MAX)?,
        script_path: below("script_path", &input.script_path)?,
        report_path: below("report_path", &input.report_path)?,
        extract_path: below("extract_path", &input.extract_path)?,
        default_user: check::maybe_name::<UserKind>("default_user", input.default_user.as_deref())?
            .map(|user| user.to_string()),
        settings: settings(&input.settings)?,
        name: name.to_string(),
        base_path,
    })
}

/// A folder as it is stored, when its variables can be replaced and its drive is mapped.
fn folder(
    server: &Server,
    field: &str,
    path: &str,
    base_path: &str,
    application: &str,
) -> Result<String> {
    let path = check::line(field, path, PATH_MAX)?;
    if path.trim().is_empty() {
        return Err(Error::invalid(field, "it is empty, give a full path"));
    }
    let variables = BasePaths {
        system_root: server.options.system_base_path.as_deref(),
        application_root: (field != "base_path").then_some(base_path),
        application: Some(application),
        user: Some("USER"),
    };
    let expanded =
        variables.expand(&path).map_err(|error| Error::invalid(field, error.to_string()))?;
    let map = server.options.path_map().map_err(|error| Error::Internal(error.into()))?;
    map.resolve(&expanded).map_err(|error| Error::invalid(field, error.to_string()))?;
    Ok(path)
}

fn settings(settings: &BTreeMap<String, String>) -> Result<String> {
    if settings.len() > SETTINGS_MAX {
        return Err(Error::invalid(
            "settings",
            format!("there are {}, use at most {SETTINGS_MAX}", settings.len()),
        ));
    }
    for (name, value) in settings {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.len() <= SHORT_MAX;
        if !is_name {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let detail = format!("`{shown}` is no name of a variable: use letters, digits and `_`");
            return Err(Error::invalid("settings", detail));
        }
        check::line(&format!("settings.{name}"), value, TEXT_MAX)?;
    }
    serde_json::to_string(settings).map_err(|error| Error::Internal(error.into()))
}

/// The applications.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
) -> Result<Page<Application>> {
    caller.require(Right::Monitor)?;
    let rows = server
        .db
        .read(|tx| Box::pin(async move { application::page(tx, page.start(), page.fetch()).await }))
        .await?;
    let shown = rows.into_iter().map(shown).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(page, shown, |application| application.id))
}

/// One application.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Application> {
    caller.require(Right::Monitor)?;
    let row = server.db.read(|tx| Box::pin(async move { application::get(tx, id).await })).await?;
    shown(found(row, id)?)
}

/// Makes an application.
pub(crate) async fn create(
    server: &Server,
    caller: &Caller,
    input: &ApplicationInput,
) -> Result<Application> {
    caller.require(Right::Administer)?;
    let new = checked(server, input)?;
    let id = write(server, move |tx| {
        let new = new.clone();
        Box::pin(async move {
            refuse_double(application::by_key(tx, &new.name_key).await?, None)?;
            Ok(application::insert(tx, &new).await?)
        })
    })
    .await?;
    tracing::info!(application = input.name, caller.id = caller.user_id, "application created");
    read_again(server, id).await
}

/// Replaces an application.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
    input: &ApplicationInput,
) -> Result<Application> {
    caller.require(Right::Administer)?;
    let new = checked(server, input)?;
    write(server, move |tx| {
        let new = new.clone();
        Box::pin(async move {
            as_expected(application::lock(tx, id).await?, id, expected)?;
            refuse_double(application::by_key(tx, &new.name_key).await?, Some(id))?;
            Ok(application::update(tx, id, &new).await?)
        })
    })
    .await?;
    tracing::info!(application = input.name, caller.id = caller.user_id, "application changed");
    read_again(server, id).await
}

/// Removes an application that nothing refers to.
pub(crate) async fn delete(
    server: &Server,
    caller: &Caller,
    id: i64,
    expected: Expected,
) -> Result<()> {
    caller.require(Right::Administer)?;
    let name = write(server, move |tx| {
        Box::pin(async move {
            let stored = as_expected(application::lock(tx, id).await?, id, expected)?;
            let usage = application::usage(tx, id).await?;
            let counts = [
                (usage.jobs, "job", "jobs"),
                (usage.queues, "queue", "queues"),
                (usage.live_requests, "live request", "live requests"),
                (
                    usage.ended_requests,
                    "ended request (deleted by hand or by the retention)",
                    "ended requests (deleted by hand or by the retention)",
                ),
            ];
            check::refuse_used("application", &stored.name, &counts)?;
            application::delete(tx, id).await?;
            Ok(stored.name)
        })
    })
    .await?;
    tracing::info!(application = name, caller.id = caller.user_id, "application deleted");
    Ok(())
}

async fn read_again(server: &Server, id: i64) -> Result<Application> {
    let row = server.db.read(|tx| Box::pin(async move { application::get(tx, id).await })).await?;
    shown(found(row, id)?)
}
