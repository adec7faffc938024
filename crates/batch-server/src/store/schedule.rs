//! Tables `schedule` and `schedule_run`: when jobs start by themselves, and what became of each start.

use jiff::Timestamp;
use sqlx::FromRow;

/// A schedule (`amt-domain 10`).
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Schedule {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) job_id: i64,
    pub(crate) is_enabled: bool,
    /// [`crate::planner::Rule`] as JSON.
    pub(crate) rule: String,
    /// A start is on time up to so many seconds after it was due.
    pub(crate) start_within_seconds: i64,
    pub(crate) report_parameter: Option<String>,
    pub(crate) global_parameter: Option<String>,
    /// None: that of the job, or the default.
    pub(crate) queue_id: Option<i64>,
    pub(crate) run_as: Option<String>,
    /// Every start up to this instant (included) is decided, microseconds.
    pub(crate) planned_until: i64,
    /// For a schedule with a file: its time of modification when it was last decided about, microseconds.
    pub(crate) file_seen_at: Option<i64>,
    /// Its size then; none when it was noted by a version that did not look at it.
    pub(crate) file_seen_bytes: Option<i64>,
    /// When it was made, microseconds; none where the disk does not know.
    pub(crate) file_seen_made: Option<i64>,
    pub(crate) version: i64,
}

/// A file as it was at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeenFile {
    /// Time of modification, microseconds.
    pub(crate) modified: i64,
    pub(crate) bytes: i64,
    /// When the file was made, microseconds; none where the disk does not know.
    pub(crate) made: Option<i64>,
}

impl SeenFile {
    /// Whether this is the file that was last decided about. What was not noted then, or is not known now, does not tell them apart.
    pub(crate) fn is_noted(&self, schedule: &Schedule) -> bool {
        let agree = |noted: Option<i64>, now: Option<i64>| {
            noted.zip(now).is_none_or(|(noted, now)| noted == now)
        };
        schedule.file_seen_at == Some(self.modified)
            && agree(schedule.file_seen_bytes, Some(self.bytes))
            && agree(schedule.file_seen_made, self.made)
    }

    /// When its start was due: its time of modification, or now when a file before it had the same one.
    pub(crate) fn due(&self, schedule: &Schedule, now: Timestamp) -> sql::Result<Timestamp> {
        if schedule.file_seen_at == Some(self.modified) {
            return Ok(now);
        }
        sql::from_micros("schedule_run", "due_at", self.modified)
    }
}

/// A schedule to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewSchedule {
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) job_id: i64,
    pub(crate) is_enabled: bool,
    pub(crate) rule: String,
    pub(crate) start_within_seconds: i64,
    pub(crate) report_parameter: Option<String>,
    pub(crate) global_parameter: Option<String>,
    pub(crate) queue_id: Option<i64>,
    pub(crate) run_as: Option<String>,
    pub(crate) planned_until: i64,
}

/// What became of one start.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Run {
    /// When it was due; for a file, its time of modification. Microseconds.
    pub(crate) due_at: i64,
    /// `submitted`, `missed` (submitted as suspended), `superseded` or `refused`.
    pub(crate) outcome: String,
    pub(crate) reason: String,
    pub(crate) request_id: Option<i64>,
    pub(crate) decided_at: i64,
}

/// An outcome to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewRun {
    pub(crate) due_at: i64,
    pub(crate) outcome: &'static str,
    pub(crate) reason: String,
    pub(crate) decided_at: i64,
}

