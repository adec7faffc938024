//! The names of the copies of a job in a daily schedule (`opcon-domain 1.2`).

use crate::name::JobName;

/// Longest name of a daily job, in characters.
pub const CHARS_MAX: usize = 128;

/// Most numbered copies of one name: the number has four digits.
pub const COPIES_MAX: u16 = 9999;

/// A name that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoName {
    /// All numbers are used.
    #[error("`{0}` has {COPIES_MAX} copies already; delete some of them")]
    TooMany(String),
    /// Longer than allowed.
    #[error("the name `{name}` has {chars} characters, more than {max}; use shorter names")]
    TooLong {
        /// The name, in full.
        name: String,
        /// Its length.
        chars: usize,
        /// The longest allowed.
        max: usize,
    },
}

/// What a copy is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copy<'a> {
    /// The value of its first instance property.
    pub first_value: Option<&'a str>,
    /// The machine, for a job that runs on each machine of a group.
    pub machine: Option<&'a str>,
}

/// The name of a daily job: `Job`, `Job_<value>`, `Job_<machine>`, `Job_<value>_<machine>`; where that is
/// taken, `Job$0001`, `Job$0002` and so on, on the machine's name if there is one.
///
/// Characters of the value that no name may have are left out, and a long value is cut so that the name
/// has room: the property keeps its value.
///
/// # Errors
/// All numbers are taken.
pub fn instance_name(
    job: &JobName,
    copy: Copy<'_>,
    is_taken: impl Fn(&str) -> bool,
) -> Result<String, NoName> {
    let machine = copy.machine.map(|machine| format!("_{machine}")).unwrap_or_default();
    let used = job.as_str().chars().count() + machine.chars().count();
    let value = value_part(copy.first_value, CHARS_MAX.saturating_sub(used));
    let wanted = format!("{job}{value}{machine}");
    if !is_taken(&wanted) {
        return Ok(wanted);
    }
    numbered(&format!("{job}{machine}"), 1, CHARS_MAX, is_taken)
}

/// `_` and the value, without the characters that no name may have, in at most `room` characters; empty
/// where nothing remains.
pub(crate) fn value_part(value: Option<&str>, room: usize) -> String {
    let kept: String = value
        .unwrap_or_default()
        .trim()
        .chars()
        // Between two letters, so that a blank inside of a name passes.
        .filter(|&c| format!("x{c}x").parse::<JobName>().is_ok())
        .take(room.saturating_sub(1))
        .collect();
    let kept = kept.trim_end();
    if kept.is_empty() { String::new() } else { format!("_{kept}") }
}

/// The first free name with a number, from `first` on.
pub(crate) fn numbered(
    base: &str,
    first: u16,
    chars_max: usize,
    is_taken: impl Fn(&str) -> bool,
) -> Result<String, NoName> {
    let room = chars_max - "$0001".len();
    let base: String = base.chars().take(room).collect();
    (first..=COPIES_MAX)
        .map(|number| format!("{base}${number:04}"))
        .find(|name| !is_taken(name))
        .ok_or(NoName::TooMany(base))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn name(copy: Copy<'_>, taken: &[&str]) -> String {
        let job: JobName = "LOAD".parse().unwrap();
        instance_name(&job, copy, |name| taken.contains(&name)).unwrap()
    }

    #[test]
    fn a_copy_has_its_value_its_machine_or_a_number() {
        let value = |value| Copy { first_value: Some(value), machine: None };
        assert_eq!(name(Copy::default(), &[]), "LOAD");
        assert_eq!(name(Copy::default(), &["LOAD"]), "LOAD$0001");
        assert_eq!(name(Copy::default(), &["LOAD", "LOAD$0001"]), "LOAD$0002");
        assert_eq!(name(value("abc.txt"), &["LOAD"]), "LOAD_abc.txt");
        assert_eq!(name(value("C:\\in\\[a],b"), &[]), "LOAD_C:inab");
        assert_eq!(name(value("*?!"), &["LOAD"]), "LOAD$0001");
        assert_eq!(name(value("abc"), &["LOAD", "LOAD_abc"]), "LOAD$0001");
        let both = Copy { first_value: Some("a"), machine: Some("Mars") };
        assert_eq!(name(both, &[]), "LOAD_a_Mars");
        assert_eq!(name(Copy { first_value: None, ..both }, &["LOAD_Mars"]), "LOAD_Mars$0001");
    }

    #[test]
    fn names_stay_in_their_length_and_never_meet() {
        let job: JobName = "J".repeat(64).parse().unwrap();
        let value = "x".repeat(5000);
        let copy = Copy { first_value: Some(&value), machine: Some("a-machine-of-24-letters.") };
        let mut taken = BTreeSet::new();
        for _ in 0..20 {
            let name = instance_name(&job, copy, |name| taken.contains(name)).unwrap();
            assert!(name.chars().count() <= CHARS_MAX, "{name}");
            assert!(taken.insert(name));
        }
        let full = instance_name(&job, copy, |_| true).unwrap_err();
        assert!(full.to_string().contains("9999 copies"), "{full}");
    }
}
