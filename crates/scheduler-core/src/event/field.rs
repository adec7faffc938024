//! The fields of an event: values of many kinds, or text with tokens that are not resolved yet.

use std::fmt;

use crate::text_value::TextValue;

/// How the day of a date with slashes is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SlashDates {
    /// `1/9/2026` is refused, because nobody can tell what it means.
    #[default]
    Refused,
    /// `1/9/2026` is the ninth of January.
    MonthFirst,
    /// `1/9/2026` is the first of September.
    DayFirst,
}

/// How events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// `*` and `?` are allowed in names of schedules, jobs and machines: the server option *Allow Wild
    /// Cards in Events*.
    pub allow_wildcards: bool,
    /// The meaning of dates with slashes.
    pub slash_dates: SlashDates,
}

impl Options {
    /// For definitions, which are read again where they are used: wildcards may be allowed there. A date that can be
    /// read in two ways is refused, whatever the option says that events at run time follow.
    pub const fn permissive() -> Self {
        Self { allow_wildcards: true, slash_dates: SlashDates::Refused }
    }
}

/// A value of a field.
pub trait Value: Sized {
    /// What is expected, after "expected".
    const EXPECTED: &'static str;

    /// Reads the text, which is trimmed and not blank.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence that begins with the value; empty where
    /// [`Value::EXPECTED`] says it all.
    fn read(text: &str, options: Options) -> Result<Self, String>;

    /// The text, in the form in which it is written back.
    fn print(&self) -> String;

    /// What a blank field means; none where that is a mistake.
    fn blank() -> Option<Self> {
        None
    }
}

impl<T: TextValue> Value for T {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(text: &str, _: Options) -> Result<Self, String> {
        T::parse(text)
    }

    fn print(&self) -> String {
        TextValue::print(self)
    }
}

/// A field of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<T> {
    /// Its value.
    Known(T),
    /// Text with a token: it is read when that is resolved.
    Later(String),
}

impl<T> Field<T> {
    /// The value; none while it has tokens.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Later(_) => None,
        }
    }

    /// Whether it has tokens.
    pub const fn is_later(&self) -> bool {
        matches!(self, Self::Later(_))
    }
}

impl<T: Value> Field<T> {
    /// The text of the field.
    pub fn print(&self) -> String {
        match self {
            Self::Known(value) => value.print(),
            Self::Later(text) => text.clone(),
        }
    }
}

/// The text of a field that may be left out.
pub(crate) fn printed<T: Value>(field: Option<&Field<T>>) -> String {
    field.map(Field::print).unwrap_or_default()
}

/// Whether text has a token, which begins with `[[` or `{{`.
pub fn has_token(text: &str) -> bool {
    text.contains("[[") || text.contains("{{")
}

/// Free text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl Value for Text {
    const EXPECTED: &'static str = "text";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("has a character 0".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Yes or no.
impl Value for bool {
    const EXPECTED: &'static str = "Y or N";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        match text {
            "Y" | "y" => Ok(true),
            "N" | "n" => Ok(false),
            _ => Err(String::new()),
        }
    }

    fn print(&self) -> String {
        if *self { "Y".to_owned() } else { "N".to_owned() }
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Number<MIN, MAX> {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<const MIN: i64, const MAX: i64> Value for Number<MIN, MAX> {
    const EXPECTED: &'static str = "a whole number";

    fn read(text: &str, _: Options) -> Result<Self, String> {
        let number = whole(text).ok_or_else(String::new)?;
        if !(MIN..=MAX).contains(&number) {
            return Err(format!("is not in the range {MIN} to {MAX}"));
        }
        Ok(Self(number))
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

/// A number of digits only, without a sign.
pub(crate) fn whole(text: &str) -> Option<i64> {
    let is_number =
        (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Values with `;` between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T: Value> Value for List<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(text: &str, options: Options) -> Result<Self, String> {
        let one = |part: &str| {
            let part = part.trim();
            if part.is_empty() {
                return Err("has a part between two `;` that is empty".to_owned());
            }
            T::read(part, options).map_err(|why| match why.as_str() {
                "" => format!("has the part `{part}`"),
                why => format!("has the part `{part}`, which {why}"),
            })
        };
        text.split(';').map(one).collect::<Result<_, _>>().map(Self)
    }

    fn print(&self) -> String {
        self.0.iter().map(Value::print).collect::<Vec<_>>().join(";")
    }
}

/// One list makes a type of few values, its letters and its words.
macro_rules! choices {
    ($(#[$doc:meta])* $type:ident, $expected:literal, $($(#[$one:meta])* $name:ident = $text:literal $(| $other:literal)*;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$one])* $name),+ }

        impl $type {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }

        impl Value for $type {
            const EXPECTED: &'static str = $expected;

            fn read(text: &str, _: Options) -> Result<Self, String> {
                let is = |one: &str| one.eq_ignore_ascii_case(text);
                $(if is($text) $(|| is($other))* { return Ok(Self::$name); })+
                Err(String::new())
            }

            fn print(&self) -> String {
                match self { $(Self::$name => $text.to_owned()),+ }
            }
        }
    };
}

choices! {
    /// From when the minutes of a new start time count.
    RescheduleFrom, "T (its end), S (its start) or N (now)",
    /// From its end.
    End = "T";
    /// From its start.
    Start = "S";
    /// From now.
    Now = "N";
}

choices! {
    /// The build status of a job's frequency.
    BuildState, "D (disabled), R (released), S (to be skipped), N (not scheduled) or H (on hold)",
    /// The frequency is not looked at.
    Disabled = "D" | "Disable Frequency" | "Disabled";
    /// Free to run.
    Released = "R" | "Released";
    /// To be skipped.
    ToBeSkipped = "S" | "To Be Skipped" | "Skipped";
    /// Not built on its days.
    DoNotSchedule = "N" | "Do Not Schedule" | "Not Scheduled";
    /// On hold.
    OnHold = "H" | "On Hold" | "Held";
}

choices! {
    /// What is asked of a machine.
    MachineStatus, "U (up), D (down) or L (limited)",
    /// It takes jobs.
    Up = "U";
    /// It is not spoken to.
    Down = "D";
    /// Its jobs are followed, none are started.
    Limited = "L";
}

choices! {
    /// How thoroughly a schedule is checked.
    CheckMode, "Y (with loops), N (without) or S (simple)",
    /// Loops of dependencies, too.
    WithLoops = "Y";
    /// No loops.
    Normal = "N";
    /// Neither loops, nor *after* nor *conflict*.
    Simple = "S";
}

choices! {
    /// How grave an entry in the system's log is.
    LogSeverity, "I (information), W (warning) or E (error)",
    /// Information.
    Information = "I";
    /// Warning.
    Warning = "W";
    /// Error.
    Error = "E";
}

choices! {
    /// How grave an alarm is.
    AlarmSeverity, "Critical, Major, Minor, Warning, Informational, Indeterminate or Clear",
    /// Critical.
    Critical = "Critical";
    /// Major.
    Major = "Major";
    /// Minor.
    Minor = "Minor";
    /// Warning.
    Warning = "Warning";
    /// Informational.
    Informational = "Informational";
    /// Not known.
    Indeterminate = "Indeterminate";
    /// Over.
    Clear = "Clear";
}
