//! Rules of what a connector says of itself, and of messages.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::follow::{connect, soon, start};
use super::{Broken, Harness, Kept, ensure};
use crate::call::{Answer, Call, ConnectorCall, answer, answer_connector};
use crate::{Fault, FormRequest, Heartbeat, LogRequest, Target, Watch};

fn request(application: &str, task_type: Option<&str>) -> FormRequest {
    FormRequest {
        application: application.into(),
        task_type: task_type.map(Into::into),
        language: "en".into(),
        fields: json!({}),
    }
}

pub(super) async fn what_the_info_says_has_forms(harness: &dyn Harness) -> Kept {
    let connector = harness.connector();
    let info = connector.info();
    ensure!(!info.name.is_empty() && !info.version.is_empty(), "no name or no version: {info:?}");
    ensure!(!info.languages.is_empty(), "there is no language");
    ensure!(
        info.applications.contains(&harness.target().application),
        "the harness's own kind of agent is not among {:?}",
        info.applications
    );
    let mut wanted = vec![None];
    wanted.extend(info.task_types.iter().map(|found| Some(found.name.as_str())));
    for application in &info.applications {
        for task_type in &wanted {
            let request = request(application, *task_type);
            let form = soon(harness, "a form is answered", connector.form(&request)).await?;
            let form = form.map_err(|error| Broken(format!("{request:?} failed: {error}")))?;
            ensure!(form.schema.is_object() && form.ui.is_object(), "{request:?} has no schema");
        }
    }
    let problems = soon(harness, "a check is answered", connector.check(harness.target())).await?;
    ensure!(
        problems.as_ref().is_ok_and(Vec::is_empty),
        "of the harness's own target, check says {problems:?}"
    );
    Ok(())
}

pub(super) async fn an_unknown_task_type_has_no_form(harness: &dyn Harness) -> Kept {
    let connector = harness.connector();
    let request = request(&harness.target().application, Some("no such type"));
    let form = soon(harness, "a form is answered", connector.form(&request)).await?;
    ensure!(
        form.as_ref().is_err_and(|error| error.fault == Fault::NotFound),
        "a form of a type that there is not: {form:?}"
    );
    Ok(())
}

pub(super) async fn an_unknown_kind_of_agent_is_no_connection(harness: &dyn Harness) -> Kept {
    let target = Target { application: "NoSuchKindOfAgent".into(), ..harness.target() };
    ensure!(
        harness.connector().connect(target).is_err(),
        "an agent of a foreign kind has a connection"
    );
    Ok(())
}

/// What was written and read is the same, as far as it can be written.
fn survives<T: Serialize + DeserializeOwned>(message: &T) -> Result<T, Broken> {
    let wrong = |error: serde_json::Error| Broken(format!("a message cannot be sent: {error}"));
    let text = serde_json::to_string(message).map_err(wrong)?;
    let read: T = serde_json::from_str(&text).map_err(wrong)?;
    let again = serde_json::to_string(&read).map_err(wrong)?;
    ensure!(text == again, "a message is another one after it was read: {text} and {again}");
    Ok(read)
}

pub(super) async fn calls_and_answers_survive_json(harness: &dyn Harness) -> Kept {
    let (connector, integration) = (harness.connector(), connect(harness)?);
    let task = start(harness, integration.as_ref(), "json").await?;
    let (key, fresh) = (task.attempt.clone(), harness.key("json-fresh"));
    let tasks = vec![task.clone()];
    let log = |name: &str| LogRequest {
        task: task.clone(),
        name: name.into(),
        from: None,
        bytes_max: 100,
        wait: Duration::ZERO,
    };
    let calls = [
        Call::Heartbeat(Heartbeat { is_first: true }),
        Call::Start(harness.until_told(&key)),
        Call::Start(harness.refused(&fresh)),
        Call::Find(harness.until_told(&key)),
        Call::Watch(Watch { tasks, cursor: None, wait: Duration::from_millis(1) }),
        Call::Logs(task.clone()),
        Call::ReadLog(log("no such log")),
        Call::Cancel(task.clone()),
        Call::Delete(task.clone()),
    ];
    for call in calls {
        let kind = call.kind();
        let making = answer(integration.as_ref(), survives(&call)?);
        let said = soon(harness, &format!("{kind:?} is answered"), making).await?;
        let read = survives(&said)?;
        ensure!(read == said, "{said:?} is {read:?} after it was read");
        let is_failed = matches!(said, Answer::Failed(_));
        ensure!(!is_failed || kind_may_fail(&call), "{kind:?} failed: {said:?}");
    }
    let target = harness.target();
    let calls = [
        ConnectorCall::Info,
        ConnectorCall::Form(request(&target.application, None)),
        ConnectorCall::Check(target),
    ];
    for call in calls {
        let making = answer_connector(connector.as_ref(), survives(&call)?);
        let said = soon(harness, "a call of the connector is answered", making).await?;
        let read = survives(&said)?;
        ensure!(read == said, "{said:?} is {read:?} after it was read");
    }
    Ok(())
}

fn kind_may_fail(call: &Call) -> bool {
    // A log that is not there, and a task that may not have ended yet.
    matches!(call, Call::ReadLog(_) | Call::Delete(_))
}
