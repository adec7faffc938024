use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Vec<External>, BadEvent> {
    parse_xml(text, Options::default())
}

fn refused(text: &str) -> String {
    read(text).unwrap_err().message
}

const HOLD: &str = "<EVENT><TYPE>JOB</TYPE><ACTION>HOLD</ACTION><SKDDATE></SKDDATE>\
    <SKDNAME>NIGHT</SKDNAME><JOBNAME>A &amp; B</JOBNAME><USERNAME>eve</USERNAME><USERPWD>s3cret</USERPWD></EVENT>";

#[test]
fn an_event_in_xml_is_the_event_in_text() {
    let both = format!(
        "\u{feff}<?xml version=\"1.0\"?>\n{HOLD}\n<Event>\n <Type>CALENDAR</Type>\n <action>ADD</action>\n \
         <CALNAME>Closed</CALNAME><DATES><CALDATE>2026-12-24</CALDATE> <CALDATE>2026-12-31</CALDATE></DATES>\
         <USERNAME>eve</USERNAME><USERPWD>s3cret</USERPWD></Event>"
    );
    let events = read(&both).unwrap();
    let texts: Vec<_> = events.iter().map(|event| event.command.to_string()).collect();
    assert_eq!(texts, ["$JOB:HOLD,,NIGHT,A & B", "$CALENDAR:ADD,Closed,2026-12-24;2026-12-31"]);
    assert_eq!((events[0].user.as_str(), events[0].password.expose()), ("eve", "s3cret"));
    assert!(!format!("{events:?}").contains("s3cret"));
}

#[test]
fn every_command_in_xml_is_the_same_as_in_text() {
    for (text, _) in tests::SAMPLES {
        let command = parse(text, Options::permissive()).unwrap();
        let spec = command.spec();
        let fields = command.fields();
        let has_untagged = spec
            .args
            .iter()
            .zip(&fields)
            .any(|(arg, field)| arg.xml.is_none() && !field.is_empty());
        if has_untagged {
            continue;
        }
        let mut xml = format!("<EVENT><TYPE>{}</TYPE><ACTION>{}</ACTION>", spec.group, spec.action);
        for (arg, field) in spec.args.iter().zip(&fields) {
            let Some(tag) = arg.xml else { continue };
            let field = field.replace('&', "&amp;").replace('<', "&#60;");
            match arg.parts {
                Some((part, sign)) => {
                    let parts = field.split(sign).map(|one| format!("<{part}>{one}</{part}>"));
                    xml += &format!("<{tag}>{}</{tag}>", parts.collect::<String>());
                }
                None => xml += &format!("<{tag}>{field}</{tag}>"),
            }
        }
        xml += "<USERNAME>u</USERNAME><USERPWD>p</USERPWD></EVENT>";
        let read = parse_xml(&xml, Options::permissive()).unwrap();
        assert_eq!(read[0].command, command, "{xml}");
    }
}

#[test]
fn mistakes_are_named() {
    for (from, to, expected) in [
        ("<JOBNAME>", "<JOBNAMES>", "<JOBNAMES> is closed by </JOBNAME>"),
        ("</EVENT>", "", "<EVENT> is not closed"),
        ("HOLD", "HOLT", "`$JOB:HOLT` is no command; did you mean $JOB:HOLD?"),
        ("<USERPWD>s3cret</USERPWD>", "", "<USERPWD> is missing"),
        ("<USERNAME>", "<USERNAME x='1'>", "attributes, comments and declarations are not read"),
        ("A &amp; B", "A & B", "`&` begins no entity"),
        ("&amp;", "&nbsp;", "`&` begins no entity"),
        ("NIGHT", "a,b", "has a comma"),
        ("NIGHT", "[[a]],b", "has a comma"),
        ("NIGHT", "[[a,b", "is not closed by `]]`"),
        ("s3cret", "<s3cret", "begins no tag"),
        ("s3cret", "a<s3cret>", "<USERPWD> has a `<` inside"),
        ("s3cret", "a&s3cret;", "begins no entity"),
        ("<USERPWD>", "<USERPWD/>", "text stands outside of an element"),
        ("NIGHT", "a&#10;b", "has a control character"),
        ("NIGHT", "<X>a</X>", "<SKDNAME> has no elements inside"),
        ("NIGHT", "<X><Y></Y></X>", "<Y> stands too deep"),
        ("<SKDDATE></SKDDATE>", "<SKDNAME>B</SKDNAME>", "<SKDNAME> is given twice"),
        ("<SKDDATE></SKDDATE>", "<!DOCTYPE lol>", "begins no tag"),
        ("<EVENT>", "x<EVENT>", "text stands outside of <EVENT>"),
        ("<TYPE>", "y<TYPE>", "text stands outside of an element"),
        ("A &amp; B", " ", "field 3 (job name) of $JOB:HOLD is missing"),
    ] {
        let message = refused(&HOLD.replacen(from, to, 1));
        assert!(message.contains(expected), "{from} -> {to}: {message}");
        assert!(!message.contains("s3cret"));
    }
    let message = refused(&HOLD.replace("JOBNAME>", "JOBNAMES>"));
    assert!(message.contains("$JOB:HOLD has no element <JOBNAMES>; did you mean <JOBNAME>?"));
    assert!(refused("").contains("no <EVENT>"));
    assert!(refused("</EVENT>").contains("closes nothing"));
}

#[test]
fn too_much_is_refused() {
    assert!(refused(&HOLD.repeat(101)).contains("more than 100 events"));
    assert!(refused(&" ".repeat(XML_BYTES_MAX + 1)).contains("too long"));
    assert!(refused(&HOLD.replace("NIGHT", &"x".repeat(2000))).contains("too long"));
    assert!(refused(&HOLD.replace("<SKDDATE>", &"<A>".repeat(1000))).contains("too deep"));
    let wide = HOLD.replace("<SKDDATE></SKDDATE>", &"<A></A>".repeat(1000));
    assert!(refused(&wide).contains("more than 400 elements"));
}

proptest! {
    #[test]
    fn random_text_never_panics(text in "(<|>|/|EVENT|TYPE|&|amp;|#|;|ä|,| ){0,60}") {
        let _ = read(&text);
        let _ = read(&HOLD.replace("NIGHT", &text));
    }
}
