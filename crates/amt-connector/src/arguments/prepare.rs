//! Rewrites arguments so that an ordinary parser reads the older names right.
//!
//! To every parser `-jt` is `-j -t`, and a value such as `-x -y` is two options. Here each known name takes the
//! following argument whatever it begins with, as the older connector does, and both become `--name=value`.

use super::table::Opt;
use std::ffi::{OsStr, OsString};

/// Joins each known option that takes a value with the argument that follows it.
pub(super) fn prepare(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut rest = arguments.into_iter();
    let mut prepared = Vec::new();
    while let Some(argument) = rest.next() {
        let option = argument.to_str().and_then(|text| {
            Opt::by_legacy(text).or_else(|| text.strip_prefix("--").and_then(Opt::by_long))
        });
        match option.filter(|option| option.value.is_some()) {
            Some(option) => match rest.next() {
                Some(value) => prepared.push(joined(option.long, &value)),
                // Without its `=` the parser sees that the value is missing.
                None => prepared.push(format!("--{}", option.long).into()),
            },
            None => prepared.push(argument),
        }
    }
    prepared
}

fn joined(long: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(format!("--{long}="));
    text.push(value);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(arguments: &[&str]) -> Vec<String> {
        let given = arguments.iter().map(OsString::from);
        prepare(given).into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn older_names_take_any_value() {
        assert_eq!(
            prepared(&["-jt", "START", "-pa", "-x -y", "-tv", "-an", "-u", "--help", "doctor"]),
            [
                "--job-type=START",
                "--parameters=-x -y",
                "--task-value=-an",
                "--user=--help",
                "doctor"
            ]
        );
    }

    #[test]
    fn values_of_modern_names_are_not_rewritten() {
        assert_eq!(
            prepared(&["--job", "-jn", "--follow", "-jn", "X"]),
            ["--job=-jn", "--follow", "--job=X"]
        );
        assert_eq!(prepared(&["--job=-jn", "-xx"]), ["--job=-jn", "-xx"]);
        assert_eq!(prepared(&["-jn"]), ["--job"]);
    }
}
