//! Table `application`.

use sqlx::FromRow;

/// An application with its folders (`amt-domain 2.2, 2.3`).
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Application {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) description: String,
    /// `%APPROOT%`.
    pub(crate) base_path: String,
    pub(crate) script_path: String,
    pub(crate) report_path: String,
    pub(crate) extract_path: String,
    /// The user that a job runs as when nothing else is said.
    pub(crate) default_user: Option<String>,
    /// JSON object of variables that every job of the application gets.
    pub(crate) settings: String,
    pub(crate) version: i64,
}

/// An application to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewApplication {
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) description: String,
    pub(crate) base_path: String,
    pub(crate) script_path: String,
    pub(crate) report_path: String,
    pub(crate) extract_path: String,
    pub(crate) default_user: Option<String>,
    pub(crate) settings: String,
}

/// Who refers to an application.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Usage {
    pub(crate) jobs: i64,
    pub(crate) queues: i64,
    pub(crate) live_requests: i64,
    pub(crate) ended_requests: i64,
}

sql::both! {
    /// Every application, by name.
    pub(crate) async fn all(conn) -> sql::Result<Vec<Application>> {
        Ok(sqlx::query_as::<Db, Application>("SELECT * FROM application ORDER BY name_key")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Applications after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<Application>> {
        Ok(sqlx::query_as::<Db, Application>("SELECT * FROM application WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One application.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Application>> {
        Ok(sqlx::query_as::<Db, Application>("SELECT * FROM application WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One application, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Application>> {
        Ok(sqlx::query_as::<Db, Application>(concat!("SELECT * FROM application WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The application with this key.
    pub(crate) async fn by_key(conn, name_key: &str) -> sql::Result<Option<Application>> {
        Ok(sqlx::query_as::<Db, Application>("SELECT * FROM application WHERE name_key = $1")
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Stores a new application and returns its id.
    pub(crate) async fn insert(conn, new: &NewApplication) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO application (name, name_key, description, base_path, script_path, report_path, extract_path, \
             default_user, settings, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) RETURNING id")
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(&new.description)
            .bind(&new.base_path)
            .bind(&new.script_path)
            .bind(&new.report_path)
            .bind(&new.extract_path)
            .bind(&new.default_user)
            .bind(&new.settings)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces an application.
    pub(crate) async fn update(conn, id: i64, new: &NewApplication) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE application SET name = $2, name_key = $3, description = $4, base_path = $5, script_path = $6, \
             report_path = $7, extract_path = $8, default_user = $9, settings = $10, \
             version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(&new.name)
            .bind(&new.name_key)
            .bind(&new.description)
            .bind(&new.base_path)
            .bind(&new.script_path)
            .bind(&new.report_path)
            .bind(&new.extract_path)
            .bind(&new.default_user)
            .bind(&new.settings)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes an application that nothing refers to.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM application WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Who refers to an application.
    pub(crate) async fn usage(conn, id: i64) -> sql::Result<Usage> {
        Ok(sqlx::query_as::<Db, Usage>(
            "SELECT (SELECT count(*) FROM job WHERE application_id = $1) AS jobs, \
             (SELECT count(*) FROM queue WHERE application_id = $1) AS queues, \
             (SELECT count(*) FROM request WHERE application_id = $1 AND state <> 'ended') AS live_requests, \
             (SELECT count(*) FROM request WHERE application_id = $1 AND state = 'ended') AS ended_requests")
            .bind(id)
            .fetch_one(&mut *conn)
            .await?)
    }
}
