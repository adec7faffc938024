//! The page `docs/reference/commands.md`, which is made of the command line itself.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::arguments::Cli;

#[test]
fn the_reference_of_the_commands_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/commands.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} is out of date: run the tests with UPDATE_DOCS=1", path.display());
}

/// Who looks a command up in its manual finds it.
#[test]
fn every_command_has_a_manual_page_and_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    crate::texts::man(Some(folder.path())).unwrap();
    let mut completions = Vec::new();
    let shell = clap_complete::Shell::Bash;
    clap_complete::generate(shell, &mut Cli::command(), "ringmaster", &mut completions);
    let completions = String::from_utf8(completions).unwrap();
    let all = commands();
    assert!(all.iter().any(|words| *words == ["ringmaster", "job", "why"]), "{all:?}");
    for words in all {
        let page = folder.path().join(format!("{}.1", words.join("-")));
        assert!(page.is_file(), "{} is missing", page.display());
        let last = words.last().unwrap();
        assert!(completions.contains(last), "{last} is not completed");
    }
}

/// The words of each command.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &Command, before: &[String], all: &mut Vec<Vec<String>>) {
        let mut words = before.to_vec();
        words.push(command.get_name().to_owned());
        all.push(words.clone());
        for each in command.get_subcommands().filter(|each| is_shown(each)) {
            walk(each, &words, all);
        }
    }
    let mut all = Vec::new();
    walk(&Cli::command(), &[], &mut all);
    all
}

fn is_shown(command: &Command) -> bool {
    command.get_name() != "help" && !command.is_hide_set()
}

fn page() -> String {
    let mut root = Cli::command();
    root.build();
    let mut page = String::from(
        "# Commands of `ringmaster`\n\n\
         <!-- Written by the tests of crate ringmaster; run them with UPDATE_DOCS=1 to write it anew. -->\n\n\
         `ringmaster COMMAND --help` says the same. `ringmaster man FOLDER` writes manual pages, `ringmaster completions SHELL` prints\n\
         completions. Data goes to standard output, everything else to standard error. A variable named beside an option stands for it.\n\n\
         | exit code | meaning |\n|---|---|\n",
    );
    for (code, meaning) in EXIT_CODES {
        writeln!(page, "| {} | {meaning} |", code.number()).unwrap();
    }
    page.push_str("\n| command | what it does |\n|---|---|\n");
    for command in root.get_subcommands().filter(|each| is_shown(each)) {
        let name = command.get_name();
        writeln!(page, "| [`{name}`](#ringmaster-{name}) | {} |", text(command.get_about()))
            .unwrap();
    }
    for command in root.get_subcommands().filter(|each| is_shown(each)) {
        describe(&mut page, command, "ringmaster", 2);
    }
    page
}

/// What commands end with.
const EXIT_CODES: [(kit::ExitCode, &str); 9] = [
    (kit::ExitCode::Success, "done"),
    (kit::ExitCode::Failure, "it failed; the message says why"),
    (kit::ExitCode::Usage, "the command line, the configuration or a request is wrong"),
    (kit::ExitCode::NotFound, "there is no such thing"),
    (kit::ExitCode::Refused, "not possible now, or not allowed"),
    (kit::ExitCode::Unreachable, "the server or the database does not answer"),
    (kit::ExitCode::Timeout, "not within the time allowed; it may still happen"),
    (kit::ExitCode::Conflict, "somebody else was faster"),
    (kit::ExitCode::Bug, "a mistake in the program; please report it"),
];

/// A command and those below it.
fn describe(page: &mut String, command: &Command, before: &str, level: usize) {
    let name = format!("{before} {}", command.get_name());
    write!(page, "\n{} `{name}`\n\n", "#".repeat(level)).unwrap();
    let about = command.get_long_about().or(command.get_about());
    writeln!(page, "{}.", text(about).trim_end_matches('.')).unwrap();
    let subcommands: Vec<&Command> =
        command.get_subcommands().filter(|each| is_shown(each)).collect();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    write!(page, "\n```text\n{usage}\n```\n").unwrap();
    let own = |arg: &&Arg| {
        // An option of a group of commands stands there, and not again at each of them.
        let is_inherited = arg.is_global_set() && level > 2;
        !arg.is_hide_set() && !is_inherited && !matches!(arg.get_id().as_str(), "help" | "version")
    };
    let arguments: Vec<&Arg> = command.get_arguments().filter(own).collect();
    if !arguments.is_empty() {
        page.push_str("\n| argument | meaning |\n|---|---|\n");
        for argument in arguments {
            writeln!(page, "| {} | {} |", shown(argument), meaning(argument)).unwrap();
        }
    }
    if let Some(after) = command.get_after_long_help().or(command.get_after_help()) {
        let after = plain(after);
        write!(page, "\n```text\n{}\n```\n", after.trim()).unwrap();
    }
    for each in subcommands {
        describe(page, each, &name, (level + 1).min(5));
    }
}

/// How an argument is written.
fn shown(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let takes = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let value = if takes { names.join(" ") } else { String::new() };
    let many = if matches!(argument.get_action(), ArgAction::Append) { " …" } else { "" };
    match (argument.get_long(), argument.get_short()) {
        (Some(long), Some(short)) => {
            format!("`{}`{many}", format!("-{short}, --{long} {value}").trim())
        }
        (Some(long), None) => format!("`{}`{many}", format!("--{long} {value}").trim()),
        (None, Some(short)) => format!("`{}`{many}", format!("-{short} {value}").trim()),
        (None, None) => format!("`{}`{many}", names.join(" ")),
    }
}

fn meaning(argument: &Arg) -> String {
    let mut text = text(argument.get_long_help().or(argument.get_help()));
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), plain(help)),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    let takes = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    if takes && !values.is_empty() {
        write!(text, ": {}", values.join(", ")).unwrap();
    }
    let defaults = argument.get_default_values();
    if takes && !defaults.is_empty() {
        let defaults: Vec<_> = defaults.iter().map(|each| each.to_string_lossy()).collect();
        write!(text, "; `{}` if left out", defaults.join(" ")).unwrap();
    }
    if let Some(variable) = argument.get_env() {
        write!(text, "; variable `{}`", variable.to_string_lossy()).unwrap();
    }
    text.replace('|', "\\|")
}

fn text(styled: Option<&StyledStr>) -> String {
    styled.map(plain).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(styled: &StyledStr) -> String {
    styled.to_string()
}
