//! The contract as messages: what a relay or a plug-in process is sent, and what it answers.

use serde::{Deserialize, Serialize};

use crate::{
    CallError, Cancelled, Communication, Connector, Form, FormRequest, Found, Heartbeat, Info,
    Integration, LogFile, LogPart, LogRequest, Reports, StartTask, Started, TaskRef, Watch,
};

/// A call of an [`Integration`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// [`Integration::heartbeat`].
    Heartbeat(Heartbeat),
    /// [`Integration::start`].
    Start(StartTask),
    /// [`Integration::find`].
    Find(StartTask),
    /// [`Integration::watch`].
    Watch(Watch),
    /// [`Integration::cancel`].
    Cancel(TaskRef),
    /// [`Integration::logs`].
    Logs(TaskRef),
    /// [`Integration::read_log`].
    ReadLog(LogRequest),
    /// [`Integration::delete`].
    Delete(TaskRef),
}

/// The answer to a [`Call`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To [`Call::Heartbeat`].
    Heartbeat(Communication),
    /// To [`Call::Start`].
    Start(Started),
    /// To [`Call::Find`].
    Find(Found),
    /// To [`Call::Watch`].
    Watch(Reports),
    /// To [`Call::Cancel`].
    Cancel(Cancelled),
    /// To [`Call::Logs`].
    Logs(Vec<LogFile>),
    /// To [`Call::ReadLog`].
    ReadLog(LogPart),
    /// To [`Call::Delete`].
    Delete,
    /// To any call: it failed.
    Failed(CallError),
}

/// A call of a [`Connector`] itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorCall {
    /// [`Connector::info`].
    Info,
    /// [`Connector::form`].
    Form(FormRequest),
}

/// The answer to a [`ConnectorCall`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorAnswer {
    /// To [`ConnectorCall::Info`].
    Info(Info),
    /// To [`ConnectorCall::Form`].
    Form(Form),
    /// To any call: it failed.
    Failed(CallError),
}

/// Makes a call of an integration and packs its answer.
pub async fn answer(integration: &dyn Integration, call: Call) -> Answer {
    let answer = match call {
        Call::Heartbeat(call) => Ok(Answer::Heartbeat(integration.heartbeat(call).await)),
        Call::Start(call) => Ok(Answer::Start(integration.start(call).await)),
        Call::Find(call) => Ok(Answer::Find(integration.find(call).await)),
        Call::Watch(call) => integration.watch(call).await.map(Answer::Watch),
        Call::Cancel(task) => integration.cancel(task).await.map(Answer::Cancel),
        Call::Logs(task) => integration.logs(task).await.map(Answer::Logs),
        Call::ReadLog(call) => integration.read_log(call).await.map(Answer::ReadLog),
        Call::Delete(task) => integration.delete(task).await.map(|()| Answer::Delete),
    };
    answer.unwrap_or_else(Answer::Failed)
}

/// Makes a call of a connector and packs its answer.
pub async fn answer_connector(connector: &dyn Connector, call: ConnectorCall) -> ConnectorAnswer {
    match call {
        ConnectorCall::Info => ConnectorAnswer::Info(connector.info()),
        ConnectorCall::Form(request) => match connector.form(&request).await {
            Ok(form) => ConnectorAnswer::Form(form),
            Err(error) => ConnectorAnswer::Failed(error),
        },
    }
}
