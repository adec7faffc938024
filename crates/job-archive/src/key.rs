//! Names of objects.

use jiff::civil::Date;

use crate::error::Error;

/// Where a pack lies. Keys are made of letters, digits, `-`, `_` and `.` alone, so that no store has to escape them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) instance: String,
    /// The last day on which the logs in it are kept.
    pub(crate) day: Date,
    /// The random number that an opened archive has chosen, so that no two ever write to one key.
    life: String,
    number: u64,
    /// Whether a single chunk of a single log is in it.
    pub(crate) is_single: bool,
}

/// The most characters of an instance.
const INSTANCE: usize = 64;

impl Key {
    pub(crate) fn new(instance: &str, day: Date, life: &str, number: u64, is_single: bool) -> Self {
        Self { instance: instance.to_owned(), day, life: life.to_owned(), number, is_single }
    }

    /// Reads a key; refuses everything that [`Key::new`] would not make, so that no index leads out of the archive.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Self::try_parse(text).ok_or_else(|| {
            Error::index(format!("{text:?} is not the key of an object of an archive"))
        })
    }

    fn try_parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (instance, day, name) = (parts.next()?, parts.next()?, parts.next()?);
        let stem = name.strip_suffix(".pack")?;
        let (stem, is_single) = stem.strip_suffix("-s").map_or((stem, false), |stem| (stem, true));
        let (life, number) = stem.split_once('-')?;
        let key = Self::new(
            instance,
            parse_day(day)?,
            life,
            u64::from_str_radix(number, 16).ok()?,
            is_single,
        );
        let is_right = is_instance(instance) && life.len() == 16 && key.text() == text;
        (is_right && life.bytes().all(|b| b.is_ascii_hexdigit())).then_some(key)
    }

    pub(crate) fn text(&self) -> String {
        let Self { instance, day, life, number, is_single } = self;
        let end = if *is_single { "-s" } else { "" };
        format!("{instance}/{day}/{life}-{number:08x}{end}.pack")
    }
}

/// A folder's day. Years have four digits.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (is_day(day) && day.to_string() == text).then_some(day)
}

/// Whether a day can be the name of a folder that sorts as days do.
pub(crate) fn is_day(day: Date) -> bool {
    (1000..=9999).contains(&day.year())
}

/// Whether a name may be that of an instance: 1 to 64 letters, digits, `-` and `_`.
pub(crate) fn is_instance(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=INSTANCE).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = Key::new("main", date(2026, 3, 1), "00ff00ff00ff00ff", 10, false);
        assert_eq!(key.text(), "main/2026-03-01/00ff00ff00ff00ff-0000000a.pack");
        assert_eq!(Key::parse(&key.text()).unwrap(), key);
        let single = Key::new("a_B-9", date(2026, 12, 31), "00ff00ff00ff00ff", u64::MAX, true);
        assert_eq!(Key::parse(&single.text()).unwrap(), single);
    }

    #[test]
    fn nothing_leads_out_of_the_archive() {
        for text in [
            "",
            "main",
            "../2026-03-01/00ff00ff00ff00ff-0000000a.pack",
            "main/../00ff00ff00ff00ff-0000000a.pack",
            "main/2026-03-01/../../etc/passwd",
            "main/2026-03-01/00ff00ff00ff00ff-0000000a.pack/x",
            "main/2026-3-1/00ff00ff00ff00ff-0000000a.pack",
            "main/2026-02-30/00ff00ff00ff00ff-0000000a.pack",
            "main/2026-03-01/00ff00ff00ff00ff-0000000A.pack",
            "main/2026-03-01/00ff00ff00ff00ff-+000000a.pack",
            "main/2026-03-01/..ff00ff00ff00ff-0000000a.pack",
            "/main/2026-03-01/00ff00ff00ff00ff-0000000a.pack",
            "ma in/2026-03-01/00ff00ff00ff00ff-0000000a.pack",
        ] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
    }
}
