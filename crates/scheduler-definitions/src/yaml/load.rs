//! From the parser's events to the tree.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, options};
use scheduler_core::path::{Path, Step};

use super::limits::{ALIASED_NODES_MAX, ANCHORS_MAX, DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};
use super::node::{Entry, Node, Place, Value};
use crate::mistake::{Collector, Found};

/// The documents of a file.
#[derive(Debug)]
pub(crate) struct Documents<'a> {
    /// Those that could be read.
    pub nodes: Vec<Node<'a>>,
    /// Whether that is all of the file.
    pub is_all: bool,
}

/// Reads the documents of a file. A syntax error ends the reading: what follows it cannot be
/// understood. Everything else (keys that stand twice, values that are too long) is noted and read on.
pub(crate) fn load<'a>(text: &'a str, found: &mut Collector) -> Documents<'a> {
    let limits = options! {
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
        disallow_directives: true,
    };
    let mut builder = Builder {
        documents: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        anchored: 0,
        aliased: 0,
        nodes: 0,
        found,
    };
    let mut is_all = true;
    for event in Parser::new_from_str_with_options(text, limits) {
        let step = match event {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                let at = place(error.marker().line(), error.marker().col());
                Err(match error.info().as_str() {
                    "recursion limit exceeded" => too_deep(at),
                    info => Found::at(at, format!("this is not YAML: {info}{}", remedy(info))),
                })
            }
        };
        if let Err(Found { place, message, .. }) = step {
            let path = path(&builder.open);
            builder.found.add(place, || path, || message);
            is_all = false;
            break;
        }
    }
    Documents { nodes: builder.documents, is_all }
}

/// What people most often have done when the parser says so. Its own words are those of the YAML specification.
fn remedy(info: &str) -> &'static str {
    [
        ("anchor", "; a text that begins with `*` or `&`, such as a cron pattern, stands in quotes"),
        ("tab", "; lines are indented with blanks, not with tabs"),
        ("mapping values are not allowed", "; a text with a colon and a blank in it stands in quotes, and a field stands on a line of its own"),
        ("did not find expected key", "; the fields of one thing are indented by the same number of blanks"),
        ("quoted scalar", "; a quotation mark is opened and not closed"),
        ("indentation", "; what belongs to a field is indented by more blanks than the field"),
        ("cannot start any token", "; a text that begins with `@`, `%` or a backtick stands in quotes"),
    ]
    .into_iter()
    .find(|(word, _)| info.contains(word))
    .map_or("", |(_, remedy)| remedy)
}

/// The parser counts lines from 1 and columns from 0.
fn place(line: usize, column: usize) -> Place {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Place { line: number(line), column: number(column + 1) }
}

/// A list or map that is not yet complete.
struct Open<'a> {
    node: Node<'a>,
    anchor: usize,
    /// The key whose value comes next.
    key: Option<(Cow<'a, str>, Place)>,
    /// Keys of a map so far, with their places.
    keys: HashMap<Cow<'a, str>, Place>,
}

struct Builder<'a, 'f> {
    documents: Vec<Node<'a>>,
    open: Vec<Open<'a>>,
    anchors: HashMap<usize, Node<'a>>,
    anchored: usize,
    aliased: usize,
    nodes: usize,
    found: &'f mut Collector,
}

