use super::*;

#[test]
fn the_table_has_every_function_once() {
    let table = functions_table();
    for (index, function) in FUNCTIONS.iter().enumerate() {
        assert!(!FUNCTIONS[index + 1..].contains(function));
        assert_eq!(Function::named(&function.name().to_uppercase()), Some(*function));
        assert!(table.contains(&format!("| `{}(", function.name())));
    }
    assert_eq!(FUNCTIONS.len(), 23);
    assert_eq!(table.lines().count(), 25);
}

#[test]
fn the_examples_are_true() {
    let given =
        serde_json::from_str::<crate::property::given::Given>(r#"{"now": "2026-01-01T00:00:00Z"}"#);
    let prepared = given.unwrap().prepare().ok().unwrap();
    for (example, result) in examples() {
        let evaluation = crate::expression::evaluate(example, &prepared.context());
        assert_eq!(
            evaluation.map(|done| done.to_string()).map_err(|e| e.to_string()),
            Ok(result.to_owned()),
            "{example}"
        );
    }
}
