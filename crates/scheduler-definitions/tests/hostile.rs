//! Files that are made to harm, and files that are damaged: a clear refusal in bounded time and memory, never a panic.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use scheduler_definitions::{Reading, SourceError, limits, read_sources};
use support::{mistakes, source, validated};

/// The only mistake, or a failure.
fn only(text: &str) -> String {
    let mut found = mistakes(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.pop().unwrap()
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        for depth in [1_000, 100_000] {
            let text = format!("agents: {}x{}\n", open.repeat(depth), close.repeat(depth));
            let found = only(&text);
            assert!(found.starts_with("f:1:") && found.contains("deep"), "{found}");
        }
    }
    let block: String = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(only(&block).contains("deep"), "{}", only(&block));
    let dashes = format!("agents:\n  {}x\n", "- ".repeat(1_000));
    assert!(only(&dashes).contains("deep"), "{}", only(&dashes));
}

#[test]
fn a_bomb_of_references_is_refused() {
    let mut text = "a: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let above = format!("*l{}, ", level - 1).repeat(10);
        text.push_str(&format!("b{level}: &l{level} [{above}]\n"));
    }
    let found = mistakes(&text);
    assert!(found.iter().any(|line| line.contains("add more than 100000 values")), "{found:#?}");
    // Nested anchors, each of which holds all below it.
    let nested = format!(
        "agents: {}x{}\n",
        (0..30).map(|n| format!("&a{n} [")).collect::<String>(),
        "]".repeat(30)
    );
    assert!(!mistakes(&nested).is_empty());
}

#[test]
fn anchors_without_end_are_refused_at_the_first_too_many() {
    let with = |count: usize| {
        let lines: String = (0..count).map(|n| format!("  D{n}: &a{n} {{}}\n")).collect();
        mistakes(&format!("departments:\n{lines}"))
    };
    assert_eq!(with(limits::ANCHORS_MAX), [""; 0]);
    let found = with(300_000);
    let line = limits::ANCHORS_MAX + 2;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(&format!("f:{line}:")), "{found:?}");
    assert!(found[0].ends_with("the file has more than 10000 anchors (`&name`)"), "{found:?}");
}

#[test]
fn long_values_are_refused_where_they_stand() {
    let long = "x".repeat(10 << 20);
    let of = |text: &str| only(&text.replace("LONG", &long));
    let found = of("departments:\n  D:\n    documentation: LONG\n");
    assert_eq!(
        found,
        format!(
            "f:3:20: departments.D.documentation: the text has {} bytes; at most {} are allowed",
            10 << 20,
            limits::TEXT_BYTES_MAX
        )
    );
    for text in [
        "departments:\n  LONG: {}\n",
        "departments:\n  D:\n    documentation: \"LONG\"\n",
        "departments:\n  D:\n    documentation: |\n      LONG\n",
        "schedules: { S: { jobs: { J: { run: null_job, tags: [a, LONG] } } } }\n",
        "LONG: {}\n",
    ] {
        let found = mistakes(&text.replace("LONG", &long));
        assert!(
            found.iter().any(|line| line.contains("bytes; at most 65536")),
            "{text}: {found:#?}"
        );
        assert!(found.iter().all(|line| line.len() < 500), "{text}: a message repeats the value");
    }
}

/// How many mistakes name what may have been meant.
fn hints(found: &[String]) -> usize {
    found.iter().filter(|line| line.contains("did you mean")).count()
}

#[test]
fn names_that_are_not_there_are_compared_with_others_only_so_often() {
    let frequencies: String = (0..2_000)
        .map(|n| format!("  F{n}: {{ when: {{ all_weeks: {{ days: [mon] }} }} }}\n"))
        .collect();
    let jobs: String = (0..2_000)
        .map(|n| format!("      J{n}: {{ run: null_job, frequencies: [{{ use: X{n} }}] }}\n"))
        .collect();
    let found =
        mistakes(&format!("frequencies:\n{frequencies}schedules:\n  S:\n    jobs:\n{jobs}"));
    assert_eq!(found.len(), limits::MISTAKES_MAX + 1);
    // Each of them has a near one, which takes a comparison with all 2,000.
    let hints = hints(&found);
    assert!((1..=500).contains(&hints), "{hints} of {} with a hint", found.len());
}

