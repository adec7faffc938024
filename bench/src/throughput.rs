//! Real processes per second: submitted over REST and run to DONE, in turn with the peers.

use std::time::Instant;

use serde_json::{Value, json};

use crate::client::submit;
use crate::load::Load;
use crate::peers::{self, Contender};
use crate::report::{Bar, Figure, Report, Spread};
use crate::server::Server;
use crate::{Database, machine};

/// Jobs that warm a server up: caches, the pool and the first pages of the database are warm in every real night too.
const WARM: usize = 200;

/// What was measured of one database.
struct Measured {
    database: Database,
    rates: Vec<f64>,
    /// Each run, as JSON.
    runs: Vec<Value>,
}

/// Runs `/bin/true` as a job, over and over: every database and every peer once per round, so that what the machine does meanwhile
/// hits all of them alike.
pub(crate) async fn run(
    report: &mut Report,
    databases: &[Database],
    load: Load,
    rounds: usize,
    options: &peers::Options,
) -> anyhow::Result<()> {
    let mut contenders = peers::find(report, options, load);
    let new = |&database| Measured { database, rates: Vec::new(), runs: Vec::new() };
    let mut measured: Vec<Measured> = databases.iter().map(new).collect();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for one in &mut measured {
            one.measure(load).await?;
        }
        peers::round(report, &mut contenders).await;
    }
    report_all(report, &measured, load, &contenders);
    Ok(())
}

impl Measured {
    async fn measure(&mut self, load: Load) -> anyhow::Result<()> {
        let server = Server::start(self.database, load.concurrency).await?;
        let warm = submit(&server.client, "TRUE", WARM, load.clients).await?;
        server.client.all_done(&warm).await?;
        let begin = Instant::now();
        let ids = submit(&server.client, "TRUE", load.jobs, load.clients).await?;
        let submitted = begin.elapsed();
        server.client.all_done(&ids).await?;
        let all = begin.elapsed();
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let rate = |seconds: f64| load.jobs as f64 / seconds;
        let jobs_per_second = rate(all.as_secs_f64());
        eprintln!("  {:?}: {jobs_per_second:.0} jobs/s", self.database);
        self.rates.push(jobs_per_second);
        self.runs.push(json!({
            "jobs_per_second": jobs_per_second, "seconds": all.as_secs_f64(),
            "submissions_per_second": rate(submitted.as_secs_f64()),
            "server_resident_mib": machine::resident_mib(server.pid()),
        }));
        Ok(())
    }
}

fn report_all(report: &mut Report, measured: &[Measured], load: Load, contenders: &[Contender]) {
    let Load { jobs, clients, concurrency } = load;
    for Measured { database, rates, runs } in measured {
        let spread = Spread::new(rates.clone());
        report.add(Figure {
            what: &format!(
                "{database:?}: {jobs} processes of /bin/true, {clients} clients, run to DONE"
            ),
            value: spread.median(),
            unit: "jobs/s",
            bar: Bar::Above(500.0),
            note: format!("{}; {concurrency} at once; {}", spread.words(0), database.durability()),
            details: json!({
                "jobs": jobs, "clients": clients, "concurrency": concurrency, "durable": true,
                "durability": database.durability(), "output_kept": "messages in the database",
                "spread_jobs_per_second": spread.json(), "runs": runs,
            }),
        });
    }
    peers::report_rates(report, contenders);
    for Measured { database, rates, .. } in measured {
        let own = Spread::new(rates.clone());
        peers::report_ratios(report, &format!("{database:?}"), &own, contenders);
    }
}
