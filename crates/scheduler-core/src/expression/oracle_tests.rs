//! The evaluator against trees that are calculated directly, and printed twice: with every parenthesis,
//! and with those alone that the levels of the operators ask for.

use proptest::prelude::*;

use super::night;
use crate::expression::{Value, evaluate};

/// The law, written down once more: from the operator that binds tightest.
const LAW: &str = "^ % / * + - >= <= > < != == && ||";

#[derive(Debug, Clone)]
enum Tree {
    Int(u32),
    /// In quarters.
    Float(u32),
    Bool(bool),
    Text(String),
    Minus(Box<Tree>),
    Not(Box<Tree>),
    Pair(&'static str, Box<Tree>, Box<Tree>),
}

/// A value in other types than the evaluator's.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    Whole(i128),
    Real(f64),
    Bool(bool),
    Text(Vec<char>),
}

use Known::{Real, Whole};

impl Tree {
    /// The value; none for whatever cannot be calculated.
    fn value(&self) -> Option<Known> {
        let known = match self {
            Self::Int(number) => Whole((*number).into()),
            Self::Float(quarters) => Real(f64::from(*quarters) / 4.0),
            Self::Bool(value) => Known::Bool(*value),
            Self::Text(text) => Known::Text(text.chars().collect()),
            Self::Minus(inner) => match inner.value()? {
                Whole(number) => Whole(-number),
                Real(number) => Real(-number),
                _ => return None,
            },
            Self::Not(inner) => match inner.value()? {
                Known::Bool(value) => Known::Bool(!value),
                _ => return None,
            },
            Self::Pair("&&", left, right) => match left.value()? {
                Known::Bool(false) => Known::Bool(false),
                Known::Bool(true) => boolean(right.value()?)?,
                _ => return None,
            },
            Self::Pair("||", left, right) => match left.value()? {
                Known::Bool(true) => Known::Bool(true),
                Known::Bool(false) => boolean(right.value()?)?,
                _ => return None,
            },
            Self::Pair(sign, left, right) => pair(sign, left.value()?, right.value()?)?,
        };
        match known {
            Whole(number) => i64::try_from(number).ok().map(|_| known),
            Real(number) => number.is_finite().then_some(known),
            other => Some(other),
        }
    }

    fn level(&self) -> usize {
        match self {
            Self::Pair(sign, ..) => LAW.split(' ').position(|known| known == *sign).unwrap() + 1,
            _ => 0,
        }
    }

    /// With a parenthesis around every pair.
    fn full(&self) -> String {
        match self {
            Self::Pair(sign, left, right) => format!("({}{sign}{})", left.full(), right.full()),
            Self::Minus(inner) => format!("(-{})", inner.full()),
            Self::Not(inner) => format!("(!{})", inner.full()),
            leaf => leaf.leaf(),
        }
    }

    /// With the parentheses that the levels ask for: operators of a level go from left to right.
    fn sparing(&self) -> String {
        let within = |inner: &Self, is_tight: bool| {
            if is_tight { inner.sparing() } else { format!("({})", inner.sparing()) }
        };
        match self {
            Self::Pair(sign, left, right) => {
                let level = self.level();
                let left = within(left, left.level() <= level);
                let right = within(right, right.level() < level);
                format!("{left} {sign} {right}")
            }
            Self::Minus(inner) => format!("-{}", within(inner, inner.level() == 0)),
            Self::Not(inner) => format!("!{}", within(inner, inner.level() == 0)),
            leaf => leaf.leaf(),
        }
    }

    fn leaf(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Float(quarters) => format!("{:.2}", f64::from(*quarters) / 4.0),
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => format!("\"{text}\""),
            _ => unreachable!("no leaf"),
        }
    }
}

fn boolean(value: Known) -> Option<Known> {
    matches!(value, Known::Bool(_)).then_some(value)
}

