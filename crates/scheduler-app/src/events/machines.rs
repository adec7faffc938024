//! `$MACHINE:…`: agents.

use scheduler_core::event::{MachineCommand, MachineOrder, MachineStatus, is_wild};
use scheduler_store::agent_state;

use super::find::{is_mask, known};
use super::ready::Ready;
use crate::error::{Error, Result};
use crate::work::Work;

/// Performs a command on agents.
pub(super) async fn perform(
    work: &mut Work<'_, '_>,
    ready: &Ready,
    command: &MachineCommand,
) -> Result<String> {
    let MachineOrder::Status(status) = &command.order else {
        return super::definitions::store(work, ready).await;
    };
    let communication = match known(status)? {
        MachineStatus::Up => "full",
        MachineStatus::Down => "disabled",
        MachineStatus::Limited => "limited",
    };
    let wanted = &known(&command.machine)?.0;
    let is_mask = is_mask(wanted, &ready.origin);
    let is_meant = |name: &str| if is_mask { is_wild(name, wanted) } else { name == wanted };
    let now = sql::to_micros(work.now());
    let all = agent_state::all(work.tx()).await?;
    let meant: Vec<_> = all.into_iter().filter(|state| is_meant(&state.agent)).collect();
    if meant.is_empty() {
        let (name, hint) = (wanted.clone(), String::new());
        return Err(Error::Unknown { what: "agent", name, hint });
    }
    for state in &meant {
        work.agent_is_marked(state, communication).await?;
        agent_state::set_communication(work.tx(), &state.agent, communication, now).await?;
    }
    Ok(format!("communication {communication} for {} agents", meant.len()))
}
