//! The examples of a guide, run as they stand there, in one shell, each of which has to answer as the page says.

use std::process::{Command, Stdio};

use crate::{PASSWORD, Site, USER};

/// Between the answers of two examples.
const MARK: &str = "@@ next @@";

/// An example: what is typed, and what comes of it. `…` stands for any text within a line.
struct Example {
    typed: String,
    answer: Vec<String>,
}

/// Runs the examples of a page against a site, with `SERVER`, `NAME` and `PASSWORD` set for a user with all rights, and fails where
/// an answer is not as the page has it. The page says `DEMO2` where the site has its application.
///
/// Returns how many examples the page has.
pub async fn run_guide(page: &str, site: &Site) -> usize {
    let examples = examples(page);
    let mut script = String::new();
    for example in &examples {
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
        compare(example, answer);
    }
    examples.len()
}

fn compare(example: &Example, answer: &str) {
    let answer = answer.replace("TEST`", "DEMO2`").replace("\"TEST\"", "\"DEMO2\"");
    // Answers do not end their line, so two of them stand on one.
    let answer = answer.replace("}{", "}\n{");
    let lines: Vec<&str> = answer.lines().filter(|line| !line.is_empty()).collect();
    let is_as_said = lines.len() == example.answer.len()
        && lines.iter().zip(&example.answer).all(|(line, said)| fits(said, line));
    assert!(is_as_said, "{}\nsaid {:#?}\nand was {lines:#?}", example.typed, example.answer);
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (number, part) in page.split("```").enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_what_it_says_and_nothing_else() {
        assert!(fits("a…b", "a--b") && fits("a…b…", "ab") && fits("…", "") && fits("x", "x"));
        assert!(!fits("a…b", "a--bc") && !fits("x", "xy") && !fits("a…b…c", "a c"));
    }

    #[test]
    fn a_page_is_read_block_by_block() {
        let page = "a `b`\n```sh\nls\n```\nc\n```sh\npwd\n```\n\n```text\n/\n```\n";
        let read: Vec<_> =
            examples(page).into_iter().map(|one| (one.typed, one.answer.len())).collect();
        assert_eq!(read, [("ls\n".to_owned(), 0), ("pwd\n".to_owned(), 1)]);
    }
}
