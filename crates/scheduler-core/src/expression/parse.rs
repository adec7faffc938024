//! Reads expressions into steps for a stack machine, so that neither reading nor calculating recurses.

use core_kit::text::shown;

use super::function::Function;
use super::limits::{EXPRESSION_BYTES_MAX, NESTING_MAX, NODES_MAX};
use super::operator::{Operator, SIGNS};
use super::value::Value;
use crate::property::{Fault, Kind, Parser, Part, Span, Token};

/// An expression as steps: operands are put on a stack, operators and calls take them off.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Program {
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) span: Span,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Value(Value),
    /// A token, or a string with tokens in it.
    Text(Vec<Part>),
    Prefix(Prefix),
    Binary(Operator),
    /// Keeps the value and goes to a step if the value is `when`: the right side of `&&` and `||`.
    Jump {
        when: bool,
        to: usize,
    },
    Call {
        function: Function,
        arguments: usize,
    },
    /// Stores the value, and leaves it.
    Assign(Token),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    Minus,
    Not,
}

/// What waits for its operand.
enum Waiting {
    Parenthesis { span: Span },
    Call { span: Span, function: Function, arguments: usize },
    Prefix { span: Span, prefix: Prefix },
    Binary { span: Span, operator: Operator, jump: Option<usize> },
    Assign { span: Span, target: Token },
}

impl Program {
    /// Reads a bare expression.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > EXPRESSION_BYTES_MAX {
            return Err(too_long(Span::new(0, 0), text.len()));
        }
        let mut parser = Parser::new(text)?;
        Reader::new(&mut parser, None).program()
    }

    /// Reads the expression of a token up to its end.
    pub(crate) fn inside(
        parser: &mut Parser<'_>,
        open: Span,
        close: &'static str,
    ) -> Result<Self, Fault> {
        Reader::new(parser, Some((open, close))).program()
    }

    /// The tokens and strings with tokens in it; those that are assigned to are none.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[Part]> {
        self.steps.iter().filter_map(|step| match &step.what {
            What::Text(parts) => Some(parts.as_slice()),
            _ => None,
        })
    }
}

fn too_long(span: Span, bytes: usize) -> Fault {
    let why = format!("the expression has {bytes} bytes, at most {EXPRESSION_BYTES_MAX} are read");
    Fault::new(span, why)
}

struct Reader<'p, 'a> {
    parser: &'p mut Parser<'a>,
    token: Option<(Span, &'static str)>,
    start: usize,
    steps: Vec<Step>,
    waiting: Vec<Waiting>,
    nesting: usize,
    nodes: usize,
}

impl<'p, 'a> Reader<'p, 'a> {
    fn new(parser: &'p mut Parser<'a>, token: Option<(Span, &'static str)>) -> Self {
        let start = parser.cursor.at();
        Self { parser, token, start, steps: Vec::new(), waiting: Vec::new(), nesting: 0, nodes: 0 }
    }

    fn program(mut self) -> Result<Program, Fault> {
        loop {
            while !self.operand()? {}
            if self.after_operand()? {
                break;
            }
        }
        while let Some(waiting) = self.waiting.pop() {
            match waiting {
                Waiting::Parenthesis { span } | Waiting::Call { span, .. } => {
                    return Err(Fault::new(span, "the parenthesis is not closed"));
                }
                other => self.settle(other),
            }
        }
        Ok(Program { steps: self.steps })
    }

    fn blanks(&mut self) {
        self.parser.cursor.skip_while(char::is_whitespace);
    }

    fn push(&mut self, span: Span, what: What) {
        self.steps.push(Step { span, what });
    }

    /// Counts a node, so that what is built stays small.
    fn node(&mut self) -> Result<(), Fault> {
        let bytes = self.parser.cursor.at() - self.start;
        if bytes > EXPRESSION_BYTES_MAX {
            return Err(too_long(Span::new(self.start, self.start), bytes));
        }
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let why = format!("the expression has more than {NODES_MAX} operands and operators");
            return Err(Fault::new(self.parser.cursor.here(), why));
        }
        Ok(())
    }

