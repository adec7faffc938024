//! From files to definitions, with every mistake of all of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use scheduler_core::definition::{Definitions, Problem};
use scheduler_core::path::{Path, Step};

use crate::mistake::{Found, Mistake};
use crate::schema::{Schema, check, compile};
use crate::source::Source;
use crate::yaml::limits::MISTAKES_MAX;
use crate::yaml::{Node, Place, Scalar, Value, from_node, load};

/// What has been read.
#[derive(Debug, Default)]
pub struct Reading {
    /// Everything that could be read; without what is wrong.
    pub definitions: Definitions,
    /// Everything that is wrong, in the order of files and lines.
    pub mistakes: Vec<Mistake>,
    /// Named things that are written down but wrong: nobody who refers to them is wrong.
    removed: HashSet<Path>,
    /// Which file defines what.
    origins: HashMap<Path, Origin>,
    sources: Vec<Source>,
}

/// Where a named thing is defined.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// The number of the file.
    source: usize,
    /// The number of the document in the file.
    document: usize,
    place: Place,
}

/// The section that is one thing and no things by their names.
const OPTIONS: &str = "options";

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    compile(&schemars::schema_for!(Definitions))
        .expect("a test compiles the schema of the definitions")
});

/// Reads definitions. Mistakes of form are found here; what they mean is checked by
/// [`Reading::add_problems`].
pub fn read(sources: Vec<Source>) -> Reading {
    let mut reading = Reading { sources, ..Reading::default() };
    for number in 0..reading.sources.len() {
        reading.source(number);
    }
    reading
}

impl Reading {
    fn source(&mut self, number: usize) {
        let Source { file, text, fault } = self.sources[number].clone();
        let mut found: Vec<Found> =
            fault.into_iter().map(|(place, message)| Found::at(place, message)).collect();
        for (document, mut node) in load(&text, &mut found).into_iter().enumerate() {
            if is_nothing(&node) {
                continue;
            }
            let again = self.origins(&node, (number, document), &mut found);
            self.removed.extend(check(&SCHEMA, &mut node, &mut found));
            take_out(&mut node, &again);
            match from_node::<Definitions>(&node) {
                Ok(definitions) => self.definitions.merge(definitions),
                Err(error) => found.push(Found::at(node.place, error.to_string())),
            }
        }
        found.sort_by_key(|found| found.place);
        let more = found.len().saturating_sub(MISTAKES_MAX);
        let last = found.last().map_or(Place::default(), |found| found.place);
        found.truncate(MISTAKES_MAX);
        if more > 0 {
            found.push(Found::at(
                last,
                format!("{more} or more further mistakes of this file are not shown"),
            ));
        }
        let mistake = |Found { place, path, message }| Mistake {
            file: Arc::clone(&file),
            place,
            path,
            message,
        };
        self.mistakes.extend(found.into_iter().map(mistake));
    }

    /// Notes what a document defines. What is defined already is a mistake; the paths of it are returned.
    fn origins(
        &mut self,
        document: &Node<'_>,
        (source, number): (usize, usize),
        found: &mut Vec<Found>,
    ) -> Vec<Path> {
        let mut again = Vec::new();
        let Value::Map(sections) = &document.value else { return again };
        for section in sections {
            let mut note = |path: Path, place: Place| {
                let origin = Origin { source, document: number, place };
                let first = match self.origins.entry(path.clone()) {
                    Entry::Vacant(vacant) => {
                        vacant.insert(origin);
                        return;
                    }
                    Entry::Occupied(first) => *first.get(),
                };
                let file = self.sources[first.source].file.display();
                let (line, column) = (first.place.line, first.place.column);
                let message = format!("this is already defined in {file}:{line}:{column}");
                found.push(Found { place, path: path.clone(), message });
                again.push(path);
            };
            let path = Path::default().field(&*section.key);
            match &section.value.value {
                // The options have no names: they are one thing.
                _ if &*section.key == OPTIONS => note(path, section.place),
                Value::Map(things) => {
                    for thing in things {
                        note(path.field(&*thing.key), thing.place);
                    }
                }
                Value::Text { .. } | Value::List(_) => {}
            }
        }
        again
    }

