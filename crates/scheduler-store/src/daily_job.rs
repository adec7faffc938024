//! Table `daily_job`: the jobs of each day.

use sqlx::FromRow;

use crate::WaitKey;
use crate::batches::batches;

/// A daily job.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DailyJob {
    /// Its number.
    pub id: i64,
    /// Its daily schedule.
    pub schedule_id: i64,
    /// The job of which it is one.
    pub job: String,
    /// What it is called among those of its schedule.
    pub name: String,
    /// The form of the definition with which it was built.
    pub definition_id: i64,
    /// Its number among the copies of the job.
    pub copy: i64,
    /// The use of a frequency that qualified it, or with which it was added.
    pub use_index: Option<i64>,
    /// When it may start at the earliest, in microseconds.
    pub start_at: i64,
    /// After this it is not started any more.
    pub latest_start: Option<i64>,
    /// The job of `scheduler-core`, as JSON.
    pub life: String,
    /// What is shown of it.
    pub status: String,
    /// When it is to be tested, or time alone changes something.
    pub due_at: Option<i64>,
    /// What it waits for besides time and other jobs.
    pub waits_for: Option<WaitKey>,
    /// Edges to predecessors that are not satisfied.
    pub open_edges: i64,
    /// Whether an edge forbids it to run beside another job.
    pub has_conflicts: bool,
    /// Which of several jobs gets a free slot: the highest number.
    pub priority: i64,
    /// The times of further runs that are fixed beforehand, as a JSON array of microseconds.
    pub further_runs: Option<String>,
    /// The agents on which it may run, as JSON; none where it needs none.
    pub runs_on: Option<String>,
    /// The agent to which its last attempt was sent.
    pub agent: Option<String>,
    /// What the agent says of it, such as `WAIT FOR INPUT REQUEST`.
    pub phase: Option<String>,
    /// The agent's number for that.
    pub phase_code: Option<i64>,
    /// Its properties by name, as JSON.
    pub properties: String,
    /// When it was added to a schedule that was there, in microseconds; none for one that was built with it.
    pub added_at: Option<i64>,
    /// By whom, such as `event:2026-11-23/Night/Load` or `local:anna`.
    pub added_by: Option<String>,
    /// What is other on this day than its definition says, as JSON.
    pub changes: Option<String>,
    /// Who wanted it to be as it is, and why, such as `held by local:anna: the tape is late`.
    pub asked: Option<String>,
    /// Grows with every change.
    pub version: i64,
}

/// Stores new daily jobs; `asked` and `version` are not looked at.
pub async fn insert(tx: &mut sql::Tx<'_>, new: &[DailyJob]) -> sql::Result<()> {
    let row = |job: &DailyJob| {
        serde_json::json!([
            job.id,
            job.schedule_id,
            job.job,
            job.name,
            job.definition_id,
            job.copy,
            job.use_index,
            job.start_at,
            job.latest_start,
            job.life,
            job.status,
            job.due_at,
            job.waits_for.as_ref().map(ToString::to_string),
            job.open_edges,
            i64::from(job.has_conflicts),
            job.priority,
            job.further_runs,
            job.runs_on,
            job.properties,
            job.added_at,
            job.added_by,
            job.changes,
        ])
    };
    for rows in batches(new, row) {
        insert_rows(tx, &rows).await?;
    }
    Ok(())
}

/// Stores what steps have made of daily jobs that are locked.
pub async fn update(tx: &mut sql::Tx<'_>, jobs: &[DailyJob]) -> sql::Result<()> {
    let row = |job: &DailyJob| {
        serde_json::json!([
            job.id,
            job.start_at,
            job.latest_start,
            job.life,
            job.status,
            job.due_at,
            job.waits_for.as_ref().map(ToString::to_string),
            job.open_edges,
            job.agent,
            job.phase,
            job.phase_code,
            job.properties,
            job.asked,
        ])
    };
    for rows in batches(jobs, row) {
        update_rows(tx, &rows).await?;
    }
    Ok(())
}

