//! The contract as messages: what a relay or a plug-in process is sent, and what it answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    CallError, Cancelled, Communication, Connector, Form, FormRequest, Found, Heartbeat, Info,
    Integration, LogFile, LogPart, LogRequest, Reports, SettingsProblem, StartTask, Started,
    Target, TaskRef, Watch,
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

/// Which method a [`Call`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// [`Integration::heartbeat`].
    Heartbeat,
    /// [`Integration::start`].
    Start,
    /// [`Integration::find`].
    Find,
    /// [`Integration::watch`].
    Watch,
    /// [`Integration::cancel`].
    Cancel,
    /// [`Integration::logs`].
    Logs,
    /// [`Integration::read_log`].
    ReadLog,
    /// [`Integration::delete`].
    Delete,
}

impl Call {
    /// How long it may wait for news.
    pub fn wait(&self) -> Duration {
        match self {
            Self::Watch(call) => call.wait,
            Self::ReadLog(call) => call.wait,
            Self::Heartbeat(_)
            | Self::Start(_)
            | Self::Find(_)
            | Self::Cancel(_)
            | Self::Logs(_)
            | Self::Delete(_) => Duration::ZERO,
        }
    }

    /// Which method it is of.
    pub fn kind(&self) -> CallKind {
        match self {
            Self::Heartbeat(_) => CallKind::Heartbeat,
            Self::Start(_) => CallKind::Start,
            Self::Find(_) => CallKind::Find,
            Self::Watch(_) => CallKind::Watch,
            Self::Cancel(_) => CallKind::Cancel,
            Self::Logs(_) => CallKind::Logs,
            Self::ReadLog(_) => CallKind::ReadLog,
            Self::Delete(_) => CallKind::Delete,
        }
    }
}

/// The answer to a [`Call`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// To any call: it failed. Of a start, that means that nobody knows what became of it.
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
    /// [`Connector::check`].
    Check(Target),
}

/// The answer to a [`ConnectorCall`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorAnswer {
    /// To [`ConnectorCall::Info`].
    Info(Info),
    /// To [`ConnectorCall::Form`].
    Form(Form),
    /// To [`ConnectorCall::Check`].
    Check(Vec<SettingsProblem>),
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
    let answer = match call {
        ConnectorCall::Info => Ok(ConnectorAnswer::Info(connector.info())),
        ConnectorCall::Form(request) => connector.form(&request).await.map(ConnectorAnswer::Form),
        ConnectorCall::Check(target) => connector.check(target).await.map(ConnectorAnswer::Check),
    };
    answer.unwrap_or_else(ConnectorAnswer::Failed)
}
