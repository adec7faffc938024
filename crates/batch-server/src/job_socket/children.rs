//! Child jobs: started by a job, and waited for (codes 15 and 16).

use amt_job::protocol::{Answer, Outcome, StartChild};
use amt_protocol::{Action, ExtractFile, JobAction, JobStatus};
use batch_core::request::Activity;

use super::asker::{Asker, Refusal};
use super::once::keep;
use super::waits;
use crate::monitor;
use crate::store::request::{Request, read};
use crate::submit::{self, Origin, Parent};

/// Adds a child request; with `wait` it answers when the child has ended.
pub(super) async fn start(asker: Asker, child: StartChild) -> Result<Answer, Refusal> {
    let wait = child.wait;
    // The call's id makes a child that is asked for again the same child. It is looked for before anything that the call
    // names is resolved: the configuration may have changed since.
    let key = format!("job:{}:{}:{}", asker.request.id, asker.request.attempt, asker.call_id);
    let id = match known(&asker, key.clone()).await? {
        Some(id) => id,
        None => add(&asker, child, key).await?,
    };
    let outcome = if wait { Some(wait_for(&asker, id).await?) } else { None };
    keep(&asker, Answer::Started { request_id: id, outcome }).await
}

/// The child that this call has started before.
async fn known(asker: &Asker, key: String) -> Result<Option<i64>, Refusal> {
    let found = asker
        .server
        .db
        .read(move |tx| {
            let key = key.clone();
            Box::pin(async move { read::by_key(tx, &key).await })
        })
        .await?;
    let parent = Some(asker.request.id);
    Ok(found.filter(|child| child.parent_id == parent).map(|child| child.id))
}

async fn add(asker: &Asker, child: StartChild, key: String) -> Result<i64, Refusal> {
    let alternative_report_name = child.alternative_report_name.clone();
    let action = action(asker, child, key)?;
    let parent = Parent { id: asker.request.id, root_id: asker.request.root() };
    let origin = Origin {
        parent: Some(parent),
        token_id: asker.request.token_id,
        alternative_report_name,
        ..Origin::default()
    };
    // No right is asked: an administrator has defined the job, and its children are its own work. They are of its own
    // application unless it names another one, whichever that is.
    let prepared = submit::prepare(&asker.server, &action, &origin, |_| true)
        .await
        .map_err(|refused| Refusal::invalid(refused.0))?;
    Ok(submit::store(&asker.server, prepared).await?.id)
}

fn action(asker: &Asker, child: StartChild, key: String) -> Result<JobAction, Refusal> {
    let request = &asker.request;
    let catalog = asker.server.catalog.get();
    let own = catalog
        .application_by_id(request.application_id)
        .map(|application| application.name.clone());
    let batch_id = match child.batch_id {
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::invalid(format!("batch_id `{text}` is not a number")))?,
        None => request.batch(),
    };
    Ok(JobAction {
        application_name: child.application.or(own),
        job_name: child.job_name,
        script_name: child.script_name,
        submit_user: Some(request.submit_user.clone()),
        station: Some(request.station.clone()),
        user: child.user,
        queue_name: child.queue_name,
        task_values: child.task_values,
        script_parameters: child.script_parameters,
        report_parameter: child.report_parameter,
        global_parameter: child.global_parameter,
        request_file: child.request_file,
        extract_files: child
            .extract_files
            .into_iter()
            .map(|(file_id, file_name)| ExtractFile { file_id, file_name })
            .collect(),
        batch_id: Some(batch_id),
        request_key: Some(key),
        ..JobAction::new(Action::Start)
    })
}

/// Waits for a request of this job's family.
pub(super) async fn wait_job(asker: Asker, request_id: i64) -> Result<Answer, Refusal> {
    let other = load(&asker, request_id).await?;
    let is_family = other.as_ref().is_some_and(|other| other.root() == asker.request.root());
    if !is_family || request_id == asker.request.id {
        return Err(crate::error::Error::not_found("child request", request_id).into());
    }
    Ok(Answer::Ended(wait_for(&asker, request_id).await?))
}

async fn load(asker: &Asker, id: i64) -> Result<Option<Request>, Refusal> {
    Ok(asker.server.db.read(move |tx| Box::pin(async move { read::get(tx, id).await })).await?)
}

/// Gives up the slot while the other one runs, so that a parent and its child fit into a queue of one.
async fn wait_for(asker: &Asker, id: i64) -> Result<Outcome, Refusal> {
    // Sent again it may still show the wait that a process before this one has begun.
    let was_shown = [Activity::Job, Activity::Report]
        .into_iter()
        .any(|activity| waits::shows(&asker.request, activity));
    let mut is_blocked = false;
    loop {
        let watch = asker.server.hub.watch(id);
        let Some(other) = load(asker, id).await? else {
            return Err(crate::error::Error::not_found("request", id).into());
        };
        if other.state()?.is_ended() {
            if is_blocked || was_shown {
                waits::unblock(asker).await?;
            }
            return Ok(outcome(&monitor::view(&asker.server.catalog.get(), &other)));
        }
        if !is_blocked {
            let activity = if other.kind == "report" { Activity::Report } else { Activity::Job };
            waits::block(asker, activity, Some(id)).await?;
            is_blocked = true;
        }
        waits::change(watch, None).await;
    }
}

fn outcome(status: &JobStatus) -> Outcome {
    Outcome {
        request_id: status.batch_request_id,
        code: status.code,
        status: status.status.clone(),
        description: status.description.clone(),
        exit_code: status.exit_code,
    }
}
