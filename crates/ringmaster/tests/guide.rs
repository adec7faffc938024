//! The examples of the guide to schedules: every definition is validated, every command is run and its output compared.
//! With `UPDATE_DOCS` in the environment the outputs are written anew.
//!
//! A page's ```` ```yaml ```` block is a file of its own. `<!-- file: NAME -->` above it names it, for the commands further
//! down; `<!-- file: NAME, with OTHER -->` validates it together with an earlier one, and `<!-- context: NAME -->` makes a
//! context for `ringmaster eval` of it. In a ```` ```console ```` block a line
//! after `$ ` is a command, and what follows is its output.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The pages, and how many definitions and commands each has at least.
const PAGES: [(&str, usize, usize); 13] = [
    ("first-job.md", 1, 2),
    ("schedules.md", 1, 3),
    ("schedule-files.md", 12, 1),
    ("frequencies.md", 12, 12),
    ("properties.md", 2, 7),
    ("schedule-events.md", 2, 1),
    ("notifications.md", 1, 0),
    ("agents-and-batch-users.md", 1, 0),
    ("planning-commands.md", 2, 8),
    ("typical-mistakes.md", 11, 14),
    ("scheduler.md", 2, 0),
    ("command-jobs.md", 1, 0),
    ("plug-ins.md", 1, 0),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with the demo's schedules, where commands of the pages run.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo/schedules");
    fs::create_dir_all(&demo).unwrap();
    for entry in fs::read_dir(root().join("demo/schedules")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, demo.join(path.file_name().unwrap())).unwrap();
    }
    folder
}

/// What a command line prints, on both streams. One that is misspelt (code 2 and more) fails the test.
fn run(folder: &Path, line: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_ringmaster"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    #[expect(clippy::disallowed_methods, reason = "the command line of a page")]
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("{{ {line}\n}} 2>&1")]).current_dir(folder);
    command.env_clear().env("PATH", path).env("LANG", "C.UTF-8").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "$ {line}\n{text}");
    text
}

/// A block of code with the comment above it.
struct Block<'p> {
    comment: &'p str,
    language: &'p str,
    text: String,
}

/// A page as lines outside of code, and blocks.
enum Part<'p> {
    Line(&'p str),
    Code(Block<'p>),
}

fn parts(page: &str) -> Vec<Part<'_>> {
    let (mut parts, mut comment) = (Vec::new(), "");
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = code.iter().map(|line| format!("{line}\n")).collect();
            parts.push(Part::Code(Block { comment, language, text }));
            comment = "";
        } else {
            comment = line;
            parts.push(Part::Line(line));
        }
    }
    parts
}

/// The file that a comment names, and the one it is to be read with.
fn names(comment: &str) -> (Option<&str>, Option<&str>) {
    let inside = comment.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->"));
    match inside.map(|inside| inside.split_once(", with ").unwrap_or((inside, ""))) {
        None => (None, None),
        Some((name, "")) => (Some(name), None),
        Some((name, with)) => (Some(name), Some(with)),
    }
}

/// The file of a context for `ringmaster eval`, which is no definition.
fn context(comment: &str) -> Option<&str> {
    comment.strip_prefix("<!-- context: ").and_then(|rest| rest.strip_suffix(" -->"))
}

/// Validates a definition. One whose file is called `wrong…` must have mistakes, any other none.
fn validate(folder: &Path, page: &str, block: &Block<'_>) {
    let (name, with) = names(block.comment);
    let name = name.unwrap_or("example.yaml");
    fs::write(folder.join(name), &block.text).unwrap();
    let alone = folder.join("alone");
    let _ = fs::remove_dir_all(&alone);
    fs::create_dir(&alone).unwrap();
    for file in [Some(name), with].into_iter().flatten() {
        fs::copy(folder.join(file), alone.join(file)).unwrap();
    }
    let said = run(folder, "ringmaster validate alone");
    let is_right = said.contains(": no mistake");
    assert!(is_right != name.starts_with("wrong"), "{page}, {name}:\n{}\n{said}", block.text);
}

/// The commands of a block with their outputs, as they are now.
fn console(folder: &Path, block: &Block<'_>) -> (String, usize) {
    let (mut out, mut count) = (String::new(), 0);
    for line in block.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let text = run(folder, line);
        let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
        let _ = write!(out, "$ {line}\n{}\n", lines.join("\n"));
        count += 1;
    }
    (out, count)
}

fn check(name: &str, definitions_min: usize, commands_min: usize) {
    let path = root().join("docs/guide").join(name);
    let page = fs::read_to_string(&path).unwrap();
    let folder = folder();
    let (mut renewed, mut definitions, mut commands) = (String::new(), 0, 0);
    for part in parts(&page) {
        let block = match part {
            Part::Line(line) => {
                renewed.push_str(line);
                renewed.push('\n');
                continue;
            }
            Part::Code(block) => block,
        };
        let text = match block.language {
            "yaml" if context(block.comment).is_some() => {
                let file = context(block.comment).unwrap();
                fs::write(folder.path().join(file), &block.text).unwrap();
                block.text
            }
            "yaml" => {
                validate(folder.path(), name, &block);
                definitions += 1;
                block.text
            }
            "console" => {
                let (text, count) = console(folder.path(), &block);
                commands += count;
                text
            }
            _ => block.text,
        };
        let _ = write!(renewed, "```{}\n{text}```\n", block.language);
    }
    assert!(definitions >= definitions_min, "{name}: {definitions} definitions");
    assert!(commands >= commands_min, "{name}: {commands} commands");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &renewed).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    if let Some((old, new)) = found.lines().zip(renewed.lines()).find(|(old, new)| old != new) {
        panic!("docs/guide/{name} is old; run `cargo xtask gen`\n  page: {old}\n  now:  {new}");
    }
    assert_eq!(found.len(), renewed.len(), "docs/guide/{name} is old; run `cargo xtask gen`");
}

#[test]
fn every_definition_of_the_guide_is_right_and_every_output_is_that_of_its_command() {
    for (name, definitions, commands) in PAGES {
        check(name, definitions, commands);
    }
}
