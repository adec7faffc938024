use super::*;

#[test]
fn references_are_listed_wherever_they_stand() {
    let text = "a [[A]] {{SI.B..[[C]]}} [[=ToInt([[D]]) + Length(\"[[$JOB NAME]]\") + ([[E]] = 1)]] [[\"F.G\"]]";
    let template = Template::parse(text).unwrap();
    let found: Vec<String> = template
        .references()
        .into_iter()
        .map(|(span, reference)| {
            assert!(text[span.start..span.end].starts_with("[["));
            reference.to_string()
        })
        .collect();
    // The target of an assignment need not exist, and is not listed.
    assert_eq!(found, ["A", "C", "D", "$JOB NAME", "\"F.G\""]);
    assert!(template.has_tokens() && template.text() == text);
    assert!(!Template::parse("plain ]] [x]").unwrap().has_tokens());
}

#[test]
fn spans_of_tokens_are_those_of_the_text() {
    let text = "ü[[A]]{{B.\"x\"}}";
    let error = Template::parse(text).unwrap_err();
    assert_eq!(error.iter().next().unwrap().column, 9);
    let text = "ü[[A]][[[B]]]";
    let spans: Vec<&str> = Template::parse(text)
        .unwrap()
        .token_spans()
        .map(|span| &text[span.start..span.end])
        .collect();
    assert_eq!(spans, ["[[A]]", "[[B]]"]);
}

#[test]
fn a_mistake_in_one_token_does_not_hide_those_in_others() {
    let error = Template::parse("[[a.b]] [[ok]] [[=1 1]] {{}} [[x]").unwrap_err().to_string();
    let columns: Vec<&str> = error.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(columns, ["column 3", "column 21", "column 27", "column 33"]);
}

#[test]
fn blanks_belong_to_names_only_in_quotation_marks() {
    let name = |text: &str| Template::parse(text).unwrap().references()[0].1.name.clone();
    assert_eq!(name("[[  A b  ]]"), "A b");
    assert_eq!(name("[[ \" A b \" ]]"), " A b ");
    assert_eq!(name("[[ x\" \" y ]]"), "x  y");
    assert_eq!(name("[[\n A\t]]"), "A");
}
