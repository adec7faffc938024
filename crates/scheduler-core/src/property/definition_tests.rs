use super::*;

fn read_all(text: &str) -> String {
    match parse_definitions(text) {
        Ok(list) => list
            .iter()
            .map(|definition| format!("<{}>=<{}>", definition.name, definition.value))
            .collect::<Vec<_>>()
            .join(" "),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn definitions_are_read_and_the_first_of_two_counts() {
    let cases = [
        ("", ""),
        ("P1=v1;P2=v2", "<P1>=<v1> <P2>=<v2>"),
        (" City = San José ; FileName=abc.txt; ", "<City>=<San José> <FileName>=<abc.txt>"),
        ("A=1;B=2;A=3", "<A>=<1> <B>=<2>"),
        ("A=", "<A>=<>"),
        ("A=x=y", "<A>=<x=y>"),
        ("A=[[=1==1]];B=[[SI.X..\"a;b\"]];C=;", "<A>=<[[=1==1]]> <B>=<[[SI.X..\"a;b\"]]> <C>=<>"),
        (";;", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(read_all(text), expected, "{text}");
    }
}

#[test]
fn all_mistakes_are_named() {
    assert_eq!(
        read_all("A;$B=1;=2;c,d=3;@e=4;Ok=5"),
        "column 1: expected name=value; several are separated by `;`\n\
         column 3: `$B` begins with `$`, which is reserved for the system\n\
         column 8: `` is empty; expected 1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }\n\
         column 11: `c,d` has the character `,`; expected 1 to 64 characters, none of ' \" ( ) \\ , = ; | [ ] { }\n\
         column 17: `@e` has `@` at one end or twice in a row"
    );
    assert!(read_all(&format!("A={}", "x".repeat(4_001))).contains("has 4001 characters"));
    assert!(read_all(&"A=1;".repeat(20_000)).contains("at most 65536 are read"));
    assert!(read_all("A=[[x").contains("is not closed"));
    // As many as fit are read in one go.
    let many: String = (0..7_000).map(|n| format!("P{n}=1;")).collect();
    assert_eq!(parse_definitions(&many).unwrap().len(), 7_000);
    assert!(read_all(&"a;".repeat(32_000)).ends_with("and 31900 more"));
}

#[test]
fn names_of_global_properties_may_be_dates() {
    for name in [
        "$DATE",
        "$DATE yyyymmdd",
        "$SCHEDULE DATEMS",
        "$JOB STARTTIME",
        "Rate",
        "a@b",
        "$TIMEhh:mm:ss",
    ] {
        assert_eq!(global_name_fault(name), None, "{name}");
    }
    for name in ["$JOB NAME", "$X", "@a", "a@", "a@@b", "a(b", "", &"x".repeat(65), "$DATE (x)"] {
        assert!(global_name_fault(name).is_some(), "{name}");
    }
    assert!(instance_name_fault("$DATE").is_some());
    assert_eq!(global_value_fault("$DATE x", "yyyy"), None);
    assert!(global_value_fault("$DATE x", "\"").unwrap().contains("is no date format"));
    assert_eq!(global_value_fault("Rate", "\""), None);
}

#[test]
fn values_are_trimmed_and_limited() {
    assert_eq!("  a b ".parse::<PropertyValue>().unwrap().as_str(), "a b");
    assert!("ü".repeat(4_000).parse::<PropertyValue>().is_ok());
    let long = "ü".repeat(4_001).parse::<PropertyValue>().unwrap_err().message;
    assert!(long.ends_with("has 4001 characters; expected at most 4000 characters"), "{long}");
    assert_eq!(awkward("abc"), None);
    assert_eq!(
        awkward("a;b").unwrap(),
        "the value has `;`, which separates parts of an event when it gets into one"
    );
}
