//! Resolving and checking a start against the configuration.

use amt_protocol::{JobAction, REQUEST_KEY_CHARS_MAX};
use batch_core::names::{ApplicationName, QueueName, nearest};
use batch_core::parameters::{Parameters, TaskValue};
use batch_core::queue::{QueueChoice, QueueEntry};
use batch_core::request::{FinalCode, StartKind, State};
use batch_core::script::FILE_NOT_FOUND;

use super::file::{self, Found};
use super::{Refused, digest, texts};
use crate::catalog::Catalog;
use crate::server::Server;
use crate::store::application::Application;
use crate::store::job::Job;
use crate::store::queue::Queue;
use crate::store::request::Spec;
use crate::store::request::insert::NewRequest;

/// Longest label of an ad-hoc script, in characters.
const LABEL_CHARS_MAX: usize = 128;

/// Beginnings of the keys that the batch server makes: for recoveries and for children of jobs. A caller that could take
/// one would keep a request from being recovered, or be taken for a child.
const OWN_KEYS: [&str; 2] = ["recover:", "job:"];

/// Where a start comes from, beside its content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// The logon.
    pub(crate) token_id: Option<i64>,
    /// The station of a start that names none. An administrator has given it to the user, so it may submit as anybody.
    pub(crate) predefined_station: Option<String>,
    /// The request whose job starts this one.
    pub(crate) parent: Option<Parent>,
    /// Lets the same report run twice at once (`amt-domain 4.9`).
    pub(crate) alternative_report_name: Option<String>,
    /// The latest time to start, microseconds.
    pub(crate) start_by: Option<i64>,
    /// Stored as suspended: its time had passed before it could be stored.
    pub(crate) is_suspended: bool,
}

/// The request whose job starts another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parent {
    pub(crate) id: i64,
    pub(crate) root_id: i64,
}

/// A request that can be stored.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) request: NewRequest,
    pub(crate) task_values: Vec<TaskValue>,
    /// What its job log says from the beginning: why it ended at once.
    pub(crate) messages: Vec<String>,
}

/// What runs: a stored job or an ad-hoc script.
struct Program<'a> {
    job: Option<&'a Job>,
    kind: &'static str,
    label: String,
    shown_as: String,
    found: Found,
}

/// Resolves a start. `may_use` says whether the requester may use a stored job, or ad-hoc scripts (none).
///
/// # Errors
/// [`Refused`]: nothing may be stored.
pub(crate) async fn prepare(
    server: &Server,
    action: &JobAction,
    origin: &Origin,
    may_use: impl Fn(Option<i64>) -> bool,
) -> Result<Prepared, Refused> {
    texts::check(action)?;
    let catalog = server.catalog.get();
    let application = application(server, &catalog, action)?;
    let submit_user = text(action.submit_user.as_deref(), "BATCH");
    let predefined = origin.predefined_station.as_deref().filter(|_| action.station.is_none());
    let station = predefined.unwrap_or_else(|| text(action.station.as_deref(), "OPCON"));
    let is_trusted = origin.parent.is_some() || predefined.is_some();
    if !is_trusted && !server.options.is_allowed_pair(submit_user, station) {
        return Err(Refused(format!(
            "submit user `{submit_user}` and station `{station}` may not submit together; use `BATCH` and `OPCON`, \
             or allow the pair with `allowed_pairs`"
        )));
    }
    let parameters = Parameters::from_action(action).map_err(|error| Refused(error.to_string()))?;
    if origin.parent.is_none() {
        check_key(action)?;
    }
    let job = stored_job(&catalog, application, action, &may_use)?;
    let user = run_as(application, job, action, submit_user);
    let program = program(server, application, job, action, user).await?;
    let queue = queue(&catalog, application, job, action)?;
    let now = sql::to_micros(server.clock.now());
    let mut request = NewRequest {
        application_id: application.id,
        queue_id: queue.id,
        job_id: program.job.map(|job| job.id),
        job_name: program.label.clone(),
        kind: program.kind,
        report_key: report_key(&program, application, origin),
        batch_id: action.batch_id.unwrap_or(0),
        parent_id: origin.parent.map(|parent| parent.id),
        root_id: origin.parent.map(|parent| parent.root_id),
        recovers_id: None,
        submit_user: submit_user.to_owned(),
        station: station.to_owned(),
        run_as: user.name.to_owned(),
        token_id: origin.token_id,
        request_key: action.request_key.clone(),
        request_digest: action.request_key.as_ref().and_then(|_| digest::digest(action)),
        spec: String::new(),
        state: State::Queued(StartKind::Normal).as_str(),
        start_kind: start_kind(action).as_str(),
        final_code: None,
        description: String::new(),
        critical_point: 0,
        critical_data: None,
        queued_at: now,
        start_by: origin.start_by,
        ended_at: None,
    };
    let mut messages = Vec::new();
    request.spec = spec(&program, parameters.clone(), action)?;
    if user.must_exist && !catalog.has_user(user.name) {
        let code = FinalCode::InvalidAmtUser;
        end_at_once(&mut request, code, &format!("AMT user `{}` does not exist", user.name), now);
        messages = refused_start(&program, &format!("Invalid AMT user '{}'", user.name));
    } else if let Found::Missing(why) = &program.found {
        end_at_once(&mut request, FinalCode::Error, FILE_NOT_FOUND, now);
        messages = refused_start(&program, why);
    } else if origin.is_suspended {
        request.state = State::Suspended.as_str();
    } else if request.start_kind == StartKind::Normal.as_str()
        && !crate::windows::is_open(queue, server.clock.now())
    {
        request.state = State::OutsideWindow.as_str();
    }
    Ok(Prepared { request, task_values: parameters.task_values, messages })
}

