//! From files to definitions, with every mistake of all of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use scheduler_core::definition::Definitions;
use scheduler_core::path::{Path, Step};

use crate::lines::Lines;
use crate::mistake::{Collector, Found, Mistake};
use crate::schema::{Schema, TakenOut, check, compile};
use crate::source::Source;
use crate::yaml::limits::MISTAKES_MAX;
use crate::yaml::{Documents, Node, Place, Scalar, Value, from_node, load};

/// What has been read.
#[derive(Debug, Default)]
pub struct Reading {
    /// Everything that could be read; without what is wrong.
    pub definitions: Definitions,
    /// Everything that is wrong, in the order of files and lines.
    pub mistakes: Vec<Mistake>,
    /// What is written down but wrong: nobody who refers to it, or to what is below it, is wrong.
    pub(crate) removed: HashSet<Path>,
    /// Fields that were wrong themselves.
    pub(crate) wrong: HashSet<Path>,
    /// Numbers of the items that were taken out of lists, as they are counted in the file.
    pub(crate) items: HashMap<Path, Vec<usize>>,
    /// A part of a file could not be read: what is not there may be in it.
    pub(crate) is_partial: bool,
    /// Which file defines what.
    pub(crate) origins: HashMap<Path, Origin>,
    pub(crate) files: Vec<ReadFile>,
    /// The numbers of the files; of two with one name, of the first.
    pub(crate) numbers: HashMap<Arc<PathBuf>, usize>,
}

/// A file, and how much of its mistakes is shown.
#[derive(Debug)]
pub(crate) struct ReadFile {
    pub source: Source,
    pub lines: Lines,
    pub tally: Tally,
}

/// Mistakes of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Those with their messages.
    pub shown: usize,
    /// Those that are only counted.
    pub more: usize,
}

impl Tally {
    /// Counts one; whether it is shown.
    pub(crate) fn count(&mut self) -> bool {
        let is_shown = self.shown < MISTAKES_MAX;
        *(if is_shown { &mut self.shown } else { &mut self.more }) += 1;
        is_shown
    }
}

/// Where a named thing is defined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// The number of the file.
    pub source: usize,
    /// The number of the document in the file.
    pub document: usize,
    pub place: Place,
}

/// The section that is one thing and no things by their names.
pub(crate) const OPTIONS: &str = "options";

/// How many things of a document serde may refuse although the check has found them right. Each costs one more
/// reading of the document.
const REFUSED_MAX: usize = 20;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    compile(&schemars::schema_for!(Definitions))
        .expect("a test compiles the schema of the definitions")
});

/// Reads definitions. Mistakes of form are found here; what they mean is checked by [`crate::check`], which also says how
/// many mistakes are not shown.
pub fn read(sources: Vec<Source>) -> Reading {
    let mut reading = Reading::default();
    for (number, source) in sources.into_iter().enumerate() {
        reading.numbers.entry(Arc::clone(&source.file)).or_insert(number);
        let file = ReadFile { source, lines: Lines::default(), tally: Tally::default() };
        reading.files.push(file);
    }
    for number in 0..reading.files.len() {
        reading.source(number);
    }
    reading
}

impl Reading {
    fn source(&mut self, number: usize) {
        let Source { file, text, fault } = self.files[number].source.clone();
        let mut found = Collector::default();
        if let Some((place, message)) = fault {
            found.add(place, Path::default, || message);
            self.is_partial = true;
        }
        let Documents { nodes, is_all } = load(&text, &mut found);
        self.is_partial |= !is_all;
        for (document, mut node) in nodes.into_iter().enumerate() {
            if is_nothing(&node) {
                continue;
            }
            let again = self.origins(&node, (number, document), &mut found);
            let taken = check(&SCHEMA, &mut node, &mut found);
            self.note(taken, &again);
            take_out(&mut node, &again);
            match definitions(&mut node, &mut found, &mut self.removed) {
                Some(definitions) => self.definitions.merge(definitions),
                None => self.is_partial = true,
            }
        }
        let (found, more) = found.finish();
        self.files[number].tally = Tally { shown: found.len(), more };
        let mistake = |Found { place, path, message }| Mistake {
            file: Arc::clone(&file),
            place,
            path,
            message,
            missing: None,
        };
        self.mistakes.extend(found.into_iter().map(mistake));
    }

