//! Calculates expressions.

use std::fmt;

use super::function::Function;
use super::parse::{Prefix, Program, Step, What, is_words};
use super::value::Value;
use crate::property::limits::TEXT_BYTES_MAX;
use crate::property::{
    Assignment, Context, Fault, Kind, Part, Problems, Resolver, Span, Target, Token,
};
use crate::text_value::read;

/// The value of an expression, and what it asks to be stored.
#[derive(Clone, PartialEq)]
pub struct Evaluation {
    value: Value,
    is_secret: bool,
    /// The assignments, in order.
    pub assignments: Vec<Assignment>,
}

impl Evaluation {
    /// The value, unless encrypted properties went into it.
    pub fn value(&self) -> Option<&Value> {
        (!self.is_secret).then_some(&self.value)
    }

    /// The value whatever it holds, for what is sent to an agent.
    pub fn expose(&self) -> &Value {
        &self.value
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("***"),
        }
    }
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let assignments = &self.assignments;
        write!(f, "Evaluation({self}, {assignments:?})")
    }
}

/// The answer of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Whether it holds.
    pub is_met: bool,
    /// What it asks to be stored.
    pub assignments: Vec<Assignment>,
}

/// Calculates a bare expression. One in the brackets of a token (`[[=…]]`) is taken as well.
///
/// # Errors
/// The first mistake in the expression; or all tokens that cannot be resolved; or the first operation
/// that fails.
pub fn evaluate(text: &str, context: &Context<'_>) -> Result<Evaluation, Problems> {
    let program = Program::parse(text).map_err(|fault| Problems::one(text, fault))?;
    let program = program.within_brackets().unwrap_or(&program);
    let mut resolver = Resolver::new(context);
    match run(program, &mut resolver) {
        Ok(Outcome { value, is_secret }) => {
            Ok(Evaluation { value, is_secret, assignments: resolver.assignments })
        }
        Err(faults) => Err(Problems::locate(text, faults)),
    }
}

/// Calculates a condition: an expression dependency, a completion trigger.
///
/// # Errors
/// As [`evaluate`], and a value that is no boolean or into which encrypted properties went.
pub fn evaluate_condition(text: &str, context: &Context<'_>) -> Result<Condition, Problems> {
    let evaluation = evaluate(text, context)?;
    let wrong = |why: String| Problems::one(text, Fault::new(Span::new(0, text.len()), why));
    if evaluation.is_secret {
        let why =
            "the value of an encrypted property cannot decide, what happens then would show it";
        return Err(wrong(why.to_owned()));
    }
    match evaluation.value {
        Value::Bool(is_met) => Ok(Condition { is_met, assignments: evaluation.assignments }),
        other => Err(wrong(format!(
            "the condition is {}, expected true or false; `==` compares, ToBool converts",
            other.type_name()
        ))),
    }
}

impl Program {
    /// The expression of the one token that this expression is.
    fn within_brackets(&self) -> Option<&Self> {
        let [Step { what: What::Text(parts), span }] = self.steps.as_slice() else { return None };
        match parts.as_slice() {
            [Part::Token(Token { span: token, kind: Kind::Expression(inner) })]
                if token == span =>
            {
                Some(inner)
            }
            _ => None,
        }
    }
}

/// A value, and whether encrypted properties went into it.
pub(crate) struct Outcome {
    pub(crate) value: Value,
    pub(crate) is_secret: bool,
}

/// What a step needs from outside, fetched before anything is calculated.
enum Fetched {
    Nothing,
    Operand(Value),
    Target(Target),
}

/// Calculates an expression within a resolution.
pub(crate) fn run(program: &Program, resolver: &mut Resolver<'_>) -> Result<Outcome, Vec<Fault>> {
    run_within(program, resolver, false)
}

