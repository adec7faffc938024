//! Definitions that are written are read again as they were.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use proptest::prelude::*;
use proptest::sample::select;
use scheduler_core::definition::Definitions;
use scheduler_definitions::{json_schema, read, to_yaml};
use serde_json::{Map, Value, json};
use support::source;

/// Texts that YAML could take for something else, and ordinary ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "",
            "null",
            "~",
            "true",
            "yes",
            "12",
            "0x1F",
            "1e3",
            "06:00",
            "- a",
            "a: b",
            "# a",
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a",
            "|",
            ">",
            "?",
            "[",
            "{",
            "'",
            "\"",
            "a\nb",
            "a\n",
            "\na",
            " a",
            "a ",
            "a\n\n b\n",
            "\t",
            "é😀",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "---",
            "...",
            "<<",
            "=",
            "a\r\nb",
            "\u{1}",
            "\u{7f}",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,20}",
        "[-\\[\\]{}:,?&*!|>'\"%@` \n\ta#0]{0,12}",
    ]
}

/// A name that any kind of thing may have.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9 _.-]{0,10}[A-Za-z0-9]",
        select(vec!["12", "true", "null", "1e3", "-", "06:00", "é", "@a", "a #b", "~"])
            .prop_map(str::to_owned)
    ]
}

fn names_to<S: Strategy<Value = Value>>(value: S) -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), value), 0..4)
        .prop_map(|things| Value::Object(things.into_iter().collect::<Map<_, _>>()))
}

/// Fields of which each may be left out.
fn fields(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    fields
        .into_iter()
        .map(|(name, value)| {
            prop::option::of(value)
                .prop_map(move |value| value.map(|value| (name.to_owned(), value)))
        })
        .collect::<Vec<_>>()
        .prop_map(|fields| Value::Object(fields.into_iter().flatten().collect()))
        .boxed()
}

fn with(value: BoxedStrategy<Value>, fixed: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (value, fixed)
        .prop_map(|(mut value, fixed)| {
            let fields = value.as_object_mut().unwrap();
            fields.extend(fixed.as_object().unwrap().clone());
            value
        })
        .boxed()
}

fn of<T: Into<Value> + Clone + std::fmt::Debug + 'static>(values: &[T]) -> BoxedStrategy<Value> {
    select(values.iter().cloned().map(Into::into).collect::<Vec<Value>>()).boxed()
}

fn any_text() -> BoxedStrategy<Value> {
    text().prop_map(Value::from).boxed()
}

fn any_name() -> BoxedStrategy<Value> {
    name().prop_map(Value::from).boxed()
}

fn truth() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 0..3).prop_map(Value::from).boxed()
}

/// A list that has something in it.
fn some(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 1..3).prop_map(Value::from).boxed()
}

fn rule() -> BoxedStrategy<Value> {
    prop_oneof![
        prop::sample::subsequence(vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 1..=7)
            .prop_map(|days| json!({ "all_weeks": { "days": days } })),
        (1..=31).prop_map(|day| json!({ "on_day": { "day": day } })),
        select(vec!["0 6 * * *", "*/5 * * * mon-fri", "@daily", "0 0 L * *"])
            .prop_map(|pattern| json!({ "cron": { "pattern": pattern } })),
        of(&["2026-02-28"]).prop_map(|date| json!({ "on_request": { "date": date } })),
    ]
    .boxed()
}

fn job() -> BoxedStrategy<Value> {
    let command = with(
        fields(vec![
            ("working_directory", of(&["/tmp", "[[Folder]]"])),
            ("environment", names_to(any_text()).boxed()),
            ("batch_user", any_name()),
        ]),
        of(&["run [[$DATE]]", "a\nb\n", "true"]).prop_map(|line| json!({ "line": line })).boxed(),
    );
    let run = prop_oneof![
        Just(json!("null_job")),
        command.prop_map(|command| json!({ "command": command })),
        any_name().prop_map(|schedule| json!({ "container": { "schedule": schedule } })),
    ];
    let dependency = (select(vec!["requires", "after", "conflict", "excludes"]), name())
        .prop_map(|(kind, job)| json!({ kind: { "job": job } }))
        .boxed();
    with(
        fields(vec![
            ("documentation", any_text()),
            (
                "runs_on",
                prop_oneof![
                    list(any_name()).prop_map(|agents| json!({ "agents": agents })),
                    Just(json!("schedule_instance"))
                ]
                .boxed(),
            ),
            ("tags", list(any_name())),
            ("disable_build", truth()),
            ("properties", names_to(any_text()).boxed()),
            ("only_instances", list(any_name())),
            ("frequencies", list(any_name().prop_map(|name| json!({ "use": name })).boxed())),
            ("depends_on", list(dependency)),
        ]),
        run.prop_map(|run| json!({ "run": run })).boxed(),
    )
}

fn connection() -> BoxedStrategy<Value> {
    let amt = (any_name(), 0.2f64..60.0).prop_map(|(user, seconds)| {
        json!({ "asysco_amt": { "batch_server_url": "http://b:1", "batch_user": user, "poll_seconds_min": seconds } })
    });
    prop_oneof![amt, Just(json!({ "command": {} }))]
        .prop_map(|connection| json!({ "connection": connection }))
        .boxed()
}

