//! A request as the Control Center shows it.

use amt_protocol::{CompletionCode, ExtractFile};
use batch_core::request::{Event, Lifecycle, State, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::request::{Request as Row, read};

/// A job request.
#[expect(clippy::struct_field_names, reason = "the names are those on the wire")]
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Request {
    /// Its number.
    pub(crate) id: i64,
    /// Its application.
    application: String,
    /// Its queue.
    queue: String,
    /// The stored job that it runs; null for an ad-hoc script.
    job_id: Option<i64>,
    /// The job's name, or the label of an ad-hoc script.
    job: String,
    /// `report`, `script` or `executable`.
    kind: String,
    /// The file as the requester or the definition named it.
    file: String,
    /// Its group.
    batch_id: i64,
    /// The request whose job has started it.
    parent_id: Option<i64>,
    /// The request whose job log has its messages; itself without a parent.
    root_id: i64,
    /// The request that it recovers.
    recovers_id: Option<i64>,
    /// Who has submitted it.
    submit_user: String,
    /// Where from.
    station: String,
    /// The user that it runs as.
    run_as: String,
    /// The submitter's own key.
    request_key: Option<String>,
    /// `held`, `queued`, `window`, `suspended`, `running`, `ended`, or `damaged`.
    state: String,
    /// How it was or will be started: `normal`, `manual`, `forced`, `debug`, `recover`.
    start_kind: String,
    /// What a running one is doing: `working`, `file`, `input`, `job`, `report`, `debugger`.
    activity: String,
    /// The completion code.
    code: u16,
    /// The name of the code.
    status: String,
    /// What there is to say about the state.
    description: String,
    /// The exit code of the process.
    exit_code: Option<i64>,
    /// How often it was started.
    attempt: i64,
    /// How many of these starts were automatic restarts.
    restarts: i64,
    /// Critical points saved so far.
    critical_point: i64,
    /// The request that it waits for.
    waits_for_id: Option<i64>,
    /// The controller that runs or ran it.
    controller: Option<String>,
    /// Script parameters.
    script_parameters: Vec<String>,
    /// The report parameter.
    report_parameter: Option<String>,
    /// The global parameter.
    global_parameter: Option<String>,
    /// The accept file.
    request_file: Option<String>,
    /// Extract files of an external executable.
    extract_files: Vec<Extract>,
    /// When it was submitted.
    #[schema(value_type = Option<String>, format = DateTime)]
    queued_at: Option<jiff::Timestamp>,
    /// The latest time to start; then it is suspended.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_by: Option<jiff::Timestamp>,
    /// When its newest run began.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<jiff::Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<jiff::Timestamp>,
    /// The verbs that its state allows now, such as `hold` or `kill`; the caller needs the right besides.
    can: Vec<&'static str>,
    /// Grows with each change; send it as `If-Match`.
    version: i64,
}

/// An extract file.
#[derive(Debug, Serialize, ToSchema)]
struct Extract {
    /// Becomes part of a variable's name.
    file_id: String,
    /// The file name as the program sees it.
    file_name: String,
}

impl From<ExtractFile> for Extract {
    fn from(file: ExtractFile) -> Self {
        Self { file_id: file.file_id, file_name: file.file_name }
    }
}

/// One request, without asking who wants to know.
pub(crate) async fn one(server: &Server, id: i64) -> Result<Request> {
    let row = server.db.read(|tx| Box::pin(async move { read::get(tx, id).await })).await?;
    Ok(shown(server, &server.catalog.get(), row.ok_or_else(|| Error::not_found("request", id))?))
}

/// A row as the Control Center shows it. A row that cannot be read is shown as damaged, with code 19.
pub(super) fn shown(server: &Server, catalog: &Catalog, row: Row) -> Request {
    let status = crate::monitor::view(catalog, &row);
    let is_damaged = status.code == CompletionCode::Undefined.number();
    let spec = row.spec().ok();
    let can = row
        .lifecycle(server.options.restarts_max)
        .map(|now| allowed(now, catalog.is_halted))
        .unwrap_or_default();
    let time = |micros: i64| jiff::Timestamp::from_microsecond(micros).ok();
    let (shown_as, action) = match spec {
        Some(spec) => (spec.shown_as.clone(), spec.to_action()),
        None => (String::new(), amt_protocol::JobAction::new(amt_protocol::Action::Start)),
    };
    Request {
        id: row.id,
        application: catalog
            .application_by_id(row.application_id)
            .map(|row| row.name.clone())
            .unwrap_or_default(),
        queue: status.queue_name,
        job_id: row.job_id,
        batch_id: row.batch(),
        root_id: row.root(),
        job: row.job_name,
        kind: row.kind,
        file: shown_as,
        parent_id: row.parent_id,
        recovers_id: row.recovers_id,
        submit_user: row.submit_user,
        station: row.station,
        run_as: row.run_as,
        request_key: row.request_key,
        state: if is_damaged { "damaged".to_owned() } else { row.state },
        start_kind: row.start_kind,
        activity: row.activity,
        code: status.code,
        status: status.status,
        description: status.description,
        exit_code: row.exit_code,
        attempt: row.attempt,
        restarts: row.restarts,
        critical_point: row.critical_point,
        waits_for_id: row.waits_for_id,
        controller: status.controller,
        script_parameters: action.script_parameters,
        report_parameter: action.report_parameter,
        global_parameter: action.global_parameter,
        request_file: action.request_file,
        extract_files: action.extract_files.into_iter().map(Extract::from).collect(),
        queued_at: time(row.queued_at),
        start_by: row.start_by.and_then(time),
        started_at: row.started_at.and_then(time),
        ended_at: row.ended_at.and_then(time),
        can,
        version: row.version,
    }
}

/// The verbs that would change something now.
fn allowed(now: Lifecycle, is_halted: bool) -> Vec<&'static str> {
    let events = [
        ("hold", Event::Hold),
        ("release", Event::Release { is_window_open: true }),
        ("start", Event::StartManual { is_halted }),
        ("force-start", Event::StartForced),
        ("skip", Event::Skip),
        ("delete-from-queue", Event::Delete),
        ("stop", Event::Stop),
        ("kill", Event::Kill),
        ("attach-debugger", Event::DebuggerAttached),
    ];
    let mut verbs: Vec<&'static str> = events
        .into_iter()
        .filter(|(_, event)| matches!(now.on(*event), Verdict::Advance(_)))
        .map(|(verb, _)| verb)
        .collect();
    if now.state.is_running() {
        verbs.extend(["interrupt", "wake-up"]);
    }
    if matches!(now.state, State::Ended(batch_core::request::FinalCode::AbortedWithRecover)) {
        verbs.push("recover");
    }
    verbs
}

