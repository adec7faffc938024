//! Mistakes: every one of a run, each with its place, its field, what was expected and the nearest name.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{mistakes, mistakes_of};

/// A definition with one of everything wrong, beside jobs that are right.
const MANY: &str = "\
calendars:
  Bank Holidays: { dates: [2026-02-31, 2026-05-01] }
  Bank/Days: { dates: [2026-12-25] }
frequencies:
  Workdays: { when: { all_weeks: { days: [mon, tuu, wed] } } }
  Daily: { when: { all_weeks: { days: [mon, tue, wed, thu, fri] } } }
schedules:
  Nightly:
    start_tim: 22:00
    jobs:
      Load (GL):
        run: null_job
      Post:
        run: null_job
        frequencies: [{ use: Daly }]
        depends_on: [{ requires: { job: Lod } }]
      Report:
        run: null_job
        frequencies: [{ use: Workdays }, { use: Daily }]
        depends_on: [{ requires: { job: Load (GL) } }]
";

#[test]
fn every_mistake_of_a_file_is_reported_with_place_field_and_nearest_name() {
    expect(
        &mistakes(MANY),
        &[
            r#"f:2:28: calendars."Bank Holidays".dates[0]: `2026-02-31` is impossible: February 2026 has 28 days; expected a date such as 2026-12-25, or several such as 2026-12-24 to 2026-12-26"#,
            "f:5:48: frequencies.Workdays.when.all_weeks.days[1]: unknown value `tuu`; did you mean `thu`?",
            "f:9:5: schedules.Nightly.start_tim: unknown field `start_tim`; did you mean `start_time`?",
            r#"f:11:7: schedules.Nightly.jobs."Load (GL)": `Load (GL)` has the character `(`; expected 1 to 64 characters, none of < > & ' " | ; % ( ) [ ] { } = \ ! * ? ,"#,
            "f:15:30: schedules.Nightly.jobs.Post.frequencies[0].use: no frequency `Daly` is defined; did you mean `Daily`?",
            "f:16:41: schedules.Nightly.jobs.Post.depends_on[0].requires.job: the schedule `Nightly` has no job `Lod`",
            r#"f:20:41: schedules.Nightly.jobs.Report.depends_on[0].requires.job: `Load (GL)` has the character `(`; expected 1 to 64 characters, none of < > & ' " | ; % ( ) [ ] { } = \ ! * ? ,"#,
        ],
    );
}

fn expect(found: &[String], expected: &[&str]) {
    assert_eq!(found, expected, "\n{}\n", found.join("\n"));
}

#[test]
fn what_is_wrong_itself_is_not_reported_again_where_it_is_referred_to() {
    let wrong = "frequencies:\n  A: { when: { on_day: { day: 99 } } }\nschedules:\n  S:\n    jobs:\n      \
                 J: { run: null_job, frequencies: [{ use: A }] }\n";
    let found = mistakes(wrong);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("f:2:"), "{found:#?}");
    // The oracle: the same file without `A` has the other mistake.
    let without = mistakes(
        &wrong.replace("  A: { when: { on_day: { day: 99", "  B: { when: { on_day: { day: 9"),
    );
    assert!(
        without.iter().any(|line| line.contains("no frequency `A` is defined")),
        "{without:#?}"
    );
}

#[test]
fn a_second_definition_names_both_places() {
    let a = "agents:\n  HOST: { connection: { command: {} } }\noptions: { build_time: 20:00 }\n";
    let b = "options:\n  build_time: 21:00\nagents:\n  HOST: { connection: { command: {} } }\n";
    expect(
        &mistakes_of(&[("a.yaml", a), ("b.yaml", b)]),
        &[
            "b.yaml:1:1: options: this is already defined in a.yaml:3:1",
            "b.yaml:4:3: agents.HOST: this is already defined in a.yaml:2:3",
        ],
    );
    let twice = "agents:\n  HOST: { connection: { command: {} } }\n  HOST: { connection: { command: {} } }\n";
    expect(
        &mistakes(twice),
        &["f:3:3: agents.HOST: `HOST` stands here a second time; the first is in line 2, column 3"],
    );
    let documents = format!("{a}---\n{a}");
    expect(
        &mistakes(&documents),
        &[
            "f:6:3: agents.HOST: this is already defined in f:2:3",
            "f:7:1: options: this is already defined in f:3:1",
        ],
    );
}