    /// Reads what may stand where a value is expected; false when a value is expected still, after `(`
    /// or a sign.
    fn operand(&mut self) -> Result<bool, Fault> {
        self.blanks();
        self.node()?;
        let start = self.parser.cursor.at();
        if self.parser.token_close().is_some() {
            let token = self.parser.token()?;
            self.push(token.span, What::Text(vec![Part::Token(token)]));
            return Ok(true);
        }
        match self.parser.cursor.peek() {
            Some('0'..='9') => self.number().map(|()| true),
            Some('"') => self.string().map(|()| true),
            Some('(') => {
                let span = self.parser.cursor.here();
                self.nest(span)?;
                self.parser.cursor.bump();
                self.waiting.push(Waiting::Parenthesis { span });
                Ok(false)
            }
            Some(sign @ ('-' | '!')) => {
                let prefix = if sign == '-' { Prefix::Minus } else { Prefix::Not };
                let span = self.parser.cursor.here();
                self.parser.cursor.bump();
                self.waiting.push(Waiting::Prefix { span, prefix });
                Ok(false)
            }
            Some(c) if c.is_alphabetic() || c == '_' => self.word(start),
            _ => Err(self.no_operand()),
        }
    }

    fn no_operand(&mut self) -> Fault {
        let here = self.parser.cursor.here();
        let found = match self.parser.cursor.peek() {
            None => "the end".to_owned(),
            Some(_) if self.token.is_some_and(|(_, close)| self.parser.cursor.is_at(close)) => {
                "the end of the token".to_owned()
            }
            Some('\'') => return Fault::new(here, "strings stand in double quotation marks"),
            Some(c) => format!("`{}`", shown(&c.to_string())),
        };
        Fault::new(
            here,
            format!(
                "expected a value (number, \"string\", token, function or parenthesis), not {found}"
            ),
        )
    }

