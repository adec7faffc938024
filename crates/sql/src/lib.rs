//! The only crate that knows there are two databases: pools, write transactions, the stamping macro.
