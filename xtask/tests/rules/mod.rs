//! The rules as they are written down: the table of crates in ARCHITECTURE.md and the lists in deny.toml.

use std::collections::{BTreeMap, BTreeSet};

/// One row of the table of crates.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Crates of this workspace that it may use.
    pub(crate) may_use: BTreeSet<String>,
    /// Packages that it may not reach, not even through another one.
    pub(crate) never: BTreeSet<String>,
}

/// Reads the table whose header is `| crate | owns | may use | never |`.
pub(crate) fn table(text: &str) -> Vec<Row> {
    let mut lines =
        text.lines().skip_while(|line| cells(line) != ["crate", "owns", "may use", "never"]);
    let rows: Vec<Row> =
        lines.by_ref().skip(2).take_while(|line| line.starts_with('|')).map(row).collect();
    assert!(!rows.is_empty(), "there is no table of crates");
    rows
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

fn row(line: &str) -> Row {
    let cells = cells(line);
    assert_eq!(cells.len(), 4, "a row of the table of crates has not four cells: {line}");
    let name = code(cells[0]).into_iter().next();
    let name = name.unwrap_or_else(|| panic!("a row of the table of crates has no name: {line}"));
    Row { name, may_use: code(cells[2]), never: code(cells[3]) }
}

/// The words between backticks.
fn code(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The lists of deny.toml.
pub(crate) struct Deny {
    licences: BTreeSet<String>,
    /// By package: who may use it all the same.
    pub(crate) banned: BTreeMap<String, BTreeSet<String>>,
}

impl Deny {
    pub(crate) fn read(text: &str) -> Self {
        let table: toml::Table = text.parse().expect("deny.toml is TOML");
        let licences = table["licenses"]["allow"].as_array().expect("a list of licences");
        let banned = table["bans"]["deny"].as_array().expect("a list of packages");
        let text = |value: &toml::Value| value.as_str().expect("a text").to_owned();
        let wrappers = |entry: &toml::Value| {
            let listed = entry.get("wrappers").and_then(toml::Value::as_array);
            listed.into_iter().flatten().map(text).collect()
        };
        Self {
            licences: licences.iter().map(text).collect(),
            banned: banned.iter().map(|entry| (text(&entry["crate"]), wrappers(entry))).collect(),
        }
    }

    /// Whether a package may be used by these.
    pub(crate) fn permits(&self, package: &str, users: &BTreeSet<String>) -> bool {
        let wrappers = self.banned.get(package);
        wrappers.is_none_or(|wrappers| !users.is_empty() && users.is_subset(wrappers))
    }

    /// Whether an SPDX expression leaves a choice that is allowed. `/` is the old way to write `OR`.
    pub(crate) fn allows(&self, expression: &str) -> bool {
        let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
        let allowed = self.any(&mut words);
        allowed && words.is_empty()
    }

    fn any(&self, words: &mut Vec<&str>) -> bool {
        let mut allowed = self.all(words);
        while words.pop_if(|word| *word == "OR").is_some() {
            // Not `||`: the right side has to be read in any case.
            allowed |= self.all(words);
        }
        allowed
    }

    fn all(&self, words: &mut Vec<&str>) -> bool {
        let mut allowed = self.one(words);
        while words.pop_if(|word| *word == "AND").is_some() {
            allowed &= self.one(words);
        }
        allowed
    }

    fn one(&self, words: &mut Vec<&str>) -> bool {
        match words.pop() {
            Some("(") => self.any(words) & (words.pop() == Some(")")),
            Some(licence) if words.pop_if(|word| *word == "WITH").is_some() => {
                let exception = words.pop().unwrap_or_default();
                self.licences.contains(&format!("{licence} WITH {exception}"))
            }
            Some(licence) => self.licences.contains(licence),
            None => false,
        }
    }
}

#[test]
fn licence_expressions_are_understood() {
    let deny = Deny::read(
        "[licenses]\nallow = [\"MIT\", \"ISC\", \"Apache-2.0 WITH LLVM-exception\"]\n[bans]\ndeny = [{ crate = \"x\" }]\n",
    );
    for allowed in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "MIT AND ISC",
        "(GPL-3.0 OR MIT) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(deny.allows(allowed), "{allowed}");
    }
    for refused in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "Apache-2.0",
        "(MIT",
        "MIT)",
        "MIT ISC",
        "MIT AND (GPL-3.0 OR Apache-2.0)",
    ] {
        assert!(!deny.allows(refused), "{refused}");
    }
}

#[test]
fn banned_packages_are_left_to_their_wrappers() {
    let deny = Deny::read(
        "[licenses]\nallow = []\n[bans]\ndeny = [{ crate = \"x\" }, { crate = \"y\", wrappers = [\"a\", \"b\"] }]\n",
    );
    let users = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    assert!(deny.permits("z", &users(&["c"])));
    assert!(!deny.permits("x", &users(&["a"])));
    assert!(deny.permits("y", &users(&["a"])));
    assert!(!deny.permits("y", &users(&["a", "c"])));
    assert!(!deny.permits("y", &users(&[])));
}

#[test]
fn the_table_is_read() {
    let text = "# x\n\n| crate | owns | may use | never |\n|---|---|---|---|\n| `a` | `things` | `b`, `c` | `tokio`, I/O |\n| `b` | x | | |\n\nmore\n| `c` | not in the table | | |\n";
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let expected = [
        Row { name: "a".into(), may_use: set(&["b", "c"]), never: set(&["tokio"]) },
        Row { name: "b".into(), may_use: set(&[]), never: set(&[]) },
    ];
    assert_eq!(table(text), expected);
}