/// What daily jobs with the same needs use.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Use {
    /// The agents on which they may run, as JSON.
    pub runs_on: Option<String>,
    /// The agent to which their last attempt was sent.
    pub agent: Option<String>,
    /// Their definition.
    pub definition_id: i64,
    /// What is other of them than their definition says, as JSON.
    pub changes: Option<String>,
    /// Their status.
    pub status: String,
    /// How many they are.
    pub count: i64,
    /// One of them, such as `2026-11-23/Night/Backup`.
    pub example: String,
}

/// How the jobs of a schedule are woken; a test lets the database explain it. The condition without an index keeps it from going through
/// all jobs of the plan that wait for their schedules, of which there may be a million.
macro_rules! wake_schedule_text {
    () => {
        "UPDATE daily_job SET due_at = $2, waits_for = NULL, version = version + 1 \
         WHERE schedule_id = $1 AND COALESCE(waits_for, '') = 'schedule'"
    };
}
#[cfg(test)]
pub(crate) use wake_schedule_text;

sql::both! {
    /// What the daily jobs of all schedules use that are open.
    pub async fn uses(conn) -> sql::Result<Vec<Use>> {
        Ok(sqlx::query_as::<Db, Use>(
            "SELECT j.runs_on, j.agent, j.definition_id, j.changes, j.status, COUNT(*) AS count, \
             MIN(s.date || '/' || s.name || '/' || j.name) AS example \
             FROM daily_job j JOIN daily_schedule s ON s.id = j.schedule_id WHERE s.open_jobs > 0 \
             GROUP BY j.runs_on, j.agent, j.definition_id, j.changes, j.status ORDER BY example")
            .fetch_all(&mut *conn).await?)
    }

    async fn insert_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO daily_job (id, schedule_id, job, name, definition_id, copy, use_index, start_at, latest_start, life, status, due_at, waits_for, open_edges, has_conflicts, priority, further_runs, runs_on, properties, added_at, added_by, changes, version) SELECT ",
            item!("0", "BIGINT"), ", ", item!("1", "BIGINT"), ", ", item!("2", "TEXT"), ", ", item!("3", "TEXT"), ", ", item!("4", "BIGINT"), ", ", item!("5", "BIGINT"), ", ", item!("6", "BIGINT"), ", ", item!("7", "BIGINT"), ", ", item!("8", "BIGINT"), ", ", item!("9", "TEXT"), ", ", item!("10", "TEXT"), ", ", item!("11", "BIGINT"), ", ", item!("12", "TEXT"), ", ", item!("13", "BIGINT"), ", ", item!("14", "BIGINT"), " = 1", ", ", item!("15", "BIGINT"), ", ", item!("16", "TEXT"), ", ", item!("17", "TEXT"), ", ", item!("18", "TEXT"), ", ", item!("19", "BIGINT"), ", ", item!("20", "TEXT"), ", ", item!("21", "TEXT"), ", 1 FROM ", items!("$1")))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    async fn update_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE daily_job SET start_at = new.start_at, latest_start = new.latest_start, life = new.life, \
             status = new.status, due_at = new.due_at, waits_for = new.waits_for, open_edges = new.open_edges, \
             agent = new.agent, phase = new.phase, phase_code = new.phase_code, properties = new.properties, asked = new.asked, \
             version = daily_job.version + 1 FROM (SELECT ",
            item!("0", "BIGINT"), " AS id, ", item!("1", "BIGINT"), " AS start_at, ", item!("2", "BIGINT"), " AS latest_start, ",
            item!("3", "TEXT"), " AS life, ", item!("4", "TEXT"), " AS status, ", item!("5", "BIGINT"), " AS due_at, ",
            item!("6", "TEXT"), " AS waits_for, ", item!("7", "BIGINT"), " AS open_edges, ", item!("8", "TEXT"), " AS agent, ",
            item!("9", "TEXT"), " AS phase, ", item!("10", "BIGINT"), " AS phase_code, ", item!("11", "TEXT"),
            " AS properties, ", item!("12", "TEXT"), " AS asked FROM ", items!("$1"), ") AS new WHERE daily_job.id = new.id"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// Daily jobs whose time has come, the oldest first, locked; others may be working on some.
    pub async fn due(conn, now: i64, max: i64) -> sql::Result<Vec<DailyJob>> {
        Ok(sqlx::query_as::<Db, DailyJob>(concat!(
            "SELECT * FROM daily_job WHERE due_at <= $1 ORDER BY due_at LIMIT $2", lock!()))
            .bind(now).bind(max).fetch_all(&mut *conn).await?)
    }

    /// The numbers of daily jobs whose time has come, the highest priority first.
    pub async fn due_ids(conn, now: i64, max: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT id FROM (SELECT id, priority, start_at FROM daily_job WHERE due_at <= $1 ORDER BY due_at LIMIT $2) AS due \
             ORDER BY priority DESC, start_at, id")
            .bind(now).bind(max).fetch_all(&mut *conn).await?)
    }

    /// Puts off one that cannot be moved on, and says why in the place of what it waits for.
    pub async fn put_off(conn, id: i64, due_at: i64, why: &WaitKey) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_job SET due_at = $2, waits_for = $3, version = version + 1 WHERE id = $1")
            .bind(id).bind(due_at).bind(why.to_string()).execute(&mut *conn).await?;
        Ok(())
    }

    /// When the next one is due.
    pub async fn next_due(conn) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_as::<Db, (Option<i64>,)>("SELECT min(due_at) FROM daily_job WHERE due_at IS NOT NULL")
            .fetch_one(&mut *conn).await?.0)
    }

    /// Daily jobs by their numbers, locked until the transaction ends; `ids` is an [`sql::id_list`].
    pub async fn lock(conn, ids: &str) -> sql::Result<Vec<DailyJob>> {
        Ok(sqlx::query_as::<Db, DailyJob>(concat!(
            "SELECT * FROM daily_job WHERE id", one_of_ids!("$1"), " ORDER BY id", row_lock!()))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// Daily jobs by their numbers; `ids` is an [`sql::id_list`].
    pub async fn by_ids(conn, ids: &str) -> sql::Result<Vec<DailyJob>> {
        Ok(sqlx::query_as::<Db, DailyJob>(concat!(
            "SELECT * FROM daily_job WHERE id", one_of_ids!("$1"), " ORDER BY id"))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// The jobs of a daily schedule, in the order of the definitions.
    pub async fn of_schedule(conn, schedule_id: i64) -> sql::Result<Vec<DailyJob>> {
        Ok(sqlx::query_as::<Db, DailyJob>("SELECT * FROM daily_job WHERE schedule_id = $1 ORDER BY id")
            .bind(schedule_id).fetch_all(&mut *conn).await?)
    }

    /// The numbers of the daily jobs of a date, or of one daily schedule of that name of it, in the order of their build.
    pub async fn ids_of_date(conn, date: &str, schedule: Option<&str>) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT daily_job.id FROM daily_schedule JOIN daily_job ON daily_job.schedule_id = daily_schedule.id \
             WHERE daily_schedule.date = $1 AND ($2 IS NULL OR daily_schedule.name = $2) \
             ORDER BY daily_schedule.id, daily_job.id")
            .bind(date).bind(schedule).fetch_all(&mut *conn).await?)
    }

    /// The daily jobs of jobs on dates, given as a JSON array of `[number, schedule, job, date]`: the number with the daily
    /// job and its daily schedule.
    pub async fn find(conn, rows: &str) -> sql::Result<Vec<(i64, i64, i64)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, i64)>(concat!(
            "SELECT wanted.number, daily_job.id, daily_job.schedule_id FROM (SELECT ", item!("0", "BIGINT"), " AS number, ",
            item!("1", "TEXT"), " AS schedule, ", item!("2", "TEXT"), " AS job, ", item!("3", "TEXT"), " AS date FROM ",
            items!("$1"), ") AS wanted JOIN daily_schedule ON daily_schedule.schedule = wanted.schedule \
             AND daily_schedule.date = wanted.date \
             JOIN daily_job ON daily_job.schedule_id = daily_schedule.id AND daily_job.job = wanted.job \
             ORDER BY wanted.number, daily_job.id"))
            .bind(rows)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The date of a job's occurrence before a date: the last one for 1, the one before it for 2.
    pub async fn occurrence_before(conn, schedule: &str, job: &str, date: &str, number: i64) -> sql::Result<Option<String>> {
        Ok(sqlx::query_as::<Db, (String,)>(
            "SELECT DISTINCT daily_schedule.date FROM daily_schedule \
             JOIN daily_job ON daily_job.schedule_id = daily_schedule.id AND daily_job.job = $2 \
             WHERE daily_schedule.schedule = $1 AND daily_schedule.date < $3 \
             ORDER BY daily_schedule.date DESC LIMIT 1 OFFSET $4 - 1")
            .bind(schedule)
            .bind(job)
            .bind(date)
            .bind(number)
            .fetch_optional(&mut *conn)
            .await?
            .map(|row| row.0))
    }

    /// The daily jobs of a job on other dates that can still run: their schedule is not completed, or they run in spite of it.
    pub async fn of_other_days(conn, schedule: &str, job: &str, date: &str) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT daily_job.id FROM daily_schedule JOIN daily_job ON daily_job.schedule_id = daily_schedule.id \
             AND daily_job.job = $2 WHERE daily_schedule.schedule = $1 AND daily_schedule.date <> $3 \
             AND (daily_schedule.completed_at IS NULL OR EXISTS (SELECT 1 FROM attempt \
             WHERE attempt.job_id = daily_job.id AND attempt.ended_at IS NULL)) ORDER BY daily_job.id")
            .bind(schedule)
            .bind(job)
            .bind(date)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The one of a schedule and name.
    pub async fn named(conn, schedule_id: i64, name: &str) -> sql::Result<Option<DailyJob>> {
        Ok(sqlx::query_as::<Db, DailyJob>("SELECT * FROM daily_job WHERE schedule_id = $1 AND name = $2")
            .bind(schedule_id).bind(name).fetch_optional(&mut *conn).await?)
    }

    /// Gives one other properties, as JSON.
    pub async fn set_properties(conn, id: i64, properties: &str) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_job SET properties = $2, version = version + 1 WHERE id = $1")
            .bind(id).bind(properties).execute(&mut *conn).await?;
        Ok(())
    }

    /// Stores what an event has made of a daily job's priority, agents and changes, which no step of its life does.
    pub async fn set_own(conn, job: &DailyJob) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE daily_job SET priority = $2, runs_on = $3, changes = $4, version = version + 1 WHERE id = $1")
            .bind(job.id).bind(job.priority).bind(&job.runs_on).bind(&job.changes).execute(&mut *conn).await?;
        Ok(())
    }

    /// Lets jobs be tested that wait for other jobs; `ids` is an [`sql::id_list`] of jobs that wait.
    pub async fn wake(conn, ids: &str, now: i64) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE daily_job SET due_at = $2, version = version + 1 WHERE id", one_of_ids!("$1")))
            .bind(ids).bind(now).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes one off its day.
    pub async fn delete(conn, id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM daily_job WHERE id = $1").bind(id).execute(&mut *conn).await?;
        Ok(())
    }

    /// Says of jobs that an edge forbids them to run beside another one; `ids` is an [`sql::id_list`].
    pub async fn mark_conflicts(conn, ids: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE daily_job SET has_conflicts = TRUE, version = version + 1 WHERE has_conflicts = FALSE AND id",
            one_of_ids!("$1")))
            .bind(ids)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Counts edges that are open now or, with a negative number, not any more.
    pub async fn count_edges(conn, id: i64, more: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_job SET open_edges = open_edges + $2, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(more)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// For which agents jobs wait, one, several or those of a group, and whether any waits because all starts are stopped: what
    /// `waits_for` says, each once. It costs as much as there are different ones, however many jobs wait.
    pub async fn agents_or_pause_waited_for(conn) -> sql::Result<Vec<WaitKey>> {
        Ok(sqlx::query_scalar::<Db, WaitKey>(
            "WITH RECURSIVE range (low, high) AS (VALUES ('agent:', 'agent;'), ('agents:', 'agents;'), ('group:', 'group;'), ('pause', 'pausf')), \
             found (key, high) AS (SELECT (SELECT MIN(waits_for) FROM daily_job WHERE waits_for >= low AND waits_for < high), high FROM range \
             UNION ALL SELECT (SELECT MIN(waits_for) FROM daily_job WHERE waits_for > found.key AND waits_for < found.high), found.high \
             FROM found WHERE found.key IS NOT NULL) \
             SELECT key FROM found WHERE key IS NOT NULL ORDER BY key")
            .fetch_all(&mut *conn).await?)
    }

    /// Lets jobs be tested that wait for something: those of the highest priority, of which the earliest; at most `max`.
    pub async fn wake_waiting(conn, waits_for: &WaitKey, now: i64, max: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM daily_job WHERE waits_for = $1 \
             ORDER BY priority DESC, start_at, id LIMIT $3", lock!(), ") \
             UPDATE daily_job SET due_at = $2, waits_for = NULL, version = version + 1 \
             WHERE id IN (SELECT id FROM chosen) AND waits_for = $1"))
            .bind(waits_for.to_string()).bind(now).bind(max).execute(&mut *conn).await?.rows_affected())
    }

    /// Lets all jobs be tested that wait for something of which nobody speaks again: also such as somebody else works on, for which it
    /// is waited.
    pub async fn wake_all_waiting(conn, waits_for: &WaitKey, now: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM daily_job WHERE waits_for = $1 ORDER BY id", row_lock!(), ") \
             UPDATE daily_job SET due_at = $2, waits_for = NULL, version = version + 1 \
             WHERE id IN (SELECT id FROM chosen) AND waits_for = $1"))
            .bind(waits_for.to_string()).bind(now).execute(&mut *conn).await?.rows_affected())
    }

    /// Lets jobs be tested that wait for the first of several agents (`agents:|A|B|`), of which this is one: as
    /// [`wake_waiting`] does.
    pub async fn wake_alternates(conn, agent: &str, now: i64, max: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(concat!(
            "WITH chosen AS MATERIALIZED (SELECT id FROM daily_job WHERE waits_for >= 'agents:' AND waits_for < 'agents;' \
             AND replace(waits_for, $1, '') <> waits_for \
             ORDER BY priority DESC, start_at, id LIMIT $3", lock!(), ") \
             UPDATE daily_job SET due_at = $2, waits_for = NULL, version = version + 1 \
             WHERE id IN (SELECT id FROM chosen) AND waits_for IS NOT NULL"))
            .bind(format!("|{agent}|")).bind(now).bind(max).execute(&mut *conn).await?.rows_affected())
    }

    /// Lets all jobs be tested that wait for an agent of a group: one of them is there again.
    pub async fn wake_groups(conn, now: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(
            "UPDATE daily_job SET due_at = $1, waits_for = NULL, version = version + 1 \
             WHERE waits_for >= 'group:' AND waits_for < 'group;'")
            .bind(now).execute(&mut *conn).await?.rows_affected())
    }

    /// Lets the open jobs of a schedule be tested: it has started, or was released.
    pub async fn wake_schedule(conn, schedule_id: i64, now: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(wake_schedule_text!())
            .bind(schedule_id).bind(now).execute(&mut *conn).await?.rows_affected())
    }
}
