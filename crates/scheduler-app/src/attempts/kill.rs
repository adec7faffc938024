//! Ending attempts by force.

use std::sync::Arc;
use std::time::Duration;

use connector::{Cancelled, Integration, State, TaskRef};
use futures_util::stream::{FuturesUnordered, StreamExt};
use scheduler_core::job::{Event, News};
use scheduler_store::attempt::{self, Attempt};
use tokio::time::timeout;

use super::task;
use crate::App;
use crate::agents::NoIntegration;
use crate::error::Result;
use crate::work::Work;

/// Attempts that one pass ends at most.
const KILLS_MAX: i64 = 200;

/// How long an agent may take to answer; what takes longer is asked again.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The way to an agent.
type Connection = std::result::Result<Arc<dyn Integration>, NoIntegration>;

/// Asks the agents to end every attempt that is to be killed. Says how many answered; one that did not is asked
/// again by the next pass.
///
/// # Errors
/// The database did not do it; the agents are asked again.
pub async fn kill(app: &App) -> Result<usize> {
    let life = app.life();
    let rows = app.db().read_one(move |tx| Box::pin(attempt::to_kill(tx, life, KILLS_MAX))).await?;
    let calls = FuturesUnordered::new();
    for row in &rows {
        // A call holds no connection to the database, so that many of them cannot starve who stores the answers.
        let connection = app.integration(&row.agent).await?;
        calls.push(async move { (row, cancel(app.instance(), row, connection).await) });
    }
    // One that hangs keeps no other waiting.
    let mut answers = calls.ready_chunks(rows.len().max(1));
    let mut count = 0;
    while let Some(answered) = answers.next().await {
        let answered: Vec<(i64, i64, Cancelled)> = answered
            .into_iter()
            .filter_map(|(row, answer)| Some((row.job_id, row.number, answer?)))
            .collect();
        count += answered.len();
        if !answered.is_empty() {
            store(app, Arc::new(answered)).await?;
        }
    }
    Ok(count)
}

/// What an agent says of the wish; none where it is to be asked again.
async fn cancel(instance: &str, row: &Attempt, connection: Connection) -> Option<Cancelled> {
    let integration = match connection {
        Ok(integration) => integration,
        Err(none) => return Some(Cancelled::Refused { why: none.to_string() }),
    };
    let state = State(row.handle.clone().unwrap_or_default());
    let task = TaskRef { attempt: task::key(instance, row.job_id, row.number), state };
    let why = match timeout(ANSWER_MAX, integration.cancel(task)).await {
        Ok(Ok(answer)) => return Some(answer),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("the agent did not answer within {} s", ANSWER_MAX.as_secs()),
    };
    tracing::warn!(agent = row.agent, job = row.job_id, "it could not be killed yet: {why}");
    None
}

async fn store(app: &App, answered: Arc<Vec<(i64, i64, Cancelled)>>) -> Result<()> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    app.db()
        .write(move |tx| {
            let (bodies, answered) = (Arc::clone(&bodies), Arc::clone(&answered));
            Box::pin(async move {
                let mut work = Work::begin(tx, bodies, now, life).await?;
                let jobs: Vec<i64> = answered.iter().map(|(job, ..)| *job).collect();
                // Their ends may be stored at the same time.
                work.expect(&jobs).await?;
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
