//! Hiding secrets in what is kept of the output.

use std::borrow::Cow;

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// The texts to hide, the longest first: one may be a part of another.
pub(super) struct Masks(Vec<String>);

impl Masks {
    pub(super) fn new(texts: &[String]) -> Self {
        let mut texts: Vec<String> =
            texts.iter().filter(|text| !text.is_empty()).cloned().collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self(texts)
    }

    /// `line` without secrets.
    pub(super) fn hide<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let mut line = Cow::Borrowed(line);
        for text in &self.0 {
            if line.contains(text.as_str()) {
                line = Cow::Owned(line.replace(text.as_str(), HIDDEN));
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_and_the_longest_comes_first() {
        let masks = Masks::new(&["hush".into(), String::new(), "hush-hush".into()]);
        assert_eq!(masks.hide("hush-hush, hush!hush"), "***, ***!***");
        assert!(matches!(masks.hide("nothing"), Cow::Borrowed("nothing")));
    }
}
