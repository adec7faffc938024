//! What `cargo metadata` says about packages and who uses whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Every package with the features it is compiled with, where dependencies of these kinds count.
pub(crate) fn features(root: &Path, kinds: &str) -> BTreeSet<String> {
    #[expect(clippy::disallowed_methods, reason = "asks cargo about the packages")]
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--edges", kinds, "--prefix", "none"])
        .args(["--format", "{p} with {f}"])
        .current_dir(root)
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packages = String::from_utf8(output.stdout).expect("UTF-8");
    // What stands for the second time has a mark at its end.
    packages.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// A package in the graph.
pub(crate) struct Package {
    pub(crate) name: String,
    /// An SPDX expression; empty when the package says nothing.
    pub(crate) license: String,
}

/// The graph of the packages that are built for Linux, without what only tests use.
pub(crate) struct Metadata {
    packages: BTreeMap<String, Package>,
    /// By package id: the ids of what it uses in its own code and its build script.
    uses: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
}

impl Metadata {
    pub(crate) fn read(root: &Path) -> Self {
        #[expect(clippy::disallowed_methods, reason = "asks cargo about the packages")]
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(root)
            .output()
            .expect("cargo metadata runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::from_json(&serde_json::from_slice(&output.stdout).expect("JSON"))
    }

    fn from_json(json: &Value) -> Self {
        let packages = items(&json["packages"]).map(|package| {
            let license = package["license"].as_str().unwrap_or_default().to_owned();
            (text(&package["id"]), Package { name: text(&package["name"]), license })
        });
        let uses = items(&json["resolve"]["nodes"]).map(|node| {
            let used = items(&node["deps"]).filter(|dependency| is_in_the_program(dependency));
            (text(&node["id"]), used.map(|dependency| text(&dependency["pkg"])).collect())
        });
        let metadata = Self {
            packages: packages.collect(),
            uses: uses.collect(),
            members: items(&json["workspace_members"]).map(text).collect(),
        };
        assert!(metadata.packages.len() > 20, "cargo metadata lists hardly any package");
        metadata
    }

    /// The names of the workspace's own crates.
    pub(crate) fn members(&self) -> impl Iterator<Item = String> {
        self.members.iter().map(|id| self.packages[id].name.clone())
    }

    /// Everything that one of the workspace's crates reaches, and the crates themselves.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        let ids: BTreeSet<String> = self.members.iter().flat_map(|id| self.closure(id)).collect();
        ids.into_iter().map(|id| &self.packages[&id])
    }

    /// The names of what a member uses directly.
    pub(crate) fn uses(&self, member: &str) -> BTreeSet<String> {
        self.names(&self.uses[&self.id(member)])
    }

    /// The names of what a member uses, directly or not.
    pub(crate) fn reaches(&self, member: &str) -> BTreeSet<String> {
        let id = self.id(member);
        let mut ids = self.closure(&id);
        ids.remove(&id);
        self.names(&ids)
    }

    /// The names of the packages that use one directly.
    pub(crate) fn users(&self, package: &str) -> BTreeSet<String> {
        let is_it = |id: &String| self.packages[id].name == package;
        let users = self.uses.iter().filter(|(_, used)| used.iter().any(is_it));
        self.names(&users.map(|(id, _)| id.clone()).collect())
    }

    fn id(&self, member: &str) -> String {
        let id = self.members.iter().find(|id| self.packages[*id].name == member);
        id.unwrap_or_else(|| panic!("there is no crate {member}")).clone()
    }

    fn names(&self, ids: &BTreeSet<String>) -> BTreeSet<String> {
        ids.iter().map(|id| self.packages[id].name.clone()).collect()
    }

    fn closure(&self, id: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(id) = open.pop() {
            open.extend(self.uses[&id].iter().filter(|used| !reached.contains(*used)).cloned());
            reached.insert(id);
        }
        reached
    }
}

/// `kind` is null for the code itself, `build` for its build script and `dev` for its tests.
fn is_in_the_program(dependency: &Value) -> bool {
    items(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev")
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
