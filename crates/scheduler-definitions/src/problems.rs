//! The places of what the core finds wrong, or worth a look, in definitions that were read from files.

use std::collections::BTreeMap;
use std::sync::Arc;

use scheduler_core::definition::Problem;
use scheduler_core::path::{Path, Step};

use crate::mistake::{Collector, Mistake};
use crate::read::{OPTIONS, Reading, Tally};
use crate::source::Source;
use crate::yaml::{Place, load};

impl Reading {
    /// Adds what the core has found, with the places of the files. What refers to something that is itself
    /// written wrongly, or may be in what could not be read, is left out.
    pub(crate) fn add_problems(&mut self, problems: Vec<Problem>) {
        let mut tallies: Vec<Tally> = self.files.iter().map(|file| file.tally).collect();
        let mistakes = self.located(problems, &mut tallies);
        self.mistakes.extend(mistakes);
        self.further(&tallies).for_each(|mistake| self.mistakes.push(mistake));
        sort(&mut self.mistakes);
    }

    /// The places of problems that something else than the check has found, in the order of files and lines.
    pub fn locate(&self, problems: Vec<Problem>) -> Vec<Mistake> {
        let mut tallies = vec![Tally::default(); self.files.len()];
        let mut mistakes = self.located(problems, &mut tallies);
        mistakes.extend(self.further(&tallies));
        sort(&mut mistakes);
        mistakes
    }

    /// How many files were read.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// The line in which a mistake is.
    pub fn line(&self, mistake: &Mistake) -> Option<&str> {
        let file = &self.files[*self.numbers.get(&mistake.file)?];
        file.lines.get(&file.source.text, mistake.place.line)
    }

    fn located(&self, problems: Vec<Problem>, tallies: &mut [Tally]) -> Vec<Mistake> {
        let mut by_document: BTreeMap<(usize, usize), Vec<Problem>> = BTreeMap::new();
        for problem in problems {
            let is_there =
                problem.missing.as_ref().is_none_or(|missing| !self.may_be_there(missing));
            if is_there && !self.is_reported(&problem.path) {
                by_document.entry(self.document(&problem.path)).or_default().push(problem);
            }
        }
        let mut mistakes = Vec::new();
        for ((number, document), problems) in by_document {
            // Nothing was read, so nothing can be wrong with it.
            let Some(tally) = tallies.get_mut(number) else { continue };
            self.located_in(number, document, problems, tally, &mut mistakes);
        }
        mistakes
    }

    /// The file is read again for the places: trees of all files together would take more memory than all
    /// definitions.
    fn located_in(
        &self,
        number: usize,
        document: usize,
        problems: Vec<Problem>,
        tally: &mut Tally,
        mistakes: &mut Vec<Mistake>,
    ) {
        let Source { file, text, .. } = &self.files[number].source;
        let documents = load(text, &mut Collector::default());
        let node = documents.nodes.get(document);
        for Problem { path, message, missing } in problems {
            if tally.count() {
                let path = self.as_written(&path);
                let place = node.map_or(Place::default(), |node| node.locate(path.steps()));
                let file = Arc::clone(file);
                mistakes.push(Mistake { file, place, path, message, missing });
            }
        }
    }

    /// The path with the numbers that items have in the file: those that were wrong are counted too.
    fn as_written(&self, path: &Path) -> Path {
        let mut written = Path::default();
        for step in path.steps() {
            let step = match step {
                Step::Field(_) => step.clone(),
                Step::Index(index) => {
                    let taken = self.items.get(&written).map_or(&[][..], Vec::as_slice);
                    Step::Index(taken.iter().fold(*index, |index, taken| {
                        if *taken <= index { index + 1 } else { index }
                    }))
                }
            };
            written.push(step);
        }
        written
    }

    /// Whether a value, or an item of a list, was wrong itself and was taken out: that it is not there is no news.
    fn is_reported(&self, path: &Path) -> bool {
        let written = self.as_written(path);
        self.wrong.contains(&written) || self.items.contains_key(&written)
    }

    /// Whether something that is missing may be written down in what was taken out or could not be read.
    fn may_be_there(&self, missing: &Path) -> bool {
        let steps = missing.steps();
        let is_removed =
            |end: usize| self.removed.contains(&steps[..end].iter().cloned().collect());
        self.is_partial || (0..=steps.len()).any(is_removed)
    }

    /// The file and document that define what a path leads into; of what is in none, the first.
    fn document(&self, path: &Path) -> (usize, usize) {
        let steps = path.steps();
        let is_options = steps
            .first()
            .is_some_and(|step| matches!(step, Step::Field(name) if **name == *OPTIONS));
        let named = steps.get(..if is_options { 1 } else { 2 });
        let named = named.map(|steps| steps.iter().cloned().collect::<Path>());
        named
            .and_then(|named| self.origins.get(&named))
            .map_or((0, 0), |origin| (origin.source, origin.document))
    }

    /// At the end of each file, how many of its mistakes are not shown.
    fn further(&self, tallies: &[Tally]) -> impl Iterator<Item = Mistake> + use<> {
        let further: Vec<Mistake> = self
            .files
            .iter()
            .zip(tallies)
            .filter(|(_, tally)| tally.more > 0)
            .map(|(file, tally)| {
                let (line, last) = file.lines.last(&file.source.text);
                let column = u32::try_from(last.chars().count() + 1).unwrap_or(u32::MAX);
                Mistake {
                    file: Arc::clone(&file.source.file),
                    place: Place { line, column },
                    path: Path::default(),
                    message: format!("{} further mistakes of this file are not shown", tally.more),
                    missing: None,
                }
            })
            .collect();
        further.into_iter()
    }
}

fn sort(mistakes: &mut [Mistake]) {
    mistakes.sort_by(|a, b| (&a.file, a.place, &a.path).cmp(&(&b.file, b.place, &b.path)));
}
