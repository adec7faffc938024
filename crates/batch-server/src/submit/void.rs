//! Keys under which no start is accepted any more.

use amt_protocol::{JobAction, JobStatus};
use batch_core::request::{FinalCode, StartKind, State};
use batch_core::rights::Right;

use super::{Caller, Error, Result, Server, known, prepare};
use crate::monitor;
use crate::store::request::insert::{self, NewRequest};
use crate::store::request::{Request, Spec, read};
use crate::store::token;

/// The digest of a key without a start: no start has it.
const VOID: &str = "void";
/// What is shown of it as a job.
const LABEL: &str = "VOID";

impl Request {
    /// Whether it only holds a key, so that no start can have it.
    pub(crate) fn is_void(&self) -> bool {
        self.request_digest.as_deref() == Some(VOID)
    }
}

/// The request of a key, where a start with it was stored. Where none was, none is accepted from now on, however long it has been on
/// its way: the key gets a request that has ended already.
///
/// # Errors
/// `NotFound`: there is none, and there will be none. `Conflict`: the key is another user's, or the server has no queue yet.
pub(crate) async fn void(
    server: &Server,
    caller: &Caller,
    action: &JobAction,
) -> Result<JobStatus> {
    caller.require(Right::Submit)?;
    prepare::check_key(action).map_err(|refused| Error::invalid("RequestKey", refused.0))?;
    let Some(key) = action.request_key.clone() else {
        return Err(Error::invalid("RequestKey", "`RequestKey` is missing"));
    };
    let holder = holder(server, caller, key.clone())?;
    let known = server
        .db
        .write(move |tx| {
            let (holder, key) = (holder.clone(), key.clone());
            Box::pin(async move {
                if insert::insert(tx, &holder).await?.is_some() {
                    return Ok(None);
                }
                let known = read::by_key(tx, &key).await?.ok_or(sql::Error::NotFound)?;
                let user = match known.token_id {
                    Some(id) => token::user_of(tx, id).await?,
                    None => None,
                };
                Ok::<_, Error>(Some((known, user)))
            })
        })
        .await?;
    match known {
        Some((known, user)) if !known.is_void() => {
            if !known::is_own(caller, &known, user) {
                return Err(Error::Conflict("the request key is another user's".to_owned()));
            }
            monitor::status(server, known.id).await
        }
        _ => Err(Error::not_found(
            "request with key",
            action.request_key.as_deref().unwrap_or_default(),
        )),
    }
}

/// An ended request that only holds the key.
fn holder(server: &Server, caller: &Caller, key: String) -> Result<NewRequest> {
    let catalog = server.catalog.get();
    let (Some(application), Some(queue)) = (catalog.applications.first(), catalog.queues.first())
    else {
        let why = "there is no application or no queue yet, so nothing can be stored";
        return Err(Error::Conflict(why.to_owned()));
    };
    let (now, code) = (sql::to_micros(server.clock.now()), FinalCode::Killed);
    Ok(NewRequest {
        application_id: application.id,
        queue_id: queue.id,
        job_id: None,
        job_name: LABEL.to_owned(),
        kind: "script",
        report_key: None,
        batch_id: 0,
        parent_id: None,
        root_id: None,
        recovers_id: None,
        submit_user: caller.name.clone(),
        station: String::new(),
        run_as: String::new(),
        token_id: Some(caller.token_id),
        request_digest: Some(VOID.to_owned()),
        description: format!(
            "voided: no start with the key `{key}` had arrived, and none is accepted any more"
        ),
        request_key: Some(key),
        spec: spec()?,
        state: State::Ended(code).as_str(),
        start_kind: StartKind::Normal.as_str(),
        final_code: Some(i64::from(code.code().number())),
        critical_point: 0,
        critical_data: None,
        queued_at: now,
        start_by: None,
        ended_at: Some(now),
    })
}

fn spec() -> Result<String> {
    let spec = Spec {
        file: String::new(),
        shown_as: LABEL.to_owned(),
        arguments: Vec::new(),
        revision: String::new(),
        script_parameters: Vec::new(),
        report_parameter: None,
        global_parameter: None,
        request_file: None,
        extract_files: Vec::new(),
        queue_asked: None,
    };
    serde_json::to_string(&spec).map_err(|error| Error::Internal(error.into()))
}
