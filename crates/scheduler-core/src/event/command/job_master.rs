//! `$JOBMASTER:…`: definitions of jobs.

use crate::action::Privilege;
use crate::event::field::{BuildState, Field, List, printed};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, JOB, Needs, SCHEDULE, Spec, needed, optional};
use crate::name::{FrequencyName, JobName, ScheduleName, Tag};

/// A change of the definition of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMasterCommand {
    /// The schedule.
    pub schedule: Field<ScheduleName>,
    /// The job.
    pub job: Field<JobName>,
    /// What changes.
    pub order: JobMasterOrder,
}

/// What changes in the definition of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobMasterOrder {
    /// `BUILDSTATE`: how it is built by a frequency.
    BuildState {
        /// The frequency.
        frequency: Field<FrequencyName>,
        /// How.
        state: Field<BuildState>,
    },
    /// `TAGADD`: more tags.
    TagAdd {
        /// For this frequency only.
        frequency: Option<Field<FrequencyName>>,
        /// Which.
        tags: Field<List<Tag>>,
    },
    /// `TAGDEL`: fewer tags.
    TagDelete {
        /// For this frequency only.
        frequency: Option<Field<FrequencyName>>,
        /// Which.
        tags: Field<List<Tag>>,
    },
}

const TAG: [Arg; 4] = [
    SCHEDULE,
    JOB,
    optional("frequency name", Some("FREQNAME")),
    needed("tags", "TAGS").of("TAG", ';'),
];
const NEEDS: Needs = Needs::Privilege(Privilege::AllAdministrative);

pub(super) const SPECS: [Spec; 3] = [
    Spec {
        group: "JOBMASTER",
        action: "BUILDSTATE",
        what: "sets the build status of a job's frequency",
        args: &[
            SCHEDULE,
            JOB,
            needed("frequency name", "FREQNAME"),
            needed("build state", "BLDSTATE"),
        ],
        needs: NEEDS,
    },
    Spec {
        group: "JOBMASTER",
        action: "TAGADD",
        what: "adds tags to the definition of a job",
        args: &TAG,
        needs: NEEDS,
    },
    Spec {
        group: "JOBMASTER",
        action: "TAGDEL",
        what: "takes tags from the definition of a job",
        args: &TAG,
        needs: NEEDS,
    },
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<JobMasterCommand, BadEvent> {
    let (schedule, job) = (reader.needed()?, reader.needed()?);
    let order = match reader.spec().action {
        "BUILDSTATE" => {
            JobMasterOrder::BuildState { frequency: reader.needed()?, state: reader.needed()? }
        }
        "TAGADD" => {
            JobMasterOrder::TagAdd { frequency: reader.optional()?, tags: reader.needed()? }
        }
        _ => JobMasterOrder::TagDelete { frequency: reader.optional()?, tags: reader.needed()? },
    };
    Ok(JobMasterCommand { schedule, job, order })
}

impl JobMasterOrder {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::BuildState { .. } => "BUILDSTATE",
            Self::TagAdd { .. } => "TAGADD",
            Self::TagDelete { .. } => "TAGDEL",
        }
    }
}

impl JobMasterCommand {
    pub(super) fn fields(&self) -> Vec<String> {
        let [third, fourth] = match &self.order {
            JobMasterOrder::BuildState { frequency, state } => [frequency.print(), state.print()],
            JobMasterOrder::TagAdd { frequency, tags }
            | JobMasterOrder::TagDelete { frequency, tags } => {
                [printed(frequency.as_ref()), tags.print()]
            }
        };
        vec![self.schedule.print(), self.job.print(), third, fourth]
    }
}
