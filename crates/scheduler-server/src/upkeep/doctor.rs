//! Whether an installation is sound. Everything is looked at from outside, whether the scheduler runs or not, and nothing is changed.

use std::path::Path;
use std::time::Duration;

use connector::plug_in::Folder;
use job_archive::{Archive, Error};
use kit::{Clock as _, DataDirLock, SystemClock};
use notification::Senders;
use scheduler_app::clock;
use scheduler_app::secrets::Keys;
use scheduler_store::{
    agent_state, attempt, audit, daily_job, daily_schedule, message, secret, server_state,
};
use serde::Serialize;
use sql::{Db, Schema};

use super::open;
use crate::options::Options;

/// Less free space than this is a warning, and less than a tenth of it a fault.
const SPACE_LOW: u64 = 1 << 30;
/// How far the clocks of this machine and of the database may be apart: leases last 15 seconds.
const CLOCK_APART: Duration = Duration::from_secs(2);
/// Rows of a kind that are looked at most.
const ROWS_MAX: i64 = 1000;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is right.
    Ok,
    /// Somebody should look at it.
    Warning,
    /// It does not work.
    Fault,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `data folder`, `database` …
    pub check: &'static str,
    /// How it is.
    pub level: Level,
    /// What was found, and what to do.
    pub text: String,
}

impl Finding {
    fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, text: text.into() }
    }

    fn warning(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, text: text.into() }
    }

    fn fault(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, level: Level::Fault, text: text.into() }
    }
}

/// Looks at everything, in the order in which one thing needs another.
pub async fn doctor(options: &Options) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Err(mistake) = options.validate() {
        found.push(Finding::fault("configuration", mistake.to_string()));
        return found;
    }
    found.push(Finding::ok("configuration", "it can be read"));
    found.push(folder(&options.data_dir));
    found.push(space(&options.data_dir));
    found.push(process(options));
    found.extend(plug_ins(&options.plug_ins_path()));
    found.extend(notifications(options));
    match open(options).await {
        Err(why) => found.push(Finding::fault("database", format!("{why:#}"))),
        Ok(db) => {
            database(options, &db, &mut found).await;
            db.close().await;
        }
    }
    found
}

fn folder(path: &Path) -> Finding {
    const CHECK: &str = "data folder";
    if !path.is_dir() {
        let shown = path.display();
        return Finding::fault(CHECK, format!("there is no folder {shown}; name it with --data"));
    }
    if let Some(mistake) = kit::data_dir::open_to_others(path) {
        return Finding::fault(CHECK, mistake);
    }
    match tempfile_in(path) {
        Ok(()) => Finding::ok(CHECK, format!("{} can be written to", path.display())),
        Err(error) => Finding::fault(CHECK, format!("{}: {error}", path.display())),
    }
}

fn tempfile_in(path: &Path) -> std::io::Result<()> {
    let file = path.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&file, b"x")?;
    std::fs::remove_file(&file)
}

/// What can be seen of notifications without sending one.
fn notifications(options: &Options) -> Vec<Finding> {
    const CHECK: &str = "notifications";
    if let Err(mistake) = Senders::open(&options.notifications, SystemClock::shared()) {
        return vec![Finding::fault(CHECK, mistake.to_string())];
    }
    let warnings = options.notifications.warnings();
    if !warnings.is_empty() {
        return warnings.into_iter().map(|text| Finding::warning(CHECK, text)).collect();
    }
    vec![Finding::ok(CHECK, "their settings can be used")]
}

#[cfg(unix)]
fn space(path: &Path) -> Finding {
    const CHECK: &str = "disk space";
    match rustix::fs::statvfs(path) {
        Err(error) => Finding::warning(CHECK, format!("it is not known: {error}")),
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{} MiB are free in {}", free >> 20, path.display());
            match free {
                _ if free < SPACE_LOW / 10 => {
                    Finding::fault(CHECK, format!("{text}: make room, or jobs and logs stop"))
                }
                _ if free < SPACE_LOW => Finding::warning(CHECK, format!("{text}: make room")),
                _ => Finding::ok(CHECK, text),
            }
        }
    }
}

#[cfg(not(unix))]
fn space(_: &Path) -> Finding {
    Finding::ok("disk space", "it is not looked at on this system")
}

/// What can be seen of plug-ins without starting them: their folder and what their files say.
fn plug_ins(path: &Path) -> Vec<Finding> {
    const CHECK: &str = "plug-ins";
    let changes = match Folder::new(path).scan() {
        Ok(changes) => changes,
        Err(error) => return vec![Finding::fault(CHECK, error.to_string())],
    };
    let count = changes.added.len();
    let problems = changes.added.into_iter().filter_map(|each| each.manifest.err());
    let mut found: Vec<Finding> =
        problems.map(|problem| Finding::fault(CHECK, problem.to_string())).collect();
    if found.is_empty() {
        let text = match count {
            0 => format!("there are none in {}", path.display()),
            _ => format!(
                "{count} in {}; `ringmaster integration list` says how they are",
                path.display()
            ),
        };
        found.push(Finding::ok(CHECK, text));
    }
    found
}