#[test]
fn the_first_of_two_definitions_counts_even_where_it_is_wrong() {
    let a = "thresholds:\n  T: { value: one }\n";
    let b = "thresholds:\n  T: { value: 1 }\n";
    let found = mistakes_of(&[("a.yaml", a), ("b.yaml", b)]);
    expect(
        &found,
        &[
            "a.yaml:2:15: thresholds.T.value: expected a whole number from -2147483648 to 2147483647, found the text `one`",
            "b.yaml:2:3: thresholds.T: this is already defined in a.yaml:2:3",
        ],
    );
}

#[test]
fn names_that_differ_only_in_case_are_refused() {
    let text = "departments:\n  Übertrag: {}\n  übertrag: {}\nschedules:\n  S:\n    jobs:\n      Load: { run: null_job }\n      \
                LOAD: { run: null_job }\n  s: {}\n";
    expect(
        &mistakes(text),
        &[
            "f:3:3: departments.übertrag: the department `übertrag` differs only in case from `Übertrag`; choose another name for one of them",
            "f:8:7: schedules.S.jobs.LOAD: the job `LOAD` differs only in case from `Load`; choose another name for one of them",
            "f:9:3: schedules.s: the schedule `s` differs only in case from `S`; choose another name for one of them",
        ],
    );
}

#[test]
fn quotes_are_advised_only_where_they_help() {
    let start = |text: &str| {
        mistakes(&format!("schedules:\n  S:\n    start_time: {text}\n")).pop().unwrap_or_default()
    };
    expect(
        &[start("6"), start("6:00"), start("25:00"), start("'06:00'"), start("")],
        &[
            "f:3:17: schedules.S.start_time: expected a time of day such as 06:00, from 00:00 to 23:59; found the number 6",
            "",
            "f:3:17: schedules.S.start_time: `25:00` is not a time of day such as 06:00, from 00:00 to 23:59",
            "",
            "f:3:15: schedules.S.start_time: expected a time of day such as 06:00, from 00:00 to 23:59; found nothing",
        ],
    );
    let target = |text: &str| {
        mistakes(&format!("batch_users: {{ U: {{ target: {text} }} }}\n")).pop().unwrap_or_default()
    };
    expect(
        &[target("12"), target("true"), target("''"), target(&"9".repeat(17))],
        &[
            r#"f:1:29: batch_users.U.target: expected text; found the number 12; write it in quotes: "12""#,
            r#"f:1:29: batch_users.U.target: expected text; found the truth value true; write it in quotes: "true""#,
            "f:1:29: batch_users.U.target: this must not be empty",
            r#"f:1:29: batch_users.U.target: expected text; found the number 99999999999999999; write it in quotes: "99999999999999999""#,
        ],
    );
    let name = |text: &str| {
        mistakes(&format!(
            "schedules:\n  S:\n    jobs:\n      J: {{ run: null_job, tags: [{text}] }}\n"
        ))
        .pop()
        .unwrap_or_default()
    };
    expect(
        &[name("2026"), name("1.5"), name("null"), name("[a]")],
        &[
            r#"f:4:34: schedules.S.jobs.J.tags[0]: expected 1 to 64 characters, none of < > & ' " | ; % ( ) [ ] { } = \ ! * ? ,; found the number 2026; write it in quotes: "2026""#,
            r#"f:4:34: schedules.S.jobs.J.tags[0]: expected 1 to 64 characters, none of < > & ' " | ; % ( ) [ ] { } = \ ! * ? ,; found the number 1.5; write it in quotes: "1.5""#,
            r#"f:4:34: schedules.S.jobs.J.tags[0]: expected 1 to 64 characters, none of < > & ' " | ; % ( ) [ ] { } = \ ! * ? ,; found nothing; write it in quotes: "null""#,
            r#"f:4:34: schedules.S.jobs.J.tags[0]: expected 1 to 64 characters, none of < > & ' " | ; % ( ) [ ] { } = \ ! * ? ,; found a list"#,
        ],
    );
}

#[test]
fn an_empty_file_is_right_and_what_is_no_map_is_not() {
    for text in ["", "\n\n", "# nothing yet\n", "---\n", "---\n---\n", "schedules: {}\n"] {
        expect(&mistakes(text), &[]);
    }
    expect(
        &[
            mistakes("- a\n"),
            mistakes("text\n"),
            mistakes("schedules:\n"),
            mistakes("schedules: []\n"),
        ]
        .concat(),
        &[
            "f:1:1: expected a map of fields, found a list",
            "f:1:1: expected a map of fields, found the text `text`",
            "f:1:10: schedules: expected a map of names, found nothing",
            "f:1:12: schedules: expected a map of names, found a list",
        ],
    );
}

