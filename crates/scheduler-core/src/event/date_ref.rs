//! The date of a schedule in an event: a day, or a keyword that is looked up when the event runs.

use jiff::civil::Date;

use super::field::{Options, SlashDates, Value, whole};
use crate::calendar::month_number;
use crate::schedule::{Category, Status};
use crate::text_value::TextValue;
use crate::time::Day;

/// Which of the dates for which a schedule exists count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Among {
    /// All.
    All,
    /// Those on which it is held.
    Held,
    /// Those on which it runs.
    Active,
    /// Those on which it is not completed.
    NonComplete,
    /// Those on which it waits to start.
    Waiting,
    /// Those on which it is completed.
    Complete,
}

impl Among {
    /// Every choice.
    pub const ALL: [Self; 6] =
        [Self::All, Self::Held, Self::Active, Self::NonComplete, Self::Waiting, Self::Complete];

    /// Whether a date counts on which the schedule has this status.
    pub fn has(self, status: Status) -> bool {
        let category = status.category();
        match self {
            Self::All => true,
            Self::Held => category == Category::Held,
            Self::Active => category == Category::Running,
            Self::NonComplete => category != Category::FinishedOk,
            Self::Waiting => category == Category::Waiting,
            Self::Complete => category == Category::FinishedOk,
        }
    }

    /// The word after `EARLIEST` or `LATEST`; none for all.
    const fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Held => "HELD",
            Self::Active => "ACTIVE",
            Self::NonComplete => "NONCOMPLETE",
            Self::Waiting => "WAITING",
            Self::Complete => "COMPLETE",
        }
    }
}

/// The date of a schedule in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateRef {
    /// A blank field: the date on which the event runs.
    Blank,
    /// This day.
    On(Date),
    /// `CURRENT`: the date on which the event runs.
    Current,
    /// `NEXT`: the next date of the schedule after the date on which the event runs.
    Next,
    /// `NEXTREL`: the next date of the schedule after that of the job or schedule whose event it is.
    NextRelative,
    /// `PREVIOUS`: the last date of the schedule before the date on which the event runs.
    Previous,
    /// `PREVIOUSREL`: the last date of the schedule before that of the job or schedule whose event it
    /// is.
    PreviousRelative,
    /// `EARLIEST`, alone or with a word.
    Earliest(Among),
    /// `LATEST`, alone or with a word.
    Latest(Among),
}

impl DateRef {
    /// Every keyword, in the vendor's order.
    pub fn keywords() -> Vec<Self> {
        let mut all = vec![Self::Current];
        all.extend(Among::ALL.map(Self::Earliest));
        all.extend(Among::ALL.map(Self::Latest));
        all.extend([Self::Next, Self::NextRelative, Self::Previous, Self::PreviousRelative]);
        all
    }
}

/// What a date of an event is looked up in.
#[derive(Debug, Clone, Copy)]
pub struct Dates<'a> {
    /// The date on which the event runs.
    pub today: Date,
    /// The date of the schedule whose event it is; none for an event from outside.
    pub own: Option<Date>,
    /// The dates for which the schedule that the event is about exists, in order, with its status.
    pub existing: &'a [(Date, Status)],
}

impl DateRef {
    /// The date that is meant; none where there is no such date, or where it would be relative to the date
    /// of a schedule and the event comes from outside.
    pub fn find(&self, dates: &Dates<'_>) -> Option<Date> {
        let mut all = dates.existing.iter();
        let before = |date: Date| dates.existing.iter().rev().find(move |(day, _)| *day < date);
        let after = |date: Date| dates.existing.iter().find(move |(day, _)| *day > date);
        let found = match self {
            Self::Blank | Self::Current => return Some(dates.today),
            Self::On(date) => return Some(*date),
            Self::Next => after(dates.today),
            Self::NextRelative => after(dates.own?),
            Self::Previous => before(dates.today),
            Self::PreviousRelative => before(dates.own?),
            Self::Earliest(among) => all.find(|(_, status)| among.has(*status)),
            Self::Latest(among) => all.rfind(|(_, status)| among.has(*status)),
        };
        found.map(|(date, _)| *date)
    }
}

