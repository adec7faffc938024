//! The functions: one table of names, values and meanings.

use std::fmt::Write as _;

use core_kit::nearest;

use super::value::Value;
use super::{function_convert as convert, function_text as text, function_time as time};

/// A function of expressions. Names are read in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each of them does")]
pub enum Function {
    AreEqual,
    Expr,
    Index,
    Length,
    LogToBase,
    Replace,
    ReplaceBackslashes,
    SubStr,
    SubStrNE,
    TimeDiff,
    TimeDiffNE,
    ToBool,
    ToFloat,
    ToFloatNE,
    ToInt,
    ToIntNE,
    ToLong,
    ToLongNE,
    ToLower,
    ToOaTime,
    ToStr,
    ToStrNE,
    ToUpper,
}

struct Row {
    function: Function,
    name: &'static str,
    /// The values, as people write them.
    values: &'static str,
    count: (usize, usize),
    meaning: &'static str,
    /// An expression and its value as text, checked by a test.
    example: (&'static str, &'static str),
}

const fn row(
    function: Function,
    name: &'static str,
    values: &'static str,
    count: (usize, usize),
    meaning: &'static str,
    example: (&'static str, &'static str),
) -> Row {
    Row { function, name, values, count, meaning, example }
}

/// Values that `AreEqual` takes at most.
const MANY: usize = 100;

use Function as F;

