//! Changes of one request. What decides about its next step ([`Request::lifecycle`], its fence, its questions) changes with a new
//! version: an end is stored on the word of an older row when that has the version still.

use batch_core::request::{Activity, Change, Ending, StartKind, State};

use super::Request;

/// The columns of a change.
struct Columns {
    state: &'static str,
    start_kind: Option<&'static str>,
    activity: &'static str,
    ending: &'static str,
    final_code: Option<i64>,
}

fn columns(change: Change) -> Columns {
    let (kind, activity, final_code) = match change.state {
        State::Queued(kind) => (Some(kind), Activity::Working, None),
        State::Running(kind, activity) => (Some(kind), activity, None),
        State::Ended(code) => (None, Activity::Working, Some(i64::from(code.code().number()))),
        State::Held | State::OutsideWindow | State::Suspended => {
            (Some(StartKind::Normal), Activity::Working, None)
        }
    };
    // An end that was asked for belongs to one run.
    let ending = if change.state.is_running() { change.ending } else { Ending::None };
    Columns {
        state: change.state.as_str(),
        start_kind: kind.map(StartKind::as_str),
        activity: activity.as_str(),
        ending: ending.as_str(),
        final_code,
    }
}

/// What else changes with the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Also {
    /// A new description; absent keeps the old one.
    pub(crate) description: Option<String>,
    /// The exit code of the run that has ended.
    pub(crate) exit_code: Option<i64>,
    /// For the state *waits for a job or report*: which; absent clears it.
    pub(crate) waits_for_id: Option<i64>,
}

sql::both! {
    /// Stores what an event has made of a request. [`sql::Error::NotFound`] when somebody was faster.
    pub(crate) async fn apply(conn, request: &Request, change: &Change, also: &Also, now: i64) -> sql::Result<()> {
        let columns = columns(*change);
        let done = sqlx::query::<Db>(
            "UPDATE request SET state = $3, start_kind = COALESCE($4, start_kind), activity = $5, ending = $6, \
             final_code = $7, restarts = $8, description = COALESCE($9, description), \
             exit_code = COALESCE($10, exit_code), waits_for_id = $11, \
             ended_at = CASE WHEN $3 = 'ended' THEN $12 ELSE ended_at END, version = version + 1 \
             WHERE id = $1 AND version = $2")
            .bind(request.id)
            .bind(request.version)
            .bind(columns.state)
            .bind(columns.start_kind)
            .bind(columns.activity)
            .bind(columns.ending)
            .bind(columns.final_code)
            .bind(i64::from(change.restarts))
            .bind(&also.description)
            .bind(also.exit_code)
            .bind(also.waits_for_id)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Reserves `count` message sequences of a family and returns the last one.
    pub(crate) async fn reserve_messages(conn, root_id: i64, count: i64) -> sql::Result<i64> {
        Ok(sqlx::query_as::<Db, (i64,)>(
            "UPDATE request SET last_message = last_message + $2 WHERE id = $1 RETURNING last_message")
            .bind(root_id)
            .bind(count)
            .fetch_one(&mut *conn)
            .await?
            .0)
    }

    /// Moves the read mark of the spool. [`sql::Error::NotFound`] when the attempt is no longer the newest or somebody
    /// else has moved the mark.
    pub(crate) async fn advance_spool(conn, id: i64, attempt: i64, from: i64, to: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE request SET spool_offset = $4 \
             WHERE id = $1 AND attempt = $2 AND spool_offset = $3 AND state = 'running'")
            .bind(id)
            .bind(attempt)
            .bind(from)
            .bind(to)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Counts a critical point and keeps its data for a restart; returns its number. With a new version, since it decides what
    /// the end of the run means.
    pub(crate) async fn save_critical_point(conn, id: i64, data: Option<&str>) -> sql::Result<i64> {
        Ok(sqlx::query_as::<Db, (i64,)>(
            "UPDATE request SET critical_point = critical_point + 1, critical_data = $2, version = version + 1 WHERE id = $1 \
             RETURNING critical_point")
            .bind(id)
            .bind(data)
            .fetch_one(&mut *conn)
            .await?
            .0)
    }

    /// Counts a line of the accept file as used. [`sql::Error::NotFound`] when another call has used it.
    pub(crate) async fn use_accept_line(conn, id: i64, line: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE request SET accept_line = $2 + 1 WHERE id = $1 AND accept_line = $2")
            .bind(id)
            .bind(line)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Counts a question to the operators. With a new version, since the end of a run that has asked takes its questions back.
    pub(crate) async fn count_question(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE request SET questions = questions + 1, version = version + 1 WHERE id = $1")
            .bind(id)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }
}
