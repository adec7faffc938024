//! The begin of a life: what earlier lives of this process have left is taken over.

use scheduler_core::job::{Event, News};
use scheduler_store::attempt;

use crate::App;
use crate::error::Result;
use crate::work::Work;

/// Takes over the attempts of earlier lives, and of processes whose lease has run out. What was to be started may have been
/// sent: it is unknown until it is found. Says how many were taken over.
///
/// # Errors
/// The database did not do it.
pub async fn adopt(app: &App) -> Result<usize> {
    let (now, life, bodies) = (app.now(), app.life(), app.bodies());
    let machine = sql::to_micros(app.clock().machine());
    app.db()
        .write(move |tx| {
            let bodies = std::sync::Arc::clone(&bodies);
            Box::pin(async move {
                let micros = sql::to_micros(now);
                let adopted = attempt::adopt(tx, life.node_id, life.fence, micros, machine).await?;
                let mut work = Work::begin(tx, bodies, now, life).await?;
                for (job, number, wanted) in &adopted {
                    if wanted == "find" {
                        let attempt = u32::try_from(*number).unwrap_or(u32::MAX);
                        work.job(*job, Event::News { attempt, news: News::StartUnknown });
                    }
                }
                work.finish().await?;
                Ok(adopted.len())
            })
        })
        .await
}
