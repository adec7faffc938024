use core_kit::zone::samples;
use proptest::prelude::*;

use super::*;

fn printed(format: &str, at: &str) -> String {
    let moment = Moment::of_local(at.parse().unwrap(), &samples::berlin()).unwrap();
    DateFormat::parse(format).unwrap().print(&moment, &Regional::default())
}

#[test]
fn every_letter_prints_what_the_vendor_lists() {
    let afternoon = "2009-06-15T13:45:30";
    let cases = [
        ("d", "15"),
        ("dd", "15"),
        ("ddd", "Mon"),
        ("dddd", "Monday"),
        ("ddddd", "2009-06-15"),
        ("dddddd", "Monday, 15 June 2009"),
        ("m", "6"),
        ("mm", "06"),
        ("mmm", "Jun"),
        ("mmmm", "June"),
        ("y", "166"),
        ("j", "166"),
        ("yy", "09"),
        ("yyyy", "2009"),
        ("h", "13"),
        ("hh", "13"),
        ("H:n", "13:45"),
        ("n", "45"),
        ("s", "30"),
        ("q", "2"),
        ("w", "2"),
        ("ww", "25"),
        ("#####", "39979"),
        ("tttt", "13:45"),
        ("ttttt", "13:45:30"),
        ("zz", "+02"),
        ("zzz", "+02:00"),
        ("c", "2009-06-15 13:45:30"),
        ("g", "2009-06-15 13:45"),
        ("F", "Monday, 15 June 2009 13:45:30"),
        ("R", "Mon, 15 Jun 2009 11:45:30 GMT"),
        ("u", "2009-06-15 11:45:30Z"),
        ("U", "Monday, 15 June 2009 11:45:30"),
        ("General Date", "2009-06-15 13:45:30"),
        ("short date", "2009-06-15"),
        ("Medium Date", "15-Jun-09"),
        ("Medium Time", "01:45 PM"),
        ("yyyy/MM/dd hh:mm:ss", "2009/06/15 13:45:30"),
        ("yyyyMMdd", "20090615"),
        ("hhmmss", "134530"),
        ("HHMM", "1345"),
        ("hh:mm am/pm", "01:45 pm"),
        ("h:mm:ss a/p", "1:45:30 p"),
        ("AM/PM h", "PM 1"),
        ("A/P", "P"),
        ("mm:hh:mm:mm", "06:13:45:06"),
        ("hh dd mm", "13 15 06"),
        ("hh \"of\" mm", "13 of 45"),
        ("\"day \"d", "day 15"),
        ("\\d\\\\d", "d\\15"),
        ("yyyy-mm-ddThh", "2009-06-15T13"),
        ("dd.mm.yyyy", "15.06.2009"),
        ("$DATE", "$15ATE"),
    ];
    for (format, expected) in cases {
        assert_eq!(printed(format, afternoon), expected, "{format}");
    }
}

#[test]
fn single_digits_are_padded_only_where_two_are_written() {
    let morning = "2012-03-04T00:05:09";
    for (format, expected) in [
        ("d/m/yy", "4/3/12"),
        ("dd/mm/yyyy", "04/03/2012"),
        ("h:nn:ss", "0:05:09"),
        ("hh:n:s", "00:5:9"),
        ("h AM/PM", "12 AM"),
        ("y j", "64 064"),
        ("c", "2012-03-04 00:05:09"),
    ] {
        assert_eq!(printed(format, morning), expected, "{format}");
    }
    assert_eq!(printed("c", "2012-03-04T00:00:00"), "2012-03-04");
    assert_eq!(printed("zzz", "2012-01-04T00:00:00"), "+01:00");
}

#[test]
fn serial_days_agree_with_spreadsheets() {
    for (day, expected) in [("2000-01-01", 36_526), ("1900-03-01", 61), ("2026-11-21", 46_347)] {
        assert_eq!(serial(day.parse().unwrap()), expected, "{day}");
    }
}

#[test]
fn weeks_begin_on_sunday_and_the_first_has_the_first_of_january() {
    for (day, expected) in [
        ("2026-01-01", "1"),
        ("2026-01-03", "1"),
        ("2026-01-04", "2"),
        ("2026-12-31", "53"),
        ("2000-12-31", "54"),
    ] {
        assert_eq!(printed("ww", &format!("{day}T00:00:00")), expected, "{day}");
    }
}

#[test]
fn formats_that_are_none_say_why() {
    let message = |text: &str| DateFormat::parse(text).unwrap_err().to_string();
    assert_eq!(message(" "), "the date format is empty, use one such as yyyy-mm-dd");
    assert_eq!(message("d \"x"), "the quotation mark in the date format `d \"x` is not closed");
    assert_eq!(message("d\\"), "the date format `d\\` ends with `\\`");
    assert_eq!(message(&"d".repeat(256)), "a date format has at most 255 characters");
    assert!(Regional::new(["ddddd", "d", "h", "h"]).unwrap_err().contains("is made of"));
    assert!(Regional::new(["U", "d", "h", "h"]).is_err());
}

/// Letters that strftime has as well, with what comes between.
const SAME: [(&str, &str); 18] = [
    ("d", "%-d"),
    ("dd", "%d"),
    ("ddd", "%a"),
    ("dddd", "%A"),
    ("m", "%-m"),
    ("mm", "%m"),
    ("mmm", "%b"),
    ("mmmm", "%B"),
    ("yy", "%y"),
    ("yyyy", "%Y"),
    ("y", "%-j"),
    ("j", "%j"),
    ("h", "%-H"),
    ("hh", "%H"),
    ("n", "%-M"),
    ("nn", "%M"),
    ("s", "%-S"),
    ("ss", "%S"),
];

proptest! {
    #[test]
    fn letters_agree_with_strftime(
        picks in proptest::collection::vec((0usize..18, prop::sample::select(vec!["/", ":", ", ", " - ", "_"])), 1..8),
        day in 0i32..60_000, second in 0i32..86_400,
    ) {
        let mut ours = String::from("x ");
        let mut theirs = String::from("x ");
        for (pick, gap) in picks {
            let (letters, percent) = SAME[pick];
            // After an hour, `m` is minutes; another letter between makes it a month again.
            let letters = if letters.starts_with('m') { format!("\"\"q\\q{letters}") } else { letters.to_owned() };
            let percent = if letters.contains('q') && letters.contains('m') { format!("%qq{percent}") } else { percent.to_owned() };
            ours += &letters;
            ours += gap;
            theirs += &percent;
            theirs += gap;
        }
        // Blanks at the end of a format do not count.
        ours.push('x');
        theirs.push('x');
        let local = Date::constant(1950, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap().at(0, 0, 0, 0)
            .checked_add(jiff::Span::new().seconds(second)).unwrap();
        let theirs = local.strftime(&theirs).to_string();
        let moment = Moment::of_local(local, &Zone::utc()).unwrap();
        prop_assert_eq!(DateFormat::parse(&ours).unwrap().print(&moment, &Regional::default()), theirs);
    }

    #[test]
    fn any_text_is_a_format_or_refused(text in ".{0,40}") {
        if let Ok(format) = DateFormat::parse(&text) {
            let moment = Moment::of_local("2026-02-03T04:05:06".parse().unwrap(), &Zone::utc()).unwrap();
            format.print(&moment, &Regional::default());
        }
    }
}
