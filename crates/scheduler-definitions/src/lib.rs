//! Definitions of the scheduler as files: YAML with positions, the JSON Schema, every mistake at once, import from
//! crontab.
//!
//! [`read_sources`] reads files, [`check`] makes definitions of them, with every mistake of form, and has the core
//! check what they mean; the places of its problems in the files are found here.

mod beside;
pub mod crontab;
mod lines;
mod mistake;
mod problems;
mod read;
mod schema;
mod source;
mod write;
mod yaml;

use scheduler_core::definition::{Definitions, references};
use scheduler_core::model::Model;
use scheduler_core::path::Path;
use serde::de::DeserializeOwned;

use mistake::{Collector, Found};

pub use beside::{Beside, beside};
pub use mistake::Mistake;
pub use read::{Reading, read};
pub use source::{Source, SourceError, read_sources};
pub use write::{WriteError, to_yaml};
pub use yaml::Place;
pub use yaml::limits;

/// Definitions that have been read and checked.
#[derive(Debug)]
pub struct Checked {
    /// What was read, with every mistake in it.
    pub reading: Reading,
    /// What is planned.
    pub model: Model,
}

/// Reads definitions and checks them.
pub fn check(sources: Vec<Source>) -> Checked {
    let mut reading = read::read(sources);
    let mut problems = references::check(&reading.definitions);
    let (model, of_model) = Model::new(&reading.definitions);
    problems.extend(of_model);
    reading.add_problems(problems);
    Checked { reading, model }
}

/// The JSON Schema of definition files, with which editors complete and check.
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(Definitions)
}

/// Reads one value written as YAML, such as a rule on a command line.
///
/// # Errors
/// Everything that is wrong with it, a mistake on each line.
pub fn value<T: DeserializeOwned + schemars::JsonSchema>(text: &str) -> Result<T, String> {
    let mut found = Collector::default();
    let mut documents = yaml::load(text, &mut found).nodes;
    let schema = schema::compile(&schemars::schema_for!(T))?;
    if let [node] = &mut documents[..] {
        schema::check(&schema, node, &mut found);
    } else if found.is_empty() {
        return Err("expected one value".to_owned());
    }
    if let ([node], true) = (&documents[..], found.is_empty()) {
        return yaml::from_node(node).map_err(|error| said(&error.path(), &error.to_string()));
    }
    let (found, more) = found.finish();
    let messages = found.iter().map(|Found { path, message, .. }| said(path, message));
    let more = (more > 0).then(|| format!("{more} further mistakes are not shown"));
    Err(messages.chain(more).collect::<Vec<_>>().join("\n"))
}

fn said(path: &Path, message: &str) -> String {
    if path.is_empty() { message.to_owned() } else { format!("{path}: {message}") }
}
