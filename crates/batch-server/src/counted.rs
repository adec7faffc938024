//! Numbers of things as people read them.

use std::fmt::Display;

/// `1 job`, `2 jobs`; the noun in both forms.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(
    count: N,
    one: &str,
    several: &str,
) -> String {
    let noun = if count == N::from(1) { one } else { several };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_plural() {
        let of = |count: usize| counted(count, "live request", "live requests");
        assert_eq!([of(0), of(1), of(2)], ["0 live requests", "1 live request", "2 live requests"]);
        assert_eq!(counted(1_i64, "query", "queries"), "1 query");
    }
}