#[test]
fn jobs_that_are_not_there_are_compared_with_others_only_so_often() {
    let jobs: String = (0..20_000)
        .map(|n| {
            format!(
                "      J{n}: {{ run: null_job, depends_on: [{{ requires: {{ job: X{n} }} }}] }}\n"
            )
        })
        .collect();
    let found = mistakes(&format!("schedules:\n  S:\n    jobs:\n{jobs}"));
    assert_eq!(found.len(), limits::MISTAKES_MAX + 1);
    let hints = hints(&found);
    assert!((1..=50).contains(&hints), "{hints} of {} with a hint", found.len());
}

#[test]
fn a_folder_is_read_in_the_order_of_names_and_hidden_files_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert!(matches!(read_sources(folder.path()), Err(SourceError::Empty(_))));
    for name in
        ["b.yaml", "a.yml", "c/d.yaml", ".hidden.yaml", ".git/x.yaml", "notes.txt", "x.yaml.bak"]
    {
        write(name, "");
    }
    let names: Vec<String> = read_sources(folder.path())
        .unwrap()
        .iter()
        .map(|source| source.file.strip_prefix(folder.path()).unwrap().display().to_string())
        .collect();
    assert_eq!(names, ["a.yml", "b.yaml", "c/d.yaml"]);
}

#[test]
fn a_file_that_is_not_utf_8_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), b"agents: {}\nx: \xff\n").unwrap();
    fs::write(folder.path().join("b.yaml"), "agent: {}\n").unwrap();
    fs::write(folder.path().join("c.yaml"), "\u{feff}agents: {}\r\n").unwrap();
    // What it refers to may be in the file that cannot be read.
    let refers =
        "schedules: { S: { jobs: { J: { run: null_job, frequencies: [{ use: F }] } } } }\n";
    fs::write(folder.path().join("d.yaml"), refers).unwrap();
    let found = of_folder(folder.path());
    assert_eq!(
        found,
        [
            "a.yaml:2:4: this is not UTF-8: the byte 0xff is no character; save the file as UTF-8",
            "b.yaml:1:1: agent: unknown field `agent`; did you mean `agents`?"
        ]
    );
    // What Windows calls Unicode.
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("agents: {}".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    fs::write(folder.path().join("a.yaml"), wide).unwrap();
    assert!(of_folder(folder.path())[0].starts_with("a.yaml:1:1: this is not UTF-8"));
}

