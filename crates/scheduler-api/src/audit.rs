//! The audit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `local:anna`, `event:2026-11-23/Night/Load`, `system:auto build`.
    pub caller: String,
    /// What: `job.hold`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why.
    pub reason: Option<String>,
    /// What was there before.
    pub old_value: Option<String>,
    /// What is there since.
    pub new_value: Option<String>,
}

/// Whether the audit is what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChain {
    /// Records that are what was written, from the first one on.
    pub whole: u64,
    /// The number of the first one that is not.
    pub broken: Option<i64>,
    /// What is wrong with it.
    pub why: Option<String>,
    /// The hash of the last whole one.
    pub last_hash: String,
}
