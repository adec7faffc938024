//! Table `job`.

use sqlx::FromRow;

/// A job definition (`amt-domain 2.7`).
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Job {
    pub(crate) id: i64,
    pub(crate) application_id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    /// `report`, `script` or `executable`.
    pub(crate) kind: String,
    /// File name: below the report folder for reports and executables, below the script folder for scripts.
    pub(crate) file: String,
    /// JSON array of arguments.
    pub(crate) arguments: String,
    /// Revision of a report, for its first log line.
    pub(crate) revision: String,
    pub(crate) queue_id: Option<i64>,
    pub(crate) run_as: Option<String>,
    pub(crate) report_parameter: Option<String>,
    pub(crate) global_parameter: Option<String>,
    pub(crate) description: String,
    /// Who defined it: `file`, `disk` or `control_center`.
    pub(crate) source: String,
    pub(crate) version: i64,
}

/// A job definition to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) application_id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) kind: String,
    pub(crate) file: String,
    pub(crate) arguments: String,
    pub(crate) revision: String,
    pub(crate) queue_id: Option<i64>,
    pub(crate) run_as: Option<String>,
    pub(crate) report_parameter: Option<String>,
    pub(crate) global_parameter: Option<String>,
    pub(crate) description: String,
    pub(crate) source: String,
}

sql::both! {
    /// Every job.
    pub(crate) async fn all(conn) -> sql::Result<Vec<Job>> {
        Ok(sqlx::query_as::<Db, Job>("SELECT * FROM job").fetch_all(&mut *conn).await?)
    }

    /// One job.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Job>> {
        Ok(sqlx::query_as::<Db, Job>("SELECT * FROM job WHERE id = $1").bind(id).fetch_optional(&mut *conn).await?)
    }

    /// One job, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Job>> {
        Ok(sqlx::query_as::<Db, Job>(concat!("SELECT * FROM job WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The job of this key in an application.
    pub(crate) async fn by_key(conn, application_id: i64, name_key: &str) -> sql::Result<Option<Job>> {
        Ok(sqlx::query_as::<Db, Job>("SELECT * FROM job WHERE application_id = $1 AND name_key = $2")
            .bind(application_id)
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Stores a new job and returns its id.
    pub(crate) async fn insert(conn, new: &NewJob) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO job (application_id, name, name_key, kind, file, arguments, revision, queue_id, run_as, \
             report_parameter, global_parameter, description, source, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1) RETURNING id")
            .bind(new.application_id)
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(&new.kind)
            .bind(&new.file)
            .bind(&new.arguments)
            .bind(&new.revision)
            .bind(new.queue_id)
            .bind(&new.run_as)
            .bind(&new.report_parameter)
            .bind(&new.global_parameter)
            .bind(&new.description)
            .bind(&new.source)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces a job.
    pub(crate) async fn update(conn, id: i64, new: &NewJob) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE job SET application_id = $2, name = $3, name_key = $4, kind = $5, file = $6, arguments = $7, \
             revision = $8, queue_id = $9, run_as = $10, report_parameter = $11, global_parameter = $12, \
             description = $13, source = $14, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(new.application_id)
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(&new.kind)
            .bind(&new.file)
            .bind(&new.arguments)
            .bind(&new.revision)
            .bind(new.queue_id)
            .bind(&new.run_as)
            .bind(&new.report_parameter)
            .bind(&new.global_parameter)
            .bind(&new.description)
            .bind(&new.source)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes a job from the definitions and from the lists of roles. Its requests keep its name.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM job WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Names of schedules that start a job, five at most.
    pub(crate) async fn schedules(conn, id: i64) -> sql::Result<Vec<String>> {
        let rows = sqlx::query_as::<Db, (String,)>("SELECT name FROM schedule WHERE job_id = $1 ORDER BY name_key LIMIT 5")
            .bind(id)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// How many requests of a job are not over.
    pub(crate) async fn live_requests(conn, id: i64) -> sql::Result<i64> {
        Ok(sqlx::query_as::<Db, (i64,)>("SELECT count(*) FROM request WHERE job_id = $1 AND state <> 'ended'")
            .bind(id)
            .fetch_one(&mut *conn)
            .await?
            .0)
    }
}