fn of_folder(folder: &Path) -> Vec<String> {
    let reading = validated(read_sources(folder).unwrap()).0;
    let top = format!("{}/", folder.display());
    reading.mistakes.iter().map(|mistake| mistake.to_string().replace(&top, "")).collect()
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once() {
    let refused = |path: &Path| read_sources(path).unwrap_err().to_string();
    for path in ["/dev/zero", "/dev/null"] {
        assert_eq!(
            refused(Path::new(path)),
            format!("{path} is neither a file nor a folder; use - for standard input")
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("pipe.yaml");
    // A socket stands for all that waits when it is opened.
    let _socket = std::os::unix::net::UnixListener::bind(&link).unwrap();
    assert!(refused(folder.path()).contains("neither a file nor a folder"));
    assert_eq!(refused(Path::new("no/such/file.yaml")), "cannot read no/such/file.yaml");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_above_ends() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "").unwrap();
    symlink(folder.path(), folder.path().join("again")).unwrap();
    assert_eq!(read_sources(folder.path()).unwrap().len(), 1);
    // One that has the name of a file leads to a folder, or nowhere.
    symlink(folder.path(), folder.path().join("b.yaml")).unwrap();
    assert!(
        read_sources(folder.path()).unwrap_err().to_string().contains("b.yaml is neither a file")
    );
    fs::remove_file(folder.path().join("b.yaml")).unwrap();
    symlink("c.yaml", folder.path().join("c.yaml")).unwrap();
    assert!(read_sources(folder.path()).unwrap_err().to_string().contains("c.yaml"));
}

#[test]
fn deep_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let deep = (0..40).fold(folder.path().to_owned(), |path, _| path.join("d"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a.yaml"), "").unwrap();
    assert!(matches!(read_sources(folder.path()), Err(SourceError::TooMany(_))));
}

#[test]
fn a_file_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.yaml");
    // A file with a hole: it takes no room on the disk.
    fs::File::create(&file).unwrap().set_len(limits::FILE_BYTES_MAX as u64 + 1).unwrap();
    assert!(matches!(read_sources(&file), Err(SourceError::TooLarge { .. })));
}

/// Definitions that are right, from which damaged ones are made.
const RIGHT: &str = "\
options: { time_zone: Europe/Zurich, build_time: '18:00' }
calendars:
  Master Holiday: { dates: [2026-01-01, 2026-12-25] }
frequencies:
  Workdays: &days { when: { all_weeks: { days: [mon, tue, wed, thu, fri] } } }
  Cron: { when: { cron: { pattern: '*/15 6-20 * * 1-5' } } }
agents:
  HOST: { connection: { command: {} } }
thresholds: { T: { value: 3 } }
schedules:
  Nightly:
    start_time: 22:00
    frequencies: [{ use: Workdays }]
    jobs:
      Load:
        run: { command: { line: \"load [[$SCHEDULE DATE]]\" } }
        runs_on: { agents: [HOST] }
      Post:
        documentation: |
          Several lines
          of text.
        run: null_job
        depends_on: [{ requires: { job: Load } }]
";

#[test]
fn the_file_that_is_damaged_is_right() {
    assert_eq!(mistakes(RIGHT), [""; 0]);
}

/// Whatever is read: definitions without mistakes, or mistakes in places of the file.
fn is_sound(text: &str) -> Result<Reading, TestCaseError> {
    let (reading, _) = validated(vec![source("f", text)]);
    // YAML counts a carriage return alone as the end of a line.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    for mistake in &reading.mistakes {
        let (line, column) = (mistake.place.line as usize, mistake.place.column as usize);
        prop_assert!((1..=lines.len() + 1).contains(&line), "{mistake}\n{text}");
        let chars = lines.get(line - 1).map_or(0, |line| line.chars().count());
        prop_assert!((1..=chars + 1).contains(&column), "{mistake}\n{text}");
        prop_assert!(!mistake.message.is_empty());
        prop_assert!(!mistake.message.ends_with('.'), "{mistake}");
    }
    Ok(reading)
}

/// A place in the file, and what comes there instead of what was there.
fn damage() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let pieces = prop::sample::select(vec![
        "",
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "*days",
        "!t ",
        "|\n",
        ">",
        "'",
        "\"",
        "#",
        "\n",
        "\t",
        "\r",
        "  ",
        "? ",
        "---\n",
        "...\n",
        "<<: *days",
        "null",
        "~",
        "99999999999",
        "2026-02-31",
        "[[",
        "{{",
        "]]",
        "\u{feff}",
        "é",
        "\0",
        "frequencies:",
        "  Load: x\n",
        "jobs",
    ]);
    (
        any::<prop::sample::Index>(),
        0usize..12,
        prop_oneof![9 => pieces.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)],
    )
}

fn damaged(changes: &[(prop::sample::Index, usize, String)]) -> String {
    let mut text: Vec<char> = RIGHT.chars().collect();
    for (at, length, piece) in changes {
        let at = at.index(text.len() + 1);
        let end = (at + length).min(text.len());
        text.splice(at..end, piece.chars());
    }
    text.into_iter().collect()
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let name = prop::sample::select(vec![
        "schedules",
        "jobs",
        "frequencies",
        "use",
        "run",
        "null_job",
        "command",
        "line",
        "depends_on",
        "requires",
        "job",
        "when",
        "cron",
        "pattern",
        "calendars",
        "dates",
        "options",
        "agents",
        "documentation",
        "x",
        "",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
        name.clone().prop_map(Into::into),
    ];
    leaf.prop_recursive(8, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|fields| {
                serde_json::Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_definitions_or_mistakes(text in "(?s).{0,200}") {
        is_sound(&text)?;
    }

    #[test]
    fn any_yaml_like_text_is_definitions_or_mistakes(text in "[-\\[\\]{}:,?&*!|>'\"%@` \n\ta#0]{0,80}") {
        is_sound(&text)?;
    }

    #[test]
    fn a_damaged_file_is_definitions_or_mistakes(changes in prop::collection::vec(damage(), 1..6)) {
        is_sound(&damaged(&changes))?;
    }

    #[test]
    fn any_tree_is_definitions_or_mistakes(tree in tree()) {
        is_sound(&tree.to_string())?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f.yaml");
        fs::write(&file, &bytes).unwrap();
        let sources = read_sources(&file).unwrap();
        let is_text = std::str::from_utf8(&bytes).is_ok();
        prop_assert_eq!(sources[0].fault.is_none(), is_text);
        let (reading, _) = validated(sources);
        prop_assert!(is_text || reading.mistakes.len() == 1);
    }
}
