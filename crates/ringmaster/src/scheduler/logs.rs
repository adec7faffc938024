//! `ringmaster job log`.

use std::io::Write as _;

use kit::ExitCode;
use scheduler_api::{Log, LogText};

use super::arguments::OfJob;
use super::client::Client;
use super::output::{Output, Table, answer, done, print_line};
use super::words::segment;
use super::{DONE, block_on, jobs};

/// Seconds that one question waits for more of a log.
const WAIT_S: u64 = 20;

/// Prints a log, or which there are.
pub(super) fn run(
    client: &Client,
    output: Output,
    job: &OfJob,
    attempt: Option<i64>,
    name: Option<&str>,
    follow: bool,
    list: bool,
) -> anyhow::Result<ExitCode> {
    let attempt = attempt.map(|number| format!("attempt={number}"));
    if list {
        let all: Vec<Log> = block_on(async {
            let path = jobs::path(client, job).await?;
            client.get(&format!("{path}/logs?{}", attempt.unwrap_or_default())).await
        })?;
        let quiet = |all: &Vec<Log>| all.iter().try_for_each(|log| print_line(&log.name));
        answer(output, &all, |all| show(all), quiet)?;
        return Ok(DONE);
    }
    block_on(async {
        let path = jobs::path(client, job).await?;
        let name = name.map(|name| format!("name={}", segment(name)));
        let mut from: Option<String> = None;
        loop {
            let place = from.as_ref().map(|from| format!("from={}", segment(from)));
            let wait = follow.then(|| format!("wait={WAIT_S}"));
            let asked: Vec<String> =
                [attempt.clone(), name.clone(), place, wait].into_iter().flatten().collect();
            let part: LogText = client.get(&format!("{path}/log?{}", asked.join("&"))).await?;
            done(std::io::stdout().lock().write_all(part.text.as_bytes()))?;
            let is_still = part.text.is_empty() && from.as_deref() == Some(part.next.as_str());
            if part.is_end || (!follow && (part.text.is_empty() || is_still)) {
                return Ok(DONE);
            }
            from = Some(part.next);
        }
    })
}

fn show(all: &[Log]) -> anyhow::Result<()> {
    let mut table = Table::new(&["LOG", "WHERE", "COMPLETE"]);
    for log in all {
        let place = if log.is_archived { "archive" } else { "agent" };
        let is_complete = if log.is_complete { "yes" } else { "no" };
        table.row([log.name.clone(), place.to_owned(), is_complete.to_owned()]);
    }
    table.print("the job has no log")
}
