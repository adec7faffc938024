use proptest::prelude::*;

use super::*;

fn row(operator: Operator, value: i32, end_value: Option<i32>, then: Join) -> Row {
    Row { operator, value, end_value, then }
}

fn advanced(result: Outcome, rows: Vec<Row>) -> Criteria {
    Criteria::Advanced(Advanced { result, rows })
}

#[test]
fn what_the_sources_say() {
    use {Join::*, Operator::*, Outcome::*};
    let range = advanced(FinishOk, vec![row(Rg, 0, Some(4), Or)]);
    let list = vec![row(Eq, 0, None, Or), row(Eq, 2, None, Or), row(Eq, 100, None, Or)];
    let list = advanced(FinishOk, list);
    let outside = advanced(Fail, vec![row(Lt, 0, None, Or), row(Gt, 10, None, Or)]);
    let cases: [(&Criteria, &[i32], &[i32]); 6] = [
        (&range, &[0, 4], &[-1, 5]),
        (&list, &[0, 2, 100], &[1, 3, 99]),
        (&outside, &[0, 10], &[-1, 11, i32::MIN, i32::MAX]),
        (&Criteria::default(), &[0], &[1, -1]),
        (&Criteria::amt_acs(), &[4], &[0, 11, 12]),
        (&Criteria::amt_connector(), &[4], &[0, 11, 12]),
    ];
    for (criteria, good, bad) in cases {
        for code in good {
            assert_eq!(criteria.decide(*code), FinishOk, "{} with {code}", criteria.words());
        }
        for code in bad {
            assert_eq!(criteria.decide(*code), Fail, "{} with {code}", criteria.words());
        }
    }
}

#[test]
fn and_binds_tighter_than_or_whichever_comes_first() {
    use {Join::*, Operator::*};
    // 1 or (more than 10 and less than 20)
    let or_first = vec![row(Eq, 1, None, Or), row(Gt, 10, None, And), row(Lt, 20, None, Or)];
    // (more than 10 and less than 20) or 1
    let and_first = vec![row(Gt, 10, None, And), row(Lt, 20, None, Or), row(Eq, 1, None, And)];
    for rows in [or_first, and_first] {
        let criteria = advanced(Outcome::FinishOk, rows);
        for (code, good) in [(1, true), (10, false), (11, true), (19, true), (20, false)] {
            assert_eq!(criteria.decide(code) == Outcome::FinishOk, good, "{code}");
        }
    }
}

#[test]
fn criteria_in_words() {
    use {Join::*, Operator::*};
    let rows = vec![row(Rg, 0, Some(4), Or), row(Gt, 10, None, And), row(Ne, 15, None, Or)];
    assert_eq!(
        advanced(Outcome::FinishOk, rows).words(),
        "finishes OK if the exit code is from 0 to 4, or greater than 10 and not 15; fails otherwise"
    );
    assert_eq!(
        Criteria::amt_connector().words(),
        "fails if the exit code is not 4; finishes OK otherwise"
    );
    assert_eq!(Criteria::Basic(Vec::new()).words(), Criteria::default().words());
}

#[test]
fn mistakes_are_all_found() {
    use {Join::*, Operator::*};
    let rows = vec![row(Rg, 5, None, Or), row(Rg, 5, Some(4), Or), row(Eq, 1, Some(2), Or)];
    let problems = advanced(Outcome::Fail, rows).check();
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        [0, 1, 2].map(|index| format!("advanced.rows[{index}].end_value")),
        "{problems:?}"
    );
    let test = BasicTest { operator: BasicOperator::Eq, value: 1 };
    assert_eq!(
        Criteria::Basic(vec![test; 6]).check()[0].to_string(),
        "basic: has 6 tests; expected 1 to 5"
    );
    assert!(Criteria::Basic(vec![test; 5]).check().is_empty());
    assert!(Criteria::amt_acs().check().is_empty());
}

