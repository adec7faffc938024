//! Definitions of the scheduler as files: YAML with positions, the JSON Schema, every mistake at once, import from
//! crontab.
//!
//! [`read_sources`] reads files, [`read`] makes definitions of them, with every mistake of form; the core then checks
//! what they mean, and [`Reading::add_problems`] finds the places of its problems in the files.

pub mod crontab;
mod mistake;
mod read;
mod schema;
mod source;
mod write;
mod yaml;

use scheduler_core::definition::Definitions;
use serde::de::DeserializeOwned;

use mistake::Found;

pub use mistake::Mistake;
pub use read::{Reading, read};
pub use source::{Source, SourceError, read_sources};
pub use write::{WriteError, to_yaml};
pub use yaml::Place;
pub use yaml::limits;

/// The JSON Schema of definition files, with which editors complete and check.
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(Definitions)
}

/// Reads one value written as YAML, such as a rule on a command line.
///
/// # Errors
/// Everything that is wrong with it, a mistake on each line.
pub fn value<T: DeserializeOwned + schemars::JsonSchema>(text: &str) -> Result<T, String> {
    let mut found = Vec::new();
    let mut documents = yaml::load(text, &mut found);
    let schema = schema::compile(&schemars::schema_for!(T))?;
    if let [node] = &mut documents[..] {
        schema::check(&schema, node, &mut found);
    } else if found.is_empty() {
        return Err("expected one value".to_owned());
    }
    let messages: Vec<String> = found
        .iter()
        .map(
            |Found { path, message, .. }| {
                if path.is_empty() { message.clone() } else { format!("{path}: {message}") }
            },
        )
        .collect();
    match &documents[..] {
        [node] if messages.is_empty() => yaml::from_node(node).map_err(|error| error.to_string()),
        _ => Err(messages.join("\n")),
    }
}
