//! Table `daily_schedule`: the schedules of each date.

use sqlx::FromRow;

/// A daily schedule.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DailySchedule {
    /// Its number.
    pub id: i64,
    /// Its date, such as `2026-11-23`.
    pub date: String,
    /// The schedule of which it is one.
    pub schedule: String,
    /// What it is called among those of its date.
    pub name: String,
    /// The form of the definition with which it was built.
    pub definition_id: i64,
    /// The time zone of its times.
    pub time_zone: String,
    /// The container job that runs it.
    pub parent_job_id: Option<i64>,
    /// When its day begins, in microseconds.
    pub start_at: i64,
    /// When it was released or started.
    pub released_at: Option<i64>,
    /// The schedule of `scheduler-core`, as JSON.
    pub life: String,
    /// What is shown of it.
    pub status: String,
    /// Jobs that have not ended for good.
    pub open_jobs: i64,
    /// Jobs that count as failed.
    pub failed_jobs: i64,
    /// When time alone changes something.
    pub due_at: Option<i64>,
    /// Its properties by name, as JSON.
    pub properties: String,
    /// When it was built.
    pub built_at: i64,
    /// When it was completed.
    pub completed_at: Option<i64>,
    /// Who wanted it to be as it is, and why, such as `held by local:anna: the tape is late`.
    pub asked: Option<String>,
    /// Grows with every change.
    pub version: i64,
}

/// A daily schedule to store.
#[derive(Debug, Clone)]
pub struct NewDailySchedule {
    /// As in [`DailySchedule`].
    pub date: String,
    /// As in [`DailySchedule`].
    pub schedule: String,
    /// As in [`DailySchedule`].
    pub name: String,
    /// As in [`DailySchedule`].
    pub definition_id: i64,
    /// As in [`DailySchedule`].
    pub time_zone: String,
    /// As in [`DailySchedule`].
    pub parent_job_id: Option<i64>,
    /// As in [`DailySchedule`].
    pub start_at: i64,
    /// As in [`DailySchedule`].
    pub life: String,
    /// As in [`DailySchedule`].
    pub status: String,
    /// As in [`DailySchedule`].
    pub open_jobs: i64,
    /// As in [`DailySchedule`].
    pub due_at: Option<i64>,
    /// As in [`DailySchedule`].
    pub properties: String,
    /// As in [`DailySchedule`].
    pub built_at: i64,
}

