//! Paths to values in definitions, so that a message can say which one it means and an editor, a form
//! or a file reader can find its place.

use std::fmt;

use core_kit::text::visible;

/// One step into a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The field or the named thing.
    Field(Box<str>),
    /// The item of a list, from 0.
    Index(usize),
}

/// A path from the top of the definitions: `schedules.Nightly.jobs.Load.depends_on[0].job`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<Step>);

impl Path {
    /// The path to a field below this one.
    #[must_use]
    pub fn field(&self, name: impl Into<Box<str>>) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Field(name.into()));
        Self(steps)
    }

    /// The path to an item below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether it leads nowhere.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a step.
    pub fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    /// Takes the last step off.
    pub fn pop(&mut self) {
        self.0.pop();
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Field(name) if number == 0 => f.write_str(&visible(name))?,
                // A name with a full stop of its own is quoted, so that the path reads one way only.
                Step::Field(name) if name.contains(['.', '[', ' ']) => {
                    write!(f, ".\"{}\"", visible(name))?;
                }
                Step::Field(name) => write!(f, ".{}", visible(name))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