impl Value for DateRef {
    const EXPECTED: &'static str =
        "a date such as 2026-12-31, a keyword such as CURRENT or LATEST HELD, or nothing for today";

    fn read(text: &str, options: Options) -> Result<Self, String> {
        let words: Vec<_> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
        let words = words.join(" ");
        if let Some(keyword) = Self::keywords().into_iter().find(|one| one.print() == words) {
            return Ok(keyword);
        }
        date(text, options.slash_dates).map(Self::On)
    }

    fn print(&self) -> String {
        let with =
            |word: &str, among: Among| format!("{word} {}", among.word()).trim_end().to_owned();
        match self {
            Self::Blank => String::new(),
            Self::On(date) => date.to_string(),
            Self::Current => "CURRENT".to_owned(),
            Self::Next => "NEXT".to_owned(),
            Self::NextRelative => "NEXTREL".to_owned(),
            Self::Previous => "PREVIOUS".to_owned(),
            Self::PreviousRelative => "PREVIOUSREL".to_owned(),
            Self::Earliest(among) => with("EARLIEST", *among),
            Self::Latest(among) => with("LATEST", *among),
        }
    }

    fn blank() -> Option<Self> {
        Some(Self::Blank)
    }
}

/// A day in a list of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventDay(pub Date);

impl Value for EventDay {
    const EXPECTED: &'static str = "dates such as 2026-12-31 with `;` between them";

