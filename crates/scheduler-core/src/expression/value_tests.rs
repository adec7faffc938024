use proptest::prelude::*;

use super::*;

#[test]
fn floats_are_printed_with_15_digits() {
    let cases = [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-24.567, "-24.567"),
        (0.1 + 0.2, "0.3"),
        (25_235.979_539_659_2, "25235.9795396592"),
        (1.0 / 3.0, "0.333333333333333"),
        (2.0 / 3.0, "0.666666666666667"),
        (100.0, "100"),
        (1e14, "100000000000000"),
        (1e15, "1E+15"),
        (1.5e20, "1.5E+20"),
        (-1.25e-7, "-1.25E-07"),
        (0.000_01, "0.00001"),
        (0.000_001, "1E-06"),
        (999_999_999_999_999.9, "1E+15"),
        (f64::MAX, "1.79769313486232E+308"),
    ];
    for (number, expected) in cases {
        assert_eq!(float_text(number), expected, "{number:e}");
    }
}

#[test]
fn strings_are_ordered_by_letter_and_then_by_case() {
    let order = |left: &str, right: &str| order_texts(left, right);
    for (less, greater) in [
        ("abcd", "ABCD"),
        ("a", "B"),
        ("A", "b"),
        ("ab", "abc"),
        ("", "a"),
        ("aB", "Ab"),
        ("ä", "Ä"),
    ] {
        assert_eq!(order(less, greater), Ordering::Less, "{less} {greater}");
        assert_eq!(order(greater, less), Ordering::Greater, "{less} {greater}");
    }
    assert_eq!(order("x", "x"), Ordering::Equal);
}

#[test]
fn equality_needs_one_type_and_tolerates_rounding() {
    use Value::{Bool, Float, Int};
    let text = |text: &str| Value::Text(text.to_owned());
    assert!(Int(25).equals(&Int(25)) && Int(25).equals(&Float(25.0)));
    assert!(
        !Int(1).equals(&text("1"))
            && !Bool(true).equals(&text("true"))
            && !Bool(true).equals(&Int(1))
    );
    assert!(!text("abc").equals(&text("ABC")));
    assert!(Float(100_000.0).equals(&Float(100_000.9)));
    assert!(!Float(100_000.0).equals(&Float(100_001.1)));
    assert!(!Int(100_000).equals(&Int(100_001)));
    assert!(Float(0.0).equals(&Float(-0.0)) && !Float(0.0).equals(&Float(1e-300)));
}

proptest! {
    #[test]
    fn a_printed_float_is_read_as_nearly_the_same(number in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
        let text = float_text(number);
        let read: f64 = text.parse().unwrap();
        prop_assert!((read - number).abs() <= number.abs() * 1e-14 || !read.is_finite(), "{text}");
        let digits = text.split('E').next().unwrap().trim_start_matches(['-', '0', '.']);
        prop_assert!(digits.chars().filter(char::is_ascii_digit).count() <= 15, "{text}");
        prop_assert!(!text.contains('.') || !text.split('E').next().unwrap().ends_with('0'), "{text}");
    }
}
