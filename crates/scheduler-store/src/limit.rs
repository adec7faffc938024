//! Tables `threshold_value` and `resource_value`: numbers that jobs wait for, and units that they take.

use sqlx::FromRow;

/// A resource as it is now.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Resource {
    /// Its name.
    pub resource: String,
    /// Units there are.
    pub maximum: i64,
    /// Units that running jobs have taken.
    pub used: i64,
    /// The job that waits for all of it.
    pub lock_job_id: Option<i64>,
    /// The priority of that job.
    pub lock_priority: Option<i64>,
}

sql::both! {
    /// All thresholds with their values, locked until the transaction ends.
    pub async fn thresholds(conn) -> sql::Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as::<Db, (String, i64)>(concat!(
            "SELECT threshold, value FROM threshold_value ORDER BY threshold", row_lock!()))
            .fetch_all(&mut *conn).await?)
    }

    /// All resources, locked until the transaction ends.
    pub async fn resources(conn) -> sql::Result<Vec<Resource>> {
        Ok(sqlx::query_as::<Db, Resource>(concat!(
            "SELECT resource, maximum, used, lock_job_id, lock_priority FROM resource_value ORDER BY resource", row_lock!()))
            .fetch_all(&mut *conn).await?)
    }

    /// All thresholds with their values.
    pub async fn thresholds_now(conn) -> sql::Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as::<Db, (String, i64)>("SELECT threshold, value FROM threshold_value ORDER BY threshold")
            .fetch_all(&mut *conn).await?)
    }

    /// All resources.
    pub async fn resources_now(conn) -> sql::Result<Vec<Resource>> {
        Ok(sqlx::query_as::<Db, Resource>(
            "SELECT resource, maximum, used, lock_job_id, lock_priority FROM resource_value ORDER BY resource")
            .fetch_all(&mut *conn).await?)
    }

    /// The resources that a job keeps for itself.
    pub async fn locked(conn) -> sql::Result<Vec<String>> {
        Ok(sqlx::query_scalar::<Db, String>(
            "SELECT resource FROM resource_value WHERE lock_job_id IS NOT NULL ORDER BY resource")
            .fetch_all(&mut *conn).await?)
    }

    /// Adds a threshold; one that is there keeps its value. Whether it is new.
    pub async fn add_threshold(conn, threshold: &str, value: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>("INSERT INTO threshold_value (threshold, value) VALUES ($1, $2) ON CONFLICT (threshold) DO NOTHING")
            .bind(threshold).bind(value).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a resource; one that is there gets another number of units.
    pub async fn put_resource(conn, resource: &str, maximum: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO resource_value (resource, maximum, used) VALUES ($1, $2, 0) \
             ON CONFLICT (resource) DO UPDATE SET maximum = excluded.maximum")
            .bind(resource).bind(maximum).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes a threshold away.
    pub async fn remove_threshold(conn, threshold: &str) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM threshold_value WHERE threshold = $1").bind(threshold).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes all units of a resource away. What jobs hold of it stays counted, for they give it back.
    pub async fn end_resource(conn, resource: &str) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE resource_value SET maximum = 0 WHERE resource = $1").bind(resource).execute(&mut *conn).await?;
        Ok(())
    }

    /// Takes away the resources that are not among these, a [`sql::text_list`], and of which no job holds anything.
    pub async fn remove_other_resources(conn, resources: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "DELETE FROM resource_value WHERE used <= 0 AND NOT (resource", one_of_texts!("$1"), ")"))
            .bind(resources).execute(&mut *conn).await?;
        Ok(())
    }

    /// Sets a threshold. False where there is none of that name.
    pub async fn set_threshold(conn, threshold: &str, value: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>("UPDATE threshold_value SET value = $2 WHERE threshold = $1")
            .bind(threshold).bind(value).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Stores a resource that is locked.
    pub async fn update_resource(conn, resource: &Resource) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE resource_value SET maximum = $2, used = $3, lock_job_id = $4, lock_priority = $5 WHERE resource = $1")
            .bind(&resource.resource).bind(resource.maximum).bind(resource.used).bind(resource.lock_job_id)
            .bind(resource.lock_priority).execute(&mut *conn).await?;
        Ok(())
    }
}
