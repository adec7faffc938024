//! Starting a job: everything is checked and written down before its runner is asked for. All of this blocks.

use std::io;
use std::path::{Path, PathBuf};

use batch_runner::Order as RunnerOrder;
use batch_runner::spool;
use connector::{Found, StartTask, Started};
use indexmap::IndexMap;

use crate::agent::{Agent, Machine};
use crate::places::{Note, Outcome, Place};
use crate::platform::{self, Claim, User};
use crate::secrets::{Secrets, is_secret};
use crate::settings::Settings;
use crate::stage::{self, Order as StageOrder};
use crate::standing::{Standing, standing};
use crate::task::Task;
use crate::watch::new_state;
use crate::{environment, job_log};

/// Longer lines of output are kept in pieces of this size, in bytes.
const LINE_BYTES: u32 = 64 * 1024;

/// A job that may be started.
struct Ready {
    note: Note,
    order: RunnerOrder,
}

/// Starts a job, or says what became of it.
pub(crate) fn start(agent: &Agent, call: &StartTask) -> Started {
    let _decision = agent.machine.registry.decide(&call.attempt);
    match decided(agent, call) {
        Ok(started) => started,
        // An earlier start may have reached a runner.
        Err(error) => Started::Unknown { why: format!("starting the job: {error}") },
    }
}

fn decided(agent: &Agent, call: &StartTask) -> io::Result<Started> {
    let place = agent.machine.places.of(&call.attempt);
    if let Some(known) = agent.machine.places.while_there(|| known(&place))? {
        return Ok(known);
    }
    let ready = match ready(agent, call, &place) {
        Ok(ready) => ready,
        Err(why) => return Ok(Started::Refused { why }),
    };
    if !place.make(&ready.note)? {
        return Ok(known(&place)?.unwrap_or_else(|| Started::Unknown {
            why: "somebody else starts this attempt at this moment".into(),
        }));
    }
    // It may have been deleted between the look and the folder.
    if let Some(outcome) = place.epitaph()? {
        place.remove()?;
        return Ok(of_outcome(outcome));
    }
    launch(&agent.machine, call, &place, &ready)
}

/// What became of an earlier start; none where there is no trace of one left.
fn known(place: &Place) -> io::Result<Option<Started>> {
    Ok(match standing(place)? {
        Standing::Nothing => None,
        Standing::Over(outcome) | Standing::Deleted(outcome) => Some(of_outcome(outcome)),
        Standing::Void => {
            place.remove()?;
            None
        }
        Standing::Unclaimed if spool::void(&place.dir)? => {
            place.remove()?;
            None
        }
        // Of the one without a claim, the runner has come just now.
        Standing::Alive | Standing::Unclaimed => Some(Started::Running { state: new_state() }),
    })
}

fn of_outcome(outcome: Outcome) -> Started {
    match outcome {
        Outcome::Ended(end) => Started::Ended { state: new_state(), end },
        // The watch says so.
        Outcome::Lost(_) => Started::Running { state: new_state() },
    }
}

fn launch(
    machine: &Machine,
    call: &StartTask,
    place: &Place,
    ready: &Ready,
) -> io::Result<Started> {
    let launched = match machine.launcher.launch(&ready.order) {
        Ok(launched) => launched,
        Err(error) => {
            // Nothing of the job runs after any of these.
            place.remove()?;
            let source = std::error::Error::source(&error);
            let cause = source.map_or_else(String::new, |source| format!(": {source}"));
            let why = format!("{error}{cause}");
            // What this machine is short of for a moment is no fault of the job.
            let is_passing = source
                .and_then(|source| source.downcast_ref::<io::Error>())
                .is_some_and(|source| !is_lasting(source));
            return Ok(if is_passing {
                Started::NotSent { why }
            } else {
                Started::Refused { why }
            });
        }
    };
    let running = || Started::Running { state: new_state() };
    match platform::claim(&launched, machine.options.start_wait)? {
        Claim::Taken => {
            // Whoever watches it finds it, if this does not.
            let is_staged = ready.note.is_staged;
            if let Err(error) = machine.registry.follow(&call.attempt, &place.dir, is_staged) {
                tracing::debug!("the runner of {} is looked for again: {error}", call.attempt);
            }
            Ok(running())
        }
        Claim::Left if spool::void(&place.dir)? => {
            place.remove()?;
            let why = "its runner ended before it took the job; the log of the scheduler says why";
            Ok(Started::Refused { why: why.into() })
        }
        Claim::Left => Ok(running()),
        Claim::Late => {
            let limit = machine.options.start_wait;
            Ok(Started::Unknown { why: format!("its runner has said nothing for {limit:?}") })
        }
    }
}

