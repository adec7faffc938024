//! The examples of `docs/guide/amtopcon.md` are run as they stand there, in one shell, and each has to answer as the page says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use e2e::{Definitions, PASSWORD, Site, USER, on_both};

const GUIDE: &str = include_str!("../../docs/guide/amtopcon.md");
/// Between the answers of two examples.
const MARK: &str = "@@ next @@";

/// An example: what is typed, and what comes of it. `…` stands for any text within a line.
struct Example {
    typed: String,
    answer: Vec<String>,
}

fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (number, part) in GUIDE.split("```").enumerate() {
        let (language, text) = part.split_once('\n').unwrap_or((part, ""));
        match language {
            _ if number % 2 == 0 => {}
            "sh" => examples.push(Example { typed: text.to_owned(), answer: Vec::new() }),
            "text" => {
                examples.last_mut().unwrap().answer = text.lines().map(str::to_owned).collect();
            }
            other => panic!("a block of {other:?}"),
        }
    }
    examples
}

/// Whether a line is as the page has it.
fn fits(pattern: &str, line: &str) -> bool {
    let pieces: Vec<&str> = pattern.split('…').collect();
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
    if pieces.len() == 1 {
        return pattern == line;
    }
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    for piece in &pieces[1..pieces.len() - 1] {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Hours and minutes of now, moved by some hours, UTC.
fn hour_from_now(hours: u64) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    format!("{:02}:00", (seconds / 3600 + hours) % 24)
}

async fn site(database: &e2e::Database) -> Site {
    let window =
        format!("start_time = \"{}\"\nend_time = \"{}\"", hour_from_now(6), hour_from_now(7));
    let jobs = Definitions::default()
        .report("REPORTTEST01", "#!/bin/sh\necho 'Report test 01 is started'\n")
        .queue("MAIN", "default = true\nconcurrency = 8")
        .queue("NIGHT", &window);
    Site::start(database, &jobs).await
}

on_both!(the_examples_of_the_guide_answer_as_it_says, |database| async move {
    let site = site(&database).await;
    let examples = examples();
    assert!(examples.len() > 12, "{} examples", examples.len());
    let mut script = String::new();
    for example in &examples {
        // The application of these tests has another name than that of the guide.
        script.push_str(&example.typed.replace("DEMO2", "TEST"));
        script.push_str(&format!("printf '\\n{MARK}\\n'\n"));
    }
    let base = site.api.base.clone();
    let output = tokio::task::spawn_blocking(move || {
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &script]).env("SERVER", base).env("NAME", USER);
        shell.env("PASSWORD", PASSWORD).stdin(Stdio::null()).output().unwrap()
    });
    let output = output.await.unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "is curl there?\n{out}\n{err}");
    let answers: Vec<&str> = out.split(MARK).collect();
    assert_eq!(answers.len(), examples.len() + 1, "{out}");
    for (example, answer) in examples.iter().zip(answers) {
        // Answers do not end their line, so two of them stand on one.
        let answer = answer.replace("TEST`", "DEMO2`").replace("}{", "}\n{");
        let lines: Vec<&str> = answer.lines().filter(|line| !line.is_empty()).collect();
        let is_as_said = lines.len() == example.answer.len()
            && lines.iter().zip(&example.answer).all(|(line, said)| fits(said, line));
        assert!(is_as_said, "{}\nsaid {:#?}\nand was {lines:#?}", example.typed, example.answer);
    }
});

#[test]
fn a_pattern_fits_what_it_says_and_nothing_else() {
    assert!(fits("a…b", "a--b") && fits("a…b…", "ab") && fits("…", "") && fits("x", "x"));
    assert!(!fits("a…b", "a--bc") && !fits("x", "xy") && !fits("a…b…c", "a c"));
}
