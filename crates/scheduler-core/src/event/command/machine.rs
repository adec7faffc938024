//! `$MACHINE:…`: agents.

use crate::action::Privilege;
use crate::event::field::{Field, MachineStatus, Number};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Needs, Spec, needed};
use crate::event::target::MachineRef;

/// A change of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineCommand {
    /// Which.
    pub machine: Field<MachineRef>,
    /// What changes.
    pub order: MachineOrder,
}

/// What changes of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineOrder {
    /// `STATUS`: whether it is spoken to.
    Status(Field<MachineStatus>),
    /// `MAXJOBS`: most jobs at a time; 0 for what the agent itself allows.
    MaxJobs(Field<Number<0, 32767>>),
}

pub(super) const SPECS: [Spec; 2] = [
    Spec {
        group: "MACHINE",
        action: "STATUS",
        what: "switches a machine up, down or limited",
        args: &[needed("machine name", "MACHNAME"), needed("U/D/L", "MACHSTATUS")],
        needs: Needs::Privilege(Privilege::AllAdministrative),
    },
    Spec {
        group: "MACHINE",
        action: "MAXJOBS",
        what: "sets how many jobs a machine takes at a time",
        args: &[needed("machine name", "MACHNAME"), needed("maximum jobs", "MACHMAX")],
        needs: Needs::Privilege(Privilege::Machines),
    },
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<MachineCommand, BadEvent> {
    let machine = reader.needed()?;
    let order = match reader.spec().action {
        "STATUS" => MachineOrder::Status(reader.needed()?),
        _ => MachineOrder::MaxJobs(reader.needed()?),
    };
    Ok(MachineCommand { machine, order })
}

impl MachineOrder {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Status(_) => "STATUS",
            Self::MaxJobs(_) => "MAXJOBS",
        }
    }
}

impl MachineCommand {
    pub(super) fn fields(&self) -> Vec<String> {
        let value = match &self.order {
            MachineOrder::Status(status) => status.print(),
            MachineOrder::MaxJobs(jobs) => jobs.print(),
        };
        vec![self.machine.print(), value]
    }
}
