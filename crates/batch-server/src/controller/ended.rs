//! What is to be stored about the end of a run.

use std::time::Duration;

use batch_core::report_frame::report_end;
use batch_core::request::{Ending, Event, Exit};
use batch_core::script::{display_folder, start_error};
use batch_runner::{End, ExitRecord};

use super::ingest::Line;
use super::{SharedController, order};
use crate::counted::counted;
use crate::store::request::Request;
use crate::store::request::change::Also;

/// What a job was sent that was killed.
const SIGTERM: i32 = 15;

const OVER_PROCESS_LIMIT: &str = "ended because it had more processes than allowed";

/// What to store about an end.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) event: Event,
    pub(super) description: Option<String>,
    pub(super) exit_code: Option<i64>,
    /// Messages of the server's, after those of the job.
    pub(super) lines: Vec<Line>,
}

impl Ended {
    /// What changes with the state. Why a job has aborted it has said itself; the signal by which its process went says
    /// nothing more.
    pub(super) fn also(&self, request: &Request) -> Also {
        let is_abort = matches!(self.event, Event::Exited { .. })
            && request.ending().is_ok_and(Ending::is_abort);
        Also {
            description: self.description.clone().filter(|_| !is_abort),
            exit_code: self.exit_code,
            waits_for_id: None,
        }
    }
}

/// The end of a run of which nothing has been started.
pub(super) fn not_started(controller: &SharedController, request: &Request, why: &str) -> Ended {
    let now = sql::to_micros(controller.server.clock.now());
    let lines = [format!("Error starting job [{}]", request.job_name), format!("[{why}]")];
    Ended {
        event: Event::StartFailed,
        description: Some(why.to_owned()),
        exit_code: None,
        lines: lines.map(|text| (now, "E", text)).to_vec(),
    }
}

/// The end of a run of which nobody knows what became; never run again by itself.
pub(super) fn lost(controller: &SharedController, text: String) -> Ended {
    let now = sql::to_micros(controller.server.clock.now());
    Ended {
        event: Event::Lost,
        description: Some("lost".to_owned()),
        exit_code: None,
        lines: vec![(now, "E", text)],
    }
}

/// The end as its runner has recorded it.
pub(super) fn ended(
    controller: &SharedController,
    request: &Request,
    record: &ExitRecord,
) -> Ended {
    let within_grace = record.stop.is_some_and(|stop| stop.within_grace);
    let at = sql::to_micros(record.ended_at);
    match &record.end {
        // Told to end, a job has not done its work, whatever it says: a host that shuts down tells all of them. Where this
        // server asked for it, the request knows, and its code is that of the wish.
        End::Exited { code } if record.was_killed => Ended {
            event: Event::Exited { exit: Exit::Signal(SIGTERM), within_grace },
            description: described(record, Some(format!("exit code {code} after SIGTERM"))),
            exit_code: Some(i64::from(*code)),
            lines: closing_lines(request, record, at),
        },
        End::Exited { code } => Ended {
            event: Event::Exited { exit: Exit::Code(*code), within_grace },
            description: described(record, (*code != 0).then(|| format!("exit code {code}"))),
            exit_code: Some(i64::from(*code)),
            lines: closing_lines(request, record, at),
        },
        End::Signalled { signal } => Ended {
            event: Event::Exited { exit: Exit::Signal(*signal), within_grace },
            description: described(record, Some(format!("ended by signal {signal}"))),
            exit_code: None,
            lines: closing_lines(request, record, at),
        },
        End::StartFailed { message } => {
            let lines = start_lines(controller, request, message);
            Ended {
                event: Event::StartFailed,
                description: Some(message.clone()),
                exit_code: None,
                lines: lines.into_iter().map(|text| (at, "E", text)).collect(),
            }
        }
    }
}

fn described(record: &ExitRecord, otherwise: Option<String>) -> Option<String> {
    if record.is_over_process_limit {
        return Some(OVER_PROCESS_LIMIT.to_owned());
    }
    otherwise
}

/// The seed's two lines, with the folder as the requester knows it.
fn start_lines(controller: &SharedController, request: &Request, message: &str) -> Vec<String> {
    let Ok(spec) = request.spec() else { return Vec::new() };
    let is_full_path = spec.shown_as.contains(['/', '\\']);
    let folder = display_folder(if is_full_path { &spec.shown_as } else { &spec.file });
    let program =
        order::order(controller, request).map_or_else(|_| spec.file.clone(), |order| order.program);
    start_error(&request.job_name, &program, &folder, message).to_vec()
}

fn closing_lines(request: &Request, record: &ExitRecord, at: i64) -> Vec<Line> {
    let mut lines = Vec::new();
    if record.is_over_process_limit {
        lines.push((at, "E", OVER_PROCESS_LIMIT.to_owned()));
    }
    if let Some(error) = &record.spool_error {
        lines.push((at, "W", format!("Output was lost because it could not be stored: {error}")));
    }
    if record.escaped_ended > 0 {
        lines.push((
            at,
            "W",
            format!(
                "{} ended",
                counted(
                    record.escaped_ended,
                    "process left behind by the job was",
                    "processes left behind by the job were"
                )
            ),
        ));
    }
    if request.kind == "report" {
        let elapsed = Duration::try_from(record.ended_at.duration_since(record.started_at))
            .unwrap_or_default();
        let [time, done] = report_end(elapsed);
        lines.push((at, "I", time));
        if record.end == (End::Exited { code: 0 }) {
            lines.push((at, "I", done));
        }
    }
    lines
}
