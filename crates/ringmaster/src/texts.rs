//! Texts that are made from the program itself: completions, manual pages, OpenAPI descriptions.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use kit::ExitCode;

use crate::arguments::{Cli, Interface};

/// Prints the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ringmaster", &mut text);
    print(&text)
}

/// Prints the first manual page, or writes all of them into a folder.
pub(crate) fn man(folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
                .with_context(|| format!("writing manual pages into {}", folder.display()))?;
            print(format!("the manual pages are in {}\n", folder.display()).as_bytes())
        }
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut text)
                .context("making the manual page")?;
            print(&text)
        }
    }
}

/// Prints the description of an interface.
pub(crate) fn openapi(interface: Interface) -> anyhow::Result<ExitCode> {
    let text = match interface {
        Interface::Amtopcon => batch_server::openapi::amtopcon(),
        Interface::ControlCenter => batch_server::openapi::control_center(),
    };
    print(text.as_bytes())
}

/// Prints a text; who has closed standard output has seen enough.
pub(crate) fn print(text: &[u8]) -> anyhow::Result<ExitCode> {
    match io::stdout().lock().write_all(text) {
        // Who reads the beginning only, as `head` does, has got what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::Success),
        other => other.map(|()| ExitCode::Success).context("printing"),
    }
}

/// Says something on standard error; nothing can be done when nobody reads it. What cannot be seen in it is made
/// visible: it may come from a file.
pub(crate) fn say(text: &str) {
    for line in text.lines() {
        let _ = writeln!(io::stderr(), "{}", core_kit::text::visible(line));
    }
}

/// Prints a value as JSON.
pub(crate) fn print_json<T: serde::Serialize>(value: &T) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value).context("writing JSON")?;
    text.push(b'\n');
    print(&text).map(drop)
}