fn definitions() -> BoxedStrategy<Value> {
    let schedule = fields(vec![
        ("documentation", any_text()),
        ("start_time", of(&["00:00", "06:30", "23:59"])),
        ("time_zone", of(&["Europe/Zurich", "UTC"])),
        (
            "workdays",
            prop::sample::subsequence(vec!["mon", "tue", "sat"], 0..=3)
                .prop_map(|days| json!(days))
                .boxed(),
        ),
        ("use_master_holiday", truth()),
        ("multi_instance", truth()),
        (
            "auto_build",
            fields(vec![("days", (1..=365).prop_map(Value::from).boxed()), ("on_hold", truth())]),
        ),
        (
            "instances",
            prop_oneof![
                list(any_name()).prop_map(|names| json!({ "named": names })),
                any_name().prop_map(|group| json!({ "machine_group": group }))
            ]
            .boxed(),
        ),
        ("properties", names_to(any_text()).boxed()),
        ("jobs", names_to(job()).boxed()),
    ]);
    let documented = fields(vec![("documentation", any_text())]);
    fields(vec![
        (
            "options",
            fields(vec![("time_zone", of(&["Asia/Tokyo"])), ("wildcards_in_events", truth())]),
        ),
        (
            "calendars",
            names_to(with(
                documented.clone(),
                some(of(&["2026-01-01", "2026-05-01 to 2026-05-04"]))
                    .prop_map(|dates| json!({ "dates": dates }))
                    .boxed(),
            ))
            .boxed(),
        ),
        (
            "frequencies",
            names_to(with(
                documented.clone(),
                rule().prop_map(|rule| json!({ "when": rule })).boxed(),
            ))
            .boxed(),
        ),
        ("schedules", names_to(schedule).boxed()),
        (
            "agents",
            names_to(with(
                fields(vec![
                    ("documentation", any_text()),
                    ("max_jobs", any::<u32>().prop_map(Value::from).boxed()),
                    ("properties", names_to(any_text()).boxed()),
                ]),
                connection(),
            ))
            .boxed(),
        ),
        (
            "machine_groups",
            names_to(some(any_name()).prop_map(|agents| json!({ "agents": agents }))).boxed(),
        ),
        (
            "properties",
            names_to(fields(vec![
                ("value", any_text()),
                ("encrypted", truth()),
                ("documentation", any_text()),
            ]))
            .boxed(),
        ),
        (
            "thresholds",
            names_to(fields(vec![
                ("value", any::<i32>().prop_map(Value::from).boxed()),
                ("documentation", any_text()),
            ]))
            .boxed(),
        ),
        (
            "resources",
            names_to(with(
                documented.clone(),
                (0..=1_000_000).prop_map(|units| json!({ "units": units })).boxed(),
            ))
            .boxed(),
        ),
        ("departments", names_to(documented).boxed()),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn definitions_that_are_written_are_read_again_as_they_were(value in definitions()) {
        let Ok(definitions) = serde_json::from_value::<Definitions>(value) else {
            return Err(TestCaseError::reject("a name that one kind may not have"));
        };
        let yaml = to_yaml(&definitions).unwrap();
        let reading = read(vec![source("f", &yaml)]);
        prop_assert_eq!(&reading.mistakes, &[], "{}", yaml);
        prop_assert_eq!(&reading.definitions, &definitions, "{}", yaml);
        // The order of the file is the order of the definitions.
        let order = |definitions: &Definitions| -> Vec<String> {
            definitions
                .schedules
                .iter()
                .flat_map(|(name, schedule)| schedule.jobs.keys().map(move |job| format!("{name}/{job}")))
                .collect()
        };
        prop_assert_eq!(order(&reading.definitions), order(&definitions));
        prop_assert_eq!(to_yaml(&reading.definitions).unwrap(), yaml);
    }
}

#[test]
fn named_things_without_fields_are_written() {
    let text = "schedules:\n  B: {}\n  A: {}\nthresholds:\n  T: {}\n";
    let of = |text: &str| read(vec![source("f", text)]).definitions;
    let first = of(text);
    let again = of(&to_yaml(&first).unwrap());
    assert_eq!(again, first);
    assert_eq!(again.schedules.keys().map(ToString::to_string).collect::<Vec<_>>(), ["B", "A"]);
}

#[test]
fn what_is_written_has_no_defaults_and_its_times_are_texts_for_every_reader() {
    let text = "\
frequencies:
  F: { when: { all_weeks: { days: [mon] } } }
schedules:
  Day:
    start_time: 06:00
    workdays: [mon, tue, wed, thu, fri]
    use_master_holiday: true
    multi_instance: false
    jobs:
      J:
        run: null_job
        frequencies: [{ use: F, start: 06:00 }, { use: F, start: 22:15 }, { use: F, start: 00:00 }]
  Night: { start_time: 00:00 }
";
    let reading = read(vec![source("f", text)]);
    assert_eq!(reading.mistakes, []);
    assert_eq!(
        to_yaml(&reading.definitions).unwrap(),
        "\
frequencies:
  F:
    when:
      all_weeks:
        days:
        - mon
schedules:
  Day:
    start_time: '06:00'
    jobs:
      J:
        run: null_job
        frequencies:
        - use: F
          start: '06:00'
        - use: F
          start: '22:15'
        - use: F
  Night: {}
"
    );
}

#[test]
fn the_schema_says_what_it_is() {
    let schema = serde_json::to_value(json_schema()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
}