    fn nest(&mut self, span: Span) -> Result<(), Fault> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return Err(Fault::new(
                span,
                format!("parentheses stand in one another more than {NESTING_MAX} deep"),
            ));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        let cursor = &mut self.parser.cursor;
        let start = cursor.at();
        cursor.skip_while(|c| c.is_ascii_digit());
        let is_float = cursor.eat(".");
        if is_float {
            cursor.skip_while(|c| c.is_ascii_digit());
        }
        let is_cut = cursor.peek().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        cursor.skip_while(|c| c.is_alphanumeric() || c == '_' || c == '.');
        let (text, span) = (cursor.since(start), cursor.span(start));
        if is_cut || text.ends_with('.') {
            let why = format!(
                "`{}` is no number; put it in quotation marks if it is a string",
                shown(text)
            );
            return Err(Fault::new(span, why));
        }
        let value = if is_float {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float)
        } else {
            text.parse().ok().map(Value::Int)
        };
        let value = value.ok_or_else(|| {
            Fault::new(
                span,
                format!("`{}` is too large a number, at most {}", shown(text), i64::MAX),
            )
        })?;
        self.push(span, What::Value(value));
        Ok(())
    }

    /// A string: `\"` and `\\` stand for the sign behind the backslash, as does a backslash before a
    /// bracket. Tokens in it are resolved.
    fn string(&mut self) -> Result<(), Fault> {
        let start = self.parser.cursor.at();
        self.parser.cursor.bump();
        let (mut parts, mut text) = (Vec::new(), String::new());
        loop {
            if self.parser.token_close().is_some() {
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Token(self.parser.token()?));
                continue;
            }
            let at = self.parser.cursor.at();
            match self.parser.cursor.bump() {
                Some('"') => break,
                Some('\\') => match self.parser.cursor.bump() {
                    Some(c) if "\"\\[]{}".contains(c) => text.push(c),
                    _ => {
                        let why = "a backslash in a string is written twice";
                        return Err(Fault::new(self.parser.cursor.span(at), why));
                    }
                },
                Some(c) => text.push(c),
                None => {
                    let mark = Span::new(start, start + 1);
                    return Err(Fault::new(mark, "the string is not closed, expected `\"`"));
                }
            }
        }
        let span = self.parser.cursor.span(start);
        if parts.is_empty() {
            self.push(span, What::Value(Value::Text(text)));
        } else {
            if !text.is_empty() {
                parts.push(Part::Text(text));
            }
            self.push(span, What::Text(parts));
        }
        Ok(())
    }

    /// `true`, `false`, or a function with its parenthesis.
    fn word(&mut self, start: usize) -> Result<bool, Fault> {
        self.parser.cursor.skip_while(|c| c.is_alphanumeric() || c == '_');
        let (word, span) = (self.parser.cursor.since(start), self.parser.cursor.span(start));
        for (name, value) in [("true", true), ("false", false)] {
            if word.eq_ignore_ascii_case(name) {
                self.push(span, What::Value(Value::Bool(value)));
                return Ok(true);
            }
        }
        self.blanks();
        let open = self.parser.cursor.here();
        let is_call = self.parser.cursor.eat("(");
        let function = Function::named(word).ok_or_else(|| unknown_word(word, span, is_call))?;
        if !is_call {
            return Err(Fault::new(open, format!("expected `(` after {}", function.name())));
        }
        self.nest(span)?;
        self.blanks();
        self.waiting.push(Waiting::Call { span, function, arguments: 1 });
        if !self.parser.cursor.is_at(")") {
            return Ok(false);
        }
        Err(Fault::new(span, function.count_fault(0)))
    }

    /// Reads what may stand behind a value; true at the end of the expression.
    fn after_operand(&mut self) -> Result<bool, Fault> {
        loop {
            self.blanks();
            let here = self.parser.cursor.here();
            match self.token {
                Some((_, close)) if self.parser.cursor.eat(close) => return Ok(true),
                Some((open, close)) if self.parser.cursor.peek().is_none() => {
                    return self.parser.unclosed(open, close);
                }
                None if self.parser.cursor.peek().is_none() => return Ok(true),
                _ => {}
            }
            if self.parser.cursor.eat(")") {
                self.close(here)?;
                continue;
            }
            if self.parser.cursor.eat(",") {
                self.comma(here)?;
                return Ok(false);
            }
            let sign = SIGNS.iter().find(|(sign, _)| self.parser.cursor.eat(sign));
            let Some((sign, operator)) = sign else { return Err(self.no_operator(here)) };
            let span = Span::new(here.start, here.start + sign.len());
            self.node()?;
            if *operator == Operator::Assign {
                self.assign(span)?;
            } else {
                self.binary(span, *operator);
            }
            return Ok(false);
        }
    }

    fn no_operator(&self, here: Span) -> Fault {
        let found = self.parser.cursor.peek().map_or(String::new(), |c| shown(&c.to_string()));
        let hint = match found.as_str() {
            "&" => ", is `&&` meant?",
            "|" => ", is `||` meant?",
            _ => "",
        };
        Fault::new(here, format!("expected an operator, `)`, `,` or the end, not `{found}`{hint}"))
    }

    /// Takes off what binds at least as tight as the level, up to the next parenthesis.
    fn settle_to(&mut self, level: usize) {
        while let Some(waiting) = self.waiting.pop_if(|waiting| match waiting {
            Waiting::Prefix { .. } => true,
            Waiting::Binary { operator, .. } => operator.level() <= level,
            Waiting::Assign { .. } => Operator::Assign.level() < level,
            Waiting::Parenthesis { .. } | Waiting::Call { .. } => false,
        }) {
            self.settle(waiting);
        }
    }

    fn settle(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Prefix { span, prefix } => self.push(span, What::Prefix(prefix)),
            Waiting::Binary { span, operator, jump } => {
                self.push(span, What::Binary(operator));
                let after = self.steps.len();
                if let Some(What::Jump { to, .. }) =
                    jump.and_then(|index| self.steps.get_mut(index)).map(|step| &mut step.what)
                {
                    *to = after;
                }
            }
            Waiting::Assign { span, target } => self.push(span, What::Assign(target)),
            Waiting::Parenthesis { .. } => {}
            Waiting::Call { span, function, arguments } => {
                self.push(span, What::Call { function, arguments });
            }
        }
    }

    fn binary(&mut self, span: Span, operator: Operator) {
        self.settle_to(operator.level());
        let when = match operator {
            Operator::And => Some(false),
            Operator::Or => Some(true),
            _ => None,
        };
        let jump = when.map(|when| {
            self.push(span, What::Jump { when, to: usize::MAX });
            self.steps.len() - 1
        });
        self.waiting.push(Waiting::Binary { span, operator, jump });
    }

    /// `=`: what stands before it must be one token, and nothing else of this expression.
    fn assign(&mut self, span: Span) -> Result<(), Fault> {
        let is_first = match self.waiting.last() {
            None
            | Some(Waiting::Parenthesis { .. } | Waiting::Call { .. } | Waiting::Assign { .. }) => {
                true
            }
            Some(Waiting::Prefix { .. } | Waiting::Binary { .. }) => false,
        };
        let token = self.steps.last().and_then(bare_token).filter(|_| is_first).cloned();
        let target = token.ok_or_else(|| {
            let why = "`=` needs a token on its left, the property that is set; `==` compares";
            Fault::new(span, why)
        })?;
        self.steps.pop();
        self.waiting.push(Waiting::Assign { span, target });
        Ok(())
    }

    fn close(&mut self, here: Span) -> Result<(), Fault> {
        self.settle_to(usize::MAX);
        self.nesting = self.nesting.saturating_sub(1);
        match self.waiting.pop() {
            Some(Waiting::Call { span, function, arguments }) => {
                if !function.takes(arguments) {
                    return Err(Fault::new(span, function.count_fault(arguments)));
                }
                self.settle(Waiting::Call { span, function, arguments });
                Ok(())
            }
            Some(other) => {
                self.settle(other);
                Ok(())
            }
            None => Err(Fault::new(here, "there is no parenthesis that this one closes")),
        }
    }

    fn comma(&mut self, here: Span) -> Result<(), Fault> {
        self.settle_to(usize::MAX);
        match self.waiting.last_mut() {
            Some(Waiting::Call { arguments, .. }) => {
                *arguments += 1;
                Ok(())
            }
            _ => Err(Fault::new(here, "a comma stands between the values of a function only")),
        }
    }
}

/// The reference that is the whole operand. A string with nothing but a token in it is longer than its
/// token.
fn bare_token(step: &Step) -> Option<&Token> {
    let What::Text(parts) = &step.what else { return None };
    let [Part::Token(token)] = parts.as_slice() else { return None };
    let is_bare = token.span == step.span && matches!(token.kind, Kind::Reference(_));
    is_bare.then_some(token)
}

fn unknown_word(word: &str, span: Span, is_call: bool) -> Fault {
    let near =
        Function::nearest(word).map_or(String::new(), |name| format!(", did you mean {name}?"));
    let message = if is_call {
        format!("there is no function `{}`{near}", shown(word))
    } else {
        format!(
            "`{0}` is no value{near} (a string stands in quotation marks, a property in brackets: \"{0}\", [[{0}]])",
            shown(word)
        )
    };
    Fault::new(span, message)
}

/// Whether a text is words and nothing else, which `Expr` takes for itself.
pub(crate) fn is_words(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_' || c.is_whitespace();
    let is_plain = |word: &str| {
        word.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && !["true", "false"].iter().any(|value| word.eq_ignore_ascii_case(value))
    };
    text.chars().all(is_letter) && text.split_whitespace().next().is_some_and(is_plain)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
