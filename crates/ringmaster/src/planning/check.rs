//! `ringmaster check`.

use std::collections::BTreeSet;

use annotate_snippets::Level;
use anyhow::bail;
use kit::ExitCode;
use scheduler_core::check::{Check, Finding, Severity, days_max};
use scheduler_core::definition::Problem;
use scheduler_core::model::Model;
use scheduler_core::path::Step;
use scheduler_core::plan::{Days, Wanted};

use super::arguments::{CheckArguments, ReportFormat};
use super::find::Finder;
use super::load::Loaded;
use super::report::{Entry, Shown, count, entries, show};

/// Builds each day and says what goes wrong.
pub(crate) fn check(arguments: &CheckArguments) -> anyhow::Result<ExitCode> {
    let loaded = read(arguments)?;
    let (first, days) = arguments.span.dates(|| loaded.today())?;
    let asked = Asked::of(arguments, &loaded.model)?;
    let (findings, others): (Vec<Finding>, Vec<Finding>) =
        find(&loaded, first, days)?.into_iter().partition(|finding| asked.has(finding));
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let mut shown = Vec::new();
    for (severity, level, word) in
        [(Severity::Error, Level::ERROR, "error"), (Severity::Warning, Level::WARNING, "warning")]
    {
        let problems =
            findings.iter().filter(|finding| finding.severity == severity).map(problem).collect();
        let located = loaded.reading.locate(problems);
        match arguments.output {
            ReportFormat::Json => {
                shown.extend(located.iter().map(|mistake| Entry::new(mistake, word)));
            }
            ReportFormat::Text => {
                show(&loaded.reading, &located, &level, Shown::by_option(arguments.all));
            }
        }
    }
    match arguments.output {
        ReportFormat::Json => crate::texts::print_json(&shown)?,
        ReportFormat::Text => {
            let days = count(days as usize, "day");
            let found = match (errors, warnings) {
                (0, 0) => "no loop, no missing predecessor, no job that never runs".to_owned(),
                (errors, 0) => count(errors, "error"),
                (0, warnings) => count(warnings, "warning"),
                (errors, warnings) => {
                    format!("{}, {}", count(errors, "error"), count(warnings, "warning"))
                }
            };
            let asked = asked.words();
            let others = match others.len() {
                0 => String::new(),
                others => format!("; {} of other schedules not shown", count(others, "finding")),
            };
            let line = format!(
                "{}: {days} from {first}{asked}: {found}{others}\n",
                arguments.definitions.path.display()
            );
            crate::texts::print(line.as_bytes())?;
        }
    }
    Ok(if errors == 0 { ExitCode::Success } else { ExitCode::Failure })
}

/// The schedules that are asked for; none for all.
struct Asked<'m> {
    names: Vec<&'m str>,
}

impl<'m> Asked<'m> {
    fn of(arguments: &CheckArguments, model: &'m Model) -> anyhow::Result<Self> {
        if arguments.schedule.is_empty() {
            return Ok(Self { names: Vec::new() });
        }
        let finder = Finder::new(model);
        let ids = arguments.schedule.iter().map(|name| Ok(finder.schedule(name)?.id));
        let ids = ids.collect::<anyhow::Result<BTreeSet<_>>>()?;
        let names = ids.into_iter().map(|id| model.schedule(id).name.as_str());
        Ok(Self { names: names.collect() })
    }

    /// Whether a finding is about one of the schedules: it stands there, or it names a job of it, as a loop does that
    /// leads through several schedules and stands at the first of its jobs.
    fn has(&self, finding: &Finding) -> bool {
        let is_in = |name: &str| {
            matches!(finding.path.steps(), [Step::Field(section), Step::Field(schedule), ..]
                if **section == *"schedules" && **schedule == *name)
        };
        let is_named = |name: &str| finding.message.contains(&format!("` of `{name}`"));
        self.names.is_empty() || self.names.iter().any(|name| is_in(name) || is_named(name))
    }

    fn words(&self) -> String {
        if self.names.is_empty() {
            return String::new();
        }
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        format!(" in {}", names.join(", "))
    }
}

/// Definitions without mistakes. A program gets the mistakes as it gets the findings.
fn read(arguments: &CheckArguments) -> anyhow::Result<Loaded> {
    let path = &arguments.definitions.path;
    match arguments.output {
        ReportFormat::Text => Loaded::read_right_or_show(path, Shown::by_option(arguments.all)),
        ReportFormat::Json => {
            let loaded = Loaded::read(path)?;
            if !loaded.reading.mistakes.is_empty() {
                crate::texts::print_json(&entries(&loaded.reading))?;
            }
            loaded.must_be_right(path)
        }
    }
}

fn find(
    loaded: &Loaded,
    first: scheduler_core::time::Day,
    days: u32,
) -> anyhow::Result<Vec<Finding>> {
    enough_room(loaded.model.jobs_len(), days)?;
    let progress = super::progress::days(days, "checking");
    let mut check = Check::new(&loaded.model, first.0);
    let mut built = Days::new(&loaded.model, first.0, Wanted::All)?;
    for _ in 0..days {
        check.day(built.next_day()?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(check.finish())
}

/// Whether so many days of so many jobs can be kept.
fn enough_room(jobs: usize, days: u32) -> anyhow::Result<()> {
    let most = days_max(jobs);
    if u64::from(days) > most {
        bail!(
            "checking {} on {} at once would take too much memory: ask for at most {} with --days, and for the rest with \
             --from",
            count(jobs, "job"),
            count(days as usize, "day"),
            count(usize::try_from(most).unwrap_or(usize::MAX), "day"),
        );
    }
    Ok(())
}

fn problem(finding: &Finding) -> Problem {
    Problem { path: finding.path.clone(), message: finding.message.clone(), missing: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_keeps_at_most_half_a_gigabyte() {
        assert!(enough_room(100_000, 36_525).is_ok());
        assert!(enough_room(0, 36_525).is_ok());
        assert!(enough_room(1_000_000, 4_294).is_ok());
        assert_eq!(
            enough_room(1_000_000, 4_295).unwrap_err().to_string(),
            "checking 1,000,000 jobs on 4,295 days at once would take too much memory: ask for at most 4,294 days with --days, \
             and for the rest with --from"
        );
    }
}
