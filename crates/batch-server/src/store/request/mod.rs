//! Table `request`: the job requests. One file per kind of access.

pub(crate) mod change;
pub(crate) mod claim;
pub(crate) mod insert;
pub(crate) mod read;
pub(crate) mod row;
pub(crate) mod spec;
pub(crate) mod take_over;

pub(crate) use row::Request;
pub(crate) use spec::Spec;