impl<'a> Builder<'a, '_> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Found> {
        let at = place(span.start.line(), span.start.col());
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!(
                "the file has more than {NODES_MAX} values; split it into several files of one folder"
            );
            return Err(Found::at(at, message));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                let node = self.text(text, style, at);
                self.complete(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                self.begin(Value::List(Vec::new()), at, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                self.begin(Value::Map(Vec::new()), at, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop().expect("the parser closes only what it has opened");
                self.complete(open.node, open.anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: Cow<'a, str>, style: ScalarStyle, at: Place) -> Node<'a> {
        if text.len() > TEXT_BYTES_MAX {
            let message = || {
                format!("the text has {} bytes; at most {TEXT_BYTES_MAX} are allowed", text.len())
            };
            self.found.add(at, || path(&self.open), message);
            return Node {
                place: at,
                value: Value::Text { text: Cow::Borrowed("…"), is_plain: false },
            };
        }
        Node { place: at, value: Value::Text { text, is_plain: style == ScalarStyle::Plain } }
    }

    fn begin(&mut self, value: Value<'a>, at: Place, anchor: usize) -> Result<(), Found> {
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep(at));
        }
        if self
            .open
            .last()
            .is_some_and(|open| matches!(open.node.value, Value::Map(_)) && open.key.is_none())
        {
            return Err(Found::at(at, "a list or map cannot be a name".to_owned()));
        }
        self.open.push(Open {
            node: Node { place: at, value },
            anchor,
            key: None,
            keys: HashMap::new(),
        });
        Ok(())
    }

    /// Takes a finished value up into what lies around it.
    fn complete(&mut self, node: Node<'a>, anchor: usize) -> Result<(), Found> {
        if anchor != 0 {
            self.anchored += 1;
            if self.anchored > ANCHORS_MAX {
                let message = format!("the file has more than {ANCHORS_MAX} anchors (`&name`)");
                return Err(Found::at(node.place, message));
            }
            self.nodes += size(&node, NODES_MAX);
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        let mut second = None;
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                None => {
                    let Value::Text { text, .. } = node.value else {
                        return Err(Found::at(
                            node.place,
                            "a list or map cannot be a name".to_owned(),
                        ));
                    };
                    open.key = Some((text, node.place));
                }
                Some((key, place)) => match open.keys.insert(key.clone(), place) {
                    None => entries.push(Entry { key, place, value: node }),
                    Some(first) => {
                        open.keys.insert(key.clone(), first);
                        second = Some((key, place, first));
                    }
                },
            },
            Value::Text { .. } => unreachable!("only lists and maps are opened"),
        }
        if let Some((key, place, first)) = second {
            let above = path(&self.open);
            // What stands below `encrypted` may be the secret itself, where its name was forgotten.
            let is_secret = above.steps().contains(&Step::Field("encrypted".into()));
            let message = || {
                let name = if is_secret {
                    "a name, which is not shown here,".to_owned()
                } else {
                    format!("`{}`", core_kit::text::shown(&key))
                };
                let Place { line, column } = first;
                format!(
                    "{name} stands here a second time; the first is in line {line}, column {column}"
                )
            };
            let path = if is_secret { above } else { above.field(key.as_ref()) };
            self.found.add(place, || path, message);
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Result<(), Found> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Found::at(at, "this refers to a value that contains it".to_owned()));
        };
        self.aliased += size(node, ALIASED_NODES_MAX);
        if self.aliased > ALIASED_NODES_MAX {
            return Err(Found::at(
                at,
                format!(
                    "references to other values (`*name`) add more than {ALIASED_NODES_MAX} values to this file"
                ),
            ));
        }
        let node = Node { place: at, value: node.value.clone() };
        self.complete(node, 0)
    }
}

/// Where the value belongs that comes next.
fn path(open: &[Open<'_>]) -> Path {
    let step = |open: &Open<'_>| match (&open.node.value, &open.key) {
        (Value::List(items), _) => Some(Step::Index(items.len())),
        (_, Some((key, _))) => Some(Step::Field(key.as_ref().into())),
        (_, None) => None,
    };
    open.iter().filter_map(step).collect()
}

/// Lists and maps in each other without end.
fn too_deep(at: Place) -> Found {
    Found::at(at, format!("lists and maps lie more than {DEPTH_MAX} deep in each other"))
}

fn refuse_tag(has_tag: bool, at: Place) -> Result<(), Found> {
    if has_tag {
        Err(Found::at(at, "tags (`!name`) have no meaning here; remove it".to_owned()))
    } else {
        Ok(())
    }
}

/// How many values a tree has; counting ends at `most`.
fn size(node: &Node<'_>, most: usize) -> usize {
    let mut count = 0;
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        count += 1;
        if count > most {
            break;
        }
        match &node.value {
            Value::Text { .. } => {}
            Value::List(items) => rest.extend(items),
            Value::Map(entries) => rest.extend(entries.iter().map(|entry| &entry.value)),
        }
    }
    count
}
