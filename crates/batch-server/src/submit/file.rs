//! Which file a request runs.

use std::path::Path;

use batch_core::path_map::{BasePaths, PathMap};
use batch_core::script::{FILE_NOT_FOUND, ScriptName};

use super::Refused;
use crate::options::Options;
use crate::store::application::Application;

/// What became of looking for a file.
pub(super) enum Found {
    /// The local path.
    At(String),
    /// It is not there; the text says where was looked.
    Missing(String),
}

/// A folder of an application: variables expanded, drives mapped, `base` where it is empty.
pub(crate) fn folder(
    options: &Options,
    application: &Application,
    path: &str,
    user: &str,
) -> Result<String, Refused> {
    local_folder(options, &application.name, &application.base_path, path, Some(user))
}

/// The same, of an application that need not be stored, for a user who need not be known.
pub(crate) fn local_folder(
    options: &Options,
    application: &str,
    base_path: &str,
    path: &str,
    user: Option<&str>,
) -> Result<String, Refused> {
    let variables = BasePaths {
        system_root: options.system_base_path.as_deref(),
        application_root: Some(base_path),
        application: Some(application),
        user,
    };
    let path = if path.is_empty() { "%APPROOT%" } else { path };
    let expanded = variables.expand(path).map_err(|error| Refused(error.to_string()))?;
    map(options)?.resolve(&expanded).map_err(|error| Refused(error.to_string()))
}

fn map(options: &Options) -> Result<PathMap, Refused> {
    options.path_map().map_err(|error| Refused(error.to_string()))
}

/// Where a script is, by its name alone.
pub(crate) enum ScriptPlace {
    /// Below the script folder; the first of these that exists counts.
    Below(Vec<String>),
    /// A full path, on this machine.
    At(String),
    /// A path that nothing maps cannot exist here; the text says which prefix to add.
    Nowhere(String),
}

/// What the name of a script says about its place.
pub(crate) fn script_place(options: &Options, name: &str) -> Result<ScriptPlace, Refused> {
    let parsed =
        ScriptName::parse(name).map_err(|error| Refused(format!("ScriptName: {error}")))?;
    let interpreters = options.interpreters().map_err(|error| Refused(error.to_string()))?;
    Ok(match parsed {
        ScriptName::Relative(_) => ScriptPlace::Below(parsed.candidates(&interpreters)),
        ScriptName::Unix(_) | ScriptName::Windows(_) => match map(options)?.resolve(name) {
            Ok(path) => ScriptPlace::At(path),
            Err(error) => ScriptPlace::Nowhere(error.to_string()),
        },
    })
}

/// A script by full path, or by a name below the script folder.
pub(super) async fn script(
    options: &Options,
    application: &Application,
    name: &str,
    user: &str,
) -> Result<Found, Refused> {
    let places = match script_place(options, name)? {
        ScriptPlace::Below(files) => {
            let folder = folder(options, application, &application.script_path, user)?;
            files.iter().map(|file| format!("{folder}/{file}")).collect()
        }
        ScriptPlace::At(path) => vec![path],
        ScriptPlace::Nowhere(why) => return Ok(Found::Missing(why)),
    };
    Ok(first_file(places, name).await)
}

/// The file of a stored report or executable, below the report folder.
pub(super) async fn report(
    options: &Options,
    application: &Application,
    file: &str,
    user: &str,
) -> Result<Found, Refused> {
    if Path::new(file).is_absolute() {
        return Ok(first_file(vec![file.to_owned()], file).await);
    }
    let folder = folder(options, application, &application.report_path, user)?;
    Ok(first_file(vec![format!("{folder}/{file}")], file).await)
}

async fn first_file(places: Vec<String>, name: &str) -> Found {
    for place in places {
        if tokio::fs::metadata(&place).await.is_ok_and(|found| found.is_file()) {
            return Found::At(place);
        }
    }
    Found::Missing(format!("{FILE_NOT_FOUND}: '{name}'"))
}
