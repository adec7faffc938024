//! The names of the months: the one table from which all texts are read and written.

/// The months in English, from January on.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The number of a month, 1 to 12, by its first three letters, in capitals or not: `Dec`.
pub(crate) fn month_number(letters: &str) -> Option<usize> {
    let index = MONTHS.iter().position(|name| name[..3].eq_ignore_ascii_case(letters))?;
    Some(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_known_by_its_first_three_letters_and_no_others() {
        for (letters, number) in [("jan", 1), ("JUN", 6), ("Jul", 7), ("dEC", 12)] {
            assert_eq!(month_number(letters), Some(number), "{letters}");
        }
        for other in ["", "ja", "janu", "mai", "é1"] {
            assert_eq!(month_number(other), None, "{other}");
        }
    }
}