fn process(options: &Options) -> Finding {
    const CHECK: &str = "process";
    match DataDirLock::acquire(&options.data_dir) {
        Ok(_) => Finding::warning(
            CHECK,
            "no scheduler runs in this data folder; start it with `ringmaster serve`",
        ),
        Err(held) => match reached(&options.socket_path()) {
            Ok(()) => Finding::ok(CHECK, "it runs and answers"),
            Err(error) => {
                let socket = options.socket_path();
                let socket = socket.display();
                Finding::fault(CHECK, format!("{held}, and {socket} does not answer: {error}"))
            }
        },
    }
}

#[cfg(unix)]
fn reached(socket: &Path) -> std::io::Result<()> {
    std::os::unix::net::UnixStream::connect(socket).map(|_| ())
}

#[cfg(not(unix))]
fn reached(_: &Path) -> std::io::Result<()> {
    Ok(())
}

async fn database(options: &Options, db: &Db, found: &mut Vec<Finding>) {
    const CHECK: &str = "database";
    match db.schema(&scheduler_store::MIGRATIONS).await {
        Err(why) => return found.push(Finding::fault(CHECK, format!("it cannot be read: {why}"))),
        Ok(Schema::Empty) => {
            let text = "it has no tables yet; `ringmaster serve` makes them";
            return found.push(Finding::warning(CHECK, text));
        }
        Ok(Schema::Newer) => {
            let text = "it is of a newer version of this program; use that version";
            return found.push(Finding::fault(CHECK, text));
        }
        Ok(Schema::Older) => {
            let text = "its tables are older; the next `ringmaster serve` brings them up to date";
            return found.push(Finding::warning(CHECK, text));
        }
        Ok(Schema::Current) => {}
    }
    found.push(match db.damages().await {
        Ok(damages) if damages.is_empty() => Finding::ok(CHECK, "it is sound and up to date"),
        Ok(damages) => Finding::fault(
            CHECK,
            format!(
                "it is damaged: {}; put a backup back with `ringmaster restore`",
                damages.join("; ")
            ),
        ),
        Err(why) => Finding::fault(CHECK, format!("it cannot be read: {why}")),
    });
    found.push(chain(db).await);
    found.push(time(db).await);
    found.push(keys(options, db).await);
    found.push(archive(options, db).await);
    match state(db).await {
        Ok(more) => found.extend(more),
        Err(why) => found.push(Finding::fault(CHECK, format!("it cannot be read: {why}"))),
    }
}

async fn chain(db: &Db) -> Finding {
    const CHECK: &str = "audit";
    match audit::verify(db).await {
        Err(why) => Finding::fault(CHECK, format!("it cannot be read: {why}")),
        Ok(chain) => match chain.broken {
            None => Finding::ok(CHECK, format!("{} records are what was written", chain.whole)),
            Some((id, how)) => Finding::fault(
                CHECK,
                format!("record {id} is not what was written: {how}; compare it with a backup"),
            ),
        },
    }
}

async fn time(db: &Db) -> Finding {
    const CHECK: &str = "clock";
    let own = sql::to_micros(SystemClock.now());
    match db.clock().await {
        Err(why) => Finding::fault(CHECK, format!("the database was not asked: {why}")),
        Ok(None) if clock::is_accelerated(db).await.unwrap_or(false) => {
            Finding::ok(CHECK, "the database lives by an accelerated one")
        }
        Ok(None) => match last_record(db).await {
            Ok(Some(at)) if at > own => Finding::warning(
                CHECK,
                "the last record of the audit is of the future: the clock was set back",
            ),
            Ok(_) => Finding::ok(CHECK, "nothing is stored of the future"),
            Err(why) => Finding::fault(CHECK, why.to_string()),
        },
        Ok(Some(theirs)) => {
            let apart = Duration::from_micros(own.abs_diff(theirs));
            let text = format!("this machine and the database are {apart:.1?} apart");
            if apart > CLOCK_APART {
                let why = "a process whose clock is ahead takes others for dead: set the clocks";
                Finding::fault(CHECK, format!("{text}; {why}"))
            } else {
                Finding::ok(CHECK, text)
            }
        }
    }
}

async fn last_record(db: &Db) -> sql::Result<Option<i64>> {
    let filter = audit::Filter { max: 1, ..audit::Filter::default() };
    let read = db.read(move |tx| Box::pin(async move { audit::find(tx, &filter).await }));
    Ok(read.await?.first().map(|record| record.at))
}

