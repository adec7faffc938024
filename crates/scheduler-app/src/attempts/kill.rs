//! Ending attempts by force.

use std::sync::Arc;

use connector::{Cancelled, State, TaskRef};
use futures_util::future::join_all;
use scheduler_core::job::{Event, News};
use scheduler_store::attempt::{self, Attempt};

use super::task;
use crate::App;
use crate::error::Result;
use crate::work::Work;

/// Attempts that one pass ends at most.
const KILLS_MAX: i64 = 200;

/// Asks the agents to end every attempt that is to be killed. Says how many answered; one that did not is asked
/// again by the next pass.
///
/// # Errors
/// The database did not do it; the agents are asked again.
pub async fn kill(app: &App) -> Result<usize> {
    let life = app.life();
    let rows = app.db().read(move |tx| Box::pin(attempt::to_kill(tx, life, KILLS_MAX))).await?;
    let answers = join_all(rows.iter().map(|row| cancel(app, row))).await;
    let answered: Vec<(i64, i64, Cancelled)> = rows
        .iter()
        .zip(answers)
        .filter_map(|(row, answer)| Some((row.job_id, row.number, answer?)))
        .collect();
    let count = answered.len();
    if count > 0 {
        store(app, Arc::new(answered)).await?;
    }
    Ok(count)
}

async fn cancel(app: &App, row: &Attempt) -> Option<Cancelled> {
    let state = State(row.handle.clone().unwrap_or_default());
    let task = TaskRef { attempt: task::key(app.instance(), row.job_id, row.number), state };
    match app.integration(&row.agent).await {
        Ok(Ok(integration)) => match integration.cancel(task).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                tracing::warn!(
                    agent = row.agent,
                    job = row.job_id,
                    "it could not be killed yet: {error}"
                );
                None
            }
        },
        Ok(Err(none)) => Some(Cancelled::Refused { why: none.to_string() }),
        Err(error) => {
            tracing::warn!(job = row.job_id, "it could not be killed yet: {error}");
            None
        }
    }
}

async fn store(app: &App, answered: Arc<Vec<(i64, i64, Cancelled)>>) -> Result<()> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    app.db()
        .write(move |tx| {
            let (bodies, answered) = (Arc::clone(&bodies), Arc::clone(&answered));
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                for (job, number, answer) in answered.iter() {
                    let Some(row) = work.attempt(*job, *number).await? else { continue };
                    row.is_kill_wanted = false;
                    let news = match answer {
                        Cancelled::Sent => News::KillSent,
                        // Its end is on its way.
                        Cancelled::TooLate => continue,
                        Cancelled::Refused { why } => {
                            row.description = format!("it was not killed: {why}");
                            News::KillFailed
                        }
                    };
                    let attempt = u32::try_from(*number).unwrap_or(u32::MAX);
                    work.job(*job, Event::News { attempt, news });
                }
                work.finish().await
            })
        })
        .await?;
    Ok(())
}
