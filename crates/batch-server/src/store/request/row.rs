//! A row of `request` and what it means.

use batch_core::request::{Ending, Lifecycle, StartKind, State};
use sqlx::FromRow;

use super::Spec;

/// One job request as it is stored.
#[expect(clippy::struct_field_names, reason = "the names are those of the columns")]
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Request {
    pub(crate) id: i64,
    pub(crate) application_id: i64,
    pub(crate) queue_id: i64,
    pub(crate) job_id: Option<i64>,
    pub(crate) job_name: String,
    /// `report`, `script` or `executable`.
    pub(crate) kind: String,
    /// What may run only once at a time where the queue says so.
    pub(crate) report_key: Option<String>,
    /// 0 for its own id, see [`Request::batch`].
    pub(crate) batch_id: i64,
    pub(crate) parent_id: Option<i64>,
    /// The ancestor whose job log holds the messages; 0 for itself, see [`Request::root`].
    pub(crate) root_id: i64,
    /// The request (code 22) that this one recovers.
    pub(crate) recovers_id: Option<i64>,
    pub(crate) submit_user: String,
    pub(crate) station: String,
    pub(crate) run_as: String,
    /// The logon that submitted it; the token lives as long as the request.
    pub(crate) token_id: Option<i64>,
    pub(crate) request_key: Option<String>,
    /// Hash of the content that came with the key.
    pub(crate) request_digest: Option<String>,
    /// [`Spec`] as JSON.
    pub(crate) spec: String,
    pub(crate) state: String,
    pub(crate) start_kind: String,
    pub(crate) activity: String,
    pub(crate) ending: String,
    pub(crate) final_code: Option<i64>,
    pub(crate) description: String,
    pub(crate) exit_code: Option<i64>,
    /// Number of the newest run, 0 before the first; the fence of everything that a run says.
    pub(crate) attempt: i64,
    /// Automatic restarts used.
    pub(crate) restarts: i64,
    /// Critical points saved so far.
    pub(crate) critical_point: i64,
    pub(crate) critical_data: Option<String>,
    /// The request that a waiting parent waits for.
    pub(crate) waits_for_id: Option<i64>,
    /// Lines of the accept file used so far.
    pub(crate) accept_line: i64,
    /// Questions that it has asked the operators.
    pub(crate) questions: i64,
    pub(crate) controller_id: Option<i64>,
    /// The life of the controller that claimed it.
    pub(crate) fence: i64,
    /// The boot of the host in which it was claimed.
    pub(crate) place: Option<String>,
    /// Bytes of the spooled output that are stored as messages.
    pub(crate) spool_offset: i64,
    /// Sequence of the newest message of the family; counted on the root.
    pub(crate) last_message: i64,
    pub(crate) queued_at: i64,
    /// The latest time to start; then it is suspended.
    pub(crate) start_by: Option<i64>,
    pub(crate) started_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) version: i64,
}

impl Request {
    /// The request whose job log holds the messages of this one.
    pub(crate) fn root(&self) -> i64 {
        if self.root_id == 0 { self.id } else { self.root_id }
    }

    /// The group of the request; its own id where no other was given.
    pub(crate) fn batch(&self) -> i64 {
        if self.batch_id == 0 { self.id } else { self.batch_id }
    }

    /// Where the request is.
    ///
    /// # Errors
    /// `Corrupt` for texts that this program never writes; clients see code 19.
    pub(crate) fn state(&self) -> sql::Result<State> {
        State::from_columns(&self.state, &self.start_kind, &self.activity, self.final_code)
            .map_err(|_| sql::Error::Corrupt { table: "request", column: "state" })
    }

    /// An end that was asked for.
    ///
    /// # Errors
    /// `Corrupt` as for [`Self::state`].
    pub(crate) fn ending(&self) -> sql::Result<Ending> {
        let corrupt = |_| sql::Error::Corrupt { table: "request", column: "ending" };
        self.ending.parse().map_err(corrupt)
    }

    /// All that decides about the next state.
    pub(crate) fn lifecycle(&self, restarts_max: u32) -> sql::Result<Lifecycle> {
        let restarts = u32::try_from(self.restarts)
            .map_err(|_| sql::Error::Corrupt { table: "request", column: "restarts" })?;
        Ok(Lifecycle {
            state: self.state()?,
            ending: self.ending()?,
            has_critical_point: self.critical_point > 0,
            restarts,
            restarts_max,
        })
    }

    /// Whether a wake-up reaches it: it runs, and not under a debugger (`amt-domain 7`).
    pub(crate) fn takes_wake_ups(&self) -> bool {
        matches!(self.state(), Ok(State::Running(kind, _)) if kind != StartKind::Debug)
    }

    /// What the request runs.
    pub(crate) fn spec(&self) -> sql::Result<Spec> {
        serde_json::from_str(&self.spec)
            .map_err(|_| sql::Error::Corrupt { table: "request", column: "spec" })
    }

    /// The attempt as the spool counts it.
    pub(crate) fn attempt_number(&self) -> u32 {
        u32::try_from(self.attempt).unwrap_or(u32::MAX)
    }
}
