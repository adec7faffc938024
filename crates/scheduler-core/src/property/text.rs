//! Texts with tokens as definitions write them.

use super::template::Template;
use crate::text_value::TextValue;

/// A text that may hold tokens, such as a command line. Its tokens have been read, so that what is wrong
/// with them is found where they are written; what they stand for is known only when they are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenText(Template);

impl TokenText {
    /// What was read.
    pub fn template(&self) -> &Template {
        &self.0
    }
}

impl TextValue for TokenText {
    const FORMAT: &'static str = "token-text";
    const EXPECTED: &'static str = "a text that may hold tokens such as [[SI.City]]";

    fn parse(text: &str) -> Result<Self, String> {
        Template::parse(text).map(Self).map_err(|problems| format!("is wrong at {problems}"))
    }

    fn print(&self) -> String {
        self.0.text().to_owned()
    }
}

crate::text_value!(TokenText);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_tokens_are_found_where_the_text_is_written() {
        let text: TokenText = serde_json::from_str(r#""run [[SI.City]]""#).unwrap();
        assert_eq!(
            (text.to_string().as_str(), text.template().references().len()),
            ("run [[SI.City]]", 1)
        );
        let error = "run [[City".parse::<TokenText>().unwrap_err().message;
        assert_eq!(
            error,
            "`run [[City` is wrong at column 5: the token that begins here is not closed, expected `]]`; \
             expected a text that may hold tokens such as [[SI.City]]"
        );
    }
}
