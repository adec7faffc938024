//! Expressions as definitions write them.

use super::check;
use crate::text_value::TextValue;

/// An expression, such as the condition of an expression dependency. It has been read, so that what is
/// wrong with its form is found where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExpressionText(String);

impl ExpressionText {
    /// The text, for [`super::evaluate`].
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TextValue for ExpressionText {
    const FORMAT: &'static str = "expression";
    const EXPECTED: &'static str = "an expression such as ToInt([[Count]]) > 0";

    fn parse(text: &str) -> Result<Self, String> {
        check(text).map_err(|problems| format!("is wrong at {problems}"))?;
        Ok(Self(text.to_owned()))
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

crate::text_value!(ExpressionText);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_expressions_are_found_where_they_are_written() {
        let text: ExpressionText = serde_json::from_str(r#""ToInt([[Count]]) > 0""#).unwrap();
        assert_eq!(text.as_str(), "ToInt([[Count]]) > 0");
        let error = "1 2".parse::<ExpressionText>().unwrap_err().message;
        assert_eq!(
            error,
            "`1 2` is wrong at column 3: expected an operator, `)`, `,` or the end, not `2`; \
             expected an expression such as ToInt([[Count]]) > 0"
        );
    }
}
