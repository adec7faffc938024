//! How much is to be run.

/// The load of one run.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) jobs: usize,
    pub(crate) clients: usize,
    pub(crate) concurrency: usize,
}