    fn read(text: &str, options: Options) -> Result<Self, String> {
        date(text, options.slash_dates).map(Self)
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

/// A date in one of the forms that date properties produce: `2026-12-31`, `2026/12/31`, `20261231`,
/// `31-Dec-2026` (`$SCHEDULE DATE`), `46387` (`$SCHEDULE DATEMS`, days since 1899-12-30), and with slashes
/// as the options say. The vendor reads what the regional settings of its service read.
fn date(text: &str, slash_dates: SlashDates) -> Result<Date, String> {
    if let Some(serial) = serial(text) {
        return Ok(serial);
    }
    if text.len() == 8 && whole(text).is_some() {
        return iso(&text[..4], &text[4..6], &text[6..]);
    }
    let dashes: Vec<_> = text.split('-').collect();
    let slashes: Vec<_> = text.split('/').collect();
    match (&dashes[..], &slashes[..]) {
        ([day, month, year], _) if month.len() == 3 && month.is_ascii() => {
            let number = month_number(month).ok_or_else(String::new)?;
            iso(year, &format!("{number:02}"), day)
        }
        ([year, month, day], _) | (_, [year, month, day]) if year.len() == 4 => {
            iso(year, month, day)
        }
        (_, [first, second, year]) => match slash_dates {
            SlashDates::Refused => Err(refused(iso(year, first, second), iso(year, second, first))),
            SlashDates::MonthFirst => iso(year, first, second),
            SlashDates::DayFirst => iso(year, second, first),
        },
        _ => Err(String::new()),
    }
}

/// Why a date with slashes is refused, with the dates that may be meant.
fn refused(month_first: Result<Date, String>, day_first: Result<Date, String>) -> String {
    let write = match (month_first, day_first) {
        (Ok(one), Ok(other)) if one != other => format!("{one} or {other}"),
        (Ok(one), _) | (_, Ok(one)) => one.to_string(),
        (Err(_), Err(_)) => "the year first, as in 2026-12-31".to_owned(),
    };
    format!("may begin with the day or the month; write {write}")
}

fn serial(text: &str) -> Option<Date> {
    let days = whole(text).filter(|_| text.len() == 5)?;
    Date::constant(1899, 12, 30).checked_add(jiff::Span::new().days(days)).ok()
}

/// A day of its parts, with the mistakes that [`Day`] knows.
fn iso(year: &str, month: &str, day: &str) -> Result<Date, String> {
    Day::parse(&format!("{year}-{month:0>2}-{day:0>2}")).map(|day| day.0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    fn read(text: &str) -> Result<DateRef, String> {
        DateRef::read(text, Options::default())
    }

    #[test]
    fn keywords_are_the_vendors_seventeen() {
        let expected = [
            "CURRENT",
            "EARLIEST",
            "EARLIEST HELD",
            "EARLIEST ACTIVE",
            "EARLIEST NONCOMPLETE",
            "EARLIEST WAITING",
            "EARLIEST COMPLETE",
            "LATEST",
            "LATEST HELD",
            "LATEST ACTIVE",
            "LATEST NONCOMPLETE",
            "LATEST WAITING",
            "LATEST COMPLETE",
            "NEXT",
            "NEXTREL",
            "PREVIOUS",
            "PREVIOUSREL",
        ];
        let all = DateRef::keywords();
        assert_eq!(all.iter().map(Value::print).collect::<Vec<_>>(), expected);
        for keyword in all {
            assert_eq!(read(&keyword.print()), Ok(keyword));
            assert_eq!(read(&keyword.print().to_lowercase().replace(' ', "  ")), Ok(keyword));
        }
        assert!(read("LATEST OF ALL").is_err());
        assert!(read("NEXT HELD").is_err());
    }

    #[test]
    fn keywords_find_dates_of_the_schedule() {
        let at = |number: i8| day(2026, 11, number);
        let existing = [
            (at(1), Status::Completed),
            (at(3), Status::OnHold),
            (at(5), Status::InProcess),
            (at(7), Status::WaitToStart),
            (at(9), Status::ParentHold),
        ];
        let dates = Dates { today: at(5), own: Some(at(4)), existing: &existing };
        let find = |text: &str| read(text).unwrap().find(&dates);
        for (text, expected) in [
            ("CURRENT", 5),
            ("2026-11-20", 20),
            ("NEXT", 7),
            ("NEXTREL", 5),
            ("PREVIOUS", 3),
            ("PREVIOUSREL", 3),
            ("EARLIEST", 1),
            ("EARLIEST HELD", 3),
            ("EARLIEST ACTIVE", 5),
            ("EARLIEST NONCOMPLETE", 3),
            ("EARLIEST WAITING", 7),
            ("EARLIEST COMPLETE", 1),
            ("LATEST", 9),
            ("LATEST HELD", 9),
            ("LATEST ACTIVE", 5),
            ("LATEST NONCOMPLETE", 9),
            ("LATEST WAITING", 7),
            ("LATEST COMPLETE", 1),
        ] {
            assert_eq!(find(text), Some(at(expected)), "{text}");
        }
        let outside = Dates { own: None, existing: &existing[..1], ..dates };
        assert_eq!(DateRef::Blank.find(&outside), Some(at(5)));
        for nothing in ["NEXT", "NEXTREL", "PREVIOUSREL", "LATEST HELD"] {
            assert_eq!(read(nothing).unwrap().find(&outside), None, "{nothing}");
        }
    }

    #[test]
    fn dates_in_every_form_that_properties_have() {
        let expected = Ok(DateRef::On(day(2026, 12, 31)));
        for text in ["2026-12-31", "2026/12/31", "20261231", "31-Dec-2026", "31-DEC-2026", "46387"]
        {
            assert_eq!(read(text), expected, "{text}");
        }
        let with = |text, slash_dates| {
            DateRef::read(text, Options { allow_wildcards: false, slash_dates })
        };
        assert_eq!(with("1/9/2026", SlashDates::MonthFirst), Ok(DateRef::On(day(2026, 1, 9))));
        assert_eq!(with("1/9/2026", SlashDates::DayFirst), Ok(DateRef::On(day(2026, 9, 1))));
        let refused = |text: &str| {
            let why = read(text).unwrap_err();
            why.strip_prefix("may begin with the day or the month; write ").unwrap().to_owned()
        };
        assert_eq!(refused("1/9/2026"), "2026-01-09 or 2026-09-01");
        assert_eq!(refused("13/9/2026"), "2026-09-13");
        assert_eq!(refused("9/13/2026"), "2026-09-13");
        assert_eq!(refused("5/5/2026"), "2026-05-05");
        assert_eq!(refused("13/13/2026"), "the year first, as in 2026-12-31");
        assert!(read("2026-02-30").unwrap_err().contains("February 2026 has 28 days"));
        for wrong in ["yesterday", "31-Foo-2026", "2026-1", "99999999", "ÄÖÜ-ÄÖÜ-2026", "1-ä1-2026"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
