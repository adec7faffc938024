//! What the tests of definition files share.

#![allow(dead_code, reason = "not every test uses everything")]

use std::path::PathBuf;
use std::sync::Arc;

use scheduler_core::model::Model;
use scheduler_definitions::{Checked, Reading, Source, check};

/// A file without a disk.
pub(crate) fn source(file: &str, text: &str) -> Source {
    Source { file: Arc::new(PathBuf::from(file)), text: text.into(), fault: None }
}

/// Everything that `ringmaster validate` finds in these files.
pub(crate) fn validated(sources: Vec<Source>) -> (Reading, Model) {
    let Checked { reading, model } = check(sources);
    (reading, model)
}

/// The mistakes of one file `f`, as they are shown.
pub(crate) fn mistakes(text: &str) -> Vec<String> {
    mistakes_of(&[("f", text)])
}

/// The mistakes of several files, as they are shown.
pub(crate) fn mistakes_of(files: &[(&str, &str)]) -> Vec<String> {
    let sources = files.iter().map(|(file, text)| source(file, text)).collect();
    validated(sources).0.mistakes.iter().map(ToString::to_string).collect()
}