sql::both! {
    /// Stores a daily schedule and returns its number.
    pub async fn insert(conn, new: &NewDailySchedule) -> sql::Result<i64> {
        Ok(sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO daily_schedule (date, schedule, name, definition_id, parent_job_id, start_at, life, status, \
             open_jobs, failed_jobs, due_at, properties, built_at, time_zone, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, 1) RETURNING id")
            .bind(&new.date).bind(&new.schedule).bind(&new.name).bind(new.definition_id).bind(new.parent_job_id)
            .bind(new.start_at).bind(&new.life).bind(&new.status).bind(new.open_jobs).bind(new.due_at)
            .bind(&new.properties).bind(new.built_at).bind(&new.time_zone)
            .fetch_one(&mut *conn).await?.0)
    }

    /// Stores what a step has made of a daily schedule.
    pub async fn update(conn, schedule: &DailySchedule) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE daily_schedule SET released_at = $2, life = $3, status = $4, open_jobs = $5, failed_jobs = $6, \
             due_at = $7, properties = $8, completed_at = $9, asked = $10, version = version + 1 WHERE id = $1")
            .bind(schedule.id).bind(schedule.released_at).bind(&schedule.life).bind(&schedule.status)
            .bind(schedule.open_jobs).bind(schedule.failed_jobs).bind(schedule.due_at).bind(&schedule.properties)
            .bind(schedule.completed_at).bind(&schedule.asked)
            .execute(&mut *conn).await?;
        Ok(())
    }

    /// Daily schedules by their numbers, locked until the transaction ends; `ids` is an [`sql::id_list`].
    pub async fn lock(conn, ids: &str) -> sql::Result<Vec<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(concat!(
            "SELECT * FROM daily_schedule WHERE id", one_of_ids!("$1"), " ORDER BY id", row_lock!()))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// Daily schedules by their numbers; `ids` is an [`sql::id_list`].
    pub async fn by_ids(conn, ids: &str) -> sql::Result<Vec<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(concat!(
            "SELECT * FROM daily_schedule WHERE id", one_of_ids!("$1"), " ORDER BY id"))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// The numbers of those whose time has come, the oldest first. They are not locked: who works on them locks all that it needs
    /// together, in the order of their numbers.
    pub async fn due(conn, now: i64, max: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>("SELECT id FROM daily_schedule WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2")
            .bind(now).bind(max).fetch_all(&mut *conn).await?)
    }

    /// Puts off one that cannot be moved on.
    pub async fn put_off(conn, id: i64, due_at: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_schedule SET due_at = $2, version = version + 1 WHERE id = $1")
            .bind(id).bind(due_at).execute(&mut *conn).await?;
        Ok(())
    }

    /// When the next one is due.
    pub async fn next_due(conn) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_as::<Db, (Option<i64>,)>("SELECT min(due_at) FROM daily_schedule WHERE due_at IS NOT NULL")
            .fetch_one(&mut *conn).await?.0)
    }

    /// The one of a date and name, locked.
    pub async fn named(conn, date: &str, name: &str) -> sql::Result<Option<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(concat!(
            "SELECT * FROM daily_schedule WHERE date = $1 AND name = $2", row_lock!()))
            .bind(date).bind(name).fetch_optional(&mut *conn).await?)
    }

    /// The one of a date and name, to be read.
    pub async fn found(conn, date: &str, name: &str) -> sql::Result<Option<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>("SELECT * FROM daily_schedule WHERE date = $1 AND name = $2")
            .bind(date).bind(name).fetch_optional(&mut *conn).await?)
    }

    /// Deletes the one of a date and name with all that is in it, and the subschedules of its containers.
    pub async fn delete(conn, date: &str, name: &str) -> sql::Result<()> {
        sqlx::query::<Db>(
            "WITH RECURSIVE gone (id) AS (SELECT id FROM daily_schedule WHERE date = $1 AND name = $2 \
             UNION SELECT daily_schedule.id FROM gone JOIN daily_job ON daily_job.schedule_id = gone.id \
             JOIN daily_schedule ON daily_schedule.parent_job_id = daily_job.id) \
             DELETE FROM daily_schedule WHERE id IN (SELECT id FROM gone)")
            .bind(date)
            .bind(name)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// The dates of those of a name, in order, each with its status.
    pub async fn dates_of(conn, name: &str) -> sql::Result<Vec<(String, String)>> {
        Ok(sqlx::query_as::<Db, (String, String)>("SELECT date, status FROM daily_schedule WHERE name = $1 ORDER BY date")
            .bind(name).fetch_all(&mut *conn).await?)
    }

    /// How many attempts of its jobs, or of those in its containers, have not ended.
    pub async fn open_attempts(conn, id: i64) -> sql::Result<i64> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "WITH RECURSIVE inside (id) AS (SELECT $1 UNION SELECT daily_schedule.id FROM inside \
             JOIN daily_job ON daily_job.schedule_id = inside.id \
             JOIN daily_schedule ON daily_schedule.parent_job_id = daily_job.id) \
             SELECT COUNT(*) FROM inside JOIN daily_job ON daily_job.schedule_id = inside.id \
             JOIN attempt ON attempt.job_id = daily_job.id WHERE attempt.ended_at IS NULL")
            .bind(id).fetch_one(&mut *conn).await?)
    }

    /// Says when one is deleted, once it is completed.
    pub async fn set_delete_at(conn, id: i64, at: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_schedule SET delete_at = $2 WHERE id = $1")
            .bind(id).bind(at).execute(&mut *conn).await?;
        Ok(())
    }

    /// One that is completed and whose time to be deleted has come, locked; none where it has not, or others are working on it.
    pub async fn to_delete(conn, id: i64, now: i64) -> sql::Result<Option<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(concat!(
            "SELECT * FROM daily_schedule WHERE id = $1 AND completed_at IS NOT NULL AND delete_at <= $2", lock!()))
            .bind(id).bind(now).fetch_optional(&mut *conn).await?)
    }

    /// The numbers of those that are completed and whose time to be deleted has come, the oldest first.
    pub async fn ids_to_delete(conn, now: i64, max: i64) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT id FROM daily_schedule WHERE delete_at IS NOT NULL AND completed_at IS NOT NULL AND delete_at <= $1 \
             ORDER BY delete_at, id LIMIT $2")
            .bind(now).bind(max).fetch_all(&mut *conn).await?)
    }

    /// When the next one that is completed is to be deleted.
    pub async fn next_delete(conn) -> sql::Result<Option<i64>> {
        Ok(sqlx::query_as::<Db, (Option<i64>,)>(
            "SELECT min(delete_at) FROM daily_schedule WHERE delete_at IS NOT NULL AND completed_at IS NOT NULL")
            .fetch_one(&mut *conn).await?.0)
    }

    /// Gives one other properties, as JSON.
    pub async fn set_properties(conn, id: i64, properties: &str) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE daily_schedule SET properties = $2, version = version + 1 WHERE id = $1")
            .bind(id).bind(properties).execute(&mut *conn).await?;
        Ok(())
    }

    /// All of a schedule on a date.
    pub async fn of_schedule(conn, date: &str, schedule: &str) -> sql::Result<Vec<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(
            "SELECT * FROM daily_schedule WHERE schedule = $1 AND date = $2 ORDER BY id")
            .bind(schedule).bind(date).fetch_all(&mut *conn).await?)
    }

    /// Those of a schedule on other dates that are not over.
    pub async fn of_other_days(conn, schedule: &str, date: &str) -> sql::Result<Vec<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(
            "SELECT * FROM daily_schedule WHERE schedule = $1 AND date <> $2 AND completed_at IS NULL ORDER BY id")
            .bind(schedule).bind(date).fetch_all(&mut *conn).await?)
    }

    /// All of a date, in the order of their build.
    pub async fn of_date(conn, date: &str) -> sql::Result<Vec<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>("SELECT * FROM daily_schedule WHERE date = $1 ORDER BY id")
            .bind(date).fetch_all(&mut *conn).await?)
    }

    /// Those that a container job runs.
    pub async fn inside(conn, parent_job_id: i64) -> sql::Result<Vec<DailySchedule>> {
        Ok(sqlx::query_as::<Db, DailySchedule>(
            "SELECT * FROM daily_schedule WHERE parent_job_id = $1 ORDER BY id")
            .bind(parent_job_id).fetch_all(&mut *conn).await?)
    }

    /// The numbers of all schedules in the containers of a schedule, at any depth.
    pub async fn below(conn, id: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(
            "WITH RECURSIVE below (id) AS (SELECT daily_schedule.id FROM daily_job \
             JOIN daily_schedule ON daily_schedule.parent_job_id = daily_job.id WHERE daily_job.schedule_id = $1 \
             UNION SELECT daily_schedule.id FROM below JOIN daily_job ON daily_job.schedule_id = below.id \
             JOIN daily_schedule ON daily_schedule.parent_job_id = daily_job.id) SELECT id FROM below ORDER BY id")
            .bind(id)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}
