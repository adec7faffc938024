//! "Did you mean": the nearest of some known words.

/// The known word that is nearest to a wrong one, if it is near enough to be a slip.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_ascii_lowercase();
    known
        .into_iter()
        .map(|word| (distance(&wrong, &word.to_ascii_lowercase()), word))
        .min()
        .filter(|(steps, word)| *steps <= 1 + word.len().max(wrong.len()) / 4)
        .map(|(_, word)| word)
}

/// Letters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["SERVER_ADDRESS", "USER", "PASSWORD"];
        assert_eq!(nearest("SERVER_ADRESS", known), Some("SERVER_ADDRESS"));
        assert_eq!(nearest("pasword", known), Some("PASSWORD"));
        assert_eq!(nearest("PROXY_PORT", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
