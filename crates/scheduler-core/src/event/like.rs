//! The pattern match of SQL's `LIKE`, as agent feedback is compared (`opcon-domain 1.8`).

/// Whether all of `text` matches `pattern`, in which `%` stands for any characters, none included, and `_`
/// for any one. Letters are compared as they are spelled. Time is at most the product of both lengths.
pub fn is_like(text: &str, pattern: &str) -> bool {
    matches(text, pattern, '%', '_')
}

/// Whether all of `name` matches `mask`, in which `*` stands for any characters, none included, and `?` for
/// any one: the wildcards of names in events.
pub fn is_wild(name: &str, mask: &str) -> bool {
    matches(name, mask, '*', '?')
}

fn matches(text: &str, pattern: &str, any: char, one: char) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut wanted) = (0, 0);
    // The last sign for any text, and the place in the text from which it is tried again.
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some(&c) if c == any => {
                retry = Some((wanted, at));
                wanted += 1;
            }
            Some(&c) if c == one || c == text[at] => {
                at += 1;
                wanted += 1;
            }
            Some(_) | None => match retry {
                Some((sign, from)) => {
                    retry = Some((sign, from + 1));
                    at = from + 1;
                    wanted = sign + 1;
                }
                None => return false,
            },
        }
    }
    pattern[wanted..].iter().all(|c| *c == any)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_is_any_text_and_underscore_any_letter() {
        for (text, pattern, expected) in [
            ("Child Process 7", "Child%", true),
            ("Child Process 7", "%7", true),
            ("Child Process 7", "%Pro_ess%", true),
            ("Child Process 7", "Process", false),
            ("", "%", true),
            ("", "", true),
            ("", "_", false),
            ("abc", "a_c", true),
            ("abbc", "a_c", false),
            ("aXbXc", "a%b%c", true),
            ("aXbXc", "a%c%b", false),
            ("50%", "50%", true),
            ("ü", "_", true),
            ("ABC", "abc", false),
        ] {
            assert_eq!(is_like(text, pattern), expected, "{text} like {pattern}");
        }
    }

    #[test]
    fn a_pattern_of_many_percents_takes_no_long_time() {
        let text = "a".repeat(4000);
        assert!(!is_like(&text, &format!("{}b", "%a".repeat(2000))));
        assert!(is_like(&text, &"%a".repeat(2000)));
    }

    /// By definition: try every length for each `%`.
    fn naive(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|skip| naive(&text[skip..], rest)),
            Some((wanted, rest)) => text
                .split_first()
                .is_some_and(|(c, text)| (*wanted == '_' || wanted == c) && naive(text, rest)),
        }
    }

    proptest! {
        #[test]
        fn the_match_is_that_of_the_definition(text in "[ab]{0,8}", pattern in "[ab%_]{0,8}") {
            let [t, p] = [&text, &pattern].map(|one| one.chars().collect::<Vec<_>>());
            prop_assert_eq!(is_like(&text, &pattern), naive(&t, &p));
            let mask = pattern.replace('%', "*").replace('_', "?");
            prop_assert_eq!(is_wild(&text, &mask), naive(&t, &p));
        }
    }
}
