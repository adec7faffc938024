//! What an exit code means: failure criteria, basic and advanced (`opcon-domain 1.7, 3.5`).
//!
//! [`Criteria::decide`] is the one place where an exit code becomes *Finished OK* or *Failed*.

mod json;
mod words;

pub use json::{BadCriteria, PROPERTY_NAME, from_json, to_json};

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Most tests of basic criteria (`opcon-domain 1.7`).
pub const BASIC_MAX: usize = 5;

/// Most rows of advanced criteria. The vendor publishes no number.
pub const ROWS_MAX: usize = 100;

/// What an exit code means for the job. Without criteria, 0 is good and everything else is a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Criteria {
    /// Up to five tests; the job fails if any of them is true: `basic: [{ operator: ne, value: 4 }]`.
    Basic(Vec<BasicTest>),
    /// Rows that are joined by and / or, and what it means when they are true.
    Advanced(Advanced),
}

/// A test of basic criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicTest {
    /// How the exit code is compared.
    pub operator: BasicOperator,
    /// With what.
    pub value: i32,
}

/// A comparison with one number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BasicOperator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

impl BasicOperator {
    /// Every operator.
    pub const ALL: [Self; 6] = [Self::Eq, Self::Ne, Self::Lt, Self::Le, Self::Gt, Self::Ge];

    /// As people write it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// Whether it holds between `left` and `right`.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Ge => left >= right,
        }
    }
}

/// Rows that are joined by and / or. `and` binds tighter: `a and b or c` is `(a and b) or c`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advanced {
    /// What it means when the rows are true; anything else means the opposite.
    pub result: Outcome,
    /// The rows, 1 to 100, in their order.
    pub rows: Vec<Row>,
}

/// One comparison, and how it is joined to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// How the exit code is compared.
    pub operator: Operator,
    /// With what; for a range, its first number.
    pub value: i32,
    /// For a range, its last number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_value: Option<i32>,
    /// How it is joined to the next row; means nothing at the last one.
    #[serde(default)]
    pub then: Join,
}

/// A comparison with one number, or with a range of numbers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// In the range `value` to `end_value`, both included.
    Rg,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 7] =
        [Self::Eq, Self::Ne, Self::Lt, Self::Le, Self::Gt, Self::Ge, Self::Rg];

    /// The comparison with one number; none for a range.
    pub const fn basic(self) -> Option<BasicOperator> {
        match self {
            Self::Eq => Some(BasicOperator::Eq),
            Self::Ne => Some(BasicOperator::Ne),
            Self::Lt => Some(BasicOperator::Lt),
            Self::Le => Some(BasicOperator::Le),
            Self::Gt => Some(BasicOperator::Gt),
            Self::Ge => Some(BasicOperator::Ge),
            Self::Rg => None,
        }
    }
}

/// How a row is joined to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Both must be true.
    And,
    /// One of them must be true.
    #[default]
    Or,
}

/// What an exit code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The job has finished OK.
    FinishOk,
    /// The job has failed.
    Fail,
}

impl Outcome {
    /// The other one.
    pub const fn opposite(self) -> Self {
        match self {
            Self::FinishOk => Self::Fail,
            Self::Fail => Self::FinishOk,
        }
    }
}

impl Default for Criteria {
    /// 0 is good.
    fn default() -> Self {
        Self::Basic(vec![BasicTest { operator: BasicOperator::Ne, value: 0 }])
    }
}

impl Row {
    fn is_true(&self, exit_code: i32) -> bool {
        match self.operator.basic() {
            Some(operator) => operator.holds(&exit_code, &self.value),
            None => self.end_value.is_some_and(|end| (self.value..=end).contains(&exit_code)),
        }
    }
}

impl Criteria {
    /// For a job of the AMT plug-in: 4 (DONE) alone is good.
    pub fn amt_acs() -> Self {
        let row = Row { operator: Operator::Eq, value: 4, end_value: None, then: Join::Or };
        Self::Advanced(Advanced { result: Outcome::FinishOk, rows: vec![row] })
    }

    /// For a job that runs the older AMT connector, which exits with the completion code: anything but
    /// 4 (DONE) is a failure.
    pub fn amt_connector() -> Self {
        Self::Basic(vec![BasicTest { operator: BasicOperator::Ne, value: 4 }])
    }

    /// What an exit code means. Criteria without a test or row are those of a job that has none.
    pub fn decide(&self, exit_code: i32) -> Outcome {
        let (is_true, result) = match self {
            Self::Basic(tests) if tests.is_empty() => (exit_code == 0, Outcome::FinishOk),
            Self::Advanced(advanced) if advanced.rows.is_empty() => {
                (exit_code == 0, Outcome::FinishOk)
            }
            Self::Basic(tests) => {
                let fails = |test: &BasicTest| test.operator.holds(&exit_code, &test.value);
                (tests.iter().any(fails), Outcome::Fail)
            }
            Self::Advanced(advanced) => {
                (advanced.groups().any(|rows| holds(rows, exit_code)), advanced.result)
            }
        };
        if is_true { result } else { result.opposite() }
    }

    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        match self {
            Self::Basic(tests) => count(tests.len(), "basic", "tests", BASIC_MAX),
            Self::Advanced(advanced) => advanced.check(),
        }
    }
}

fn holds(rows: &[Row], exit_code: i32) -> bool {
    rows.iter().all(|row| row.is_true(exit_code))
}

fn count(found: usize, field: &str, what: &str, max: usize) -> Vec<Problem> {
    if (1..=max).contains(&found) {
        return Vec::new();
    }
    vec![Problem::new(field, format!("has {found} {what}; expected 1 to {max}"))]
}

impl Advanced {
    /// The rows that are joined by `and`.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.split_inclusive(|row| row.then == Join::Or)
    }

    fn check(&self) -> Vec<Problem> {
        let mut problems = count(self.rows.len(), "advanced.rows", "rows", ROWS_MAX);
        for (index, row) in self.rows.iter().enumerate() {
            let field = format!("advanced.rows[{index}].end_value");
            let is_range = row.operator == Operator::Rg;
            let message = match row.end_value {
                None if is_range => "is missing; a range needs its last number".to_owned(),
                Some(_) if !is_range => "is only for the operator rg; leave it out".to_owned(),
                Some(end) if end < row.value => {
                    format!("{end} is less than the value {}; no code is in that range", row.value)
                }
                None | Some(_) => continue,
            };
            problems.push(Problem::new(field, message));
        }
        problems
    }
}
