//! "Did you mean": the command that a mistyped one was meant to be.

/// The known word nearest to a wrong one, if no more than a slip lies between them.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A long text in the place of the command is no slip, and would only take time.
    let wrong: Vec<char> = wrong.to_lowercase().chars().take(64).collect();
    let all = known.into_iter().map(|word| (distance(&wrong, word), word));
    // Of a short word hardly anything would be left.
    let near = all.filter(|(steps, word)| steps * 3 <= word.len().max(wrong.len()));
    near.min().map(|(_, word)| word)
}

/// Letters to insert, delete, replace or swap with their neighbour.
fn distance(from: &[char], to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, &a) in from.iter().enumerate() {
        let mut now = vec![row + 1];
        for (at, &b) in to.iter().enumerate() {
            let replaced = last[at] + usize::from(a != b);
            let mut best = replaced.min(last[at + 1] + 1).min(now[at] + 1);
            if row > 0 && at > 0 && a == to[at - 1] && from[row - 1] == b {
                best = best.min(before[at - 1] + 1);
            }
            now.push(best);
        }
        before = std::mem::replace(&mut last, now);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["message", "ask", "set", "get", "wait", "wait-file", "abort"];
        for (wrong, meant) in [
            ("mesage", Some("message")),
            ("MESSAGE", Some("message")),
            ("waitfile", Some("wait-file")),
            ("wiat", Some("wait")),
            ("stop", None),
            ("abrt", Some("abort")),
            ("print", None),
            ("", None),
            ("--", None),
        ] {
            assert_eq!(nearest(wrong, known), meant, "{wrong}");
        }
    }
}