#[cfg(test)]
mod tests {
    use batch_core::request::{Activity, Ending, FinalCode, StartKind};

    use super::*;

    fn can(state: State, is_halted: bool) -> Vec<&'static str> {
        let now = Lifecycle {
            state,
            ending: Ending::None,
            has_critical_point: false,
            restarts: 0,
            restarts_max: 5,
        };
        allowed(now, is_halted)
    }

    #[test]
    fn what_a_state_allows_follows_from_the_lifecycle() {
        let waiting = ["hold", "start", "force-start", "delete-from-queue", "stop", "kill"];
        assert_eq!(can(State::Queued(StartKind::Normal), false), waiting);
        assert!(!can(State::Queued(StartKind::Normal), true).contains(&"start"));
        assert!(
            can(State::Held, false).contains(&"release")
                && !can(State::Held, false).contains(&"hold")
        );
        assert!(can(State::Suspended, false).contains(&"skip"));
        assert_eq!(
            can(State::Running(StartKind::Normal, Activity::Working), false),
            ["stop", "kill", "interrupt", "wake-up"]
        );
        assert_eq!(can(State::Ended(FinalCode::Done), false), Vec::<&str>::new());
        assert_eq!(can(State::Ended(FinalCode::AbortedWithRecover), false), ["recover"]);
    }
}
