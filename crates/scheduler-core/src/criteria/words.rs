//! Failure criteria in words.

use super::{Advanced, BasicOperator, BasicTest, Criteria, Operator, Outcome, Row};

impl BasicOperator {
    /// As in "the exit code is …".
    const fn words(self) -> &'static str {
        match self {
            Self::Eq => "",
            Self::Ne => "not ",
            Self::Lt => "less than ",
            Self::Le => "at most ",
            Self::Gt => "greater than ",
            Self::Ge => "at least ",
        }
    }
}

impl Criteria {
    /// The rule as a sentence without its full stop: `fails if the exit code is not 4; finishes OK
    /// otherwise`.
    pub fn words(&self) -> String {
        let (result, tests) = match self {
            Self::Basic(tests) if tests.is_empty() => return Self::default().words(),
            Self::Advanced(advanced) if advanced.rows.is_empty() => return Self::default().words(),
            Self::Basic(tests) => (Outcome::Fail, tests.iter().copied().map(basic).collect()),
            Self::Advanced(advanced) => (advanced.result, groups(advanced)),
        };
        let words = |result| match result {
            Outcome::FinishOk => "finishes OK",
            Outcome::Fail => "fails",
        };
        format!(
            "{} if the exit code is {}; {} otherwise",
            words(result),
            tests.join(", or "),
            words(result.opposite())
        )
    }
}

fn basic(test: BasicTest) -> String {
    format!("{}{}", test.operator.words(), test.value)
}

fn groups(advanced: &Advanced) -> Vec<String> {
    advanced.groups().map(|rows| rows.iter().map(row).collect::<Vec<_>>().join(" and ")).collect()
}

fn row(row: &Row) -> String {
    match (row.operator.basic(), row.end_value) {
        (Some(operator), _) => format!("{}{}", operator.words(), row.value),
        (None, Some(end)) => format!("from {} to {end}", row.value),
        (None, None) => format!("in a range from {} without an end", row.value),
    }
}

impl Operator {
    /// The sign beside the letters in JSON.
    pub(crate) const fn sign(self) -> &'static str {
        match self.basic() {
            Some(basic) => basic.sign(),
            None => "Range",
        }
    }
}
