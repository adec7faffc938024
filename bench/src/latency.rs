//! Latencies of an idle server: accepted to running, ended to answered.

use anyhow::Context as _;
use serde_json::json;

use crate::Database;
use crate::report::{Bar, Figure, Report, Spread};
use crate::server::Server;
use crate::stamp::now_micros;

/// Jobs measured, after ten that warm up.
const RUNS: usize = 300;
const WARM: usize = 10;

/// Runs a job that prints the time, one after another.
pub(crate) async fn run(report: &mut Report, database: Database) -> anyhow::Result<()> {
    let server = Server::start(database, 4).await?;
    let (mut start, mut end) = (Vec::new(), Vec::new());
    for run in 0..WARM + RUNS {
        let id = server.client.start("STAMP").await?;
        let accepted = now_micros();
        let status = server.client.end_of(id).await?;
        let answered = now_micros();
        anyhow::ensure!(status["Code"] == 4, "the job of the latency run failed: {status}");
        let page = server.client.get(&format!("/GetMessages?BatchRequestId={id}")).await?;
        let text = page["Messages"][0]["Text"].as_str().context("the job printed nothing")?;
        let ran: u64 = text.parse().context("the job printed no time")?;
        if run >= WARM {
            start.push(millis(accepted, ran));
            end.push(millis(ran, answered));
        }
    }
    add(report, database, "submit accepted to child running, p99", start);
    add(report, database, "end of process to long poll answered, p99", end);
    Ok(())
}

/// Milliseconds from one instant to the other; 0 when the clock of the answer was read later than that of the job.
fn millis(from: u64, to: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "differences far below 2^52")]
    let micros = to.saturating_sub(from) as f64;
    micros / 1000.0
}

fn add(report: &mut Report, database: Database, what: &str, values: Vec<f64>) {
    let spread = Spread::new(values);
    report.add(Figure {
        what: &format!("{database:?}: {what}"),
        value: spread.percentile(99),
        unit: "ms",
        bar: Bar::Below(10.0),
        note: format!("{}; idle server; {}", spread.words(2), database.durability()),
        details: json!({"spread_ms": spread.json(), "durable": true}),
    });
}
