//! Where a file is that a job names.

use super::asker::Asker;
use crate::store::application::Application;

/// The local path of a file: drives and shares mapped; what is not absolute is below a folder of the application.
///
/// # Errors
/// Why there is no such place, with the path.
pub(super) fn of(
    asker: &Asker,
    path: &str,
    below: fn(&Application) -> &str,
) -> Result<String, String> {
    if path.is_empty() || path.contains('\0') {
        return Err("the path of the file is empty or holds a zero character".to_owned());
    }
    let options = &asker.server.options;
    let refused = |why: String| format!("path `{path}`: {why}");
    if path.starts_with('/') || batch_core::path_map::is_windows_style(path) {
        let map = options.path_map().map_err(|error| refused(error.to_string()))?;
        return map.resolve(path).map_err(|error| refused(error.to_string()));
    }
    let catalog = asker.server.catalog.get();
    let application = catalog
        .application_by_id(asker.request.application_id)
        .ok_or_else(|| refused("the application does not exist any more".to_owned()))?;
    let run_as = &asker.request.run_as;
    let folder = crate::submit::folder(options, application, below(application), run_as)
        .map_err(|refused_by| refused(refused_by.0))?;
    Ok(format!("{folder}/{path}"))
}
