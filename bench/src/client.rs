//! The calls that the harness makes.

use anyhow::Context as _;
use serde_json::{Value, json};

/// A client with a connection pool and a token.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// A client that has not logged on.
    pub(crate) fn new(base: &str) -> Self {
        Self { http: reqwest::Client::new(), base: base.to_owned(), token: String::new() }
    }

    /// Logs on.
    pub(crate) async fn logon(mut self, user: &str, password: &str) -> anyhow::Result<Self> {
        let answer = self.post("/Logon", &json!({"UserName": user, "Password": password})).await?;
        answer["AmtLogonToken"]
            .as_str()
            .context("the logon was refused")?
            .clone_into(&mut self.token);
        Ok(self)
    }

    /// A client with connections of its own and the same token.
    pub(crate) fn another(&self) -> Self {
        Self { http: reqwest::Client::new(), ..self.clone() }
    }

    /// A POST; anything but success is an error.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request =
            self.http.post(format!("{}{path}", self.base)).header("X-AMT-LogonToken", &self.token);
        let answer = request.json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status} {text}");
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }

    /// A GET; anything but success is an error.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request =
            self.http.get(format!("{}{path}", self.base)).header("X-AMT-LogonToken", &self.token);
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Starts a job of the application `BENCH`.
    pub(crate) async fn start(&self, job: &str) -> anyhow::Result<i64> {
        let action = json!({"Action": "Start", "ApplicationName": "BENCH", "JobName": job});
        let answer = self.post("/OpConJobAction", &action).await?;
        let id = answer["BatchRequestId"].as_i64().unwrap_or(0);
        anyhow::ensure!(id > 0, "the start of {job} was refused: {answer}");
        Ok(id)
    }

    /// How many of these requests have ended, and how many of them with DONE. Asks in chunks.
    pub(crate) async fn ended(&self, ids: &[i64]) -> anyhow::Result<(usize, usize)> {
        let (mut ended, mut done) = (0, 0);
        for chunk in ids.chunks(10_000) {
            let answer = self.post("/MonitorJob", &json!({"BatchRequestIds": chunk})).await?;
            for item in answer["Items"].as_array().into_iter().flatten() {
                let code = item["Code"].as_u64().unwrap_or(0);
                ended += usize::from([3, 4, 6, 10, 11, 12, 22, 99].contains(&code));
                done += usize::from(code == 4);
            }
        }
        Ok((ended, done))
    }

    /// Waits until all of these requests have ended, and insists that each ended with DONE.
    pub(crate) async fn all_done(&self, ids: &[i64]) -> anyhow::Result<()> {
        // They end about in order: ask for the last one, by long poll, before asking for all.
        for &id in ids.iter().rev().take(64).collect::<Vec<_>>().into_iter().rev() {
            self.end_of(id).await?;
        }
        loop {
            let (ended, done) = self.ended(ids).await?;
            if ended == ids.len() {
                anyhow::ensure!(
                    done == ended,
                    "{} of {ended} jobs did not end with DONE",
                    ended - done
                );
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Waits by long poll until a request has ended.
    pub(crate) async fn end_of(&self, id: i64) -> anyhow::Result<Value> {
        let mut known = 0;
        loop {
            let path =
                format!("/MonitorJob?BatchRequestId={id}&KnownVersion={known}&WaitSeconds=60");
            let status = self.get(&path).await?;
            let code = status["Code"].as_u64().unwrap_or(0);
            if [3, 4, 6, 10, 11, 12, 22, 99].contains(&code) {
                return Ok(status);
            }
            known = status["Version"].as_i64().unwrap_or(0);
        }
    }
}

/// Submits so many jobs with so many clients at once; the ids in order.
pub(crate) async fn submit(
    client: &Client,
    job: &'static str,
    jobs: usize,
    clients: usize,
) -> anyhow::Result<Vec<i64>> {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..clients {
        let share = jobs / clients + usize::from(number < jobs % clients);
        let client = client.another();
        tasks.spawn(async move {
            let mut ids = Vec::with_capacity(share);
            for _ in 0..share {
                ids.push(client.start(job).await?);
            }
            Ok::<_, anyhow::Error>(ids)
        });
    }
    let mut ids = Vec::with_capacity(jobs);
    while let Some(share) = tasks.join_next().await {
        ids.extend(share??);
    }
    ids.sort_unstable();
    Ok(ids)
}
