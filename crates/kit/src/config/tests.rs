use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::{DurationText, Secret, SizeText};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default = "eighty")]
    port: u16,
    database: Database,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Database {
    url: String,
    password: Option<Secret>,
    timeout: Option<DurationText>,
    cache: Option<SizeText>,
}

fn eighty() -> u16 {
    80
}

type Flag<'a> = BTreeMap<&'a str, u16>;

fn load_text(text: &str, env: &[(&str, &str)], flags: &Flag<'_>) -> Result<Config, String> {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ringmaster.toml");
    std::fs::write(&path, text).expect("written");
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load_from(Some(&path), "RINGMASTER_", env, flags).map_err(|error| error.to_string())
}

fn refusal(text: &str, env: &[(&str, &str)]) -> String {
    load_text(text, env, &Flag::new()).expect_err("refused")
}

const GOOD: &str = "port = 1\n[database]\nurl = 'a.db'\ntimeout = '30s'\ncache = '64MiB'\n";

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let none = Flag::new();
    let config = load_text(GOOD, &[], &none).expect("good");
    assert_eq!((config.port, config.database.url.as_str()), (1, "a.db"));
    assert_eq!(config.database.timeout.map(|t| t.to_string()).as_deref(), Some("30s"));
    assert_eq!(config.database.cache.map(SizeText::bytes), Some(64 << 20));
    let env = [("RINGMASTER_PORT", "2"), ("RINGMASTER_DATABASE__URL", "b.db")];
    let config = load_text(GOOD, &env, &none).expect("good");
    assert_eq!((config.port, config.database.url.as_str()), (2, "b.db"));
    assert_eq!(load_text(GOOD, &env, &Flag::from([("port", 3)])).expect("good").port, 3);
}

#[test]
fn a_password_of_digits_in_the_environment_stays_as_it_is() {
    let env = [("RINGMASTER_DATABASE__PASSWORD", "0123"), ("RINGMASTER_NAMES", "[a, b]")];
    let config = load_text(GOOD, &env, &Flag::new()).expect("good");
    assert_eq!(config.database.password.expect("set").expose(), "0123");
    assert_eq!(config.names, ["a", "b"]);
}

#[test]
fn variables_that_are_no_configuration_are_left_alone() {
    let env = [("RINGMASTER_CONFIG", "x"), ("RINGMASTER_TEST_POSTGRES", "y"), ("OTHER", "z")];
    load_text(GOOD, &env, &Flag::new()).expect("good");
}

#[test]
fn a_misspelt_key_is_refused_with_the_nearest_one() {
    let in_file = refusal("prot = 1\n[database]\nurl = 'a'\n", &[]);
    assert!(in_file.contains("ringmaster.toml"), "{in_file}");
    assert!(in_file.ends_with("unknown key `prot`; did you mean `port`?"), "{in_file}");
    let deeper = refusal("[database]\nurl = 'a'\ntimeuot = '5s'\n", &[]);
    assert!(
        deeper.ends_with("unknown key `database.timeuot`; did you mean `timeout`?"),
        "{deeper}"
    );
    let in_env = refusal(GOOD, &[("RINGMASTER_PROT", "1")]);
    assert!(in_env.contains("environment"), "{in_env}");
    assert!(in_env.ends_with("unknown key `RINGMASTER_PROT`; did you mean `port`?"), "{in_env}");
}

#[test]
fn a_plain_number_is_no_duration() {
    let text = refusal("[database]\nurl = 'a'\ntimeout = 30\n", &[]);
    assert!(text.contains("key `database.timeout`"), "{text}");
    assert!(text.contains("a duration with a unit, such as \"250ms\""), "{text}");
}

#[test]
fn what_is_missing_or_unreadable_is_named() {
    let missing = refusal("[database]\n", &[]);
    assert!(missing.contains("`database.url` is missing"), "{missing}");
    let syntax = refusal("[database\n", &[]);
    assert!(syntax.contains("ringmaster.toml"), "{syntax}");
    let none = load_from::<Config>(Some(Path::new("no-such.toml")), "X_", [], Flag::new())
        .expect_err("missing");
    assert!(none.to_string().contains("no-such.toml"), "{none}");
}

#[test]
fn a_line_that_cannot_be_read_is_not_repeated() {
    let text = refusal("password = \"hunter2\nname = \"x\"\n", &[]);
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("line 1"), "{text}");
}