#[test]
fn what_yaml_offers_beyond_data_is_refused() {
    let cases = [
        "agents: !secret x\n",
        "agents: &a { x: *a }\n",
        "agents: *nobody\n",
        "? [a, b]\n: c\n",
        "%YAML 1.2\n---\nagents: {}\n",
        "agents:\n\tX: {}\n",
        "agents: [\n",
        "agents: \"no end\n",
        "agents: {}\nagents: {}\n",
        "agents: {}\n  x: y\n",
    ];
    let found: Vec<String> = cases.iter().flat_map(|text| mistakes(text)).collect();
    expect(
        &found,
        &[
            "f:1:17: agents: tags (`!name`) have no meaning here; remove it",
            "f:1:17: agents.x: this refers to a value that contains it",
            "f:1:9: agents: this is not YAML: while parsing node, found unknown anchor; a text that begins with `*` or `&`, such as a cron pattern, stands in quotes",
            "f:1:3: a list or map cannot be a name",
            "f:1:1: this is not YAML: YAML directives are disallowed",
            "f:2:2: agents: this is not YAML: tabs disallowed within this context (block indentation); lines are indented with blanks, not with tabs",
            "f:1:9: agents[0]: this is not YAML: unclosed bracket '['",
            "f:2:1: agents: this is not YAML: invalid indentation in multiline quoted scalar; a quotation mark is opened and not closed",
            "f:2:1: agents: `agents` stands here a second time; the first is in line 1, column 1",
            "f:2:3: this is not YAML: while parsing a block mapping, did not find expected key; the fields of one thing are indented by the same number of blanks",
        ],
    );
}

#[test]
fn ends_of_lines_may_be_those_of_windows() {
    let windows = MANY.replace('\n', "\r\n");
    assert_eq!(mistakes(&windows), mistakes(MANY));
}

#[test]
fn the_place_of_a_mistake_is_counted_in_characters() {
    let found = mistakes("agents: { Zürich😀: { connection: { command: {} }, max_jobs: many } }\n");
    expect(
        &found,
        &[
            "f:1:61: agents.Zürich😀.max_jobs: expected a whole number from 0 to 4294967295, found the text `many`",
        ],
    );
}

#[test]
fn more_mistakes_than_a_limit_are_counted() {
    let many: String = (0..1_500).map(|number| format!("  T{number}: {{ value: x }}\n")).collect();
    let found = mistakes(&format!("thresholds:\n{many}"));
    assert_eq!(found.len(), 1_001);
    assert_eq!(found.last().unwrap(), "f:1502:1: 500 further mistakes of this file are not shown");
    // Also where only references are wrong.
    let many: String = (0..1_500)
        .map(|number| {
            format!("      J{number}: {{ run: null_job, frequencies: [{{ use: F }}] }}\n")
        })
        .collect();
    let found = mistakes(&format!("schedules:\n  S:\n    jobs:\n{many}"));
    assert_eq!(found.len(), 1_001);
    assert!(found.last().unwrap().contains("500 further mistakes"), "{:?}", found.last());
    // And where values, keys and references are wrong: the limit is one for all of a file.
    let values: String = (0..600).map(|number| format!("  T{number}: {{ value: x }}\n")).collect();
    let keys = "  T0: { value: 1 }\n".repeat(600);
    let found =
        mistakes(&format!("schedules:\n  S:\n    jobs:\n{many}thresholds:\n{values}{keys}"));
    assert_eq!(found.len(), 1_001);
    let last = found.last().unwrap();
    assert!(last.contains(" 1700 further mistakes"), "{last}");
}

