//! Exceptions of named instances: what one instance of a schedule has different from the others
//! (`opcon-domain 1.2`).

use super::context::Context;
use super::problem::Problems;
use super::resolve::resolve;
use crate::expression::{Value, evaluate};

/// How an exception changes one field of the jobs that it is for.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ExceptionRule {
    /// The part of the field that is replaced, wherever it occurs; empty to replace all of it. It may
    /// hold `[[@name]]`, `[[@current]]` and `[[$this.Property]]`.
    #[serde(default)]
    pub to_replace: String,
    /// What takes its place, with the same tokens.
    pub new_value: String,
    /// Whether the new value is an expression, such as `[[@current]] + ToOaTime("00:20")`, which takes
    /// the place of the whole field.
    #[serde(default)]
    pub is_expression: bool,
}

/// The field of a job after an exception. The context names the instance, with the field's value so far
/// as its `current`.
///
/// # Errors
/// What is wrong with the texts of the rule; no field, or an expression with a part to replace.
pub fn apply_exception(rule: &ExceptionRule, context: &Context<'_>) -> Result<Value, String> {
    let text = |problems: Problems| problems.to_string();
    let current = context.instance.and_then(|instance| instance.current.clone());
    let current =
        current.ok_or_else(|| "an exception needs the field that it changes".to_owned())?;
    if rule.is_expression {
        if !rule.to_replace.is_empty() {
            return Err("an expression takes the place of the whole field; leave to_replace empty"
                .to_owned());
        }
        let evaluation = evaluate(&rule.new_value, context).map_err(text)?;
        return Ok(evaluation.expose().clone());
    }
    let new = resolve(&rule.new_value, context).map_err(text)?;
    let new = new.text.expose();
    let old = resolve(&rule.to_replace, context).map_err(text)?;
    let old = old.text.expose();
    Ok(Value::Text(if old.is_empty() {
        new.to_owned()
    } else {
        current.to_string().replace(old, new)
    }))
}

#[cfg(test)]
#[path = "instance_tests.rs"]
mod tests;