#[expect(clippy::cast_precision_loss, reason = "as the evaluator does")]
fn real(value: &Known) -> Option<f64> {
    match value {
        Whole(number) => Some(i64::try_from(*number).ok()? as f64),
        Real(number) => Some(*number),
        _ => None,
    }
}

fn pair(sign: &str, left: Known, right: Known) -> Option<Known> {
    match sign {
        "==" => return Some(Known::Bool(is_equal(&left, &right))),
        "!=" => return Some(Known::Bool(!is_equal(&left, &right))),
        "<" | ">" | "<=" | ">=" => return compare(sign, &left, &right),
        _ => {}
    }
    Some(match (sign, &left, &right) {
        ("+", Known::Text(left), Known::Text(right)) => {
            Known::Text([left.clone(), right.clone()].concat())
        }
        ("-", Known::Text(left), Known::Text(right)) => Known::Text(remove(left, right)),
        ("+", Whole(left), Whole(right)) => Whole(left + right),
        ("-", Whole(left), Whole(right)) => Whole(left - right),
        ("*", Whole(left), Whole(right)) => Whole(left * right),
        ("/", _, right) if real(right)? == 0.0 => return None,
        ("/", Whole(left), Whole(right)) => {
            let (quotient, is_minus) = (left.abs() / right.abs(), (*left < 0) != (*right < 0));
            Whole(if is_minus { -quotient } else { quotient })
        }
        ("%", Whole(_), Whole(0)) => return None,
        ("%", Whole(left), Whole(right)) => {
            let rest = left.abs() % right.abs();
            Whole(if *left < 0 { -rest } else { rest })
        }
        ("^", Whole(base), Whole(exponent)) if *exponent >= 0 => {
            let mut product = 1i128;
            for _ in 0..*exponent {
                product *= base;
                if product.abs() > i128::from(i64::MAX) + 1 {
                    return None;
                }
                if product == 0 || product == 1 && *base == 1 {
                    break;
                }
            }
            Whole(product)
        }
        ("+", left, right) => Real(real(left)? + real(right)?),
        ("-", left, right) => Real(real(left)? - real(right)?),
        ("*", left, right) => Real(real(left)? * real(right)?),
        ("/", left, right) => Real(real(left)? / real(right)?),
        ("^", left, right) => Real(real(left)?.powf(real(right)?)),
        _ => return None,
    })
}

fn is_equal(left: &Known, right: &Known) -> bool {
    match (left, right) {
        (Whole(left), Whole(right)) => left == right,
        (Known::Bool(left), Known::Bool(right)) => left == right,
        (Known::Text(left), Known::Text(right)) => left == right,
        _ => match (real(left), real(right)) {
            #[expect(clippy::float_cmp, reason = "equal numbers are equal")]
            (Some(left), Some(right)) => {
                left == right || (left - right).abs() / left.abs().max(right.abs()) < 0.001 / 100.0
            }
            _ => false,
        },
    }
}

fn compare(sign: &str, left: &Known, right: &Known) -> Option<Known> {
    let is_less = |left: &Known, right: &Known| -> Option<bool> {
        match (left, right) {
            (Known::Text(left), Known::Text(right)) => Some(key(left) < key(right)),
            (Whole(left), Whole(right)) => Some(left < right),
            _ => Some(real(left)? < real(right)?),
        }
    };
    let (less, greater) = (is_less(left, right)?, is_less(right, left)?);
    Some(Known::Bool(match sign {
        "<" => less,
        ">" => greater,
        "<=" => !greater,
        _ => !less,
    }))
}

/// What strings of the letters `a`, `A`, `b`, `B` are ordered by: first without case, then upper case last.
fn key(text: &[char]) -> (String, String) {
    let text: String = text.iter().collect();
    let case = text.chars().map(|c| if c.is_ascii_uppercase() { '1' } else { '0' }).collect();
    (text.to_ascii_lowercase(), case)
}

