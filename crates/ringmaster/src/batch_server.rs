//! `ringmaster batch-server`.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use batch_server::Options;
use kit::{ExitCode, Secret};

use crate::arguments::{Flags, NewUser, PasswordOf, Process};

/// Reads the options and checks them.
pub(crate) fn options(flags: &Flags) -> anyhow::Result<Options> {
    options_of(flags, &Process::default())
}

fn options_of(flags: &Flags, process: &Process) -> anyhow::Result<Options> {
    let options = Options::load(flags.config.as_deref(), flags.overrides(process))?;
    options.validate().with_context(|| of_configuration(flags))?;
    Ok(options)
}

fn of_configuration(flags: &Flags) -> String {
    match &flags.config {
        Some(file) => format!("the configuration (file {})", file.display()),
        None => "the configuration".to_owned(),
    }
}

/// Runs the server until the process is asked to end.
pub(crate) fn run(flags: &Flags, process: &Process) -> anyhow::Result<ExitCode> {
    let options = options_of(flags, process)?;
    let target = match &options.log.file {
        Some(file) => kit::trace::Target::File(file.clone()),
        None => kit::trace::Target::Stderr,
    };
    kit::trace::init(&options.log.filter, options.log.format, &target)?;
    kit::tls::install_provider();
    crate::memory::give_back().context("starting a thread")?;
    let is_clean = runtime()?.block_on(Box::pin(batch_server::run(options, announce)))?;
    Ok(if is_clean { ExitCode::Success } else { ExitCode::Failure })
}

/// The options of a batch server inside of a scheduler's process. Where its file names no data folder, it is `batch-server` in that
/// of the scheduler.
pub(crate) fn beside(file: &Path, data_dir: &Path) -> anyhow::Result<Options> {
    let flags = Flags { config: Some(file.to_owned()), ..Flags::default() };
    let mut options = options(&flags)?;
    if options.data_dir == Options::default().data_dir {
        options.data_dir = data_dir.join("batch-server");
    }
    Ok(options)
}

/// Says on standard output where a batch server beside a scheduler answers, and once the administrator's password.
pub(crate) fn announce_beside(ready: &batch_server::Ready) {
    let mut text = String::new();
    if let Some(password) = &ready.administrator_password {
        text.push_str(&first_password("ADMIN", password));
    }
    if let Some(url) = &ready.url {
        text.push_str(&format!("the batch server answers on {url}\n"));
    }
    // Nobody reads it any more when it cannot be printed.
    let _ = crate::texts::print(text.as_bytes());
}

/// Says on standard output that the server is ready: one line, and once the administrator's password.
fn announce(ready: batch_server::Ready) {
    let mut text = String::new();
    if let Some(password) = &ready.administrator_password {
        text.push_str(&first_password("ADMIN", password));
    }
    match &ready.url {
        Some(url) => text.push_str(&format!("listening on {url}\n")),
        None => text.push_str("running jobs\n"),
    }
    let mut out = io::stdout().lock();
    // Nobody reads it any more when it cannot be written.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn first_password(user: &str, password: &Secret) -> String {
    let lines = [
        format!("User {user} can log on with this password:"),
        format!("    {}", password.expose()),
        "It will not be shown again: write it down now, or set".to_owned(),
        format!("another one with `ringmaster batch-server reset-password {user}`."),
    ];
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let edge = format!("+-{}-+\n", "-".repeat(width));
    let rows: String = lines.iter().map(|line| format!("| {line:width$} |\n")).collect();
    format!("{edge}{rows}{edge}")
}

/// Sets a new password.
pub(crate) fn reset_password(flags: &Flags, user: &PasswordOf) -> anyhow::Result<ExitCode> {
    let options = options(flags)?;
    let (password, is_new) = password(user.password_stdin)?;
    runtime()?.block_on(batch_server::reset_password(&options, &user.user, password.clone()))?;
    told(&user.user, &password, is_new)
}

/// Makes a user.
pub(crate) fn add_user(flags: &Flags, user: &NewUser) -> anyhow::Result<ExitCode> {
    let options = options(flags)?;
    let (password, is_new) = password(user.password_stdin)?;
    let adding = batch_server::add_user(&options, &user.name, password.clone(), &user.role);
    if let Some(file) = runtime()?.block_on(adding)? {
        // Whoever meant a server that is there has misspelt its folder.
        crate::texts::say(&format!("ringmaster: a new database was made: {}", file.display()));
    }
    told(&user.name, &password, is_new)
}

/// The password from standard input, or a new one.
fn password(is_given: bool) -> anyhow::Result<(Secret, bool)> {
    if !is_given {
        return Ok((kit::secret::random_token(15)?, true));
    }
    Ok((crate::password::read()?, false))
}

fn told(user: &str, password: &Secret, is_new: bool) -> anyhow::Result<ExitCode> {
    let text = if is_new {
        first_password(user, password)
    } else {
        format!("user {user} can log on with the password that was given\n")
    };
    io::stdout().lock().write_all(text.as_bytes()).context("printing what was done")?;
    Ok(ExitCode::Success)
}

/// Checks configuration and definitions.
pub(crate) fn check(flags: &Flags) -> anyhow::Result<ExitCode> {
    let options = Options::load(flags.config.as_deref(), flags.overrides(&Process::default()))?;
    let found = batch_server::check(&options);
    for doubt in &found.doubts {
        eprintln!("ringmaster: please look at this: {doubt}");
    }
    for mistake in &found.bad_options {
        eprintln!("ringmaster: {}: {mistake}", of_configuration(flags));
    }
    for mistake in &found.mistakes {
        eprintln!("ringmaster: {mistake}");
    }
    if !found.bad_options.is_empty() {
        return Ok(ExitCode::Usage);
    }
    if !found.mistakes.is_empty() {
        return Ok(ExitCode::Failure);
    }
    let file = flags.config.as_deref().map_or_else(|| "none".into(), Path::to_string_lossy);
    println!("configuration file: {file}");
    for note in &found.notes {
        println!("{note}");
    }
    println!("{}", verdict(found.doubts.is_empty()));
    Ok(ExitCode::Success)
}

/// What a check without mistakes says at its end.
const fn verdict(is_without_doubt: bool) -> &'static str {
    if is_without_doubt {
        "everything can be used"
    } else {
        "there is no mistake, but something to look at"
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_around_a_password_is_closed() {
        let text = first_password("ADMIN", &Secret::new("abc"));
        let widths: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
        assert!(text.contains("abc") && text.contains("not be shown again"));
    }
}
