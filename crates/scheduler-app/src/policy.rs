//! What a definition says about the life of a job.

use scheduler_core::criteria::Criteria;
use scheduler_core::definition::run::Run;
use scheduler_core::definition::{FrequencyUse, Job};
use scheduler_core::job::{Kind, Policy, Repeat};

/// What sort of job it is.
pub(crate) fn kind(run: &Run) -> Kind {
    match run {
        Run::NullJob => Kind::Null,
        Run::Container(_) => Kind::Container,
        Run::AmtBatchJob(_)
        | Run::AmtScript(_)
        | Run::AmtConnector(_)
        | Run::Command(_)
        | Run::PlugIn(_) => Kind::Task,
    }
}

/// What the definition says about the life of a job on one day. `of` is the use of a frequency that qualified it; none for
/// a job that was added without one.
pub(crate) fn policy(definition: &Job, of: Option<&FrequencyUse>, repeat: Repeat) -> Policy {
    Policy {
        kind: kind(&definition.run),
        retry: of.and_then(|of| of.retry),
        repeat,
        criteria: criteria(definition),
    }
}

/// When an exit code means failure: an AMT job fails on any code but 4 unless its definition says otherwise.
fn criteria(definition: &Job) -> Criteria {
    definition.failure_criteria.clone().unwrap_or_else(|| match &definition.run {
        Run::AmtBatchJob(_) | Run::AmtScript(_) => Criteria::amt_acs(),
        Run::AmtConnector(_) => Criteria::amt_connector(),
        Run::NullJob | Run::Container(_) | Run::Command(_) | Run::PlugIn(_) => Criteria::default(),
    })
}