/// Calculates an expression. `is_secret` says that encrypted properties went into its text, so that
/// everything in it is secret, the names of the properties that it sets too.
fn run_within(
    program: &Program,
    resolver: &mut Resolver<'_>,
    mut is_secret: bool,
) -> Result<Outcome, Vec<Fault>> {
    let (mut fetched, mut faults) = (Vec::with_capacity(program.steps.len()), Vec::new());
    for step in &program.steps {
        let got = match &step.what {
            What::Text(parts) => resolver.operand(parts).map(|(value, is_hidden)| {
                is_secret |= is_hidden;
                Fetched::Operand(value)
            }),
            What::Assign(token) => resolver.target(token).map(Fetched::Target),
            _ => Ok(Fetched::Nothing),
        };
        match got {
            Ok(got) => fetched.push(got),
            Err(more) => faults.extend(more),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut machine = Machine { resolver, stack: Vec::new(), is_secret };
    machine.run(program, fetched)?;
    let is_secret = machine.is_secret;
    let value = machine.stack.pop().unwrap_or(Value::Bool(false));
    Ok(Outcome { value, is_secret })
}

struct Machine<'r, 'c> {
    resolver: &'r mut Resolver<'c>,
    stack: Vec<Value>,
    is_secret: bool,
}

impl Machine<'_, '_> {
    fn run(&mut self, program: &Program, mut fetched: Vec<Fetched>) -> Result<(), Vec<Fault>> {
        let mut at = 0;
        while let Some(step) = program.steps.get(at) {
            self.resolver.step(step.span).map_err(|fault| vec![fault])?;
            at += 1;
            let got = fetched.get_mut(at - 1).map(|got| std::mem::replace(got, Fetched::Nothing));
            let value = match (&step.what, got) {
                (What::Jump { when, to }, _) => {
                    if self.stack.last() == Some(&Value::Bool(*when)) {
                        at = *to;
                    }
                    continue;
                }
                (What::Text(_), Some(Fetched::Operand(value))) => value,
                (What::Assign(_), Some(Fetched::Target(target))) => {
                    self.assign(target, step.span)?
                }
                (what, _) => self.step(what, step.span)?,
            };
            self.push(value, step.span)?;
        }
        Ok(())
    }

    fn push(&mut self, value: Value, span: Span) -> Result<(), Vec<Fault>> {
        if let Value::Text(text) = &value {
            if text.len() > TEXT_BYTES_MAX {
                return self
                    .fail(span, format!("the result is longer than {TEXT_BYTES_MAX} bytes"));
            }
            self.resolver.charge(text.len(), span).map_err(|fault| vec![fault])?;
        }
        self.stack.push(value);
        Ok(())
    }

    /// A mistake in an operation. What it says may hold values, which stay unsaid if some are secret.
    fn fail<T>(&self, span: Span, why: String) -> Result<T, Vec<Fault>> {
        let why = if self.is_secret {
            "this fails; why is not said, because the value of an encrypted property is in it"
                .to_owned()
        } else {
            why
        };
        Err(vec![Fault::new(span, why)])
    }

    /// Takes an operand off. The reader has seen to it that there is one.
    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::Bool(false))
    }

    fn step(&mut self, what: &What, span: Span) -> Result<Value, Vec<Fault>> {
        let result = match what {
            What::Value(value) => Ok(value.clone()),
            What::Prefix(prefix) => prefix.apply(&self.pop()),
            What::Binary(operator) => {
                let (right, left) = (self.pop(), self.pop());
                operator.apply(&left, &right)
            }
            What::Call { function: Function::Expr, .. } => return self.expr(span),
            What::Call { function, arguments } => {
                let values = self.stack.split_off(self.stack.len().saturating_sub(*arguments));
                function.apply(&values)
            }
            What::Text(_) | What::Jump { .. } | What::Assign(_) => {
                Err("this step cannot be calculated".to_owned())
            }
        };
        result.or_else(|why| self.fail(span, why))
    }

    /// `Expr`: the value of a text as an expression, as a string. Words alone are their own value, as in
    /// the vendor's example `Expr("Batch" + " " + "automation")`.
    fn expr(&mut self, span: Span) -> Result<Value, Vec<Fault>> {
        let text = match self.pop() {
            Value::Text(text) => text,
            other => {
                let why = format!("Expr takes a string, not {}; ToStr converts", other.type_name());
                return self.fail(span, why);
            }
        };
        if is_words(&text) {
            return Ok(Value::Text(text));
        }
        let program = match Program::parse(&text) {
            Ok(program) => program,
            Err(fault) => return self.inside(&text, vec![fault], span),
        };
        self.resolver.deeper(span).map_err(|fault| vec![fault])?;
        let outcome = run_within(&program, self.resolver, self.is_secret);
        self.resolver.higher();
        match outcome {
            Ok(outcome) => {
                self.is_secret |= outcome.is_secret;
                Ok(Value::Text(outcome.value.to_string()))
            }
            Err(faults) => self.inside(&text, faults, span),
        }
    }

    fn inside<T>(&self, text: &str, faults: Vec<Fault>, span: Span) -> Result<T, Vec<Fault>> {
        let problems = Problems::locate(text, faults);
        self.fail(span, format!("in the text of Expr: {problems}"))
    }

    fn assign(&mut self, target: Target, span: Span) -> Result<Value, Vec<Fault>> {
        if self.is_secret {
            let why = "the value of an encrypted property cannot be stored in another one";
            return Err(vec![Fault::new(span, why)]);
        }
        let value = self.pop();
        let text = read(&value.to_string()).or_else(|bad| self.fail(span, bad.message))?;
        self.resolver.assignments.push(Assignment { target, value: text });
        Ok(value)
    }
}

impl Prefix {
    fn apply(self, value: &Value) -> Result<Value, String> {
        match (self, value) {
            (Self::Minus, Value::Int(number)) => number
                .checked_neg()
                .map(Value::Int)
                .ok_or_else(|| "the result is too large for a 64-bit integer".to_owned()),
            (Self::Minus, Value::Float(number)) => Ok(Value::Float(-number)),
            (Self::Not, Value::Bool(value)) => Ok(Value::Bool(!value)),
            (Self::Minus, other) => {
                Err(format!("`-` in front takes a number, not {}", other.type_name()))
            }
            (Self::Not, other) => {
                Err(format!("`!` in front takes a boolean, not {}", other.type_name()))
            }
        }
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
