//! What agents may do: operators enable, limit and disable communication (`opcon-domain 1.11`).

use std::fmt;
use std::sync::Arc;

use core_kit::nearest;
use scheduler_core::action::Privilege;
pub use scheduler_core::definition::agent::Communication;
use scheduler_store::agent_state;
use scheduler_store::audit::{self, NewRecord};

use crate::error::{Error, Result};
use crate::notices::agent_changed;
use crate::{App, Caller};

/// Sets what an agent may do. *Full*: it is asked at once whether it is there, and jobs are started when it is. *Limited*: its jobs
/// are followed and none is started. *Disabled*: nothing is sent to it, not even a question; its jobs stay as they are.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Unknown`] with the nearest name.
pub async fn set_communication(
    app: &App,
    caller: &Caller,
    agent: &str,
    communication: Communication,
    reason: Option<&str>,
) -> Result<()> {
    caller.must(
        format_args!("set the communication of agents to {}", Shown(communication)),
        &[Privilege::Machines],
    )?;
    let (now, at, bodies) = (app.now(), app.now_micros(), app.bodies());
    let (caller, name) = (caller.name().to_owned(), agent);
    let agent = agent.to_owned();
    let reason = reason.map(ToOwned::to_owned);
    app.db()
        .write(move |tx| {
            let (caller, agent, reason) = (caller.clone(), agent.clone(), reason.clone());
            let bodies = Arc::clone(&bodies);
            Box::pin(async move {
                let all = agent_state::all(tx).await?;
                let Some(before) = all.iter().find(|state| state.agent == agent) else {
                    let hint = nearest(&agent, all.iter().map(|state| state.agent.as_str()))
                        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    return Err(Error::Unknown { what: "agent", name: agent, hint });
                };
                let after = Shown(communication).to_string();
                agent_changed(tx, &bodies, before, &after, "waiting", now).await?;
                agent_state::set_communication(tx, &agent, &after, at).await?;
                let record = NewRecord {
                    at,
                    caller,
                    action: "agent.set_communication",
                    subject: agent,
                    reason,
                    old_value: Some(before.communication.clone()),
                    new_value: Some(after),
                };
                Ok(audit::append(tx, &record).await?)
            })
        })
        .await?;
    app.connectors().forget(name);
    let wakes = app.wakes();
    wakes.heartbeat.wake();
    wakes.advance.wake();
    wakes.events.wake();
    wakes.start.wake();
    wakes.watch.wake();
    Ok(())
}

/// As the database and people write it.
struct Shown(Communication);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Communication::Full => "full",
            Communication::Limited => "limited",
            Communication::Disabled => "disabled",
        })
    }
}