/// Whether a start that failed so would fail again.
fn is_lasting(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, NotADirectory, NotFound, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | NotADirectory | NotFound | PermissionDenied | Unsupported)
}

/// Looks for a job whose start had no certain answer.
pub(crate) fn find(agent: &Agent, call: &StartTask) -> Found {
    let _decision = agent.machine.registry.decide(&call.attempt);
    found(agent, call).unwrap_or_else(|error| Found::NotNow { why: error.to_string() })
}

fn found(agent: &Agent, call: &StartTask) -> io::Result<Found> {
    let place = agent.machine.places.of(&call.attempt);
    let running = Found::Running { state: new_state() };
    Ok(match agent.machine.places.while_there(|| standing(&place))? {
        Standing::Nothing if platform::has_processes(&place.marker)? => Found::NotNow {
            why: "processes of it run, and its folder is not there: bring the folder back, or end them".into(),
        },
        Standing::Nothing => Found::Never,
        Standing::Alive | Standing::Over(_) | Standing::Deleted(_) => running,
        Standing::Unclaimed if !spool::void(&place.dir)? => running,
        // No runner finds a place for its claim any more.
        Standing::Unclaimed | Standing::Void => {
            place.remove()?;
            Found::Never
        }
    })
}

/// Checks everything that can be checked before anything is started.
fn ready(agent: &Agent, call: &StartTask, place: &Place) -> Result<Ready, String> {
    let (machine, settings) = (&agent.machine, &agent.settings);
    let task = Task::of(call)?;
    let user = user(settings, &task, call)?;
    let roots = (machine.places.root(), place.dir.join("output"));
    let inherited = &machine.options.environment;
    let environment =
        environment::compose(inherited, settings, &task, call, user.as_ref(), (roots.0, &roots.1));
    let folder = folder(settings, &task, &environment)?;
    let program = program(&task.runs.program, &folder, &environment)?;
    let mut secrets = Secrets::default();
    secrets.add_arguments(&task.runs.arguments);
    if let Some(pre_run) = &task.pre_run {
        secrets.add_arguments(&pre_run.arguments);
    }
    environment
        .iter()
        .filter(|(name, _)| is_secret(name))
        .for_each(|(_, value)| secrets.add(value));
    call.secrets.iter().for_each(|secret| secrets.add(secret.expose()));
    if let Some(user) = &call.batch_user {
        secrets.add(user.password.expose());
    }
    let is_staged = task.pre_run.is_some() || user.is_some();
    let job_id = environment::job_id(call).unwrap_or_else(|| call.name.clone());
    let head = job_log::head(&job_log::Head {
        name: &job_id,
        task: &task,
        secrets: &secrets,
        program: &program,
        working_directory: &folder.to_string_lossy(),
        user: user.as_ref().map(|user| user.name.as_str()),
        environment: &environment,
        now: machine.options.clock.now(),
        zone: &machine.options.time_zone,
    });
    let image = Path::new(&program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let output_rules = task.output_rules.clone();
    let note = Note { name: call.name.clone(), job_id, head, image, output_rules, is_staged };
    let order =
        order(machine, settings, place, task, environment, (program, folder, user, secrets))?;
    Ok(Ready { note, order })
}

fn order(
    machine: &Machine,
    settings: &Settings,
    place: &Place,
    task: Task,
    environment: IndexMap<String, String>,
    (program, folder, user, secrets): (String, PathBuf, Option<User>, Secrets),
) -> Result<RunnerOrder, String> {
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let grace = millis(settings.kill_grace);
    let mut order = RunnerOrder {
        spool: place.dir.clone(),
        attempt: place.marker.clone(),
        program,
        arguments: task.runs.arguments,
        working_directory: folder,
        environment: Vec::new(),
        output_cap_bytes: settings.output_bytes,
        line_cap_bytes: LINE_BYTES,
        processes_max: settings.processes_max,
        kill_grace_ms: grace,
        stop_grace_ms: grace,
        token: String::new(),
        message_socket: String::new(),
        is_stopped_for_debugger: false,
        prelude: Vec::new(),
        masks: secrets.into_masks(),
        open_files_max: machine.open_files_max,
        umask: None,
        is_synced: true,
    };
    if task.pre_run.is_some() || user.is_some() {
        let own = std::mem::replace(
            &mut order.program,
            machine.options.stage.to_string_lossy().into_owned(),
        );
        order.arguments.insert(0, own);
        let stage = StageOrder {
            report: place.stage(),
            user,
            working_directory: std::mem::replace(&mut order.working_directory, root_folder()),
            pre_run: task.pre_run.map(|pre_run| (pre_run.program, pre_run.arguments)),
        };
        order.environment = stage::environment(&stage, environment)
            .map_err(|error| format!("the order of the stage cannot be written: {error}"))?;
    } else {
        order.environment = environment.into_iter().collect();
    }
    Ok(order)
}

/// A folder that everybody may enter and that is always there.
fn root_folder() -> PathBuf {
    if cfg!(windows) { std::env::temp_dir() } else { "/".into() }
}

/// The user under whom the job runs; none for the agent's own. Refuses what the settings do not allow.
fn user(settings: &Settings, task: &Task, call: &StartTask) -> Result<Option<User>, String> {
    let name = match (&task.batch_user, &call.batch_user) {
        (None, _) => {
            return settings.user.as_ref().map(|user| own_user(&user.identifier)).transpose();
        }
        (Some(_), Some(user)) if !user.identifier.trim().is_empty() => user.identifier.as_str(),
        (Some(named), _) => {
            return Err(format!(
                "the batch user `{named}` is not known to the scheduler; define it, or correct the job"
            ));
        }
    };
    if !settings.allow_batch_users {
        return Err(format!(
            "the agent `{}` does not let jobs run as other users, and this one wants `{name}`; set \
             allow_batch_users, or take the batch user out of the job",
            settings.agent
        ));
    }
    if let Some(why) = platform::cannot_switch() {
        return Err(format!("the job cannot run as `{name}`: {why}"));
    }
    let user = User::named(name)?;
    let is_listed = settings.batch_users.contains(&user.name);
    if !is_listed && (!settings.batch_users.is_empty() || user.is_superuser()) {
        return Err(format!(
            "the agent `{}` does not let jobs run as `{name}`; add it to batch_users, or choose another batch user",
            settings.agent
        ));
    }
    Ok(Some(user))
}

/// The user whom the agent's settings name for all jobs: that is permission enough.
fn own_user(name: &str) -> Result<User, String> {
    match platform::cannot_switch() {
        Some(why) => Err(format!("the agent's jobs cannot run as `{name}`: {why}")),
        None => User::named(name),
    }
}

/// Where it runs.
fn folder(
    settings: &Settings,
    task: &Task,
    environment: &IndexMap<String, String>,
) -> Result<PathBuf, String> {
    let named = task.working_directory.as_ref().or(settings.working_directory.as_ref());
    let home = || environment.get("HOME").or_else(|| environment.get("USERPROFILE"));
    let folder = match named {
        Some(folder) => PathBuf::from(folder),
        None => home().map(PathBuf::from).filter(|home| home.is_dir()).unwrap_or_else(root_folder),
    };
    if !folder.is_absolute() {
        return Err(format!(
            "the folder `{}` is no absolute path; name it from the root on",
            folder.display()
        ));
    }
    match std::fs::metadata(&folder) {
        Ok(meta) if meta.is_dir() => Ok(folder),
        Ok(_) => Err(format!("`{}` is no folder; correct the working directory", folder.display())),
        Err(error) => Err(format!(
            "the folder `{}` cannot be used: {error}; create it, or correct the working directory",
            folder.display()
        )),
    }
}

/// The program, as a path where it was found by one. That it can be run by the job's user shows only when it is started.
fn program(
    program: &str,
    folder: &Path,
    environment: &IndexMap<String, String>,
) -> Result<String, String> {
    let is_path = program.contains('/') || (cfg!(windows) && program.contains('\\'));
    if is_path {
        let path = folder.join(program);
        return match platform::is_executable(&path) {
            Ok(true) => Ok(path.to_string_lossy().into_owned()),
            Ok(false) => Err(format!(
                "`{}` is no program: it is not executable; correct the command line, or the file's mode",
                path.display()
            )),
            Err(error) => Err(format!(
                "the program `{}` cannot be used: {error}; correct the command line",
                path.display()
            )),
        };
    }
    if cfg!(windows) {
        // Endings and the system's folders belong to the search there.
        return Ok(program.to_owned());
    }
    let path = environment.get("PATH").map_or("/usr/local/bin:/usr/bin:/bin", String::as_str);
    std::env::split_paths(path)
        .map(|dir| dir.join(program))
        .find(|path| platform::is_executable(path).unwrap_or_default())
        .map(|path| path.to_string_lossy().into_owned())
        .ok_or_else(|| {
            format!(
                "the program `{program}` is in no folder of the job's PATH, {path}; give its path"
            )
        })
}
