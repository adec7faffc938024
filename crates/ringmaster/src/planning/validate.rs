//! `ringmaster validate`.

use annotate_snippets::Level;
use kit::ExitCode;
use scheduler_core::definition::Definitions;

use super::arguments::{ReportFormat, ValidateArguments};
use super::load::Loaded;
use super::report::{Shown, count, entries, hint, show};

/// Reads definitions and says every mistake.
pub(crate) fn validate(arguments: &ValidateArguments) -> anyhow::Result<ExitCode> {
    let Loaded { reading, .. } = Loaded::read(&arguments.definitions.path)?;
    match arguments.output {
        ReportFormat::Json => {
            crate::texts::print_json(&entries(&reading))?;
        }
        ReportFormat::Text => {
            let shown = Shown::by_option(arguments.all);
            show(&reading, &reading.mistakes, &Level::ERROR, shown);
            let (files, path) =
                (count(reading.files(), "file"), arguments.definitions.path.display());
            match reading.mistakes.len() {
                0 => {
                    let all = [files].into_iter().chain(contents(&reading.definitions));
                    let all = all.collect::<Vec<_>>().join(", ");
                    crate::texts::print(format!("{path}: {all}: no mistake\n").as_bytes())?;
                }
                wrong => {
                    crate::texts::say(&format!("{path}: {files}, {}", count(wrong, "mistake")));
                    hint(&reading, &arguments.definitions.path);
                }
            }
        }
    }
    Ok(if reading.mistakes.is_empty() { ExitCode::Success } else { ExitCode::Failure })
}

/// What there is, in a few words.
fn contents(definitions: &Definitions) -> impl Iterator<Item = String> {
    let all = [
        (definitions.schedules.len(), "schedule"),
        (definitions.jobs_len(), "job"),
        (definitions.frequencies.len(), "frequencie"),
        (definitions.calendars.len(), "calendar"),
        (definitions.agents.len(), "agent"),
    ];
    all.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| match (number, word) {
        (1, "frequencie") => "1 frequency".to_owned(),
        (number, word) => count(number, word),
    })
}

/// Prints the JSON Schema of definition files.
pub(crate) fn schema() -> anyhow::Result<ExitCode> {
    crate::texts::print_json(&scheduler_definitions::json_schema())?;
    Ok(ExitCode::Success)
}