fn text<'a>(given: Option<&'a str>, default: &'static str) -> &'a str {
    given.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(default)
}

fn present(given: Option<&str>) -> Option<&str> {
    given.map(str::trim).filter(|text| !text.is_empty())
}

fn application<'a>(
    server: &Server,
    catalog: &'a Catalog,
    action: &JobAction,
) -> Result<&'a Application, Refused> {
    let asked = present(action.application_name.as_deref())
        .or(server.options.default_application.as_deref());
    match (asked, catalog.applications.as_slice()) {
        (Some(name), _) => catalog.application(name).ok_or_else(|| {
            let names = catalog.applications.iter().map(|application| application.name.as_str());
            Refused(format!("application `{name}` does not exist{}", hint(nearest(name, names))))
        }),
        (None, [only]) => Ok(only),
        (None, _) => Err(Refused(
            "ApplicationName is missing and there is no default application; name one".to_owned(),
        )),
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Checks the key of a caller's start; the keys of children are made here.
pub(super) fn check_key(action: &JobAction) -> Result<(), Refused> {
    match &action.request_key {
        Some(key) if key.is_empty() || key.chars().count() > REQUEST_KEY_CHARS_MAX => {
            Err(Refused(format!(
                "RequestKey must have 1 to {REQUEST_KEY_CHARS_MAX} characters, not {}",
                key.chars().count()
            )))
        }
        Some(key) if key.contains('\0') => {
            Err(Refused("RequestKey must not hold a zero character".to_owned()))
        }
        Some(key) if OWN_KEYS.iter().any(|own| key.starts_with(own)) => Err(Refused(format!(
            "RequestKey `{key}`: the batch server makes the keys that begin with `{}` itself; use another one",
            OWN_KEYS.join("` or `")
        ))),
        _ => Ok(()),
    }
}

/// The stored job that a start names. With a script as well, the job's name is only a label.
fn stored_job<'a>(
    catalog: &'a Catalog,
    application: &Application,
    action: &JobAction,
    may_use: &impl Fn(Option<i64>) -> bool,
) -> Result<Option<&'a Job>, Refused> {
    if present(action.script_name.as_deref()).is_some() {
        return if may_use(None) {
            Ok(None)
        } else {
            Err(Refused(
                "ScriptName: this user may run stored jobs only; name a job, or use a role that shows all jobs"
                    .to_owned(),
            ))
        };
    }
    let Some(name) = present(action.job_name.as_deref()) else {
        return Err(Refused(
            "JobName and ScriptName are both missing; give one of them".to_owned(),
        ));
    };
    let job = catalog.job(application.id, name).filter(|job| may_use(Some(job.id)));
    job.map(Some).ok_or_else(|| {
        let usable = catalog
            .jobs()
            .filter(|job| job.application_id == application.id && may_use(Some(job.id)));
        let near = nearest(name, usable.map(|job| job.name.as_str()));
        Refused(format!(
            "job `{name}` does not exist in application `{}`{}",
            application.name,
            hint(near)
        ))
    })
}

/// The user that a job runs as.
#[derive(Clone, Copy)]
struct RunAs<'a> {
    name: &'a str,
    /// It was named for this job, so it has to exist (99 otherwise).
    must_exist: bool,
}

fn run_as<'a>(
    application: &'a Application,
    job: Option<&'a Job>,
    action: &'a JobAction,
    submit_user: &'a str,
) -> RunAs<'a> {
    let named = present(action.user.as_deref())
        .or_else(|| job.and_then(|job| present(job.run_as.as_deref())))
        .or_else(|| present(application.default_user.as_deref()));
    RunAs { name: named.unwrap_or(submit_user), must_exist: named.is_some() }
}