async fn keys(options: &Options, db: &Db) -> Finding {
    const CHECK: &str = "keys";
    let path = options.keys_path();
    let used = match db.read(|tx| Box::pin(async move { secret::key_ids(tx).await })).await {
        Ok(used) => used,
        Err(why) => return Finding::fault(CHECK, format!("the secrets cannot be read: {why}")),
    };
    if !path.exists() && used.is_empty() {
        return Finding::ok(CHECK, format!("{} is made when it is needed", path.display()));
    }
    match Keys::open(&path, &used) {
        Ok(keys) => Finding::ok(
            CHECK,
            match keys.ids().len() {
                1 => format!("{} has 1 key, and every key that secrets need", path.display()),
                count => {
                    format!("{} has {count} keys, and every key that secrets need", path.display())
                }
            },
        ),
        Err(why) => Finding::fault(
            CHECK,
            format!(
                "{why}; where the key is lost for ever, `ringmaster forget-unreadable` gives its secrets up"
            ),
        ),
    }
}

async fn archive(options: &Options, db: &Db) -> Finding {
    const CHECK: &str = "archive";
    let known = db.read(|tx| Box::pin(async move { server_state::archive_id(tx).await })).await;
    let mut settings = options.archive_settings();
    match known {
        Err(why) => return Finding::fault(CHECK, format!("its mark cannot be read: {why}")),
        // To open it would make it.
        Ok(None) if settings.known.is_none() => {
            return Finding::ok(CHECK, format!("{} is not used yet", settings.url));
        }
        Ok(known) => settings.known = settings.known.or(known),
    }
    match Archive::open(&settings).await {
        Ok(_) => Finding::ok(CHECK, format!("{} is reached and is the right one", settings.url)),
        Err(why @ Error::Lost { .. }) => Finding::fault(
            CHECK,
            format!(
                "{why}; where it is gone for ever, name another place and give it up with `ringmaster forget-archive`"
            ),
        ),
        Err(why) => Finding::fault(CHECK, why.to_string()),
    }
}

/// What the scheduler itself has stored as wrong.
async fn state(db: &Db) -> sql::Result<Vec<Finding>> {
    let (server, agents, lost, first, messages) = db
        .read(|tx| {
            Box::pin(async move {
                let lost = attempt::lost(tx, ROWS_MAX).await?;
                let first = match lost.first() {
                    Some(first) => name_of(tx, first.job_id).await?,
                    None => String::new(),
                };
                Ok::<_, sql::Error>((
                    server_state::read(tx).await?,
                    agent_state::all(tx).await?,
                    lost,
                    first,
                    message::undelivered(tx, ROWS_MAX).await?,
                ))
            })
        })
        .await?;
    let mut found = vec![if server.is_paused {
        let (by, why) =
            (server.paused_by.unwrap_or_default(), server.pause_reason.unwrap_or_default());
        Finding::warning("starts", format!("every start is stopped by {by}: {why}"))
    } else {
        Finding::ok("starts", "jobs are started")
    }];
    for agent in &agents {
        let name = &agent.agent;
        found.push(match (agent.communication.as_str(), agent.status.as_str()) {
            ("disabled", _) => Finding::ok("agent", format!("{name} is disabled")),
            (_, "communicating") => Finding::ok("agent", format!("{name} answers")),
            (_, "waiting") => Finding::warning("agent", format!("{name} has not answered yet")),
            _ => Finding::fault("agent", format!("{name} does not answer: {}", agent.why)),
        });
    }
    found.push(match lost.as_slice() {
        [] => Finding::ok("attempts", "of every attempt it is known what has become of it"),
        [one, ..] => Finding::warning(
            "attempts",
            format!(
                "of {} attempts nobody knows what has become of them, such as attempt {} of `{first}`: look on the agent {}, then \
                 `ringmaster job mark finished-ok` or `failed`; `ringmaster job list --says LOST --date DATE` lists those of a date",
                lost.len(),
                one.number,
                one.agent
            ),
        ),
    });
    let tried = messages.iter().filter(|message| message.last_error.is_some()).count();
    found.push(match tried {
        0 => Finding::ok("messages", "none waits after a failure"),
        count => Finding::warning(
            "messages",
            format!("{count} are not delivered yet; `ringmaster message list` says why"),
        ),
    });
    Ok(found)
}

/// A daily job by its date and names.
async fn name_of(tx: &mut sql::Tx<'_>, job: i64) -> sql::Result<String> {
    let Some(job) = daily_job::by_ids(tx, &sql::id_list([job])).await?.into_iter().next() else {
        return Ok(String::new());
    };
    let schedules = daily_schedule::by_ids(tx, &sql::id_list([job.schedule_id])).await?;
    let schedule = schedules.first().map(|of| format!("{}/{}/", of.date, of.name));
    Ok(format!("{}{}", schedule.unwrap_or_default(), job.name))
}
