use std::path::PathBuf;

use batch_core::script::Interpreter;

use super::*;

/// The sources of the option groups with the table that each describes.
const SOURCES: [(&str, &str, &str); 5] = [
    (include_str!("../options.rs"), "Options", ""),
    (include_str!("limits.rs"), "Limits", "limits"),
    (include_str!("limits.rs"), "Retention", "retention"),
    (include_str!("limits.rs"), "Security", "security"),
    (include_str!("limits.rs"), "Log", "log"),
];

fn loaded(toml: &str, env: &[(&str, &str)]) -> Result<Options, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("batch.toml");
    std::fs::write(&file, toml).unwrap();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let none: BTreeMap<String, String> = BTreeMap::new();
    kit::config::load_from(Some(&file), Options::ENVIRONMENT, env, none)
        .map_err(|error| error.to_string())
}

fn mistakes(options: &Options) -> String {
    options.validate().unwrap_err().to_string()
}

#[test]
fn the_defaults_are_valid_and_what_an_empty_file_means() {
    let options = loaded("", &[]).unwrap();
    options.validate().unwrap();
    assert_eq!(format!("{options:?}"), format!("{:?}", Options::default()));
    assert!(options.is_api() && options.is_controller());
    assert_eq!(options.database_url().expose(), "sqlite:batch-data/batch.db");
}

#[test]
fn the_environment_overrides_the_file() {
    let options = loaded(
        "listen = '127.0.0.1:1'\npoll_interval = '2s'\n[limits]\noutput = '1MiB'\n",
        &[
            ("RINGMASTER_BATCH_LISTEN", "127.0.0.1:2"),
            ("RINGMASTER_BATCH_LIMITS__LINE", "1KiB"),
            ("RINGMASTER_BATCH_ALLOWED_PAIRS", "[['A', 'B']]"),
            ("RINGMASTER_BATCH_CONFIG", "elsewhere.toml"),
        ],
    )
    .unwrap();
    assert_eq!(options.listen.port(), 2);
    assert_eq!(options.poll_interval.to_string(), "2s");
    assert_eq!((options.limits.output.bytes(), options.limits.line.bytes()), (1 << 20, 1 << 10));
    assert_eq!(options.allowed_pairs, [("A".to_owned(), "B".to_owned())]);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let error = loaded("lisen = '127.0.0.1:1'", &[]).unwrap_err();
    assert!(error.contains("unknown key `lisen`; did you mean `listen`?"), "{error}");
    let error = loaded("[retention]\nrequest_days = 3", &[]).unwrap_err();
    assert!(error.contains("did you mean `requests_days`?"), "{error}");
    let error = loaded("poll_interval = 5", &[]).unwrap_err();
    assert!(error.contains("poll_interval") && error.contains("with a unit"), "{error}");
}

