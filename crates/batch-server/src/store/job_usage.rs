//! Who refers to a job, for definitions that come from files and disk.

use super::job::Job;
use crate::counted::counted;

/// Who refers to a job, in words: `1 schedule, 2 lists of roles`; empty when nobody does.
pub(crate) async fn users(tx: &mut sql::Tx<'_>, id: i64) -> sql::Result<String> {
    let (schedules, roles, requests) = counts(tx, id).await?;
    let used = [
        (schedules, "schedule", "schedules"),
        (roles, "list of a role", "lists of roles"),
        (requests, "request that is not over", "requests that are not over"),
    ];
    let used = used.into_iter().filter(|(count, ..)| *count > 0);
    Ok(used
        .map(|(count, one, several)| counted(count, one, several))
        .collect::<Vec<_>>()
        .join(", "))
}

sql::both! {
    /// The jobs of an application that come from `source`.
    pub(crate) async fn of_source(conn, application_id: i64, source: &str) -> sql::Result<Vec<Job>> {
        Ok(sqlx::query_as::<Db, Job>("SELECT * FROM job WHERE application_id = $1 AND source = $2 ORDER BY id")
            .bind(application_id)
            .bind(source)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Schedules, lists of roles, and live requests of a job.
    async fn counts(conn, id: i64) -> sql::Result<(i64, i64, i64)> {
        Ok(sqlx::query_as::<Db, (i64, i64, i64)>(
            "SELECT (SELECT count(*) FROM schedule WHERE job_id = $1), \
             (SELECT count(*) FROM role_job WHERE job_id = $1), \
             (SELECT count(*) FROM request WHERE job_id = $1 AND state <> 'ended')")
            .bind(id)
            .fetch_one(&mut *conn)
            .await?)
    }
}
