//! Real processes per second: submitted over REST and run to DONE.

use std::time::Instant;

use serde_json::json;

use crate::client::submit;
use crate::report::{Bar, Figure, Report};
use crate::server::Server;
use crate::{Database, machine};

/// The load of one run.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) jobs: usize,
    pub(crate) clients: usize,
    pub(crate) concurrency: usize,
}

/// Runs `/bin/true` as a job, over and over.
pub(crate) async fn run(report: &mut Report, database: Database, load: Load) -> anyhow::Result<()> {
    let server = Server::start(database, load.concurrency).await?;
    // Caches, the pool and the first pages of the database are warm in every real night too.
    let warm = submit(&server.client, "TRUE", 200, load.clients).await?;
    server.client.all_done(&warm).await?;
    let begin = Instant::now();
    let ids = submit(&server.client, "TRUE", load.jobs, load.clients).await?;
    let submitted = begin.elapsed();
    server.client.all_done(&ids).await?;
    let all = begin.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let rate = |seconds: f64| load.jobs as f64 / seconds;
    report.add(Figure {
        what: &format!("{database:?}: {} processes of /bin/true, {} clients, run to DONE", load.jobs, load.clients),
        value: rate(all.as_secs_f64()),
        unit: "jobs/s",
        bar: Bar::Above(500.0),
        details: json!({
            "jobs": load.jobs, "clients": load.clients, "concurrency": load.concurrency, "durable": true,
            "seconds": all.as_secs_f64(), "submissions_per_second": rate(submitted.as_secs_f64()),
            "server_resident_mib": machine::resident_mib(server.pid()),
        }),
    });
    Ok(())
}
