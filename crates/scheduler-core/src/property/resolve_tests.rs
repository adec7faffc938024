use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::property::given::{Given, GivenAudience, Prepared};

fn prepared(change: impl FnOnce(&mut Given)) -> Prepared {
    let mut given: Given = serde_json::from_str(include_str!("given/night.json")).unwrap();
    change(&mut given);
    given.prepare().ok().unwrap()
}

fn night() -> Prepared {
    prepared(|_| {})
}

fn to_agent() -> Prepared {
    prepared(|given| given.audience = GivenAudience::Agent)
}

fn with(prepared: &Prepared, text: &str) -> String {
    match resolve(text, &prepared.context()) {
        Ok(resolution) => resolution.text.to_string(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn tokens_of_every_scope_are_replaced() {
    let night = night();
    let cases = [
        ("", ""),
        ("no tokens [here] {or} ]] }}", "no tokens [here] {or} ]] }}"),
        ("[[Rate]]", "12"),
        ("{{Rate}}", "12"),
        ("[[OI.Rate]]%", "12%"),
        ("a[[Rate]][[Half]]b", "a120.5b"),
        ("<[[Empty]]>", "<>"),
        ("[[SI.City]] [[JI.City]]", "Houston Basel"),
        ("[[MI.Path]]/x", "/opt/app/x"),
        (r#"[[MI."App.Drive".UNIX1]]"#, "D"),
        ("[[SSI.Numbers]]|[[SJI.Numbers]]", "1 2 3|4 5 6"),
        ("[[SI.Numbers..GetData]]", "1 2 3"),
        (r#"[[SI.Numbers.3/27/2026."Get.Data"]]"#, "7 8 9"),
        ("[[SI.Numbers.$SCHEDULE DATE(-1d).[[Dotted]]]]", "7 8 9"),
        (r#"[[SI.Numbers.$SCHEDULE DATE(-1d)."[[Dotted]]"]]"#, "7 8 9"),
        (r#"[[SI.Prop.."Parent_Box[Sub]"]]"#, "sub"),
        ("[[SI.City.2026-03-28]] [[JI.City.2026-03-28.Nightly]]", "Houston Basel"),
        ("[[TH.Files]] [[RM.Tapes]] [[RU.Tapes]]", "7 4 3"),
        // Nested, in both signs, in a name and around it.
        ("[[SI.[[Name]]]]", "Houston"),
        ("[[SI.{{Name}}]]", "Houston"),
        ("{{JI.Ci[[=\"ty\"]]}}", "Basel"),
        ("[[OI.[[=\"Ra\" + \"te\"]]]]", "12"),
        ("[[[Rate]]]", "[12]"),
        ("{{{Rate}}}", "{12}"),
        // Values with tokens.
        ("[[Indirect]] [[Sum]] [[SI.Next]]", "<12> 13 Basel"),
        ("[[Quote]]", "a\"]]b"),
        // The way to write two brackets.
        ("[[=\"[\" + \"[\"]] x ]]", "[[ x ]]"),
        ("[[=\"\\[[x]]\"]]", "[[x]]"),
        ("[[=(ToInt([[Rate]]) - 2) / 4]]", "2"),
        ("[[ = 1 + 1 ]]", "2"),
        ("[[=\"]]\"]]", "]]"),
        ("[[=\"rate [[Rate]]!\"]]", "rate 12!"),
        ("[[=[[Rate]] == \"12\"]]", "true"),
    ];
    for (text, expected) in cases {
        assert_eq!(with(&night, text), expected, "{text}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_its_place() {
    let night = night();
    let cases = [
        ("x [[Rat]]", "column 3: there is no global property `Rat`, did you mean `Rate`?"),
        (
            "[[Count]]",
            "column 1: there is no global property `Count`; the job has one, write `JI.Count`",
        ),
        (
            "[[Path]]",
            "column 1: there is no global property `Path`; the machine has one, write `MI.Path`",
        ),
        (
            "[[JI.Cit]] ü [[Nope]] [[TH.File]] [[RU.Tape]]",
            "column 1: the job `Load GL` in `Nightly` of 2026-03-28 has no property `Cit`, did you mean `City`?\n\
             column 14: there is no global property `Nope`\n\
             column 23: there is no threshold `File`, did you mean `Files`?\n\
             column 35: there is no resource `Tape`, did you mean `Tapes`?",
        ),
        (
            "[[JI.A...NoJob]]",
            "column 1: there is no such object: the job `NoJob` in `Nightly` of 2026-03-28",
        ),
        ("[[MI.Path.UNIX2]]", "column 1: there is no such object: the machine `UNIX2`"),
        ("a\n[[Rate]] [[Nope]]", "line 2, column 10: there is no global property `Nope`"),
        ("[[Rate", "column 1: the token that begins here is not closed, expected `]]`"),
        ("[[Rate}}", "column 7: expected `]]`, the token began with the other sign"),
        (
            "[[]] [[Rate]] [[ ]]",
            "column 3: expected the name of a property\ncolumn 18: expected the name of a property",
        ),
        (
            "[[Broken]]",
            "column 1: in the value of `Broken`: column 13: the token that begins here is not closed, expected `]]`",
        ),
        (
            "[[Loop1]]",
            "column 1: in the value of `Loop1`: column 1: in the value of `Loop2`: column 2: in the value of `Loop3`: column 1: the value refers to itself: Loop1 → Loop2 → Loop3 → Loop1",
        ),
        (
            "[[Self]]",
            "column 1: in the value of `Self`: column 1: the value refers to itself: Self → Self",
        ),
        (
            "[[[[Scope]].City]]",
            "column 3: expected a scope that is written out before the first dot",
        ),
        ("[[[[Empty]]]]", "column 3: the name of the property is empty"),
        ("[[RI.Site2.Rate]]", "column 1: no remote installation `Site2` is known"),
        ("[[$this.City]]", "column 1: `$this` is known only while a named instance is built"),
        (
            "[[=1 +]] [[=2 *]]",
            "column 7: expected a value (number, \"string\", token, function or parenthesis), not the end of the token\ncolumn 16: expected a value (number, \"string\", token, function or parenthesis), not the end of the token",
        ),
        (
            "[[=[[Nope]] + [[Nop]]]]",
            "column 4: there is no global property `Nope`\ncolumn 15: there is no global property `Nop`",
        ),
        ("[[=1/0]]", "column 5: division by zero"),
        ("[[$NOTIFYID]]", "column 1: `$NOTIFYID` is known in notifications only"),
    ];
    for (text, expected) in cases {
        assert_eq!(with(&night, text), expected, "{text}");
    }
}

#[test]
fn only_an_agent_gets_secrets_and_nothing_shows_them() {
    let (scheduler, agent) = (night(), to_agent());
    let text = "login -p [[JI.Pwd]] -k {{MI.Key}} [[Rate]]";
    let resolved = resolve(text, &agent.context()).unwrap().text;
    assert_eq!(resolved.expose(), "login -p s3cret -k k3y 12");
    assert_eq!(resolved.to_string(), "login -p *** -k *** 12");
    assert_eq!(resolved.secret_ranges(), [9..15, 19..22]);
    assert_eq!(
        with(&scheduler, text),
        "column 10: `JI.Pwd` is encrypted, it may be only in what is sent to an agent\n\
         column 24: `MI.Key` is encrypted, it may be only in what is sent to an agent"
    );
    // What is made of a secret is secret.
    let made = resolve("[[=ToUpper([[JI.Pwd]]) + \"-[[Rate]]\"]]", &agent.context()).unwrap().text;
    assert_eq!((made.expose(), made.to_string().as_str()), ("S3CRET-12", "***"));
    for text in [
        "[[=ToInt([[JI.Pwd]])]]",
        "[[=SubStr([[JI.Pwd]], 10)]]",
        "[[=TimeDiff([[JI.Pwd]], \"00:00:00\", \"signed_secs\")]]",
        "[[=Expr([[JI.Pwd]] + \"(\")]]",
        "[[OI.[[JI.Pwd]]]]",
        "[[SI.City.[[JI.Pwd]]]]",
        "[[=[[Rate]] = [[JI.Pwd]]]]",
        "[[=[[OI.[[JI.Pwd]]]] = 1]]",
    ] {
        let problems = resolve(text, &agent.context()).unwrap_err();
        let shown = format!("{problems} {problems:?}");
        assert!(!shown.contains("s3cret"), "{text}: {shown}");
    }
    assert_eq!(
        with(&agent, "[[=[[Rate]] = [[JI.Pwd]]]]"),
        "column 13: the value of an encrypted property cannot be stored in another one"
    );
}

#[test]
fn no_way_leads_from_a_secret_to_what_is_stored_shown_or_decided() {
    let agent = prepared(|given| {
        given.audience = GivenAudience::Agent;
        let wrap = "[\" + \"[Copy]\" + \"] = \\\"1\\\"";
        given.properties.insert("Wrap".to_owned(), format!("{{{{=\"{wrap}\"}}}}"));
    });
    let agent = agent.context();
    let stored = "the value of an encrypted property cannot be stored in another one";
    let failed = "this fails; why is not said, because the value of an encrypted property is in it";
    let named = "the value of an encrypted property cannot be part of a name";
    // What would set a property, with a text that is no secret does; and would set what is shown.
    for (text, would_set, expected) in [
        // The text of Expr is made of the secret, as a value and as the name of what is set.
        (r#"[[=Expr("[" + "[Copy]" + "] = \"" + [[JI.Pwd]] + "\"")]]"#, "Copy", failed),
        (r#"[[=Expr("[" + "[" + [[JI.Pwd]] + "]" + "] = 1")]]"#, "Basel", failed),
        (r#"[[=Expr("Expr([" + "[Wrap]" + "]) + \"" + [[JI.Pwd]] + "\"")]]"#, "Copy", failed),
        // A part of it, its length, a comparison with it.
        ("[[=[[Copy]] = SubStr([[JI.Pwd]], 0, 1)]]", "Copy", stored),
        ("[[=[[Copy]] = Length([[JI.Pwd]])]]", "Copy", stored),
        ("[[=([[JI.Pwd]] != \"guess\") && ([[Copy]] = \"yes\") == \"yes\"]]", "Copy", stored),
        ("[[=[[Copy]] = ToStrNE([[JI.Pwd]], \"x\")]]", "Copy", stored),
        ("[[=[[Copy]] = [[=[[JI.Pwd]]]] ]]", "Copy", stored),
        // What is left of the secret is nothing: whether it is, is the secret's own affair.
        ("[[=[[Copy]] = [[=[[JI.Pwd]] - \"s3cret\"]] == \"\"]]", "Copy", stored),
        ("[[=[[Copy[[=SubStr([[JI.Pwd]], 0, 0)]]]] = 1]]", "Copy", named),
        // Errors that would quote it.
        ("[[=Expr(\"ToInt(\\\"\" + [[JI.Pwd]] + \"\\\")\")]]", "", failed),
        ("[[=Expr(\"[\" + \"[\" + [[JI.Pwd]] + \"]\" + \"]\")]]", "", failed),
        ("[[=SubStr([[JI.Pwd]], 10)]]", "", failed),
        // Names.
        ("[[TH.[[JI.Pwd]]]]", "", named),
        ("[[RI.[[JI.Pwd]].Rate]]", "", named),
    ] {
        let shown = |text: &str| match resolve(text, &agent) {
            Ok(done) => format!("{} {:?}", done.text, done.assignments),
            Err(problems) => problems.to_string(),
        };
        let secret = shown(text);
        assert!(secret.ends_with(expected) && !secret.contains("s3cret"), "{text}: {secret}");
        let plain = shown(&text.replace("JI.Pwd", "JI.City"));
        let sets = format!("name: \"{would_set}\"");
        let is_quoted = plain.contains("Basel") || plain.contains("SubStr reaches beyond");
        assert!(if would_set.is_empty() { is_quoted } else { plain.contains(&sets) }, "{plain}");
    }
    let condition = |text: &str| crate::expression::evaluate_condition(text, &agent);
    assert_eq!(
        condition("[[JI.Pwd]] == \"s3cret\"").unwrap_err().to_string(),
        "column 1: the value of an encrypted property cannot decide, what happens then would show it"
    );
    assert!(condition("[[Rate]] == \"12\"").unwrap().is_met);
}

#[test]
fn assignments_come_out_in_order_and_change_nothing_here() {
    let night = night();
    let text =
        "[[=[[Rate]] = ToInt([[Rate]]) + 1]] [[=[[New]] = [[JI.City]] = \" a b \"]] [[Rate]]";
    let done = resolve(text, &night.context()).unwrap();
    assert_eq!(done.text.to_string(), "13  a b  12");
    let made: Vec<String> = done
        .assignments
        .iter()
        .map(|made| {
            format!("{} of {}: {:?}", made.target.name, made.target.place, made.value.as_str())
        })
        .collect();
    assert_eq!(
        made,
        [
            "Rate of the installation: \"13\"",
            "City of the job `Load GL` in `Nightly` of 2026-03-28: \"a b\"",
            "New of the installation: \"a b\"",
        ]
    );
}

#[test]
fn events_from_outside_have_four_properties_of_the_system() {
    let outside = prepared(|given| given.audience = GivenAudience::ExternalEvent);
    assert_eq!(
        with(&outside, "[[$DATE]] [[$DATE dd]] [[$NOW t]] [[$OPCONVER]]"),
        "2026-03-29 29 01:30 26.0.1"
    );
    assert_eq!(
        with(&outside, "[[$JOB NAME]]"),
        "column 1: `$JOB NAME` may not be in an event from outside, which has $DATE, $TIME, $NOW and $OPCONVER only"
    );
    let notification = prepared(|given| {
        given.audience = GivenAudience::Notification;
        given.notification_id = Some(9);
    });
    assert_eq!(with(&notification, "[[$NOTIFYID]] [[$JOB NAME]]"), "9 Load GL");
}

/// A second is ample on any machine; unbounded work would take minutes.
fn quick<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    done
}

#[test]
fn what_is_too_much_is_refused_quickly() {
    let night = night();
    let said = |text: String| quick(|| with(&night, &text));
    assert_eq!(
        said("[[".repeat(5_000_000)),
        "column 1: the text has 10000000 bytes, at most 1048576 are read"
    );
    let deep = said("[[A.".repeat(1_000));
    assert!(deep.contains("tokens stand in one another more than 64 deep"), "{deep}");
    assert!(said("[[".repeat(500_000)).contains("more than 64 deep"));
    assert!(said("[".repeat(1_000_001)).contains("more than 64 deep"));
    assert!(said("[[=".repeat(300_000)).contains("more than 64 deep"));
    assert!(said("[[=\"".repeat(200_000)).contains("more than 64 deep"));
    let empty = said("[[]]".repeat(200_000));
    assert!(empty.ends_with("\nand 9901 more"), "{}", &empty[empty.len() - 80..]);
    assert!(said("[[\\".repeat(300_000)).contains("a name with `\\` must be in quotation marks"));
    assert!(said("[[Rate]]".repeat(10_001)).contains("more than 10000 tokens"));
    assert_eq!(said("[[Rate]]".repeat(10_000)).len(), 20_000);
    let nested = format!("{}\"x\"{}", "[[=".repeat(64), "]]".repeat(64));
    assert_eq!(said(nested), "x");
    let expression = |inner: String| said(format!("[[={inner}]]"));
    assert!(expression("(".repeat(1_000)).contains("more than 64 deep"));
    assert!(expression("1+".repeat(10_000)).contains("more than 10000 operands"));
    assert!(expression("-".repeat(100_000)).contains("more than 10000 operands"));
    assert!(expression("1 ".to_owned() + &" ".repeat(70_000) + "+1").contains("at most 65536"));
    assert!(said("x".repeat(1 << 20)).len() == 1 << 20);
    assert!(said(format!("{}[[Rate]]", "x".repeat((1 << 20) - 8))).len() < 1 << 20);
    assert!(said(format!("[[Long]]{}", "x".repeat((1 << 20) - 8))).contains("Long"));
}

#[test]
fn values_that_multiply_are_stopped() {
    let laughs = prepared(|given| {
        for level in 1..40 {
            let value = format!("[[L{0}]][[L{0}]]", level - 1);
            given.properties.insert(format!("L{level}"), value);
        }
        given.properties.insert("L0".to_owned(), "ha".repeat(1_000));
    });
    let said = quick(|| with(&laughs, "[[L39]]"));
    assert!(said.contains("more than 10000 tokens") || said.contains("bytes"), "{said}");
    let doubled = "Replace(Replace(Replace(Replace(\"aaaaaaaaaaaaaaaa\", \"a\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"), \
        \"a\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"), \"a\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"), \"a\", \"aaaaaaaa\")";
    let said = quick(|| with(&laughs, &format!("[[={doubled}]]")));
    assert!(said.contains("longer than 1048576 bytes"), "{said}");
    let added = format!("[[={}\"\"]]", "[[L0]] + ".repeat(4_000));
    assert!(quick(|| with(&laughs, &added)).contains("bytes"));
    let depth = prepared(|given| {
        for level in 1..70 {
            given.properties.insert(format!("D{level}"), format!("[[D{}]]", level - 1));
        }
        given.properties.insert("D0".to_owned(), "end".to_owned());
    });
    assert_eq!(with(&depth, "[[D30]]"), "end");
    assert!(with(&depth, "[[D69]]").contains("more than 64 deep"));
    let own = prepared(|given| {
        given.properties.insert("E".to_owned(), "Expr([[E]])".to_owned());
        given.properties.insert("F".to_owned(), "Expr(Expr(\"[\" + \"[F]]\"))".to_owned());
    });
    assert!(with(&own, "[[=Expr([[E]])]]").contains("the value refers to itself: E → E"));
    let said = quick(|| with(&own, "[[=Expr([[F]])]]"));
    assert!(said.contains("more than 64 deep"), "{said}");
}

#[test]
fn the_deepest_texts_need_less_than_a_megabyte_of_stack() {
    let deepest = || {
        let deep = prepared(|given| {
            for level in 1..64 {
                let value = format!("[[=Expr(\"\\\"\" + \"[[X{}]]\" + \"\\\"\")]]", level - 1);
                given.properties.insert(format!("X{level}"), value);
            }
            given.properties.insert("X0".to_owned(), "end".to_owned());
        });
        let mixed = format!("{}x{}", "[[=\"{{SI.\"[[OI.".repeat(21), "]]\"}}\"]]".repeat(21));
        let strings = format!("{}x{}", "[[=\"".repeat(64), "\"]]".repeat(64));
        [with(&deep, "[[X20]]"), with(&deep, "[[X63]]"), with(&deep, &mixed), with(&deep, &strings)]
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(deepest).unwrap();
    let [fits, too_deep, mixed, strings] = thread.join().unwrap();
    assert_eq!(fits, "end");
    assert!(too_deep.contains("more than 64 deep"), "{too_deep}");
    assert!(mixed.contains("there is no global property `x`"), "{mixed}");
    assert_eq!(strings, "x");
}

#[test]
fn a_thousand_unknown_names_among_many_are_refused_quickly() {
    let many = prepared(|given| {
        for number in 0..20_000 {
            given.properties.insert(format!("A property with a long name {number}"), String::new());
        }
    });
    let text: String =
        (0..1_000).map(|n| format!("[[A property with a lnog name {n}x]]")).collect();
    let said = quick(|| with(&many, &text));
    assert!(
        said.starts_with(
            "column 1: there is no global property `A property with a lnog name 0x`, did you mean"
        ),
        "{said}"
    );
    assert!(said.ends_with("and 900 more"));
}

#[test]
fn a_value_is_at_most_4000_characters() {
    struct Long;
    impl crate::property::Store for Long {
        fn find(&self, _: &Place, name: &str) -> Find {
            Find::Value("ü".repeat(name.len()))
        }
        fn secret(&self, _: &Place, _: &str) -> Option<crate::property::Secret> {
            None
        }
        fn job(&self, _: &crate::property::JobKey) -> Option<crate::property::JobFacts> {
            None
        }
        fn schedule(
            &self,
            _: &crate::property::ScheduleKey,
        ) -> Option<crate::property::ScheduleFacts> {
            None
        }
        fn machine(&self, _: &str) -> Option<crate::property::MachineFacts> {
            None
        }
        fn threshold(&self, _: &str) -> Option<i64> {
            None
        }
        fn resource(&self, _: &str) -> Option<crate::property::ResourceUnits> {
            None
        }
        fn names(&self, _: &Place) -> Vec<String> {
            Vec::new()
        }
    }
    let night = night();
    let context = Context { store: &Long, ..night.context() };
    assert!(resolve(&format!("[[{}]]", "n".repeat(4_000)), &context).is_ok());
    let problems = resolve(&format!("[[{}]]", "n".repeat(4_001)), &context).unwrap_err();
    assert!(problems.to_string().contains("it has more than 4000 characters"), "{problems}");
}

proptest! {
    #[test]
    fn any_text_is_resolved_or_refused_and_places_are_within_it(
        text in "([\\[\\]{}.\"=+\\\\ ]|\\[\\[|\\]\\]|[A-C]|Rate|SI|\\$DATE|ü|[(),&|1-9]){0,40}",
    ) {
        let night = night();
        if let Err(problems) = resolve(&text, &night.context()) {
            prop_assert!(problems.iter().count() > 0);
            for problem in &problems {
                prop_assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
                prop_assert!(text.is_char_boundary(problem.span.start) && text.is_char_boundary(problem.span.end));
            }
        }
    }

    /// Oracle: texts put together from pieces whose values are known.
    #[test]
    fn pieces_become_their_values(pieces in proptest::collection::vec(prop::sample::select(vec![
        ("[[Rate]]", "12"), ("{{Half}}", "0.5"), (" a ", " a "), ("[[SI.City]]", "Houston"), ("-]]", "-]]"),
        ("[[SI.[[Name]]]]", "Houston"), ("[[=1 + 2]]", "3"), ("[[Empty]]", ""), ("ü[x]", "ü[x]"),
        ("[[TH.Files]]", "7"), ("{{=\"}}\"}}", "}}"),
    ]), 0..30)) {
        let night = night();
        let text: String = pieces.iter().map(|(text, _)| *text).collect();
        let expected: String = pieces.iter().map(|(_, value)| *value).collect();
        prop_assert_eq!(with(&night, &text), expected);
    }
}
