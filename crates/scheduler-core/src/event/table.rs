//! Every command as Markdown, for the reference in the documents.

use std::fmt::Write as _;

use super::command::specs;

/// Every command: how it is written, what it does, what its user must be allowed, and its XML tags.
pub fn table() -> String {
    let mut out = String::from("| command | does | needs | XML tags |\n|---|---|---|---|\n");
    for spec in specs() {
        let tags: Vec<String> = spec
            .args
            .iter()
            .filter_map(|arg| match (arg.xml, arg.parts) {
                (Some(tag), Some((part, _))) => Some(format!("{tag} of {part}")),
                (Some(tag), None) => Some(tag.to_owned()),
                (None, _) => None,
            })
            .collect();
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            spec.syntax().replace('|', "\\|"),
            spec.what,
            spec.needs,
            tags.join(" ")
        );
    }
    out
}
