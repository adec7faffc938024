//! The date in `[[SI.Name.2026-12-31.Schedule]]`.

use jiff::civil::Date;

use crate::calendar::month_number;

/// Reads a date in one of the forms that cannot be mistaken for each other, and in the vendor's
/// `month/day/year`: `2026-12-31`, `2026/12/31`, `20261231`, `31-Dec-2026`, `12/31/2026`, `31.12.2026`.
pub(super) fn parse(text: &str) -> Option<Date> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if text.len() == 8 && is_digits(text) {
        return date(&text[..4], &text[4..6], &text[6..]);
    }
    let sign = text.chars().find(|c| "-/.".contains(*c))?;
    let parts: Vec<&str> = text.split(sign).collect();
    let [first, second, third] = parts[..] else { return None };
    if first.len() == 4 && sign != '.' {
        return date(first, second, third);
    }
    match sign {
        '-' => {
            let month = month_number(second)?;
            date(third, &month.to_string(), first)
        }
        '/' => date(third, first, second),
        _ => date(third, second, first),
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str, len: usize| -> Option<i16> {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        (is_number && text.len() <= len).then(|| text.parse().ok())?
    };
    if year.len() != 4 {
        return None;
    }
    let [month, day] = [number(month, 2)?, number(day, 2)?].map(|n| i8::try_from(n).unwrap_or(0));
    Date::new(number(year, 4)?, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_form_are_read_and_two_digit_years_are_not() {
        for text in
            ["2026-12-31", "2026/12/31", "20261231", "31-Dec-2026", "12/31/2026", "31.12.2026"]
        {
            assert_eq!(parse(text), Some(Date::constant(2026, 12, 31)), "{text}");
        }
        assert_eq!(parse("8/2/2009"), Some(Date::constant(2009, 8, 2)));
        for text in [
            "",
            "2026-02-30",
            "31/12/2026",
            "12/31/26",
            "2026-12",
            "today",
            "+2026-1-1",
            "٢٠٢٦-12-31",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
