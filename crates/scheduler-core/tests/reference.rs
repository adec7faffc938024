//! The pages of the reference that are printed from the code. With `UPDATE_DOCS` in the environment the tests write
//! them; without it they compare.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use scheduler_core::property::Moment;
use scheduler_core::time::ZoneName;
use scheduler_core::{action, dependency, event, expression, job, property, schedule};

/// Compares a page with the code that prints it, or writes it.
fn page(name: &str, title: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    let note = "<!-- Written by a test from the code; run `cargo xtask gen` to renew it. -->";
    let page = format!("# {title}\n\n{note}\n\n{}\n", text.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/reference/{name} is old; run `cargo xtask gen`");
}

#[test]
fn the_page_of_job_states_is_current() {
    let text = format!(
        "What every event makes of every state of a daily job. The status is what operators see. A job waits in one \
         state, *qualifying*: which of its conditions is not met yet is looked at when somebody asks, and shown as \
         `Wait Job Dependency`, `Wait Machine` and so on. An event that is late or repeated changes nothing; one that is \
         refused is answered with the reason.\n\n{}",
        job::table()
    );
    page("job-states.md", "States of a daily job", &text);
}

#[test]
fn the_page_of_job_actions_is_current() {
    let text = format!(
        "What an operator may do with a daily job in which status, and why not. The second table has the function \
         privileges that an action needs.\n\n{}",
        action::table()
    );
    page("job-actions.md", "Actions on a daily job", &text);
}

#[test]
fn the_page_of_schedule_states_is_current() {
    let text = format!(
        "What an operator may do with a daily schedule in which status, and what every event makes of every state. `·` \
         means that the event is late or repeated and changes nothing.\n\n{}",
        schedule::table()
    );
    page("schedule-states.md", "States of a daily schedule", &text);
}

#[test]
fn the_page_of_dependencies_is_current() {
    let text = format!(
        "Whether a dependency is satisfied, by its type, its condition and what has become of the predecessor. *waits* \
         may still change; *never* does not, until somebody restarts the predecessor or changes its status.\n\n{}",
        dependency::table()
    );
    page("dependencies.md", "What satisfies a dependency", &text);
}

#[test]
fn the_page_of_event_commands_is_current() {
    let text = format!(
        "Every command that an event can have. Fields in `[…]` may be left out. An event of a definition has at most \
         {} characters, one from outside at most {}, with `,<user>,<password>` at its end.\n\n{}",
        event::INTERNAL_CHARS_MAX,
        event::EXTERNAL_CHARS_MAX,
        event::table()
    );
    page("event-commands.md", "Commands of events", &text);
}

#[test]
fn the_page_of_system_properties_is_current() {
    let text = format!(
        "Properties that the scheduler sets. They are read only, and their names are spelled exactly so. Where a format is \
         given, a global property of the same name changes it, and one whose name begins with it (`$DATE yyyymmdd`) has a \
         format of its own.\n\n{}",
        property::table()
    );
    page("system-properties.md", "Properties of the system", &text);
}

#[test]
fn the_page_of_tokens_is_current() {
    let zone = "Europe/Zurich".parse::<ZoneName>().unwrap().0;
    let moment = Moment::of_instant("2026-02-05T14:04:09Z".parse().unwrap(), &zone);
    let text = format!(
        "## Scopes\n\nWhat a token does not say is the current one: `[[JI.NAME]]` is of the job whose text it is, and \
         `[[JI.NAME...Load]]` of the job `Load` of its schedule and date. A job has its own properties; nothing is looked \
         for in another scope.\n\n{}\n## Formats of dates and times\n\nOn Thursday, 5 February 2026 at 15:04:09 in \
         Zurich. `m` and `mm` right after hours are minutes. Text stands in quotation marks (`\"on \"`) or after a `\\`; \
         other signs stand for themselves. Hours go to 12 where the half of the day is printed. The letters of the last \
         rows are formats only when they stand alone. Case counts in these and in `AM/PM` and `A/P`.\n\n{}\n## \
         Offsets\n\n`[[$DATE(+3d)]]`: a sign, 1 to 32000, and a unit.\n\n{}",
        property::scopes_table(),
        property::date_formats_table(&moment),
        property::offset_units_table(),
    );
    page("tokens.md", "Scopes, dates and offsets of tokens", &text);
}

#[test]
fn the_guide_to_properties_has_every_scope_and_unit() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/properties.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let scopes = property::Scope::ALL.map(property::Scope::prefix);
    for prefix in scopes.into_iter().chain(["RI"]) {
        assert!(guide.contains(&format!("`[[{prefix}.")), "{prefix}");
    }
    let units = property::offset_units_table();
    for unit in units.lines().skip(2).filter_map(|line| line.split(' ').nth(1)) {
        assert!(guide.contains(unit), "{unit}");
    }
    for property in property::SYSTEM_PROPERTIES.iter().filter(|one| one.name.starts_with('@')) {
        assert!(guide.contains(&format!("`[[{}]]`", property.name)), "{}", property.name);
    }
}

#[test]
fn the_page_of_expressions_is_current() {
    let text = format!(
        "## Operators\n\nLevel 1 binds tightest. Each level is its own: `/` binds tighter than `*`, which differs from \
         most languages; use parentheses where that matters.\n\n{}\n## Functions\n\n{}",
        expression::operators_table(),
        expression::functions_table()
    );
    page("expressions.md", "Operators and functions of expressions", &text);
}
