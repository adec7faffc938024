use proptest::prelude::*;

use super::*;
use crate::expression::check;

fn said(text: &str) -> String {
    check(text).map_or_else(|problems| problems.to_string(), |()| "fine".to_owned())
}

#[test]
fn mistakes_have_a_place_and_an_expectation() {
    let value = "expected a value (number, \"string\", token, function or parenthesis), not";
    let cases = [
        ("", format!("column 1: {value} the end")),
        ("1 +", format!("column 4: {value} the end")),
        ("1 + * 2", format!("column 5: {value} `*`")),
        ("1 2", "column 3: expected an operator, `)`, `,` or the end, not `2`".to_owned()),
        ("true & true", "column 6: expected an operator, `)`, `,` or the end, not `&`, is `&&` meant?".to_owned()),
        ("true | true", "column 6: expected an operator, `)`, `,` or the end, not `|`, is `||` meant?".to_owned()),
        ("(1", "column 1: the parenthesis is not closed".to_owned()),
        ("Length(\"a\"", "column 1: the parenthesis is not closed".to_owned()),
        ("1)", "column 2: there is no parenthesis that this one closes".to_owned()),
        ("1, 2", "column 2: a comma stands between the values of a function only".to_owned()),
        ("(1, 2)", "column 3: a comma stands between the values of a function only".to_owned()),
        ("'a'", "column 1: strings stand in double quotation marks".to_owned()),
        ("\"a", "column 1: the string is not closed, expected `\"`".to_owned()),
        ("\"C:\\temp\"", "column 4: a backslash in a string is written twice".to_owned()),
        ("12abc", "column 1: `12abc` is no number; put it in quotation marks if it is a string".to_owned()),
        ("1.", "column 1: `1.` is no number; put it in quotation marks if it is a string".to_owned()),
        ("1.2.3", "column 1: `1.2.3` is no number; put it in quotation marks if it is a string".to_owned()),
        ("9223372036854775808", "column 1: `9223372036854775808` is too large a number, at most 9223372036854775807".to_owned()),
        ("Lenght(\"a\")", "column 1: there is no function `Lenght`, did you mean Length?".to_owned()),
        ("Foo(1)", "column 1: there is no function `Foo`".to_owned()),
        ("Length", "column 7: expected `(` after Length".to_owned()),
        (
            "Count > 1",
            "column 1: `Count` is no value (a string stands in quotation marks, a property in brackets: \"Count\", [[Count]])"
                .to_owned(),
        ),
        ("Length()", "column 1: Length got 0 values, expected Length(text)".to_owned()),
        ("Length(1, 2)", "column 1: Length got 2 values, expected Length(text)".to_owned()),
        ("AreEqual(1)", "column 1: AreEqual got 1 value, expected AreEqual(value1, value2, …)".to_owned()),
        ("1 = 2", "column 3: `=` needs a token on its left, the property that is set; `==` compares".to_owned()),
        ("1 + [[A]] = 2", "column 11: `=` needs a token on its left, the property that is set; `==` compares".to_owned()),
        ("\"[[A]]\" = 2", "column 9: `=` needs a token on its left, the property that is set; `==` compares".to_owned()),
        ("-[[A]] = 2", "column 8: `=` needs a token on its left, the property that is set; `==` compares".to_owned()),
        ("[[=1]] = 2", "column 8: `=` needs a token on its left, the property that is set; `==` compares".to_owned()),
        ("[[A", "column 1: the token that begins here is not closed, expected `]]`".to_owned()),
        ("1 ]]", "column 3: expected an operator, `)`, `,` or the end, not `]`".to_owned()),
        ("ToInt([[a.b]])", String::new()),
    ];
    for (text, expected) in cases {
        if expected.is_empty() {
            assert!(said(text).starts_with("column 9: `a` is no scope"), "{}", said(text));
        } else {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}

#[test]
fn what_is_right_is_read() {
    for text in [
        "1",
        " ( 1 ) ",
        "TRUE && False",
        "-(-45.23)",
        "!true",
        "- - 1",
        "8 <> 4",
        "tolower(\"A\")",
        "ToLower (\"A\")",
        "[[A]] = 1",
        "[[A]] = [[B]] = 1",
        "Length([[A]] = \"1\")",
        "([[A]] = 1) == 1",
        "\"\\\"\\\\\\[[\"",
        "[[RI.OpCon2.JI.$JOB STATUS.$DATE.App.JobA]]==\"Finished OK\"",
        "76 * -234",
    ] {
        assert_eq!(said(text), "fine", "{text}");
    }
}

#[test]
fn words_alone_stand_for_themselves() {
    for text in ["Batch automation", " a ", "_x1 y"] {
        assert!(is_words(text), "{text}");
    }
    for text in ["", " ", "1", "true", "False x", "a+b", "5 a", "a(", "\"a\""] {
        assert!(!is_words(text), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_an_expression_or_refused(
        text in "([0-9.()+*/%^<>=!&|, \\-\"\\\\]|\\[\\[|\\]\\]|[AB]|true|ToInt\\(|Expr\\(|ü){0,40}",
    ) {
        if let Err(problems) = check(&text) {
            for problem in &problems {
                prop_assert!(problem.span.end <= text.len(), "{problem}");
                prop_assert!(!problem.message.is_empty());
            }
        }
    }
}
