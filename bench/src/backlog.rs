//! A long queue: the claim rate and the memory with many requests waiting.

use std::time::Instant;

use serde_json::json;

use crate::client::{Client, submit};
use crate::report::{Bar, Figure, Report};
use crate::server::Server;
use crate::{Database, machine};

/// Jobs whose rate is measured at the head of the queue.
const MEASURED: usize = 2_000;
/// Requests that wait behind them in the short queue.
const SHORT: usize = 100;

/// Measures the first jobs of a short and of a long queue. The short one before and after, since a machine grows slower
/// under the load of the measurements themselves.
pub(crate) async fn run(
    report: &mut Report,
    database: Database,
    backlog: usize,
) -> anyhow::Result<()> {
    let (before, _) = rate(database, SHORT).await?;
    let (long, resident) = rate(database, backlog).await?;
    let (after, _) = rate(database, SHORT).await?;
    let short = f64::midpoint(before, after);
    report.add(Figure {
        what: &format!("{database:?}: claim rate with {backlog} waiting over that with {SHORT}"),
        value: long / short,
        unit: "x",
        bar: Bar::Above(0.8),
        note: format!("{before:.0} before, {long:.0}, {after:.0} after: jobs/s over the first {MEASURED}; {}", database.durability()),
        details: json!({"jobs_per_second_short": [before, after], "jobs_per_second_long": long, "measured": MEASURED, "durable": true}),
    });
    report.add(Figure {
        what: &format!("{database:?}: memory of the server with {backlog} waiting"),
        value: resident,
        unit: "MiB",
        bar: Bar::Below(150.0),
        note: "resident, before the first claim".to_owned(),
        details: json!({"resident": true}),
    });
    Ok(())
}

async fn rate(database: Database, waiting: usize) -> anyhow::Result<(f64, f64)> {
    let server = Server::start(database, 32).await?;
    switch(&server.client, "halt").await?;
    let ids = submit(&server.client, "TRUE", MEASURED + waiting, 32).await?;
    let resident = machine::resident_mib(server.pid()).unwrap_or(f64::NAN);
    server.settle().await;
    let begin = Instant::now();
    switch(&server.client, "resume").await?;
    server.client.all_done(&ids[..MEASURED]).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let rate = MEASURED as f64 / begin.elapsed().as_secs_f64();
    Ok((rate, resident))
}

async fn switch(client: &Client, verb: &str) -> anyhow::Result<()> {
    client.post(&format!("/control/v1/server-state/{verb}"), &json!({})).await?;
    Ok(())
}
