//! What a job waits for: other jobs, thresholds, resources, expressions, machines; and in which order that
//! is tested (`opcon-domain 1.6`).
//!
//! Dependencies on jobs are counted, not searched: a job carries the number of its edges that are not
//! satisfied, and a job that ends goes through its own out-edges with [`settle`].

mod definition;
mod edge;
mod name_like;
mod offset;
mod qualify;
mod resource;
mod threshold;

pub use definition::{Conflict, Exclusion, InstanceRef, JobDependency, Me, Predecessor};
pub use edge::{
    Answer, Condition, Edge, EdgeKind, Found, is_conflict, is_excludable, open_change, settle,
    table,
};
pub use name_like::is_name_like;
pub use offset::{OFFSET_DAYS_MAX, OffsetRule, predecessor_date};
pub use qualify::{Facts, Purpose, qualify};
pub use resource::{
    Asker, Claim, Grant, LOCK_HOLD_SECONDS, Lock, Resource, ResourceDependency, ResourceUpdate, ask,
};
pub use threshold::{Change, ThresholdDependency, ThresholdUpdate};

#[cfg(test)]
mod tests;