sql::both! {
    /// The schedules that start jobs.
    pub(crate) async fn enabled(conn) -> sql::Result<Vec<Schedule>> {
        Ok(sqlx::query_as::<Db, Schedule>("SELECT * FROM schedule WHERE is_enabled = TRUE ORDER BY id")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Schedules after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<Schedule>> {
        Ok(sqlx::query_as::<Db, Schedule>("SELECT * FROM schedule WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One schedule.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Schedule>> {
        Ok(sqlx::query_as::<Db, Schedule>("SELECT * FROM schedule WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One schedule, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Schedule>> {
        Ok(sqlx::query_as::<Db, Schedule>(concat!("SELECT * FROM schedule WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The schedule with this key.
    pub(crate) async fn by_key(conn, name_key: &str) -> sql::Result<Option<Schedule>> {
        Ok(sqlx::query_as::<Db, Schedule>("SELECT * FROM schedule WHERE name_key = $1")
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Stores a new schedule and returns its id.
    pub(crate) async fn insert(conn, new: &NewSchedule) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO schedule (name, name_key, job_id, is_enabled, rule, start_within_seconds, report_parameter, \
             global_parameter, queue_id, run_as, planned_until, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) RETURNING id")
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(new.job_id)
            .bind(new.is_enabled)
            .bind(&new.rule)
            .bind(new.start_within_seconds)
            .bind(&new.report_parameter)
            .bind(&new.global_parameter)
            .bind(new.queue_id)
            .bind(&new.run_as)
            .bind(new.planned_until)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces a schedule.
    pub(crate) async fn update(conn, id: i64, new: &NewSchedule) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE schedule SET name = $2, name_key = $3, job_id = $4, is_enabled = $5, rule = $6, \
             start_within_seconds = $7, report_parameter = $8, global_parameter = $9, queue_id = $10, run_as = $11, \
             planned_until = $12, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(new.job_id)
            .bind(new.is_enabled)
            .bind(&new.rule)
            .bind(new.start_within_seconds)
            .bind(&new.report_parameter)
            .bind(&new.global_parameter)
            .bind(new.queue_id)
            .bind(&new.run_as)
            .bind(new.planned_until)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Switches a schedule; starts up to `planned_until` are not made up for.
    pub(crate) async fn set_enabled(conn, id: i64, is_enabled: bool, planned_until: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE schedule SET is_enabled = $2, planned_until = $3, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(is_enabled)
            .bind(planned_until)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Notes that every start up to `until` is decided, unless somebody else has decided since `from`, or has changed or
    /// disabled the schedule; whether it was noted. Not a change that an editor must notice, so the version stays.
    pub(crate) async fn advance(conn, id: i64, version: i64, from: i64, until: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "UPDATE schedule SET planned_until = $4 WHERE id = $1 AND version = $2 AND planned_until = $3 \
             AND is_enabled = TRUE")
            .bind(id)
            .bind(version)
            .bind(from)
            .bind(until)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes the file that was decided about. The outcomes are forgotten after some time, but a file may lie there for longer. Not
    /// a change that an editor must notice, so the version stays.
    pub(crate) async fn saw_file(conn, id: i64, seen: &SeenFile) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE schedule SET file_seen_at = $2, file_seen_bytes = $3, file_seen_made = $4 WHERE id = $1")
            .bind(id)
            .bind(seen.modified)
            .bind(seen.bytes)
            .bind(seen.made)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes a schedule and its runs; their requests stay.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM schedule WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Stores the outcome of a start; false when it is decided already.
    pub(crate) async fn decide(conn, schedule_id: i64, run: &NewRun) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "INSERT INTO schedule_run (schedule_id, due_at, outcome, reason, decided_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (schedule_id, due_at) DO NOTHING")
            .bind(schedule_id)
            .bind(run.due_at)
            .bind(run.outcome)
            .bind(&run.reason)
            .bind(run.decided_at)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes the request of a start.
    pub(crate) async fn set_request(conn, schedule_id: i64, due_at: i64, request_id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE schedule_run SET request_id = $3 WHERE schedule_id = $1 AND due_at = $2")
            .bind(schedule_id)
            .bind(due_at)
            .bind(request_id)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// The starts of a schedule that were due before an instant, newest first.
    pub(crate) async fn runs(conn, schedule_id: i64, before: i64, limit: i64) -> sql::Result<Vec<Run>> {
        Ok(sqlx::query_as::<Db, Run>(
            "SELECT * FROM schedule_run WHERE schedule_id = $1 AND due_at < $2 ORDER BY due_at DESC LIMIT $3")
            .bind(schedule_id)
            .bind(before)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// A request of the schedule that has not started yet, if there is one among its newest starts.
    pub(crate) async fn waiting_request(conn, schedule_id: i64) -> sql::Result<Option<i64>> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "SELECT request.id FROM (SELECT request_id FROM schedule_run WHERE schedule_id = $1 \
             AND request_id IS NOT NULL ORDER BY due_at DESC LIMIT 20) recent \
             JOIN request ON request.id = recent.request_id \
             WHERE request.state IN ('held', 'queued', 'window', 'suspended') ORDER BY request.id LIMIT 1")
            .bind(schedule_id)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.map(|row| row.0))
    }

    /// Removes up to `max` outcomes decided before an instant.
    pub(crate) async fn forget_runs(conn, before: i64, max: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM schedule_run WHERE (schedule_id, due_at) IN (SELECT schedule_id, due_at FROM schedule_run \
             WHERE decided_at < $1 LIMIT $2)")
            .bind(before)
            .bind(max)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected())
    }
}