#[test]
fn json_is_that_of_the_vendors_forms() {
    let text = r#"[{"operator":{"value":"RG","sign":"Range"},"value":0,"endValue":4,
        "result":"Finish OK","booleanOperator":"OR"},{"operator":{"value":"EQ"},"value":100,
        "endValue":0,"result":"Fail"}]"#;
    let read = from_json(text).unwrap();
    assert_eq!(read.result, Outcome::FinishOk);
    assert_eq!(read.rows[1], row(Operator::Eq, 100, None, Join::Or));
    assert_eq!(from_json(&to_json(&read)).unwrap(), read);
    let error = |text: &str| from_json(text).unwrap_err().to_string();
    assert!(error("[]").contains("has 0 rows"));
    assert!(error("{}").contains("cannot be read"));
    assert!(error(&text.replace("\"RG\"", "\"XX\"")).contains("unknown variant `XX`"));
    assert!(error(&text.replace("\"endValue\":4,", "")).contains("without its last number"));
    assert!(error(&text.replace("\"endValue\":4,", "\"endValue\":-4,")).contains("to -4, which"));
    assert!(error(&text.replace(":100", ":2147483648")).contains("cannot be read"));
}

#[test]
fn a_definition_is_read_and_names_what_it_does_not_know() {
    let text = r#"{"advanced":{"result":"finish_ok","rows":[{"operator":"rg","value":0,"end_value":4,"then":"and"}]}}"#;
    let criteria: Criteria = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&criteria).unwrap(), text);
    let wrong = text.replace("finish_ok", "ok");
    assert!(serde_json::from_str::<Criteria>(&wrong).unwrap_err().to_string().contains("`ok`"));
}

fn any_row() -> impl Strategy<Value = Row> {
    let operator = prop::sample::select(Operator::ALL.to_vec());
    let join = prop_oneof![Just(Join::And), Just(Join::Or)];
    (operator, -5..5i32, -5..5i32, join).prop_map(|(operator, value, end, then)| {
        row(operator, value, (operator == Operator::Rg).then_some(end), then)
    })
}

/// The same rule by another way: the rows as a formula, evaluated from the right with two accumulators.
fn oracle(advanced: &Advanced, code: i32) -> Outcome {
    let truth = |row: &Row| match row.operator {
        Operator::Eq => code - row.value == 0,
        Operator::Ne => code - row.value != 0,
        Operator::Lt => (row.value - code).is_positive(),
        Operator::Le => !(code - row.value).is_positive(),
        Operator::Gt => (code - row.value).is_positive(),
        Operator::Ge => !(row.value - code).is_positive(),
        Operator::Rg => {
            (-5..5).filter(|n| *n >= row.value && Some(*n) <= row.end_value).any(|n| n == code)
        }
    };
    let (mut any, mut all) = (false, true);
    for (index, row) in advanced.rows.iter().enumerate().rev() {
        let is_joined = index + 1 < advanced.rows.len() && row.then == Join::And;
        if !is_joined {
            any |= all && index + 1 < advanced.rows.len();
            all = true;
        }
        all &= truth(row);
    }
    if any || all { advanced.result } else { advanced.result.opposite() }
}

proptest! {
    #[test]
    fn the_decision_is_that_of_a_formula(
        rows in prop::collection::vec(any_row(), 1..8),
        ok: bool,
        code in -5..5i32,
    ) {
        let result = if ok { Outcome::FinishOk } else { Outcome::Fail };
        let advanced = Advanced { result, rows };
        prop_assert_eq!(Criteria::Advanced(advanced.clone()).decide(code), oracle(&advanced, code));
        if advanced.rows.iter().all(|row| row.end_value.is_none_or(|end| end >= row.value)) {
            prop_assert_eq!(from_json(&to_json(&advanced)).unwrap(), advanced);
        }
    }

    #[test]
    fn any_basic_test_that_holds_is_a_failure(
        tests in prop::collection::vec((prop::sample::select(BasicOperator::ALL.to_vec()), -3..3i32), 1..6),
        code in -4..4i32,
    ) {
        let mut fails = false;
        for (operator, value) in &tests {
            let order = code.cmp(value);
            fails |= match operator {
                BasicOperator::Eq => order.is_eq(),
                BasicOperator::Ne => order.is_ne(),
                BasicOperator::Lt => order.is_lt(),
                BasicOperator::Le => order.is_le(),
                BasicOperator::Gt => order.is_gt(),
                BasicOperator::Ge => order.is_ge(),
            };
        }
        let tests = tests.into_iter().map(|(operator, value)| BasicTest { operator, value });
        let failed = Criteria::Basic(tests.collect()).decide(code) == Outcome::Fail;
        prop_assert_eq!(failed, fails);
    }

    #[test]
    fn random_text_is_refused_and_never_panics(text in ".{0,200}") {
        let _ = from_json(&text);
    }
}
