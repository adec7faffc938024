//! A batch server process for one test, with a task that runs until the test ends it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use amt_client::Client;
use amt_protocol::CompletionCode;
use connector::call::CallKind;
use connector::conformance::{Harness, WayFault};
use connector::{AttemptKey, BatchUser, BoxFuture, Connector, StartTask, Target};
use connector_amt::{APPLICATION, AmtConnector, BATCH_JOB, Options, SCRIPT};
use kit::Secret;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::proxy::Proxy;
use crate::way::Way;

pub(crate) const USER: &str = "TESTER";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// How long a test waits for what must happen.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Runs until `end-<key>` is there, writes what `log-<key>` has and ends with the exit code in it. Ends too when the test's folder
/// goes. The key is its first parameter.
const WAITS: &str = r#"#!/bin/sh
key=$AMTPARAM_1
echo "$key" >> "@/ran"
until [ -f "@/end-$key" ]; do [ -d "@" ] || exit 3; sleep 0.02; done
cat "@/log-$key"
exit "$(cat "@/end-$key")"
"#;

/// A report that says its task values.
const SAYS: &str = "#!/bin/sh\necho \"DAY is $(amtjob get DAY)\"\n";

#[derive(Debug)]
pub(crate) struct Site {
    folder: TempDir,
    server: Child,
    pub(crate) proxy: Proxy,
    /// Behind the proxy.
    way: Way,
    patience: Duration,
    pub(crate) connector: AmtConnector,
    /// Past the proxy.
    pub(crate) direct: Client,
    keys: AtomicU32,
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::with(quick())
    }

    pub(crate) fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = prepare(folder.path());
        let log = std::fs::File::create(folder.path().join("server.log")).unwrap();
        let mut server = ringmaster(&["run"], &config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let url = url.unwrap_or_else(|| {
            panic!("{}", std::fs::read_to_string(folder.path().join("server.log")).unwrap())
        });
        let more = ["add-user", USER, "--password-stdin", "--role", "Administrators"];
        let mut adding =
            ringmaster(&more, &config).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        adding.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(adding.wait().unwrap().success());
        let way = Way::start(url.strip_prefix("http://").unwrap().parse().unwrap());
        let proxy = Proxy::start(way.address);
        let direct = Client::new(&amt_client::Options::new(&url, USER, PASSWORD.into())).unwrap();
        let connector = AmtConnector::new(options);
        let (keys, patience) = (AtomicU32::new(0), Duration::from_millis(500));
        Self { folder, server, proxy, way, patience, connector, direct, keys }
    }

    /// Rules wait so long for a call that hangs.
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// A batch job.
    pub(crate) fn job(&self, key: &AttemptKey, job: &str, values: &[&str]) -> StartTask {
        task(key, BATCH_JOB, json!({"application": "TEST", "job": job, "task_values": values}))
    }

    pub(crate) fn script(&self, key: &AttemptKey, script: &str, parameters: &[&str]) -> StartTask {
        let fields =
            json!({"application": "TEST", "script": script, "script_parameters": parameters});
        task(key, SCRIPT, fields)
    }

    fn count(&self, key: &AttemptKey) -> u32 {
        let ran = std::fs::read_to_string(self.folder.path().join("ran")).unwrap_or_default();
        u32::try_from(ran.lines().filter(|line| *line == key.as_str()).count()).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        // Whole or not at all: the job looks for it all the time.
        let new = self.folder.path().join("new~");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.folder.path().join(name)).unwrap();
    }
}

/// Limits for tests: nobody waits long for what is broken on purpose.
pub(crate) fn quick() -> Options {
    let mut options = Options::default();
    options.patience.first = Duration::from_millis(20);
    options.patience.ceiling = Duration::from_millis(100);
    options.patience.unsent = Duration::from_millis(300);
    options.patience.doubtful = Some(Duration::from_millis(500));
    options
}

fn task(key: &AttemptKey, task_type: &str, fields: Value) -> StartTask {
    StartTask {
        attempt: key.clone(),
        name: format!("TESTS/{key}"),
        task_type: task_type.into(),
        fields: fields.as_object().unwrap().clone(),
        secrets: Vec::new(),
        batch_user: None,
        variables: indexmap::IndexMap::new(),
    }
}

/// A binary of this workspace, as built beside the tests.
fn binary(name: &str) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let path = exe.ancestors().nth(2).unwrap().join(name);
    assert!(path.is_file(), "{} is not built; run `cargo build --workspace`", path.display());
    path
}

#[expect(clippy::disallowed_methods, reason = "a test starts the real server")]
fn ringmaster(arguments: &[&str], config: &Path) -> Command {
    let own = binary("amtjob").parent().map(Path::to_owned);
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = own.into_iter().chain(std::env::split_paths(&others));
    let mut command = Command::new(binary("ringmaster"));
    command.arg("batch-server").args(arguments).arg("--config").arg(config);
    command.env("PATH", std::env::join_paths(path).unwrap());
    command
}

