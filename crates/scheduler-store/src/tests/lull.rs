use testkit::databases;

use super::{both, write};
use crate::lull::{self, Lull, lull_text};
use crate::message::{self, Message};
use crate::{firing, server_state};

sql::both! {
    /// How SQLite would find the answer.
    pub async fn explain(conn) -> sql::Result<Vec<(i64, i64, i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, i64, String)>(concat!("EXPLAIN QUERY PLAN ", lull_text!()))
            .fetch_all(&mut *conn).await?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lull_says_what_goes_on_and_what_is_next() {
    for db in both().await {
        let quiet = Lull {
            is_paused: false,
            attempts_of: None,
            firing: None,
            agent: None,
            alternate_agents: None,
            agent_group: None,
            job: None,
            schedule: None,
            build: None,
            message: None,
        };
        let found = write(&db, |tx| Box::pin(async move { lull::lull(tx).await })).await;
        assert_eq!(found, quiet);
        let found = write(&db, |tx| {
            Box::pin(async move {
                server_state::pause(tx, "anna", 1, "why").await?;
                let message = Message {
                    id: 0,
                    kind: "log".to_owned(),
                    subject: "s".to_owned(),
                    body: "{}".to_owned(),
                    created_at: 5,
                    due_at: 70,
                    tries: 0,
                    last_error: None,
                    node_id: None,
                };
                message::insert(tx, &[message]).await?;
                let fired = firing::Firing {
                    id: 0,
                    job_id: None,
                    schedule_id: None,
                    reply: None,
                    events: "[]".to_owned(),
                    performed: 0,
                    refused: 0,
                    fired_at: 5,
                    agent: None,
                    maintenance: None,
                };
                firing::insert(tx, &[fired]).await?;
                lull::lull(tx).await
            })
        })
        .await;
        assert_eq!((found.is_paused, found.message), (true, Some(70)));
        assert!(found.firing.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lull_costs_lookups_and_no_scan_of_what_grows() {
    let db = databases::sqlite().await;
    db.migrate(&crate::MIGRATIONS).await.unwrap();
    let steps = write(&db, |tx| Box::pin(async move { explain(tx).await })).await;
    let steps: Vec<String> = steps.into_iter().map(|step| step.3).collect();
    for table in ["attempt", "daily_job", "daily_schedule", "auto_build", "message", "firing"] {
        let of = |step: &&String| step.split(' ').any(|word| word == table);
        let found: Vec<_> = steps.iter().filter(of).collect();
        assert!(!found.is_empty(), "{table}: {steps:#?}");
        // `SEARCH` with min() reads one entry.
        assert!(found.iter().all(|step| step.starts_with("SEARCH")), "{table}: {steps:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_keeps_its_first_clock_and_what_that_has_reached() {
    for db in both().await {
        let (before, after) = write(&db, |tx| {
            Box::pin(async move {
                let before = server_state::clock(tx).await?;
                server_state::set_clock(tx, "accelerated").await?;
                server_state::set_clock(tx, "machine").await?;
                server_state::reach(tx, 50).await?;
                server_state::reach(tx, 40).await?;
                Ok((before, server_state::clock(tx).await?))
            })
        })
        .await;
        assert_eq!(before, (None, None));
        assert_eq!(after, (Some("accelerated".to_owned()), Some(50)));
    }
}
