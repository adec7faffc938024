use super::{both, write};
use crate::job_log::{self, JobLog, Place};
use crate::server_state;

fn log(job_id: i64, attempt: i64, name: &str, keep_until: &str) -> JobLog {
    JobLog {
        job_id,
        attempt,
        name: name.to_owned(),
        place: 0,
        bytes: 1,
        chunks: format!("[\"{job_id}.{attempt}.{name}\"]"),
        is_complete: true,
        keep_until: keep_until.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_logs_of_a_day_lie_is_read_in_parts() {
    for db in both().await {
        let parts = write(&db, |tx| {
            Box::pin(async move {
                let day = "2026-12-01";
                let all = [
                    log(2, 1, "a", day),
                    log(10, 2, "a", day),
                    log(2, 1, "b", day),
                    log(2, 10, "a", day),
                    log(3, 1, "a", "2026-12-02"),
                ];
                job_log::put(tx, &all).await?;
                let (mut parts, mut after) = (Vec::new(), Place::default());
                loop {
                    let rows = job_log::kept_until(tx, day, &after, 3).await?;
                    let Some(last) = rows.last() else { return Ok(parts) };
                    let (job_id, attempt, name) = (last.job_id, last.attempt, last.name.clone());
                    after = Place { job_id, attempt, name };
                    parts.push(rows.into_iter().map(|row| row.chunks).collect::<Vec<_>>());
                }
            })
        })
        .await;
        let [first, second] = [["2.1.a", "2.1.b", "2.10.a"].as_slice(), &["10.2.a"]];
        let shown =
            |keys: &[&str]| keys.iter().map(|key| format!("[\"{key}\"]")).collect::<Vec<_>>();
        assert_eq!(parts, [shown(first), shown(second)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_far_the_archive_was_looked_through_is_remembered() {
    for db in both().await {
        let seen = write(&db, |tx| {
            Box::pin(async move {
                let before = server_state::archive_swept(tx).await?;
                server_state::set_archive_swept(tx, 42).await?;
                Ok((before, server_state::archive_swept(tx).await?))
            })
        })
        .await;
        assert_eq!(seen, (None, Some(42)));
    }
}
