//! Whether a definition is stored already, so that an import without changes changes no version.

use crate::store::application::{Application, NewApplication};
use crate::store::job::{Job, NewJob};
use crate::store::queue::{NewQueue, Queue};

pub(super) fn application(stored: &Application, new: &NewApplication) -> bool {
    stored.name == new.name
        && stored.description == new.description
        && stored.base_path == new.base_path
        && stored.script_path == new.script_path
        && stored.report_path == new.report_path
        && stored.extract_path == new.extract_path
        && stored.default_user == new.default_user
        && stored.settings == new.settings
}

pub(super) fn queue(stored: &Queue, new: &NewQueue) -> bool {
    stored.name == new.name
        && stored.application_id == new.application_id
        && stored.is_default == new.is_default
        && stored.priority == new.priority
        && stored.window_start == new.window_start
        && stored.window_end == new.window_end
        && stored.time_zone == new.time_zone
        && stored.concurrency == new.concurrency
        && stored.same_report_twice == new.same_report_twice
}

pub(super) fn job(stored: &Job, new: &NewJob) -> bool {
    stored.name == new.name
        && stored.kind == new.kind
        && stored.file == new.file
        && stored.arguments == new.arguments
        && stored.revision == new.revision
        && stored.queue_id == new.queue_id
        && stored.run_as == new.run_as
        && stored.report_parameter == new.report_parameter
        && stored.global_parameter == new.global_parameter
        && stored.description == new.description
        && stored.source == new.source
}
