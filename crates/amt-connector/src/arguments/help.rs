//! `amt --help`.

use super::table::{COMMANDS, OPTIONS, Opt};
use std::fmt::Write;

const EXAMPLES: &str = "Examples:
  amt -jt START -an DEMO2 -jn RUN_PARAMETERTESTA -pa \"'PARAM'\"
  amt -jt START -an DEMO2 -fn C:\\scripts\\load.ps1 -pa \"DAY=1;REGION=N\" -tv SW1=TRUE
  amt --application DEMO2 --job NIGHTLY --queue LATE --follow
  amt -jt KILL -ri 2112
  amt --resume 2112
  amt doctor --config /etc/amt/Connector.config
";

const EXIT_CODES: &str = "Exit codes:
  0 to 24 and 99 are the AMT completion codes; 4 (DONE) is the only success.
  23 the server could not be reached, nothing was started
  24 the credentials were refused: nothing was started, or the log says which job goes on
  19 it is not known whether the job was started or how it ends: the log says how to find out
  64 wrong arguments   78 wrong configuration
  74 what --help, man or completions print cannot be written, or the system refuses amt
     what it needs to begin; nothing was started
  130, 143 interrupted; the job goes on
";

/// The whole help text.
pub fn help() -> String {
    let mut text = String::from(
        "amt: starts a job on an AMT Batch Server, waits for it and prints its log\n\n\
         Usage: amt [OPTIONS]            start, stop, kill or resume\n",
    );
    for (name, operand, what) in COMMANDS {
        let usage = format!("amt {name} {operand}");
        line(&mut text, "       ", &usage, 38, what);
    }
    let mut group = "";
    for option in OPTIONS {
        if option.group != group {
            group = option.group;
            push(&mut text, format_args!("\n{group}:\n"));
        }
        line(&mut text, "  ", &names(option), 38, option.help);
    }
    push(&mut text, format_args!("\n{EXAMPLES}\n{EXIT_CODES}"));
    text
}

/// The names of an option with its value, as the help shows them.
pub(super) fn names(option: &Opt) -> String {
    let legacy = option
        .legacy
        .map_or_else(|| "    ".to_owned(), |name| format!("{:<4}", format!("{name},")));
    let value = option.value_shown().map_or_else(String::new, |value| format!(" {value}"));
    format!("{legacy}--{}{value}", option.long)
}

fn line(text: &mut String, indent: &str, left: &str, width: usize, right: &str) {
    push(text, format_args!("{indent}{left:<0$}  {right}\n", width - indent.len()));
}

/// Appends a formatted piece.
pub(super) fn push(text: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_where_only_some_are_taken() {
        let help = help();
        for option in OPTIONS.iter().filter(|option| !option.choices.is_empty()) {
            let shown = format!("--{} {}  ", option.long, option.choices.join("|"));
            assert!(help.contains(&shown), "{shown} in\n{help}");
        }
        assert!(help.contains("--output text|joblog|json  ") && help.contains("--queue NAME  "));
    }

    #[test]
    fn the_guide_says_of_74_what_the_help_says() {
        let help = help();
        let (_, said) = help.split_once("\n  74 ").expect("the help has 74");
        let (said, _) = said.split_once("\n  130").expect("130 comes after it");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let guide = include_str!("../../../../docs/guide/connector.md").replace('`', "");
        assert!(guide.contains(&format!("| 74 | | {said}.")), "{said}");
    }
}
