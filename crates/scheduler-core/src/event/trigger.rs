//! What triggers the events of a job (`opcon-domain 1.8`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EventText, JobStatusTrigger, is_like};
use crate::criteria::BasicOperator;
use crate::expression::ExpressionText;
use crate::name::FrequencyName;
use crate::problem::Problem;

/// Longest pattern for agent feedback, and longest expression, in characters.
pub const PATTERN_CHARS_MAX: usize = 4000;

/// Longest exit description that is compared, in characters (`opcon-domain 1.7`).
const EXIT_CHARS_MAX: usize = 255;

/// An event of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventDefinition {
    /// When it takes place.
    pub trigger: Trigger,
    /// What is done: `$JOB:ADD,CURRENT,NIGHT,LOAD,DAILY`.
    pub event: EventText,
    /// Only when the job runs by this frequency; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyName>,
}

/// When an event takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// At a moment of the job: `job_status: failed`.
    JobStatus(JobStatusTrigger),
    /// When the agent says something that matches.
    AgentFeedback(AgentFeedback),
    /// When the job has finished OK or failed with an exit description that matches.
    ExitDescription(ExitDescription),
    /// When the job has finished OK or failed, and the expression is true.
    JobCompletionComplexExpression(ExpressionText),
}

impl Trigger {
    /// The word in the vendor's JSON.
    pub const fn json_type(&self) -> &'static str {
        match self {
            Self::JobStatus(_) => "jobStatus",
            Self::AgentFeedback(_) => "LSAMFeedback",
            Self::ExitDescription(_) => "exitDescription",
            Self::JobCompletionComplexExpression(_) => "jobCompletionComplexExpression",
        }
    }

    /// Everything that is wrong with it. An expression has been read by then.
    pub fn check(&self) -> Vec<Problem> {
        match self {
            Self::JobStatus(_) => Vec::new(),
            Self::AgentFeedback(feedback) => feedback.check(),
            Self::ExitDescription(exit) => exit.check(),
            Self::JobCompletionComplexExpression(text) => {
                sized("job_completion_complex_expression", text.as_str(), PATTERN_CHARS_MAX)
            }
        }
    }
}

/// Something that an agent says about a job while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentFeedback {
    /// What it is about, by the agent's name for it.
    pub name: String,
    /// The value that it must have; `%` stands for any text, `_` for any one character.
    pub pattern: String,
}

impl AgentFeedback {
    /// Whether a feedback with this name and value triggers the event.
    pub fn is_met(&self, name: &str, value: &str) -> bool {
        self.name == name && is_like(value, &self.pattern)
    }

    fn check(&self) -> Vec<Problem> {
        let mut problems = sized("agent_feedback.name", &self.name, EXIT_CHARS_MAX);
        problems.extend(sized("agent_feedback.pattern", &self.pattern, PATTERN_CHARS_MAX));
        problems.extend(without("agent_feedback.pattern", &self.pattern, &['\'']));
        problems
    }
}

/// A comparison with the exit description of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExitDescription {
    /// How it is compared.
    pub operator: ExitOperator,
    /// With what; for a range, its first number.
    pub value: String,
    /// For a range, its last number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_value: Option<String>,
}

/// How exit descriptions are compared. Where both are numbers they are compared as numbers, otherwise only
/// `eq`, `ne` and `in` can be true.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ExitOperator {
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
    /// Contains the value.
    In,
}

impl ExitDescription {
    /// Whether a job that ended with this description triggers the event.
    pub fn is_met(&self, description: &str) -> bool {
        let (text, value) = (description.trim(), self.value.trim());
        let numbers = number(text).zip(number(value));
        let compared = |operator: BasicOperator| {
            numbers.is_some_and(|(left, right)| operator.holds(&left, &right))
        };
        match self.operator {
            ExitOperator::Eq if numbers.is_none() => text == value,
            ExitOperator::Ne if numbers.is_none() => text != value,
            ExitOperator::Eq => compared(BasicOperator::Eq),
            ExitOperator::Ne => compared(BasicOperator::Ne),
            ExitOperator::Lt => compared(BasicOperator::Lt),
            ExitOperator::Le => compared(BasicOperator::Le),
            ExitOperator::Gt => compared(BasicOperator::Gt),
            ExitOperator::Ge => compared(BasicOperator::Ge),
            ExitOperator::Rg => {
                let end = self.end_value.as_deref().and_then(|end| number(end.trim()));
                numbers.zip(end).is_some_and(|((found, from), to)| (from..=to).contains(&found))
            }
            ExitOperator::In => text.contains(value),
        }
    }

    fn check(&self) -> Vec<Problem> {
        let field = "exit_description.value";
        let mut problems = sized(field, &self.value, EXIT_CHARS_MAX);
        problems.extend(without(field, &self.value, &['\'', ';']));
        let field = "exit_description.end_value";
        let end = self.end_value.as_deref().unwrap_or_default();
        problems.extend(without(field, end, &['\'', ';']));
        let is_range = self.operator == ExitOperator::Rg;
        let message = match (is_range, &self.end_value) {
            (true, _) if end.trim().is_empty() => Some("is missing; a range needs its last number"),
            (false, Some(_)) => Some("is only for the operator rg; leave it out"),
            (true, _) | (false, None) => None,
        };
        problems.extend(message.map(|message| Problem::new(field, message)));
        if is_range
            && let (Some(from), Some(to)) = (number(self.value.trim()), number(end.trim()))
            && from > to
        {
            let message =
                format!("{to} is less than {from}, so no number is in the range; exchange them");
            problems.push(Problem::new(field, message));
        }
        for (name, text) in [("value", self.value.as_str()), ("end_value", end)] {
            let is_given = is_range && !text.trim().is_empty();
            if is_given && number(text.trim()).is_none() {
                let message = format!("`{}` is not a number", core_kit::text::shown(text));
                problems.push(Problem::new(format!("exit_description.{name}"), message));
            }
        }
        problems
    }
}

/// The number of an exit description: `7`, `-7`, `+0000004`, `CC=0004`, and of `+000000007:0000:N`, as UNIX
/// agents write it, the first part.
fn number(text: &str) -> Option<i64> {
    let text = text.strip_prefix("CC=").unwrap_or(text);
    let text = text.split_once(':').map_or(text, |(code, _)| code);
    text.parse().ok()
}

fn sized(field: &str, text: &str, chars_max: usize) -> Vec<Problem> {
    let chars = text.chars().count();
    if (1..=chars_max).contains(&chars) {
        return Vec::new();
    }
    let message = format!("has {chars} characters; expected 1 to {chars_max}");
    vec![Problem::new(field, message)]
}

fn without(field: &str, text: &str, signs: &[char]) -> Option<Problem> {
    let sign = text.chars().find(|sign| signs.contains(sign))?;
    Some(Problem::new(field, format!("has the character `{sign}`, which is not possible here")))
}