#[test]
fn a_wrong_name_of_a_property_hides_nothing_else() {
    let text = "\
agents:
  HOST: { connection: { command: {} }, properties: { 'a=b': x } }
schedules:
  S:
    properties: { '': x, good: y }
    instances: { properties: [{ a: '1' }, { a: '2', 'b|c': '2' }] }
    multi_instance: true
    jobs:
      J: { run: null_job, properties: { \"it's\": x }, instances: [{ a: '1', '(': x }] }
      K: { run: null_job, frequencies: [{ use: X }] }
";
    let found = mistakes(text);
    let places: Vec<String> =
        found.iter().map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        places,
        [
            "f:2:54 agents.HOST.properties.a=b",
            "f:5:19 schedules.S.properties.",
            "f:6:53 schedules.S.instances.properties[1].b|c",
            "f:9:41 schedules.S.jobs.J.properties.it's",
            "f:9:76 schedules.S.jobs.J.instances[0].(",
            "f:10:48 schedules.S.jobs.K.frequencies[0].use",
        ],
        "{found:#?}"
    );
}

#[test]
fn settings_that_are_no_map_are_refused_where_they_stand() {
    let agent = "agents: { A: { connection: { plug_in: { integration: x, settings: [] } } } }\n";
    expect(
        &mistakes(agent),
        &["f:1:67: agents.A.connection.plug_in.settings: expected a map of names, found a list"],
    );
}

#[test]
fn a_wrong_item_does_not_move_the_places_of_those_behind_it() {
    let text = "\
schedules:
  S:
    jobs:
      J:
        run: null_job
        depends_on:
          - { requires: { jib: A } }
          - { requires: { job: B } }
          - { require: { job: A } }
          - { requires: { job: C } }
";
    let found: Vec<String> = mistakes(text)
        .iter()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let at = "schedules.S.jobs.J.depends_on";
    assert_eq!(
        found,
        [
            format!("f:7:25 {at}[0].requires"),
            format!("f:7:27 {at}[0].requires.jib"),
            format!("f:8:32 {at}[1].requires.job"),
            format!("f:9:15 {at}[2].require"),
            format!("f:10:32 {at}[3].requires.job"),
        ]
    );
    // A second definition, which does not count, moves nothing either.
    let first = text.replace("          - { requires: { jib: A } }\n", "");
    let second = text.replace("{ job: B }", "{ jab: B }");
    let found = mistakes_of(&[("a", &first), ("b", &second)]);
    assert!(
        found[0].starts_with("a:7:32: schedules.S.jobs.J.depends_on[0].requires.job"),
        "{found:#?}"
    );
}

/// Everything in it refers to something that is defined elsewhere.
const REFERS: &str = "\
schedules:
  S:
    frequencies: [{ use: F }]
    additional_holidays: C
    jobs:
      J: { run: null_job, depends_on: [{ requires: { schedule: T, job: K } }] }
      L: { run: { command: { line: x } }, runs_on: { agents: [HOST] } }
";

#[test]
fn nothing_is_missing_while_a_file_cannot_be_read() {
    let all = mistakes_of(&[("a", REFERS), ("b", "options: {}\n")]);
    assert_eq!(all.len(), 4, "the oracle: {all:#?}");
    for broken in ["frequencies:\n  F: [\n", "frequencies: &a { x: *a }\n"] {
        let found = mistakes_of(&[("a", REFERS), ("b", broken)]);
        assert_eq!(found.len(), 1, "{broken}: {found:#?}");
        assert!(found[0].starts_with("b:"), "{found:#?}");
    }
    // What is no list of definitions at all may have been meant to hold everything.
    let found = mistakes_of(&[("a", REFERS), ("b", "- frequencies\n")]);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn what_may_be_in_a_section_that_is_wrong_is_not_missing() {
    let wrong = "frequencies: []\ncalendar: { C: { dates: [] } }\nagents: 5\nschedules:\n  T: { jobs: [K] }\n";
    let found = mistakes_of(&[("a", REFERS), ("b", wrong)]);
    let places: Vec<&str> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["b:1:14", "b:2:1", "b:3:9", "b:5:14"], "{found:#?}");
}

#[test]
fn what_was_wrong_itself_is_not_missed_as_well() {
    let of = |rule: &str, job: &str| {
        let text = format!(
            "frequencies:\n  A: {{ when: {{ all_weeks: {{ days: {rule} }} }} }}\nagents:\n  L: {{ connection: {{ command: {{}} }} }}\n\
             schedules:\n  S:\n    jobs:\n      J: {{ run: {{ command: {{ line: x }} }}, frequencies: [{{ use: A }}], {job} }}\n"
        );
        mistakes(&text)
    };
    assert_eq!(of("[mon]", "runs_on: { agents: [L] }"), [""; 0]);
    // The empty list and the missing agent are mistakes where nothing else is wrong there.
    assert!(of("[]", "runs_on: { agents: [L] }")[0].contains("name at least one day"));
    assert!(of("[mon]", "tags: []")[0].contains("an agent of type Command is needed"));
    for (rule, job) in [("[maandag]", "runs_on: { agents: [L] }"), ("[mon]", "runs_on: L")] {
        let found = of(rule, job);
        assert_eq!(found.len(), 1, "{found:#?}");
    }
}
