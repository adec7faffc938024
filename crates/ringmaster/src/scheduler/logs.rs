//! `ringmaster job log`.

use std::io::Write as _;
use std::time::Duration;

use kit::ExitCode;
use scheduler_api::{Log, LogText};

use super::client::Client;
use super::job_arguments::OfJob;
use super::output::{Output, Table, answer, done, print_line};
use super::words::{AttemptId, segment};
use super::{DONE, block_on, jobs};

/// Seconds that one question waits for more of a log.
const WAIT_S: u64 = 20;
/// How long a follower rests when nothing has come: an agent need not wait for more.
const REST: Duration = Duration::from_secs(1);

/// Which log is meant, and how it is printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The job.
    pub(super) job: Option<&'a OfJob>,
    /// One attempt by its id, in place of a job.
    pub(super) id: Option<AttemptId>,
    /// The attempt of the job; the last one if left out.
    pub(super) attempt: Option<i64>,
    /// The log; the main one if left out.
    pub(super) name: Option<&'a str>,
    /// Whether it goes on while the job runs.
    pub(super) follow: bool,
    /// Whether only the names of the logs are wanted.
    pub(super) list: bool,
}

impl Wanted<'_> {
    /// The path in the API, with what is asked of an attempt.
    async fn path(&self, client: &Client) -> anyhow::Result<(String, Option<String>)> {
        match (self.id, self.job) {
            (Some(id), _) => Ok((format!("/attempts/{}/{}", id.job, id.number), None)),
            (None, Some(job)) => {
                let attempt = self.attempt.map(|number| format!("attempt={number}"));
                Ok((jobs::path(client, job).await?, attempt))
            }
            (None, None) => {
                anyhow::bail!("name a job, such as Night/Load, or an attempt with --id")
            }
        }
    }
}

/// Prints a log, or which there are.
pub(super) fn run(client: &Client, output: Output, wanted: Wanted<'_>) -> anyhow::Result<ExitCode> {
    if wanted.list {
        let all: Vec<Log> = block_on(async {
            let (path, attempt) = wanted.path(client).await?;
            client.get(&format!("{path}/logs?{}", attempt.unwrap_or_default())).await
        })?;
        let quiet = |all: &Vec<Log>| all.iter().try_for_each(|log| print_line(&log.name));
        answer(output, &all, |all| show(all), quiet)?;
        return Ok(DONE);
    }
    block_on(async {
        let (path, attempt) = wanted.path(client).await?;
        let name = wanted.name.map(|name| format!("name={}", segment(name)));
        let follow = wanted.follow;
        let mut from: Option<String> = None;
        loop {
            let place = from.as_ref().map(|from| format!("from={}", segment(from)));
            let wait = follow.then(|| format!("wait={WAIT_S}"));
            let asked: Vec<String> =
                [attempt.clone(), name.clone(), place, wait].into_iter().flatten().collect();
            let asked = format!("{path}/log?{}", asked.join("&"));
            let part: LogText =
                if follow { client.wait_for(&asked).await? } else { client.get(&asked).await? };
            done(std::io::stdout().lock().write_all(part.text.as_bytes()))?;
            let is_still = part.text.is_empty() && from.as_deref() == Some(part.next.as_str());
            if part.is_end || (!follow && (part.text.is_empty() || is_still)) {
                return Ok(DONE);
            }
            if is_still {
                tokio::time::sleep(REST).await;
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
