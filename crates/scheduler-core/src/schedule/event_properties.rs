//! The instances that a build makes when an event gives properties (`opcon-domain 1.9`,
//! `$SCHEDULE:BUILD,…,A=1;B=2`).

use indexmap::IndexMap;

use crate::name::PropertyName;

/// A set of properties of a schedule instance, in its order; the first one's value names the instance.
pub type Set = IndexMap<PropertyName, String>;

/// The set that an event's list means. Of two definitions of one name the first counts.
pub fn set_of(given: impl IntoIterator<Item = (PropertyName, String)>) -> Set {
    let mut set = Set::new();
    for (name, value) in given {
        set.entry(name).or_insert(value);
    }
    set
}

/// The sets of properties of the instances that are built. `defined` are those of the definition, `given` is that of the
/// event, empty where it gives none.
///
/// Without properties in the event every defined set makes an instance. With them there is one instance: the only
/// defined set, or of several the one whose first property is the event's first one with the same value, merged with
/// the event's; where there is none, the event's list alone. What both have has the event's value, in the place that the
/// definition gives it.
pub fn instances(defined: &[Set], given: &Set) -> Vec<Set> {
    if given.is_empty() {
        return defined.to_vec();
    }
    let base = match defined {
        [only] => Some(only),
        several => several.iter().find(|set| set.first() == given.first()),
    };
    let mut merged = base.cloned().unwrap_or_default();
    merged.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    vec![merged]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A=1;B=2` as a set; nothing for an empty text.
    fn set(text: &str) -> Set {
        let parts = text.split(';').filter(|part| !part.is_empty());
        set_of(parts.map(|part| {
            let (name, value) = part.split_once('=').unwrap();
            (name.parse().unwrap(), value.to_owned())
        }))
    }

    fn text(set: &Set) -> String {
        let parts: Vec<_> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
        parts.join(";")
    }

    #[test]
    fn an_event_merges_with_the_only_set_picks_one_of_several_or_stands_alone() {
        for (defined, given, expected) in [
            (&[][..], "", &[][..]),
            (&["A=1;B=2"], "", &["A=1;B=2"]),
            (&["A=1", "A=2"], "", &["A=1", "A=2"]),
            // The only set takes whatever is given; the order, and so the name, is the definition's.
            (&["A=1;B=2"], "C=3", &["A=1;B=2;C=3"]),
            (&["A=1;B=2"], "B=9;A=8;C=3", &["A=8;B=9;C=3"]),
            // Of several the one that begins with the event's first property.
            (&["A=1;B=2", "A=3;B=4"], "A=3;C=5", &["A=3;B=4;C=5"]),
            (&["A=1;B=2", "A=3;B=4"], "A=3;B=9", &["A=3;B=9"]),
            // Another value, another name, another place: the event stands alone.
            (&["A=1;B=2", "A=3;B=4"], "A=7;C=5", &["A=7;C=5"]),
            (&["A=1;B=2", "A=3;B=4"], "B=2;C=5", &["B=2;C=5"]),
            (&["A=1;B=2", "A=3;B=4"], "C=5;A=3", &["C=5;A=3"]),
            (&["A=1", "B=1"], "B=1;A=2", &["B=1;A=2"]),
            (&[], "A=1", &["A=1"]),
            // The same name twice: the first.
            (&[], "A=1;A=2", &["A=1"]),
            (&["A=1"], "A=2;A=3", &["A=2"]),
        ] {
            let defined: Vec<_> = defined.iter().map(|one| set(one)).collect();
            let found: Vec<_> = instances(&defined, &set(given)).iter().map(text).collect();
            assert_eq!(found, expected, "{defined:?} with {given}");
        }
    }
}