    /// Adds what the core has found, with the places of the files. What refers to something that is itself
    /// written wrongly is left out.
    pub fn add_problems(&mut self, problems: Vec<Problem>) {
        // What was taken out may contain what is missing.
        let is_removed = |path: &Path| {
            let steps = path.steps();
            (1..=steps.len())
                .any(|end| self.removed.contains(&steps[..end].iter().cloned().collect::<Path>()))
        };
        let problems = problems
            .into_iter()
            .filter(|problem| !problem.missing.as_ref().is_some_and(is_removed));
        let mut by_document: HashMap<Option<(usize, usize)>, Vec<Problem>> = HashMap::new();
        for problem in problems {
            by_document.entry(self.origin(&problem.path)).or_default().push(problem);
        }
        for (origin, problems) in by_document {
            self.locate(origin, problems);
        }
        self.mistakes.sort_by(|a, b| (&a.file, a.place, &a.path).cmp(&(&b.file, b.place, &b.path)));
    }

    /// How many files were read.
    pub fn files(&self) -> usize {
        self.sources.len()
    }

    /// The line in which a mistake is.
    pub fn line(&self, mistake: &Mistake) -> Option<&str> {
        let source = self.sources.iter().find(|source| source.file == mistake.file)?;
        lines(&source.text).nth(mistake.place.line.checked_sub(1)? as usize)
    }

    /// The file and document that define what a path leads into.
    fn origin(&self, path: &Path) -> Option<(usize, usize)> {
        let steps = path.steps();
        let is_options = steps
            .first()
            .is_some_and(|step| matches!(step, Step::Field(name) if **name == *OPTIONS));
        let named = steps.get(..if is_options { 1 } else { 2 })?.iter().cloned().collect::<Path>();
        self.origins.get(&named).map(|origin| (origin.source, origin.document))
    }

    /// The file is read again for the places: trees of all files together would take more memory than all
    /// definitions.
    fn locate(&mut self, origin: Option<(usize, usize)>, problems: Vec<Problem>) {
        let (source, document) = origin.unwrap_or_default();
        let Some(Source { file, text, .. }) = self.sources.get(source).cloned() else { return };
        let documents = load(&text, &mut Vec::new());
        let more = problems.len().saturating_sub(MISTAKES_MAX);
        if more > 0 {
            let message = format!("{more} further mistakes of this file are not shown");
            let last = lines(&text).count();
            let place = Place { line: u32::try_from(last).unwrap_or(u32::MAX), column: 1 };
            self.mistakes.push(Mistake {
                file: Arc::clone(&file),
                place,
                path: Path::default(),
                message,
            });
        }
        for Problem { path, message, .. } in problems.into_iter().take(MISTAKES_MAX) {
            let place =
                documents.get(document).map_or(Place::default(), |node| node.locate(path.steps()));
            self.mistakes.push(Mistake { file: Arc::clone(&file), place, path, message });
        }
    }
}

/// The lines as YAML counts them: a carriage return alone ends one too.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// A document of which nothing but its beginning is there.
fn is_nothing(document: &Node<'_>) -> bool {
    match &document.value {
        Value::Text { text, is_plain } => Scalar::of(text, *is_plain) == Scalar::Null,
        Value::List(_) | Value::Map(_) => false,
    }
}

/// Takes things out of a document.
fn take_out(document: &mut Node<'_>, paths: &[Path]) {
    let Value::Map(sections) = &mut document.value else { return };
    let paths: HashSet<&Path> = paths.iter().collect();
    if paths.is_empty() {
        return;
    }
    sections.retain_mut(|section| {
        let path = Path::default().field(&*section.key);
        if let Value::Map(things) = &mut section.value.value {
            things.retain(|thing| !paths.contains(&path.field(&*thing.key)));
        }
        !paths.contains(&path)
    });
}
