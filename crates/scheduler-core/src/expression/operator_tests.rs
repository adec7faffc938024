use super::*;

#[test]
fn every_operator_has_one_level_and_a_row() {
    let all: Vec<Operator> = LEVELS.concat();
    for (_, operator) in SIGNS {
        assert_eq!(all.iter().filter(|other| **other == operator).count(), 1, "{operator:?}");
    }
    assert_eq!(all.len(), 15);
    let signs: Vec<&str> = all.iter().map(|operator| operator.sign()).collect();
    assert_eq!(signs.join(" "), "^ % / * + - >= <= > < != == && || =");
    let table = operators_table();
    assert_eq!(table.lines().count(), 17);
    assert!(table.contains("| 1 | `^` | raises a number to a power |"));
    assert!(table.contains("| 14 | `\\|\\|` | one of them is true |"));
}

#[test]
fn what_does_not_go_together_says_what_does() {
    let text = Value::Text("a".to_owned());
    let error =
        |operator: Operator, left: &Value, right: &Value| operator.apply(left, right).unwrap_err();
    assert_eq!(
        error(Operator::Add, &text, &Value::Int(1)),
        "`+` takes two numbers or two strings, not a string and an integer; ToInt, ToFloat and ToStr convert, a token is always a string"
    );
    assert_eq!(
        error(Operator::And, &text, &Value::Bool(true)),
        "`&&` takes two booleans, not a string and a boolean; ToBool converts, a token is always a string"
    );
    assert_eq!(
        error(Operator::Less, &Value::Bool(true), &Value::Bool(false)),
        "`<` takes two numbers or two strings, not a boolean and a boolean"
    );
    assert_eq!(
        error(Operator::Modulus, &Value::Float(1.0), &Value::Int(2)),
        "`%` takes two integers, not a floating point number and an integer"
    );
    assert_eq!(error(Operator::Modulus, &Value::Int(1), &Value::Int(0)), "division by zero");
    assert_eq!(error(Operator::Divide, &Value::Float(1.0), &Value::Float(0.0)), "division by zero");
    assert_eq!(Operator::Modulus.apply(&Value::Int(i64::MIN), &Value::Int(-1)), Ok(Value::Int(0)));
    for (operator, left, right) in [
        (Operator::Add, i64::MAX, 1),
        (Operator::Subtract, i64::MIN, 1),
        (Operator::Multiply, i64::MAX, 2),
        (Operator::Divide, i64::MIN, -1),
        (Operator::Power, 10, 19),
        (Operator::Power, 2, i64::MAX),
    ] {
        let why = error(operator, &Value::Int(left), &Value::Int(right));
        assert!(why.contains("too large for a 64-bit integer"), "{operator:?}: {why}");
    }
    for (left, right) in [(1e308, 10.0), (-8.0, 0.5)] {
        let operator = if left > 0.0 { Operator::Multiply } else { Operator::Power };
        assert_eq!(
            error(operator, &Value::Float(left), &Value::Float(right)),
            "the result is no number, or too large"
        );
    }
}

#[test]
fn powers_of_small_bases_are_right_whatever_the_exponent() {
    let beyond = i64::from(u32::MAX);
    for (base, exponent, expected) in [
        (-1, beyond, -1),
        (-1, beyond + 1, 1),
        (-1, beyond + 2, -1),
        (-1, i64::MAX, -1),
        (0, beyond + 1, 0),
        (1, i64::MAX, 1),
        (-1, 0, 1),
    ] {
        let power = Operator::Power.apply(&Value::Int(base), &Value::Int(exponent));
        assert_eq!(power, Ok(Value::Int(expected)), "{base} ^ {exponent}");
    }
    assert!(Operator::Power.apply(&Value::Int(-2), &Value::Int(beyond + 1)).is_err());
}
