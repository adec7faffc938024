//! Which package may use which: the table of ARCHITECTURE.md and the rules of deny.toml, against what cargo resolves.

mod metadata;
mod rules;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use metadata::Metadata;
use rules::Row;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_owned()
}

fn table() -> Vec<Row> {
    rules::table(&fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there"))
}

#[test]
fn the_table_lists_exactly_the_crates_there_are() {
    let metadata = Metadata::read(&root());
    let there: BTreeSet<String> = metadata.members().collect();
    let listed: BTreeSet<String> = table().into_iter().map(|row| row.name).collect();
    assert_eq!(
        listed, there,
        "the table of crates in ARCHITECTURE.md (left) is not what there is (right)"
    );
}

#[test]
fn crates_use_only_what_the_table_allows() {
    let metadata = Metadata::read(&root());
    let members: BTreeSet<String> = metadata.members().collect();
    let mut wrong = Vec::new();
    for row in table() {
        for used in metadata.uses(&row.name).intersection(&members) {
            if !row.may_use.contains(used) {
                wrong.push(format!("{} uses {used}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows against ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn crates_never_reach_what_the_table_forbids() {
    let metadata = Metadata::read(&root());
    let mut wrong = Vec::new();
    for row in table() {
        let reached = metadata.reaches(&row.name);
        for forbidden in row.never.intersection(&reached) {
            wrong.push(format!("{} reaches {forbidden}", row.name));
        }
    }
    assert!(wrong.is_empty(), "dependencies against ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn test_helpers_are_in_no_program() {
    let metadata = Metadata::read(&root());
    for name in ["ringmaster", "amt-connector", "amt-job", "batch-runner"] {
        assert!(!metadata.reaches(name).contains("testkit"), "{name} reaches testkit");
    }
}

#[test]
fn programs_and_tests_are_compiled_with_the_same_features() {
    let built = metadata::features(&root(), "normal,build");
    let tested = metadata::features(&root(), "normal,build,dev");
    let twice: Vec<&str> = built.difference(&tested).map(String::as_str).collect();
    assert!(twice.is_empty(), "compiled twice, unless testkit has it:\n{}", twice.join("\n"));
}

#[test]
fn packages_are_allowed() {
    let rules = rules::Deny::read(&fs::read_to_string(root().join("deny.toml")).unwrap());
    let metadata = Metadata::read(&root());
    let mut wrong = Vec::new();
    for package in metadata.packages() {
        let users = metadata.users(&package.name);
        if !rules.permits(&package.name, &users) {
            wrong.push(format!("{} is banned, and used by {users:?}", package.name));
        }
        if !rules.allows(&package.license) {
            wrong.push(format!("{} has the licence `{}`", package.name, package.license));
        }
    }
    assert!(wrong.is_empty(), "packages against deny.toml:\n{}", wrong.join("\n"));
}
