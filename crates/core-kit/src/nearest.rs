//! "Did you mean": the known name that is closest to a mistyped one.

/// Characters of a name that count: more would make a long one costly and no surer.
const CHARS_MAX: usize = 128;

/// The candidate closest to `name`, when it is close enough to have been meant: at most a third of
/// the longer of the two names' characters differ, and not all of them. Case does not count; of
/// several equally close ones the first in alphabetical order is taken.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_uppercase().chars().take(CHARS_MAX).collect();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.to_uppercase().chars().take(CHARS_MAX).collect();
            let longer = wanted.len().max(other.len());
            let allowed = (longer / 3).max(1);
            // What is so much longer cannot be so near; that is quick to see.
            if wanted.len().abs_diff(other.len()) > allowed {
                return None;
            }
            let distance = distance(&wanted, &other);
            (distance <= allowed && distance < longer).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many characters must be put in, left out, replaced or swapped with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, &a) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &b) in to.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let is_swap = row > 0 && column > 0 && a == to[column - 1] && from[row - 1] == b;
            if is_swap {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let jobs = ["REPORTTEST01", "REPORTTEST02", "LONGRUNNINGREPORT", "A"];
        let cases = [
            ("reporttest1", Some("REPORTTEST01")),
            ("REPROTTEST02", Some("REPORTTEST02")),
            ("REPORTTEST", Some("REPORTTEST01")),
            ("LONGRUNINGREPORT", Some("LONGRUNNINGREPORT")),
            ("PAYROLL", None),
            ("B", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, jobs), expected, "{name}");
        }
        assert_eq!(nearest("X", []), None);
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_zero_only_for_equals(a in "[AB]{0,8}", b in "[AB]{0,8}") {
            let [x, y] = [&a, &b].map(|text| text.chars().collect::<Vec<_>>());
            prop_assert_eq!(distance(&x, &y), distance(&y, &x));
            prop_assert_eq!(distance(&x, &y) == 0, a == b);
            prop_assert!(distance(&x, &y) <= x.len().max(y.len()));
        }
    }
}
