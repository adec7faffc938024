//! New requests.

/// A request to store. Everything is resolved and checked; see [`crate::submit`].
#[derive(Debug, Clone)]
pub(crate) struct NewRequest {
    pub(crate) application_id: i64,
    pub(crate) queue_id: i64,
    pub(crate) job_id: Option<i64>,
    pub(crate) job_name: String,
    pub(crate) kind: &'static str,
    pub(crate) report_key: Option<String>,
    /// 0 for its own id.
    pub(crate) batch_id: i64,
    pub(crate) parent_id: Option<i64>,
    /// Absent: its own root.
    pub(crate) root_id: Option<i64>,
    pub(crate) recovers_id: Option<i64>,
    pub(crate) submit_user: String,
    pub(crate) station: String,
    pub(crate) run_as: String,
    pub(crate) token_id: Option<i64>,
    pub(crate) request_key: Option<String>,
    pub(crate) request_digest: Option<String>,
    pub(crate) spec: String,
    pub(crate) state: &'static str,
    pub(crate) start_kind: &'static str,
    pub(crate) final_code: Option<i64>,
    pub(crate) description: String,
    pub(crate) critical_point: i64,
    pub(crate) critical_data: Option<String>,
    pub(crate) queued_at: i64,
    pub(crate) start_by: Option<i64>,
    pub(crate) ended_at: Option<i64>,
}

sql::both! {
    /// Stores a request and returns its id; none when its request key is stored already.
    pub(crate) async fn insert(conn, new: &NewRequest) -> sql::Result<Option<i64>> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO request (application_id, queue_id, job_id, job_name, kind, report_key, batch_id, parent_id, \
             root_id, recovers_id, submit_user, station, run_as, token_id, request_key, request_digest, spec, state, \
             start_kind, activity, ending, final_code, description, attempt, restarts, critical_point, critical_data, \
             accept_line, questions, fence, spool_offset, last_message, queued_at, start_by, ended_at, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 'working', \
             'none', $20, $21, 0, 0, $22, $23, 0, 0, 0, 0, 0, $24, $25, $26, 1) \
             ON CONFLICT (request_key) WHERE request_key IS NOT NULL DO NOTHING RETURNING id")
            .bind(new.application_id)
            .bind(new.queue_id)
            .bind(new.job_id)
            .bind(&new.job_name)
            .bind(new.kind)
            .bind(&new.report_key)
            .bind(new.batch_id)
            .bind(new.parent_id)
            .bind(new.root_id.unwrap_or(0))
            .bind(new.recovers_id)
            .bind(&new.submit_user)
            .bind(&new.station)
            .bind(&new.run_as)
            .bind(new.token_id)
            .bind(&new.request_key)
            .bind(&new.request_digest)
            .bind(&new.spec)
            .bind(new.state)
            .bind(new.start_kind)
            .bind(new.final_code)
            .bind(&new.description)
            .bind(new.critical_point)
            .bind(&new.critical_data)
            .bind(new.queued_at)
            .bind(new.start_by)
            .bind(new.ended_at)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.map(|row| row.0))
    }
}
