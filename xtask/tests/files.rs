//! Rules about the files of the project that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A longer file has more than one thing in it.
const LINES_MAX: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_owned()
}

/// The project's own files, as git knows them (with those not yet added, without those it ignores).
fn files() -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "asks git which files belong to the project")]
    let git = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(git.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&git.stderr));
    let names = String::from_utf8(git.stdout).expect("file names are UTF-8");
    let files = names.split('\0').filter(|name| !name.is_empty()).map(|name| root().join(name));
    // Listed, but removed from the working tree.
    let files: Vec<PathBuf> = files.filter(|file| file.is_file()).collect();
    assert!(files.len() > 50, "git lists only {} files", files.len());
    files
}

fn has_extension(file: &Path, wanted: &[&str]) -> bool {
    file.extension().and_then(|found| found.to_str()).is_some_and(|found| wanted.contains(&found))
}

#[test]
fn no_source_file_is_too_long() {
    let mut too_long = Vec::new();
    for file in files().iter().filter(|file| has_extension(file, &["rs", "sql", "sh", "py", "cob"]))
    {
        let lines = fs::read_to_string(file).unwrap().lines().count();
        if lines >= LINES_MAX {
            too_long.push(format!("{}: {lines} lines", file.display()));
        }
    }
    assert!(too_long.is_empty(), "split these by what they are about:\n{}", too_long.join("\n"));
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| has_extension(file, &["md"])) {
        let text = fs::read_to_string(file).unwrap();
        for link in links(&text) {
            let target = file.parent().unwrap().join(link.split('#').next().unwrap());
            if !link.starts_with("http") && !link.starts_with('#') && !target.exists() {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

/// The targets of `[text](target)` outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            let after = line.split("](").skip(1);
            found.extend(after.filter_map(|rest| rest.split([')', ' ']).next()));
        }
    }
    found
}

#[test]
fn what_users_read_points_at_nothing_outside_of_the_product() {
    let mut found = Vec::new();
    for file in files().iter().filter(|file| is_for_users(file)) {
        let text = fs::read_to_string(file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            for word in ["amt-domain", "opcon-domain", "interface page", "the seed", "of seed "] {
                if lower.contains(word) {
                    found.push(format!("{}:{}: {word}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "say it without these:\n{}", found.join("\n"));
}

fn is_for_users(file: &Path) -> bool {
    let inside = file.strip_prefix(root()).expect("git lists files below the root");
    ["docs/guide", "docs/reference", "openapi", "demo"]
        .iter()
        .any(|folder| inside.starts_with(folder))
        || (inside.components().count() == 1 && has_extension(inside, &["md"]))
}

#[test]
fn the_units_in_the_guide_are_those_to_copy() {
    let guide = fs::read_to_string(root().join("docs/guide/install.md")).unwrap();
    for file in ["ringmaster.service", "ringmaster-scheduler.service"] {
        let unit = fs::read_to_string(root().join("contrib").join(file)).unwrap();
        assert!(guide.contains(&format!("```ini\n{unit}```")), "copy {file} into the guide");
        assert!(unit.contains("\nKillMode=process\n"), "a stop of the service ends its jobs");
    }
}

#[test]
fn demo_programs_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    for folder in ["demo/DEMO2/reports", "demo/DEMO2/scripts"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if fs::read(&path).unwrap().starts_with(b"#!") {
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o111, 0o111, "{} is not executable", path.display());
            }
        }
    }
}