#[test]
fn every_value_out_of_range_is_named_at_once() {
    let mut options = Options { poll_interval: seconds(31), ..Options::default() };
    options.limits.processes = 7;
    options.retention.request_key_days = 6;
    options.retention.messages_days = 31;
    options.path_map.insert("F".to_owned(), "/srv".to_owned());
    let text = mistakes(&options);
    for part in [
        "key `poll_interval` is 31s; it must be from 500ms to 30s",
        "key `limits.processes` is 7; it must be from 8 to 1000000",
        "key `retention.request_key_days` is 6; it must be from 7 to 36500",
        "key `retention.messages_days` is more than retention.requests_days",
        "key `path_map` cannot be used",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[test]
fn beyond_loopback_there_is_no_plain_http() {
    let mut options = Options { listen: "0.0.0.0:9001".parse().unwrap(), ..Options::default() };
    assert!(mistakes(&options).contains("which other machines can reach: configure `tls`"));
    options.tls = Some(Tls { certificate: "c.pem".into(), key: "k.pem".into() });
    options.validate().unwrap();
    let lan = Options { listen: "[::1]:9001".parse().unwrap(), ..Options::default() };
    lan.validate().unwrap();
}

#[test]
fn separate_processes_need_a_shared_database() {
    let mut options = Options { role: Role::Controller, ..Options::default() };
    assert!(mistakes(&options).contains("key `role`"));
    options.database = Some(DatabaseUrl::new("postgres://batch@db/amt"));
    // It does not listen, so this address harms nobody.
    options.listen = "0.0.0.0:9001".parse().unwrap();
    options.validate().unwrap();
}

#[test]
fn configured_interpreters_come_before_the_built_in_ones() {
    let own =
        Interpreter { extension: ".PS1".into(), program: "stand-in".into(), arguments: vec![] };
    let options = Options { interpreters: vec![own.clone()], ..Options::default() };
    let interpreters = options.interpreters().unwrap();
    assert_eq!(interpreters.command("/s/a.ps1", &[]).program, "stand-in");
    assert_eq!(interpreters.command("/s/a.py", &[]).program, "python3");
    let twice = Options { interpreters: vec![own.clone(), own], ..Options::default() };
    assert!(mistakes(&twice).contains("key `interpreters`"));
}

#[test]
fn pairs_allow_any_station_by_a_star_and_ignore_case() {
    let options = Options::default();
    for (user, station, expected) in [
        ("BATCH", "OPCON", true),
        ("batch", "OpCon", true),
        ("BATCH", "DESK1", false),
        ("OPCON", "DESK1", true),
        ("", "", false),
    ] {
        assert_eq!(options.is_allowed_pair(user, station), expected, "{user} at {station}");
    }
}

/// The reference page is made of the comments in the sources, so that it cannot differ from them.
#[test]
fn the_reference_page_is_up_to_date() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/configuration.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} is out of date: run the tests with UPDATE_DOCS=1", path.display());
}

fn page() -> String {
    let defaults: toml::Table = toml::Table::try_from(Options::default()).unwrap();
    let mut page = String::from(
        "# Configuration of the batch server\n\n\
         <!-- Written by the tests of crate batch-server; run them with UPDATE_DOCS=1 to write it anew. -->\n\n\
         One TOML file (`--config FILE`, or the variable `RINGMASTER_BATCH_CONFIG`), over it variables\n\
         `RINGMASTER_BATCH_<KEY>` (two underscores go one table deeper: `RINGMASTER_BATCH_LIMITS__OUTPUT`), over them the\n\
         flags of `ringmaster batch-server`. An unknown key is an error. Durations and sizes have a unit: `250ms`, `30s`, `5m`,\n\
         `2h`, `7d`; `512B`, `64KiB`, `64MiB`, `2GiB`. `ringmaster batch-server check` reads it all and starts nothing,\n\
         `ringmaster config show` prints what is in force.\n",
    );
    for (source, name, table) in SOURCES {
        let fields = fields(source, name);
        assert!(!fields.is_empty(), "{name} has no fields");
        let heading =
            if table.is_empty() { "Keys".to_owned() } else { format!("Table `[{table}]`") };
        page.push_str(&format!("\n## {heading}\n"));
        let values = if table.is_empty() { &defaults } else { defaults[table].as_table().unwrap() };
        for (field, comment) in fields {
            if values.get(&field).is_some_and(toml::Value::is_table)
                && SOURCES.iter().any(|s| s.2 == field)
            {
                continue;
            }
            let default =
                values.get(&field).map_or("none".to_owned(), |value| format!("`{value}`"));
            page.push_str(&format!("\n### `{field}`\n\n{comment}\n\nDefault: {default}.\n"));
        }
    }
    page
}

/// The public fields of a struct with their comments.
fn fields(source: &str, name: &str) -> Vec<(String, String)> {
    let start = format!("pub struct {name} {{\n");
    let body = source.split_once(&start).unwrap().1.split_once("\n}").unwrap().0;
    let mut fields = Vec::new();
    let mut comment = Vec::new();
    for line in body.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            comment.push(text.trim());
        } else if let Some(field) = line.strip_prefix("pub ") {
            assert!(!comment.is_empty(), "{field} has no comment");
            fields.push((field.split(':').next().unwrap().to_owned(), comment.join("\n")));
            comment.clear();
        }
    }
    fields
}
