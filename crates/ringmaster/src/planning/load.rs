//! Definitions from files, for all commands.

use std::path::Path;

use anyhow::Context;
use kit::clock::{Clock, SystemClock};
use scheduler_core::definition::{Definitions, references};
use scheduler_core::model::Model;
use scheduler_core::time::Day;
use scheduler_definitions::{Reading, read, read_sources};

/// Definitions with their mistakes.
pub(crate) struct Loaded {
    /// What was read, with every mistake in it.
    pub(crate) reading: Reading,
    /// What is planned.
    pub(crate) model: Model,
}

impl Loaded {
    /// Reads and checks definitions.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut reading = read(read_sources(path)?);
        let mut problems = references::check(&reading.definitions);
        let (model, of_model) = Model::new(&reading.definitions);
        problems.extend(of_model);
        reading.add_problems(problems);
        Ok(Self { reading, model })
    }

    /// Reads definitions that must be right.
    pub(crate) fn read_right(path: &Path) -> anyhow::Result<Self> {
        let loaded = Self::read(path)?;
        match loaded.reading.mistakes.len() {
            0 => Ok(loaded),
            count => {
                super::report::mistakes(&loaded.reading);
                Err(Wrong).with_context(|| {
                    format!(
                        "{} in {}: mend them first",
                        super::report::count(count, "mistake"),
                        path.display()
                    )
                })
            }
        }
    }

    /// What was defined.
    pub(crate) fn definitions(&self) -> &Definitions {
        &self.reading.definitions
    }

    /// Today in the time zone of the options.
    pub(crate) fn today(&self) -> Day {
        let options = self.definitions().options.clone().unwrap_or_default();
        Day(options.time_zone.0.date(SystemClock.now()))
    }
}

/// The definitions have mistakes, which have been shown.
#[derive(Debug, thiserror::Error)]
#[error("the definitions cannot be used")]
pub(crate) struct Wrong;
