//! Definitions from files, for all commands.

use std::path::Path;

use annotate_snippets::Level;
use anyhow::Context;
use kit::clock::{Clock, SystemClock};
use scheduler_core::definition::Definitions;
use scheduler_core::model::Model;
use scheduler_core::time::Day;
use scheduler_definitions::{Checked, Reading, check, read_sources};

use super::report::{Shown, hint, show};

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
        let Checked { reading, model } = check(read_sources(path)?);
        Ok(Self { reading, model })
    }

    /// Reads definitions that must be right.
    pub(crate) fn read_right(path: &Path) -> anyhow::Result<Self> {
        Self::read_right_or_show(path, Shown { all: false, how: "`ringmaster validate --all`" })
    }

    /// Reads definitions that must be right, and says how much of their mistakes is shown.
    pub(crate) fn read_right_or_show(path: &Path, shown: Shown) -> anyhow::Result<Self> {
        let loaded = Self::read(path)?;
        if !loaded.reading.mistakes.is_empty() {
            show(&loaded.reading, &loaded.reading.mistakes, &Level::ERROR, shown);
            hint(&loaded.reading, path);
        }
        loaded.must_be_right(path)
    }

    /// These, when they have no mistake. The mistakes have been shown.
    pub(crate) fn must_be_right(self, path: &Path) -> anyhow::Result<Self> {
        match self.reading.mistakes.len() {
            0 => Ok(self),
            count => Err(Wrong).with_context(|| {
                format!(
                    "{} in {}: mend them first",
                    super::report::count(count, "mistake"),
                    path.display()
                )
            }),
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

/// Definitions that must be right; their mistakes are shown.
pub(crate) fn read_right(path: &Path) -> anyhow::Result<Definitions> {
    Ok(Loaded::read_right(path)?.reading.definitions)
}

/// The definitions have mistakes, which have been shown.
#[derive(Debug, thiserror::Error)]
#[error("the definitions cannot be used")]
pub(crate) struct Wrong;