fn prepare(folder: &Path) -> PathBuf {
    let app = folder.join("app/TEST");
    for (path, text) in [
        ("scripts/WAITS.sh", WAITS.replace('@', folder.to_str().unwrap())),
        ("reports/SAYS", SAYS.to_owned()),
    ] {
        let path = app.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
    }
    std::fs::write(
        folder.join("app/applications.toml"),
        "[[application]]\nname = \"TEST\"\nbase_path = \"TEST\"\nreport_path = \"reports\"\n\
         script_path = \"scripts\"\ndefault_user = \"BATCH\"\n\n\
         [[application.job]]\nname = \"SAYS\"\nkind = \"report\"\nfile = \"SAYS\"\n\n\
         [[user]]\nname = \"BATCH\"\n\n[[queue]]\nname = \"MAIN\"\ndefault = true\nconcurrency = 40\n",
    )
    .unwrap();
    let config = folder.join("batch.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata_dir = \"{}\"\ndefinitions = \"{}\"\n",
        folder.join("data").display(),
        folder.join("app/applications.toml").display(),
    );
    std::fs::write(&config, text).unwrap();
    config
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Harness for Site {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::new(self.connector.clone())
    }

    fn target(&self) -> Target {
        let url = format!("http://{}", self.proxy.address);
        let settings = json!({"batch_server_url": url});
        Target {
            agent: "AMT".into(),
            application: APPLICATION.into(),
            settings: settings.as_object().unwrap().clone(),
            batch_user: Some(BatchUser {
                identifier: USER.into(),
                password: Secret::new(PASSWORD),
            }),
        }
    }

    fn key(&self, hint: &str) -> AttemptKey {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        format!("{hint}.{number}").parse().unwrap()
    }

    fn until_told(&self, key: &AttemptKey) -> StartTask {
        self.script(key, "WAITS.sh", &[key.as_str()])
    }

    fn refused(&self, key: &AttemptKey) -> StartTask {
        let mut task = self.until_told(key);
        task.fields.remove("script");
        task
    }

    /// A script can end with 4 and with 11.
    fn code(&self, wish: i32) -> i32 {
        if matches!(wish, 0 | 4) { 4 } else { 11 }
    }

    fn end<'a>(&'a self, key: &'a AttemptKey, code: i32, log: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.write(&format!("log-{key}"), log);
            self.write(&format!("end-{key}"), if self.code(code) == 4 { "0" } else { "1" });
            let ending = async {
                loop {
                    let status = self.direct.find_job(key.as_str()).await.unwrap();
                    if status.expect("it was started").completion().is_final() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(LIMIT, ending).await.expect("the task ends");
        })
    }

    fn starts<'a>(&'a self, key: &'a AttemptKey) -> BoxFuture<'a, u32> {
        Box::pin(async move {
            let running = async {
                // What was accepted will run.
                while let Some(status) = self.direct.find_job(key.as_str()).await.unwrap()
                    && self.count(key) == 0
                    && !status.completion().is_final()
                {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(LIMIT, running).await.expect("the task runs");
            self.count(key)
        })
    }

    fn tasks(&self) -> BoxFuture<'_, Vec<AttemptKey>> {
        Box::pin(async move {
            let request = amt_protocol::MonitorRequest {
                batch_request_ids: (1..100).collect(),
                cursor: None,
                wait_seconds: 0,
            };
            let items = self.direct.monitor_many(&request).await.unwrap().items;
            // A key that was voided stands among the requests as one that was killed.
            let is_void = |item: &amt_protocol::JobStatus| {
                let key = item.request_key.as_ref().and_then(|key| key.parse().ok());
                item.completion() == CompletionCode::Killed
                    && key.is_some_and(|key: AttemptKey| self.count(&key) == 0)
            };
            let count = items.iter().filter(|item| !is_void(item)).count();
            // The server has no other requests than those of the lines that its jobs wrote.
            let ran = std::fs::read_to_string(self.folder.path().join("ran")).unwrap_or_default();
            let all: Vec<AttemptKey> = ran.lines().map(|key| key.parse().unwrap()).collect();
            assert_eq!(all.len(), count, "every request of the server is one that ran");
            all
        })
    }

    fn set_way(&self, is_whole: bool) -> BoxFuture<'_, ()> {
        Box::pin(self.proxy.set_way(is_whole))
    }

    fn lose_reply(&self) -> BoxFuture<'_, ()> {
        self.proxy.swallow(1);
        Box::pin(async {})
    }

    fn can_suffer(&self, _: WayFault, _: CallKind) -> Result<(), &'static str> {
        Ok(())
    }

    fn set_fault(&self, fault: WayFault, during: CallKind) -> BoxFuture<'_, ()> {
        self.way.set_fault(fault, during);
        Box::pin(async {})
    }

    fn heal(&self) -> BoxFuture<'_, u32> {
        Box::pin(self.way.heal())
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}
