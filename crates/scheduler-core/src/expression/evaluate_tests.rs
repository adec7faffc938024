use super::*;
use crate::property::given::{Given, Prepared};

fn night() -> Prepared {
    let json = include_str!("../property/given/night.json");
    serde_json::from_str::<Given>(json).unwrap().prepare().ok().unwrap()
}

fn said(text: &str) -> String {
    match evaluate(text, &night().context()) {
        Ok(evaluation) => evaluation.to_string(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn expressions_have_the_documented_values() {
    let cases = [
        ("5 + 3 * 6", "23"),
        ("( 5 + 3 ) * 6", "48"),
        ("60 / 15", "4"),
        ("76 * -234", "-17784"),
        ("25 % 5", "0"),
        ("67 % 3", "1"),
        ("-7 % 3", "-1"),
        ("12 + 15", "27"),
        ("\"12\" + \"15\"", "1215"),
        ("\"abcd\" + \"efgh\"", "abcdefgh"),
        ("12 - 15", "-3"),
        ("\"abcdefgh\" - \"cd\"", "abefgh"),
        ("\"abcdefghabcd\" - \"cd\"", "abefghab"),
        ("\"a\" - \"\"", "a"),
        ("-45.23", "-45.23"),
        ("-(-45.23)", "45.23"),
        ("435 >= 435", "true"),
        ("435 <= 435", "true"),
        ("435 > 2345", "false"),
        ("\"ABCD\" > \"abcd\"", "true"),
        ("\"ABCD\" < \"abcd\"", "false"),
        ("\"cats\" != \"dogs\"", "true"),
        ("\"a\" != 1", "true"),
        ("\"a\" == 1", "false"),
        ("25 == 25", "true"),
        ("\"abc\" == \"def\"", "false"),
        ("false == False", "true"),
        ("true && true", "true"),
        ("1 == 1 && 1 > 2", "false"),
        ("1 == 1 || 1 > 2", "true"),
        ("25.23 ^ 3.14", "25235.9795396592"),
        ("2 ^ 10", "1024"),
        ("2 ^ -1", "0.5"),
        ("AreEqual(\"abc\", \"ABC\", \"Abc\", \"abc\")", "false"),
        ("AreEqual(3 > 2, 6 < 10, 8 <> 4)", "true"),
        ("AreEqual(76, \"xyz\")", "false"),
        ("Expr(\"Batch\" + \" \" + \"automation\")", "Batch automation"),
        ("Expr([[Text]])", "13"),
        ("ToInt(Expr(\"[[Rate]]\")) + 1", "13"),
        ("Index(\"abcdef\", \"gh\")", "-1"),
        ("Index(\"1,432,587\", \"8\")", "7"),
        ("Index(\"äöü\", \"ü\")", "2"),
        ("Length(\"äöü\")", "3"),
        ("LogToBase(1024, 2)", "10"),
        ("Replace(\"cranberry\", \"cran\", \"mul\")", "mulberry"),
        ("ReplaceBackslashes(\"5698\\\\456\", \"+\")", "5698+456"),
        ("SubStr(\"Supercalafragalisticexpealadocious\", 5, 10)", "calafragal"),
        ("SubStr(\"abcd\", 2)", "cd"),
        ("SubStr(\"abcd\", 4)", ""),
        ("SubStrNE(\"abcdefgh\", -1, 4, \"Could not evaluate\")", "Could not evaluate"),
        ("SubStrNE(\"abcd\", 9, 5)", "5"),
        ("TimeDiff(\"00:10:00\", \"00:20:00\", \"signed_percent\")", "-50"),
        ("TimeDiff(\"00:10:00\", \"00:20:00\", \"unsigned_percent\")", "50"),
        ("TimeDiff(\"00:10:00\", \"00:20:00\", \"unsigned_secs\")", "600"),
        ("TimeDiff(\"00:10:00\", \"00:20:00\", \"signed_secs\")", "-600"),
        ("TimeDiff(\"30:20:00\", \"00:20:01\", \"signed_string\")", "+29:59:59"),
        ("TimeDiff(\"00:10:00\", \"00:20:00\", \"unsigned_string\")", "00:10:00"),
        ("TimeDiffNE(\"00:10:00\", \"00:20:00\", \"Not a format\", \"Default\")", "Default"),
        (
            "TimeDiffNE(\"00:10:00\", \"Not a time span\", \"unsigned_percent\", \"Default\")",
            "Default",
        ),
        ("ToBool(true)", "true"),
        ("ToBool([[Flag]])", "true"),
        ("ToFloat([[Half]]) * 3", "1.5"),
        ("ToFloatNE(\"abcd\", \"NAN\")", "NAN"),
        ("ToInt(\" -45 \")", "-45"),
        ("ToInt(-24.9)", "-24"),
        ("ToInt(\"1E+3\")", "1000"),
        ("ToLong([[Rate]] + [[Rate]])", "1212"),
        ("ToLong(\"9223372036854775807\")", "9223372036854775807"),
        ("ToOaTime(\"180\")", "0.125"),
        ("ToOaTime(\"3:06:00\")", "3.25"),
        ("ToStr(ToInt(\"24.567\") + ToInt(\"-12.345\"))", "12"),
        ("ToStrNE(\"Test\", \"NAN\")", "Test"),
        ("!ToBool([[Flag]])", "false"),
        ("[[=1 + 1]]", "2"),
        // Each operator has a level of its own: `opcon-domain 1.9`.
        ("10 - 3 + 2", "5"),
        ("10 - 3 - 2", "5"),
        ("2 * 7 / 2", "6"),
        ("8 / 4 / 2", "1"),
        ("2 ^ 3 ^ 2", "64"),
        ("-2 ^ 2", "4"),
        ("1 < 2 == 2 > 1", "true"),
    ];
    for (text, expected) in cases {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn operations_that_fail_say_where_and_why() {
    let cases = [
        ("1 + 75 / 0", "column 8: division by zero"),
        (
            "9223372036854775807 + 1",
            "column 21: the result is too large for a 64-bit integer; ToFloat of an operand makes it a floating point number",
        ),
        ("SubStr(\"abcdefg\", -1, 4)", "column 1: the start of SubStr is -1, expected 0 or more"),
        (
            "SubStr(\"abcd\", 2, 10)",
            "column 1: SubStr reaches beyond the text, which has 4 characters (places count from 0)",
        ),
        (
            "SubStr(\"abcd\", \"2\")",
            "column 1: the start of SubStr is a string, expected an integer; ToInt converts",
        ),
        (
            "TimeDiff(\"abcd\", \"efgh\", \"signed_secs\")",
            "column 1: `abcd` is no time, expected hh:mm:ss",
        ),
        (
            "TimeDiff(\"1:00:00\", \"0:00:00\", \"signed_percent\")",
            "column 1: TimeDiff has no percentage of 00:00:00",
        ),
        (
            "TimeDiff(\"1:00:00\", \"0:00:00\", \"signed_sec\")",
            "column 1: `signed_sec` is no format of TimeDiff, did you mean signed_secs? (expected signed_percent, unsigned_percent, signed_secs, unsigned_secs, signed_string, unsigned_string)",
        ),
        ("ToBool(763)", "column 1: ToBool cannot convert an integer, expected `true` or `false`"),
        ("ToInt(\"abcd\")", "column 1: ToInt cannot convert `abcd`, expected a number"),
        ("ToInt(true)", "column 1: ToInt cannot convert a boolean, expected a number"),
        (
            "ToInt(\"2500000000\")",
            "column 1: 2500000000 does not fit into 32 bits, ToLong takes it",
        ),
        ("ToLong(1.0 * 2 ^ 62 * 2)", "column 1: 9.22337203685478E+18 does not fit into 64 bits"),
        ("ToFloat(\"inf\")", "column 1: ToFloat cannot convert `inf`, expected a number"),
        ("ToOaTime(\"6:60\")", "column 1: `6:60` is no time, expected minutes, hh:mm or dd:hh:mm"),
        ("LogToBase(0, 2)", "column 1: LogToBase takes a number above 0"),
        ("LogToBase(2, 1)", "column 1: LogToBase takes a base above 0 that is not 1"),
        ("LogToBase(100, \"a\")", "column 1: LogToBase takes two numbers; ToFloat converts"),
        (
            "Index(\"abcd\", 654)",
            "column 1: Index takes a string in place 2, not an integer; ToStr converts",
        ),
        (
            "Replace(\"a\", \"\", \"b\")",
            "column 1: Replace needs a text to search for, not an empty one",
        ),
        (
            "ToLower(5643)",
            "column 1: ToLower takes a string in place 1, not an integer; ToStr converts",
        ),
        (
            "Expr(\"[[Rate]]\") + 1",
            "column 18: `+` takes two numbers or two strings, not a string and an integer; ToInt, ToFloat and ToStr convert, a token is always a string",
        ),
        ("Expr(5)", "column 1: Expr takes a string, not an integer; ToStr converts"),
        (
            "Expr(\"1 +\")",
            "column 1: in the text of Expr: column 4: expected a value (number, \"string\", token, function or parenthesis), not the end",
        ),
        ("-\"1\"", "column 1: `-` in front takes a number, not a string"),
        ("!1", "column 1: `!` in front takes a boolean, not an integer"),
        ("true && 8734", "column 6: `&&` takes two booleans, not a boolean and an integer"),
        (
            "[[Nope]] == 1 && [[Nop]] == 2",
            "column 1: there is no global property `Nope`\ncolumn 18: there is no global property `Nop`",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn the_right_side_is_calculated_only_if_it_matters() {
    assert_eq!(said("false && 1 / 0 == 1"), "false");
    assert_eq!(said("true || 1 / 0 == 1"), "true");
    assert_eq!(said("true && false && 1 / 0 == 1 || true"), "true");
    assert!(said("true && 1 / 0 == 1").contains("division by zero"));
    // A property that does not exist is a mistake on either side.
    assert!(said("false && [[Nope]] == \"1\"").contains("no global property"));
    // The vendor's example: JobA has not started, its start time is N/A.
    let long = |job: &str| {
        format!(
            "[[JI.$JOB STATUS...{job}]]==\"Job Running\" && TimeDiff([[$TIMEhh:mm:ss]], \
             SubStr([[JI.$JOB STARTTIME...{job}]], Index([[JI.$JOB STARTTIME...{job}]], \" \") + 1, 8), \
             \"signed_secs\") > TimeDiff([[JI.$EST RUN TIME...{job}]],\"00:00:00\", \"signed_secs\") * 1.1"
        )
    };
    assert_eq!(said(&long("JobA")), "false");
    assert_eq!(said(&long("Load GL")), "false");
    let unguarded = "SubStr([[$JOB STARTTIME]], Index([[$JOB STARTTIME]], \" \") + 1, 8)";
    assert!(said(unguarded).contains("SubStr reaches beyond the text"));
}

#[test]
fn conditions_are_true_or_false_and_nothing_else() {
    let night = night();
    let context = night.context();
    let met = |text: &str| evaluate_condition(text, &context).map(|condition| condition.is_met);
    assert_eq!(met("ToInt([[MI.$MACHINE RUNNING JOBS.\"WIN.1\"]]) == 0"), Ok(true));
    assert_eq!(met("[[=[[Rate]] == \"11\"]]"), Ok(false));
    let error = |text: &str| met(text).unwrap_err().to_string();
    let expected = ", expected true or false; `==` compares, ToBool converts";
    assert_eq!(error("[[Flag]]"), format!("column 1: the condition is a string{expected}"));
    assert_eq!(error("1"), format!("column 1: the condition is an integer{expected}"));
    let condition = evaluate_condition("([[Seen]] = \"yes\") == \"yes\"", &context).unwrap();
    assert!(condition.is_met && condition.assignments.len() == 1);
    // An assignment that is not reached is not made.
    let condition =
        evaluate_condition("false && ([[Seen]] = \"yes\") == \"yes\"", &context).unwrap();
    assert!(!condition.is_met && condition.assignments.is_empty());
}

#[test]
fn assignments_obey_the_rules_of_properties() {
    for (text, expected) in [
        (
            "[[$DATE]] = 1",
            "column 1: `$DATE` cannot be set: names with `$` or `@` in front are the system's",
        ),
        ("[[TH.Files]] = 1", "column 1: `TH.Files` cannot be set: $THRESHOLD:SET sets thresholds"),
        (
            "[[SSI.A]] = 1",
            "column 1: `SSI.A` cannot be set: write SI or JI with the date and names of the parent",
        ),
        (
            "[[a;b]] = 1",
            "column 1: `a;b` has the character `;`; expected 1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }",
        ),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
    let long = format!("[[A]] = Replace(\"{}\", \"a\", \"bbbbbbbbb\")", "a".repeat(500));
    assert!(said(&long).contains("has 4500 characters"));
}

#[path = "oracle_tests.rs"]
mod oracle;
