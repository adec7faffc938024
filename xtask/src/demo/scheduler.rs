//! The scheduler as its operators use it: by the commands of `ringmaster`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anstream::{print, println};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process;

/// The commands of a scheduler.
#[derive(Debug)]
pub(crate) struct Scheduler {
    program: PathBuf,
    data: PathBuf,
}

impl Scheduler {
    /// Of the scheduler whose data folder this is.
    pub(crate) fn new(programs: &Path, data: &Path) -> Self {
        Self { program: programs.join("ringmaster"), data: data.to_owned() }
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::program(&self.program);
        command.args(arguments).env("RINGMASTER_DATA_DIR", &self.data);
        command
    }

    /// Runs a command and gives back what it prints.
    ///
    /// # Errors
    /// When it does not end with 0.
    pub(crate) fn said(&self, arguments: &[&str]) -> Result<String> {
        process::output(&mut self.command(arguments))
    }

    /// Runs a command in sight, with a text on its standard input.
    ///
    /// # Errors
    /// When it does not end with 0.
    pub(crate) fn show_with_input(&self, arguments: &[&str], input: &str) -> Result<()> {
        println!("$ {}", typed(arguments));
        process::run_with_input(&mut self.command(arguments), &format!("{input}\n"))
    }

    /// Runs a command in sight.
    ///
    /// # Errors
    /// When it does not end with 0.
    pub(crate) fn show(&self, arguments: &[&str]) -> Result<()> {
        println!("$ {}", typed(arguments));
        print!("{}", self.said(arguments)?);
        Ok(())
    }

    /// Runs a command in sight whose answer is long: its last line is shown.
    ///
    /// # Errors
    /// When it does not end with 0.
    pub(crate) fn show_end(&self, arguments: &[&str]) -> Result<()> {
        println!("$ {}", typed(arguments));
        let said = self.said(arguments)?;
        println!("…\n{}", said.lines().last().unwrap_or_default());
        Ok(())
    }

    /// Runs a command whose answer is for programs.
    ///
    /// # Errors
    /// When it does not end with 0, or answers something else.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let all = [arguments, &["--output", "json"]].concat();
        let text = self.said(&all)?;
        serde_json::from_str(&text).with_context(|| format!("`{}` printed no JSON", typed(&all)))
    }

    /// Runs a command that may fail; what it prints on both streams.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn tried(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("while starting `{}`", typed(arguments)))?;
        let streams = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&streams).into_owned())
    }
}

/// A command line as it is typed.
pub(crate) fn typed(arguments: &[&str]) -> String {
    let quoted = |word: &&str| {
        let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c));
        if is_plain { (*word).to_owned() } else { format!("'{word}'") }
    };
    let words: Vec<String> = arguments.iter().map(quoted).collect();
    format!("ringmaster {}", words.join(" "))
}

/// The items of an answer that is a list.
pub(crate) fn items(answer: &Value) -> Result<&Vec<Value>> {
    match answer {
        Value::Array(items) => Ok(items),
        other => bail!("this is no list: {other}"),
    }
}

/// A text of an answer; empty where there is none.
pub(crate) fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn a_command_can_be_pasted() {
        let line = typed(&["job", "log", "Day start/Open policies", "--date", "2027-04-05"]);
        assert_eq!(line, "ringmaster job log 'Day start/Open policies' --date 2027-04-05");
    }
}
