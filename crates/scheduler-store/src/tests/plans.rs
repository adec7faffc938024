//! How SQLite, which may know nothing of how many rows there are of a kind, finds those that are wanted.

use testkit::databases;

use super::write;
use crate::daily_job::wake_schedule_text;

sql::both! {
    async fn explain_wake_schedule(conn) -> sql::Result<Vec<(i64, i64, i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, i64, String)>(concat!("EXPLAIN QUERY PLAN ", wake_schedule_text!()))
            .bind(1).bind(2).fetch_all(&mut *conn).await?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_a_schedule_are_woken_without_a_look_at_those_of_others_that_wait_too() {
    let db = databases::sqlite().await;
    db.migrate(&crate::MIGRATIONS).await.unwrap();
    let steps = write(&db, |tx| Box::pin(async move { explain_wake_schedule(tx).await })).await;
    let steps: Vec<String> = steps.into_iter().map(|step| step.3).collect();
    let is_by_schedule = |step: &String| {
        step.starts_with("SEARCH daily_job USING INDEX") && step.ends_with("(schedule_id=?)")
    };
    assert!(steps.len() == 1 && steps.iter().all(is_by_schedule), "{steps:#?}");
}
