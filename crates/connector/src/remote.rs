//! An integration at the other end of something that carries messages.

use std::fmt::Debug;

use futures_util::future::BoxFuture;

use crate::call::{Answer, Call};
use crate::{
    CallError, Cancelled, Communication, Fault, Found, Heartbeat, Integration, LogFile, LogPart,
    LogRequest, Reports, StartTask, Started, TaskRef, Watch,
};

/// Takes calls to another process or host and brings back their answers. That makes it an [`Integration`]: what has no answer, or one
/// that belongs to another call, becomes what the contract has for that. A start is unknown, a search was not possible now, an
/// agent is not communicating, other calls fail.
pub trait Carrier: Debug + Send + Sync {
    /// Takes one call there.
    ///
    /// # Errors
    /// There is no answer, or none that can be understood. Whether the call arrived is not known.
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Answer, CallError>>;

    /// What [`Integration::keeps_tasks`] says.
    fn has_what_to_delete(&self) -> bool {
        true
    }
}

fn odd(answer: &Answer) -> CallError {
    let what = match answer {
        Answer::Heartbeat(_) => "heartbeat",
        Answer::Start(_) => "start",
        Answer::Find(_) => "find",
        Answer::Watch(_) => "watch",
        Answer::Cancel(_) => "cancel",
        Answer::Logs(_) => "logs",
        Answer::ReadLog(_) => "read_log",
        Answer::Delete => "delete",
        Answer::Failed(error) => return error.clone(),
    };
    CallError::new(
        Fault::Nonsense,
        format!("the connector answered another call, with `{what}`; its author must correct that"),
    )
}

/// The answer of one kind, or why there is none.
macro_rules! expect {
    ($carried:expr, $kind:ident) => {
        match $carried.await {
            Ok(Answer::$kind(answer)) => Ok(answer),
            Ok(other) => Err(odd(&other)),
            Err(error) => Err(error),
        }
    };
}

impl<C: Carrier> Integration for C {
    fn heartbeat(&self, call: Heartbeat) -> BoxFuture<'_, Communication> {
        Box::pin(async move {
            expect!(self.carry(Call::Heartbeat(call)), Heartbeat)
                .unwrap_or_else(|error| Communication::NotCommunicating { why: error.message })
        })
    }

    fn start(&self, call: StartTask) -> BoxFuture<'_, Started> {
        Box::pin(async move {
            expect!(self.carry(Call::Start(call)), Start).unwrap_or_else(|error| {
                match error.fault {
                    Fault::NotSent => Started::NotSent { why: error.message },
                    _ => Started::Unknown { why: error.message },
                }
            })
        })
    }

    fn find(&self, call: StartTask) -> BoxFuture<'_, Found> {
        Box::pin(async move {
            expect!(self.carry(Call::Find(call)), Find)
                .unwrap_or_else(|error| Found::NotNow { why: error.message })
        })
    }

    fn watch(&self, call: Watch) -> BoxFuture<'_, Result<Reports, CallError>> {
        Box::pin(async move { expect!(self.carry(Call::Watch(call)), Watch) })
    }

    fn cancel(&self, task: TaskRef) -> BoxFuture<'_, Result<Cancelled, CallError>> {
        Box::pin(async move { expect!(self.carry(Call::Cancel(task)), Cancel) })
    }

    fn logs(&self, task: TaskRef) -> BoxFuture<'_, Result<Vec<LogFile>, CallError>> {
        Box::pin(async move { expect!(self.carry(Call::Logs(task)), Logs) })
    }

    fn read_log(&self, call: LogRequest) -> BoxFuture<'_, Result<LogPart, CallError>> {
        Box::pin(async move { expect!(self.carry(Call::ReadLog(call)), ReadLog) })
    }

    fn keeps_tasks(&self) -> bool {
        self.has_what_to_delete()
    }

    fn delete(&self, task: TaskRef) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(async move {
            match self.carry(Call::Delete(task)).await? {
                Answer::Delete => Ok(()),
                other => Err(odd(&other)),
            }
        })
    }
}
