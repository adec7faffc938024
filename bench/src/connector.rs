//! `amt`: from exec to the first request on the wire, and a whole run around a job of zero length. `amtjob`: how large it is, and how
//! long it takes to start.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;

use crate::Database;
use crate::report::{Bar, Figure, Report, Spread};
use crate::server::{PASSWORD, Server, USER, binary};

/// Measures the programs, `runs` times each.
pub(crate) async fn run(report: &mut Report, runs: usize) -> anyhow::Result<()> {
    let first = first_request(runs)?;
    report.add(Figure {
        what: "amt: exec to first request on the wire, p50",
        value: first.percentile(50),
        unit: "ms",
        bar: Bar::Below(20.0),
        note: first.words(2),
        details: json!({"spread_ms": first.json()}),
    });
    let server = Server::start(Database::Sqlite, 4).await?;
    let whole = tokio::task::block_in_place(|| whole_runs(&server, runs))?;
    report.add(Figure {
        what: "amt: whole run around a job of zero length, p50",
        value: whole.percentile(50),
        unit: "ms",
        bar: Bar::Below(50.0),
        note: format!("{}; {}", whole.words(2), Database::Sqlite.durability()),
        details: json!({"spread_ms": whole.json(), "durable": true, "wait_mode": "push"}),
    });
    amtjob(report, runs)
}

/// What scripts pay for each call of `amtjob`.
fn amtjob(report: &mut Report, runs: usize) -> anyhow::Result<()> {
    let program = binary("amtjob")?;
    let starts = start_up(&program, runs)?;
    report.add(Figure {
        what: "amtjob: exec to end of `amtjob --version`, p50",
        value: starts.percentile(50),
        unit: "ms",
        bar: Bar::Below(5.0),
        note: starts.words(2),
        details: json!({"spread_ms": starts.json()}),
    });
    let bytes = std::fs::metadata(&program)?.len();
    #[expect(clippy::cast_precision_loss, reason = "a file is far smaller than 2^52 bytes")]
    let megabytes = bytes as f64 / 1e6;
    report.add(Figure {
        what: "amtjob: size of the program",
        value: megabytes,
        unit: "MB",
        bar: Bar::Below(2.0),
        note: "the released program as it is built".to_owned(),
        details: json!({"bytes": bytes}),
    });
    Ok(())
}

/// How long a program takes from exec to its end when it only says its version. The first runs bring it into memory.
fn start_up(program: &Path, runs: usize) -> anyhow::Result<Spread> {
    let mut times = Vec::with_capacity(runs);
    for run in 0..runs + 5 {
        let begin = Instant::now();
        let output = Command::new(program).arg("--version").stdin(Stdio::null()).output()?;
        let took = begin.elapsed().as_secs_f64() * 1000.0;
        anyhow::ensure!(
            output.status.success() && output.stdout.starts_with(b"amtjob "),
            "{} --version ended with {} and said {:?}",
            program.display(),
            output.status,
            String::from_utf8_lossy(&output.stdout)
        );
        if run >= 5 {
            times.push(took);
        }
    }
    Ok(Spread::new(times))
}

/// A listener that takes the first bytes of each run and hangs up.
fn first_request(runs: usize) -> anyhow::Result<Spread> {
    let dir = tempfile::tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let config = write_config(dir.path(), &listener.local_addr()?.to_string())?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let begin = Instant::now();
        let mut amt = amt(&config, "TRUE")?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let (mut stream, _) = listener.accept()?;
        let mut byte = [0_u8; 1];
        stream.read_exact(&mut byte)?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        drop(stream);
        amt.kill()?;
        amt.wait()?;
        // A second try of the run that was just ended must not be taken for the next one.
        listener.set_nonblocking(true)?;
        while listener.accept().is_ok() {}
        listener.set_nonblocking(false)?;
    }
    Ok(Spread::new(times))
}

fn whole_runs(server: &Server, runs: usize) -> anyhow::Result<Spread> {
    let address = server.url.trim_start_matches("http://");
    let config = write_config(server.dir.path(), address)?;
    let mut times = Vec::with_capacity(runs);
    for run in 0..runs + 5 {
        let begin = Instant::now();
        let output = amt(&config, "TRUE")?.output()?;
        let took = begin.elapsed().as_secs_f64() * 1000.0;
        anyhow::ensure!(
            output.status.code() == Some(4),
            "amt ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        if run >= 5 {
            times.push(took);
        }
    }
    Ok(Spread::new(times))
}

fn amt(config: &Path, job: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(binary("amt")?);
    command.args(["-jt", "START", "-an", "BENCH", "-jn", job, "--config"]).arg(config);
    Ok(command)
}

fn write_config(dir: &Path, address: &str) -> anyhow::Result<PathBuf> {
    let path = dir.join("Connector.config");
    let text = format!(
        "[CONNECTOR]\nNAME=Asysco AMT Connector\n[AMT_BATCH_SERVER]\nSERVER_ADDRESS={address}\nSERVER_USES_TLS=False\n\
         USER={}\nPASSWORD={}\n",
        encrypt(USER)?,
        encrypt(PASSWORD)?
    );
    std::fs::write(&path, text)?;
    Ok(path)
}

fn encrypt(text: &str) -> anyhow::Result<String> {
    let output = Command::new(binary("encrypt")?).args(["-v", text]).output()?;
    anyhow::ensure!(output.status.success(), "encrypt failed");
    let text = String::from_utf8(output.stdout)?;
    text.lines().next().map(str::to_owned).context("encrypt has printed nothing")
}