async fn program<'a>(
    server: &Server,
    application: &Application,
    job: Option<&'a Job>,
    action: &JobAction,
    user: RunAs<'_>,
) -> Result<Program<'a>, Refused> {
    let options = &server.options;
    if let Some(job) = job {
        let (kind, found) = match job.kind.as_str() {
            "script" => ("script", file::script(options, application, &job.file, user.name).await?),
            "report" => ("report", file::report(options, application, &job.file, user.name).await?),
            _ => ("executable", file::report(options, application, &job.file, user.name).await?),
        };
        let (label, shown_as) = (job.name.clone(), job.file.clone());
        return Ok(Program { job: Some(job), kind, label, shown_as, found });
    }
    let script = present(action.script_name.as_deref()).unwrap_or_default();
    let found = file::script(options, application, script, user.name).await?;
    let label = present(action.job_name.as_deref()).unwrap_or_default().to_owned();
    if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        return Err(Refused(format!(
            "JobName must have at most {LABEL_CHARS_MAX} characters and no control character"
        )));
    }
    Ok(Program { job: None, kind: "script", label, shown_as: script.to_owned(), found })
}

fn queue<'a>(
    catalog: &'a Catalog,
    application: &Application,
    job: Option<&Job>,
    action: &JobAction,
) -> Result<&'a Queue, Refused> {
    if present(action.queue_name.as_deref()).is_none() {
        let of_job = job.and_then(|job| job.queue_id).and_then(|id| catalog.queue_by_id(id));
        if let Some(queue) = of_job {
            return Ok(queue);
        }
    }
    let own =
        ApplicationName::new(&application.name).map_err(|error| Refused(error.to_string()))?;
    let entries: Vec<QueueEntry> =
        catalog.queues.iter().filter_map(|queue| entry(catalog, queue)).collect();
    let chosen = QueueChoice(&entries)
        .choose(&own, action.queue_name.as_deref())
        .map_err(|refusal| Refused(refusal.to_string()))?;
    catalog
        .queues
        .iter()
        .find(|queue| queue.name_key == chosen.name.key())
        .ok_or_else(|| Refused(format!("queue `{}` does not exist", chosen.name.as_str())))
}

fn entry(catalog: &Catalog, queue: &Queue) -> Option<QueueEntry> {
    let application = match queue.application_id {
        Some(id) => Some(ApplicationName::new(&catalog.application_by_id(id)?.name).ok()?),
        None => None,
    };
    Some(QueueEntry {
        name: QueueName::new(&queue.name).ok()?,
        application,
        is_default: queue.is_default,
    })
}

fn report_key(program: &Program<'_>, application: &Application, origin: &Origin) -> Option<String> {
    if program.kind != "report" {
        return None;
    }
    let name = origin.alternative_report_name.as_deref().unwrap_or(&program.label);
    Some(format!("{}/{}", application.name_key, batch_core::names::key(name)))
}

fn start_kind(action: &JobAction) -> StartKind {
    if action.debug { StartKind::Debug } else { StartKind::Normal }
}

fn spec(
    program: &Program<'_>,
    parameters: Parameters,
    action: &JobAction,
) -> Result<String, Refused> {
    let job = program.job;
    let file = match &program.found {
        Found::At(path) => path.clone(),
        Found::Missing(_) => String::new(),
    };
    let arguments = job.map_or(Ok(Vec::new()), |job| serde_json::from_str(&job.arguments));
    let spec = Spec {
        file,
        shown_as: program.shown_as.clone(),
        arguments: arguments.map_err(|error| {
            Refused(format!("the arguments of the job cannot be read: {error}"))
        })?,
        revision: job.map(|job| job.revision.clone()).unwrap_or_default(),
        script_parameters: parameters.script_arguments,
        report_parameter: parameters
            .report_parameter
            .or_else(|| job.and_then(|job| job.report_parameter.clone())),
        global_parameter: parameters
            .global_parameter
            .or_else(|| job.and_then(|job| job.global_parameter.clone())),
        request_file: present(action.request_file.as_deref()).map(str::to_owned),
        extract_files: parameters.extract_files,
        queue_asked: present(action.queue_name.as_deref()).map(str::to_owned),
    };
    serde_json::to_string(&spec)
        .map_err(|error| Refused(format!("the request cannot be stored: {error}")))
}

fn end_at_once(request: &mut NewRequest, code: FinalCode, description: &str, now: i64) {
    request.state = State::Ended(code).as_str();
    request.final_code = Some(i64::from(code.code().number()));
    description.clone_into(&mut request.description);
    request.ended_at = Some(now);
}

/// The two lines of a start that failed before anything ran.
fn refused_start(program: &Program<'_>, why: &str) -> Vec<String> {
    vec![format!("Error starting job [{}]", program.label), format!("[{why}]")]
}