#[rustfmt::skip]
const ROWS: [Row; 23] = [
    row(F::AreEqual, "AreEqual", "value1, value2, …", (2, MANY), "Whether all values are of one type and equal.", (r#"AreEqual("abc", "abc", "abc")"#, "true")),
    row(F::Expr, "Expr", "text", (1, 1), "Calculates a text as an expression; its value as a string. A text of words alone is its own value.", (r#"Expr("(5 + 4 * 9 + 9) / 5")"#, "10")),
    row(F::Index, "Index", "text, search", (2, 2), "Where `search` first occurs in `text`, from 0; -1 if it does not.", (r#"Index("abcdefgh", "ef")"#, "4")),
    row(F::Length, "Length", "text", (1, 1), "Number of characters.", (r#"Length("Jobabcdefg")"#, "10")),
    row(F::LogToBase, "LogToBase", "number, base", (2, 2), "Logarithm of a number above 0 to a base above 0 that is not 1.", ("LogToBase(81, 3)", "4")),
    row(F::Replace, "Replace", "text, search, replacement", (3, 3), "Replaces every occurrence.", (r#"Replace("abcdefgh", "c", "x")"#, "abxdefgh")),
    row(F::ReplaceBackslashes, "ReplaceBackslashes", "text, replacement", (2, 2), "Replaces every backslash.", (r#"ReplaceBackslashes("abcd\\efgh", "/")"#, "abcd/efgh")),
    row(F::SubStr, "SubStr", "text, start[, length]", (2, 3), "Part of a text from a place, counted from 0; to the end without a length. A mistake if the text is shorter.", (r#"SubStr("abcdefgh", 0, 4)"#, "abcd")),
    row(F::SubStrNE, "SubStrNE", "text, start[, length], default", (3, 4), "The same, or the default.", (r#"SubStrNE("abcdefgh", 6, 4, "too short")"#, "too short")),
    row(F::TimeDiff, "TimeDiff", "time1, time2, format", (3, 3), "Difference `time1` - `time2` of two times `hh:mm:ss`. Formats: `signed_secs`, `unsigned_secs`, `signed_percent` and `unsigned_percent` (of `time2`) are numbers; `signed_string` and `unsigned_string` are `hh:mm:ss`.", (r#"TimeDiff("00:10:00", "00:20:00", "signed_string")"#, "-00:10:00")),
    row(F::TimeDiffNE, "TimeDiffNE", "time1, time2, format, default", (4, 4), "The same, or the default.", (r#"TimeDiffNE("N/A", "00:20:00", "signed_secs", 0)"#, "0")),
    row(F::ToBool, "ToBool", "value", (1, 1), "A boolean of `true` or `false` in any case, or of a boolean.", (r#"ToBool("False")"#, "false")),
    row(F::ToFloat, "ToFloat", "value", (1, 1), "A floating point number of a number or a text.", (r#"ToFloat("-24.567")"#, "-24.567")),
    row(F::ToFloatNE, "ToFloatNE", "value, default", (2, 2), "The same, or the default.", (r#"ToFloatNE(true, "NAN")"#, "NAN")),
    row(F::ToInt, "ToInt", "value", (1, 1), "The integer part of a number or a text, in 32 bits.", (r#"ToInt("24.567")"#, "24")),
    row(F::ToIntNE, "ToIntNE", "value, default", (2, 2), "The same, or the default.", (r#"ToIntNE("true", "NAN")"#, "NAN")),
    row(F::ToLong, "ToLong", "value", (1, 1), "The integer part of a number or a text, in 64 bits.", (r#"ToLong("2500000000")"#, "2500000000")),
    row(F::ToLongNE, "ToLongNE", "value, default", (2, 2), "The same, or the default.", (r#"ToLongNE("abcd", 0)"#, "0")),
    row(F::ToLower, "ToLower", "text", (1, 1), "The text in lower case.", (r#"ToLower("ABCD")"#, "abcd")),
    row(F::ToOaTime, "ToOaTime", "text", (1, 1), "A time as part of a day: minutes (`180`), `hh:mm`, or `dd:hh:mm`.", (r#"ToOaTime("06:00")"#, "0.25")),
    row(F::ToStr, "ToStr", "value", (1, 1), "The value as a string.", ("ToStr(24.567)", "24.567")),
    row(F::ToStrNE, "ToStrNE", "value, default", (2, 2), "The same. Every value has one, so the default is never used.", (r#"ToStrNE(24.567, "NAN")"#, "24.567")),
    row(F::ToUpper, "ToUpper", "text", (1, 1), "The text in upper case.", (r#"ToUpper("abcd")"#, "ABCD")),
];

/// Every function, by name.
pub const FUNCTIONS: [Function; ROWS.len()] = {
    let mut all = [Function::AreEqual; ROWS.len()];
    let mut index = 0;
    while index < ROWS.len() {
        all[index] = ROWS[index].function;
        index += 1;
    }
    all
};

impl Function {
    fn row(self) -> &'static Row {
        const TABLE: &[Row] = &ROWS;
        TABLE.iter().find(|row| row.function == self).unwrap_or(&TABLE[0])
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.function)
    }

    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, ROWS.iter().map(|row| row.name))
    }

    pub(super) fn takes(self, count: usize) -> bool {
        let (least, most) = self.row().count;
        (least..=most).contains(&count)
    }

    pub(super) fn count_fault(self, count: usize) -> String {
        let row = self.row();
        let noun = if count == 1 { "value" } else { "values" };
        format!("{0} got {count} {noun}, expected {0}({1})", row.name, row.values)
    }

    /// What it makes of its values. `Expr` is made by the evaluator. The error lacks the place.
    pub(super) fn apply(self, values: &[Value]) -> Result<Value, String> {
        let or_default = |result: Result<Value, String>| {
            // The number of values has been checked: the default is the last one.
            result.or_else(|why| values.last().cloned().ok_or(why))
        };
        let but_last = &values[..values.len().saturating_sub(1)];
        match self {
            Self::AreEqual => {
                Ok(Value::Bool(values.windows(2).all(|pair| pair[0].equals(&pair[1]))))
            }
            Self::Expr => Err("Expr cannot be used here".to_owned()),
            Self::Index => text::index(values),
            Self::Length => text::length(values),
            Self::LogToBase => convert::log_to_base(values),
            Self::Replace => text::replace(values),
            Self::ReplaceBackslashes => text::replace_backslashes(values),
            Self::SubStr => text::part(values),
            Self::SubStrNE => or_default(text::part(but_last)),
            Self::TimeDiff => time::difference(values),
            Self::TimeDiffNE => or_default(time::difference(but_last)),
            Self::ToBool => convert::to_bool(values),
            Self::ToFloat => convert::to_float(values),
            Self::ToFloatNE => or_default(convert::to_float(but_last)),
            Self::ToInt => convert::to_int(values),
            Self::ToIntNE => or_default(convert::to_int(but_last)),
            Self::ToLong => convert::to_long(values),
            Self::ToLongNE => or_default(convert::to_long(but_last)),
            Self::ToLower => text::lower(values),
            Self::ToOaTime => time::part_of_day(values),
            Self::ToStr | Self::ToStrNE => convert::to_text(values),
            Self::ToUpper => text::upper(values),
        }
    }
}

/// The text in place `index`, or what is there instead.
pub(super) fn text_at<'v>(
    values: &'v [Value],
    index: usize,
    function: &str,
) -> Result<&'v str, String> {
    match values.get(index) {
        Some(Value::Text(text)) => Ok(text),
        Some(other) => Err(format!(
            "{function} takes a string in place {}, not {}; ToStr converts",
            index + 1,
            other.type_name()
        )),
        None => Err(format!("{function} lacks a value in place {}", index + 1)),
    }
}

/// The functions as a Markdown table.
pub fn functions_table() -> String {
    let mut out = String::from("| function | what it does | example | is |\n|---|---|---|---|\n");
    for Row { name, values, meaning, example: (example, result), .. } in &ROWS {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| `{name}({values})` | {meaning} | `{example}` | `{result}` |");
    }
    out
}

/// The examples of the table.
#[cfg(test)]
pub(super) fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|row| row.example)
}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