    /// Notes what is not there although it is written down. Numbers of items are noted for the definition that counts.
    fn note(&mut self, taken: TakenOut, again: &[Path]) {
        let again: HashSet<&[Step]> = again.iter().map(Path::steps).collect();
        let is_again = |path: &Path| {
            let steps = path.steps();
            (1..=steps.len().min(2)).any(|end| again.contains(&steps[..end]))
        };
        for (list, index) in taken.items {
            if !is_again(&list) {
                self.items.entry(list).or_default().push(index);
            }
        }
        self.wrong.extend(taken.fields.into_iter().filter(|field| !is_again(field)));
        self.removed.extend(taken.things);
    }

    /// Notes what a document defines. What is defined already is a mistake; the paths of it are returned.
    fn origins(
        &mut self,
        document: &Node<'_>,
        (source, number): (usize, usize),
        found: &mut Collector,
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
                let message = || {
                    let file = self.files[first.source].source.file.display();
                    let (line, column) = (first.place.line, first.place.column);
                    format!("this is already defined in {file}:{line}:{column}")
                };
                found.add(place, || path.clone(), message);
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
}

/// A document of which nothing but its beginning is there.
fn is_nothing(document: &Node<'_>) -> bool {
    match &document.value {
        Value::Text { text, is_plain } => Scalar::of(text, *is_plain) == Scalar::Null,
        Value::List(_) | Value::Map(_) => false,
    }
}

/// The definitions of a document that has been checked. What serde refuses all the same is a mistake, and the named
/// thing with it is taken out, so that the rest is there.
fn definitions(
    document: &mut Node<'_>,
    found: &mut Collector,
    removed: &mut HashSet<Path>,
) -> Option<Definitions> {
    for _ in 0..REFUSED_MAX {
        let error = match from_node(document) {
            Ok(definitions) => return Some(definitions),
            Err(error) => error,
        };
        let path = error.path();
        let thing: Path = path.steps().iter().take(2).cloned().collect();
        found.add(document.locate(path.steps()), || path, || error.to_string());
        if thing.is_empty() {
            return None;
        }
        take_out(document, std::slice::from_ref(&thing));
        removed.insert(thing);
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What serde says of these documents, which no check has seen before it.
    fn refused(text: &str) -> (Vec<String>, Option<Definitions>) {
        let mut found = Collector::default();
        let mut documents = load(text, &mut found);
        let mut removed = HashSet::new();
        let definitions = definitions(&mut documents.nodes[0], &mut found, &mut removed);
        let found = found.finish().0.into_iter().map(|Found { place, path, message }| {
            assert!(definitions.is_none() || !removed.is_empty(), "what is wrong is noted");
            format!("{}:{}: {path}: {message}", place.line, place.column)
        });
        (found.collect(), definitions)
    }

    #[test]
    fn what_serde_alone_refuses_hides_nothing_else() {
        let (found, definitions) = refused(
            "thresholds:\n  A: { value: one }\n  B: { value: 2 }\n  C: { value: [] }\noptions: { build_time: 7 }\n",
        );
        let places: Vec<&str> =
            found.iter().map(|line| line.rsplitn(2, ": ").last().unwrap()).collect();
        assert_eq!(places.len(), 3, "{found:#?}");
        for (line, place) in found.iter().zip([
            "2:15: thresholds.A.value: ",
            "4:8: thresholds.C.value: ",
            "5:24: options.build_time: ",
        ]) {
            assert!(line.starts_with(place), "{found:#?}");
        }
        let names = definitions.unwrap().thresholds;
        assert_eq!(names.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["B"]);
    }

    #[test]
    fn too_many_refusals_of_serde_end() {
        let many: String =
            (0..100).map(|number| format!("  T{number}: {{ value: x }}\n")).collect();
        let (found, definitions) = refused(&format!("thresholds:\n{many}"));
        assert_eq!((found.len(), definitions), (REFUSED_MAX, None));
    }
}