fn remove(text: &[char], what: &[char]) -> Vec<char> {
    let (mut rest, mut left) = (text, Vec::new());
    while let Some(first) = rest.first() {
        if !what.is_empty() && rest.starts_with(what) {
            rest = &rest[what.len()..];
        } else {
            left.push(*first);
            rest = &rest[1..];
        }
    }
    left
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        4 => (0u32..12).prop_map(Tree::Int),
        1 => any::<u32>().prop_map(Tree::Int),
        2 => (0u32..40).prop_map(Tree::Float),
        2 => any::<bool>().prop_map(Tree::Bool),
        2 => "[aAbB]{0,4}".prop_map(Tree::Text),
    ];
    let signs: Vec<&'static str> = LAW.split(' ').collect();
    leaf.prop_recursive(6, 40, 2, move |inner| {
        prop_oneof![
            8 => (prop::sample::select(signs.clone()), inner.clone(), inner.clone())
                .prop_map(|(sign, left, right)| Tree::Pair(sign, Box::new(left), Box::new(right))),
            1 => inner.clone().prop_map(|inner| Tree::Minus(Box::new(inner))),
            1 => inner.prop_map(|inner| Tree::Not(Box::new(inner))),
        ]
    })
}

/// Trees whose types fit, so that most of them have a value: of numbers, of booleans, of strings.
fn fitting() -> impl Strategy<Value = Tree> {
    let pair = |signs: &'static [&'static str], of: BoxedStrategy<Tree>| {
        (prop::sample::select(signs), of.clone(), of)
            .prop_map(|(sign, left, right)| Tree::Pair(sign, Box::new(left), Box::new(right)))
    };
    let number = prop_oneof![(1u32..9).prop_map(Tree::Int), (1u32..12).prop_map(Tree::Float)]
        .prop_recursive(4, 20, 2, move |inner| {
            prop_oneof![
                6 => pair(&["/", "*", "+", "-"], inner.clone().boxed()),
                1 => pair(&["^", "%"], (1u32..5).prop_map(Tree::Int).boxed()),
                1 => inner.prop_map(|inner| Tree::Minus(Box::new(inner))),
            ]
        })
        .boxed();
    let text = "[aAbB]{0,3}"
        .prop_map(Tree::Text)
        .prop_recursive(2, 6, 2, move |inner| pair(&["+", "-"], inner.boxed()))
        .boxed();
    let orders: &[&str] = &[">=", "<=", ">", "<", "!=", "=="];
    let claim = prop_oneof![
        pair(orders, number.clone()),
        pair(orders, text.clone()),
        any::<bool>().prop_map(Tree::Bool)
    ];
    let claim = claim.prop_recursive(4, 20, 2, move |inner| {
        prop_oneof![
            5 => pair(&["&&", "||", "==", "!="], inner.clone().boxed()),
            1 => inner.prop_map(|inner| Tree::Not(Box::new(inner))),
        ]
    });
    prop_oneof![2 => number, 1 => text, 3 => claim.boxed()]
}

fn evaluated(text: &str) -> Option<Known> {
    let night = night();
    let evaluation = evaluate(text, &night.context()).ok()?;
    Some(match evaluation.value()?.clone() {
        Value::Int(number) => Whole(number.into()),
        Value::Float(number) => Real(number),
        Value::Bool(value) => Known::Bool(value),
        Value::Text(text) => Known::Text(text.chars().collect()),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn trees_of_any_types_are_calculated_as_they_are_built(tree in tree()) {
        let value = tree.value();
        prop_assert_eq!(evaluated(&tree.full()), value.clone(), "{}", tree.full());
        prop_assert_eq!(evaluated(&tree.sparing()), value, "{}", tree.sparing());
    }

    #[test]
    fn trees_of_fitting_types_are_calculated_as_they_are_built(tree in fitting()) {
        let value = tree.value();
        prop_assert_eq!(evaluated(&tree.full()), value.clone(), "{}", tree.full());
        prop_assert_eq!(evaluated(&tree.sparing()), value, "{}", tree.sparing());
    }
}
