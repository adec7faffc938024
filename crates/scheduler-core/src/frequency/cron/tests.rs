//! Cron patterns against croner's own search, against a clock that is walked minute by minute, and in
//! tables.

use core_kit::zone::samples;
use croner::parser::CronParser;
use jiff::{SignedDuration, Span};
use proptest::prelude::*;

use super::*;

fn cron(text: &str) -> Cron {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn starts(text: &str, date: &str, zone: &Zone) -> String {
    let starts = cron(text).instants(date.parse().unwrap(), zone);
    let shown = starts.iter().map(|start| {
        format!("{}={}", start.local.strftime("%H:%M"), start.at.strftime("%dT%H:%M"))
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn clocks_that_go_forward_skip_no_start_and_double_none() {
    // Berlin goes from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC.
    let berlin = samples::berlin();
    let cases = [
        ("30 2 * * *", "02:30=29T01:00"),
        ("0 1-4 * * *", "01:00=29T00:00 02:00=29T01:00 04:00=29T02:00"),
        ("*/30 1-3 * * *", "01:00=29T00:00 01:30=29T00:30 02:00=29T01:00 03:30=29T01:30"),
        ("0 3 * * *", "03:00=29T01:00"),
        ("15,45 2,3 * * *", "02:15=29T01:00 03:15=29T01:15 03:45=29T01:45"),
    ];
    for (text, expected) in cases {
        assert_eq!(starts(text, "2026-03-29", &berlin), expected, "{text}");
    }
    // Half an hour on Lord Howe Island, from 02:00 to 02:30 at 15:30 UTC of the day before.
    assert_eq!(
        starts("*/15 2 * * *", "2026-10-04", &samples::lord_howe()),
        "02:00=03T15:30 02:45=03T15:45"
    );
    // At midnight: the day begins at 01:00.
    assert_eq!(starts("0 0,1 * * *", "2026-09-06", &samples::midnight()), "00:00=06T04:00");
}

#[test]
fn clocks_that_go_back_repeat_no_start() {
    // Berlin goes from 03:00 to 02:00 on 25 October 2026, at 01:00 UTC.
    let berlin = samples::berlin();
    let cases = [
        ("30 2 * * *", "02:30=25T00:30"),
        ("0 1-4 * * *", "01:00=24T23:00 02:00=25T00:00 03:00=25T02:00 04:00=25T03:00"),
        ("*/30 2 * * *", "02:00=25T00:00 02:30=25T00:30"),
        ("0 1,2,3 * * *", "01:00=24T23:00 02:00=25T00:00 03:00=25T02:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(starts(text, "2026-10-25", &berlin), expected, "{text}");
    }
    assert_eq!(
        starts("*/15 1,2 * * *", "2026-04-05", &samples::lord_howe()),
        "01:00=04T14:00 01:15=04T14:15 01:30=04T14:30 01:45=04T14:45 \
         02:00=04T15:30 02:15=04T15:45 02:30=04T16:00 02:45=04T16:15"
    );
    // At midnight of 5 April 2026 back to 23:00 of the 4th.
    assert_eq!(starts("30 23 * * *", "2026-04-04", &samples::midnight()), "23:30=05T02:30");
}

#[test]
fn a_day_that_a_zone_skips_has_its_starts_when_it_is_over() {
    // Samoa went from 29 to 31 December 2011 and had no 30th.
    let Ok(zone) = "Pacific/Apia".parse::<Zone>() else { return };
    let daily = cron("0 6 * * *");
    let day = |text: &str| daily.instants(text.parse().unwrap(), &zone)[0].at.to_string();
    assert_eq!(day("2011-12-29"), "2011-12-29T16:00:00Z");
    assert_eq!(day("2011-12-30"), "2011-12-30T10:00:00Z");
    assert_eq!(day("2011-12-31"), "2011-12-30T16:00:00Z");
    let every = cron("* * * * *").instants("2011-12-30".parse().unwrap(), &zone);
    assert_eq!(every.len(), 1);
    let midnights = cron("0 0 * * *");
    let after: Vec<String> = midnights
        .starts_after("2011-12-28T12:00:00Z".parse().unwrap(), &zone)
        .take(3)
        .map(|start| start.at.to_string())
        .collect();
    assert_eq!(after, ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]);
}

#[test]
fn either_day_field_counts_as_in_crontab() {
    let dates = |text: &str, month: i8| {
        let cron = cron(text);
        let first = jiff::civil::date(2026, month, 1);
        let days = first.series(Span::new().days(1)).take_while(|date| date.month() == month);
        days.filter(|date| cron.matches(*date)).map(Date::day).collect::<Vec<_>>()
    };
    // November 2026 begins with a Sunday.
    let cases: [(&str, &[i8]); 16] = [
        ("0 0 1 * MON", &[1, 2, 9, 16, 23, 30]),
        ("0 0 2 * +MON", &[2]),
        ("0 0 1-7 * +MON", &[2]),
        ("0 0 1 * *", &[1]),
        ("0 0 ? * MON", &[2, 9, 16, 23, 30]),
        ("0 0 1 * ?", &[1]),
        // A field that begins with a star is no restriction of its own: both must match.
        ("0 0 */2 * MON", &[9, 23]),
        ("0 0 1-7 * */6", &[1, 7]),
        ("0 0 L * *", &[30]),
        ("0 0 1W * *", &[2]),
        ("0 0 15W * *", &[16]),
        ("0 0 LW * *", &[30]),
        ("0 0 * * FRIL", &[27]),
        ("0 0 * * MON#1,5#3", &[2, 20]),
        ("0 0 * * 7", &[1, 8, 15, 22, 29]),
        ("0 0 * * SAT-SUN", &[1, 7, 8, 14, 15, 21, 22, 28, 29]),
    ];
    for (text, expected) in cases {
        assert_eq!(dates(text, 11), expected, "{text}");
    }
    assert_eq!(dates("0 0 31 JAN-MAR *", 2), Vec::<i8>::new());
    assert_eq!(dates("0 0 31 jan-mar *", 3), [31]);
}

#[test]
fn what_is_no_pattern_is_refused_with_the_field() {
    let cases = [
        ("", "has 0 fields"),
        ("*", "has 1 field;"),
        ("* * * *", "has 4 fields;"),
        ("0 * * * * *", "has 6 fields: seconds and years are not supported"),
        ("60 * * * *", "has the minute `60`: number out of bounds (0 to 59)"),
        ("* 24 * * *", "has the hour `24`: number out of bounds (0 to 23)"),
        ("* * 32 * *", "has the day of month `32`: number out of bounds (1 to 31, L, LW or 15W)"),
        ("* * 0 * *", "has the day of month `0`"),
        ("* * * 13 *", "has the month `13`"),
        ("* * * * 8", "has the day of week `8`"),
        ("* 22-2 * * *", "has the hour `22-2`: range out of bounds"),
        ("*/0 * * * *", "has the minute `*/0`: step cannot be zero"),
        ("5/15 * * * *", "has the minute `5/15`"),
        ("1,,2 * * * *", "has the minute `1,,2`: an item of the list is missing"),
        (", * * * *", "has the minute `,`: an item of the list is missing"),
        ("MON * * * *", "has the minute `MON`: it has a word that is not known here"),
        ("* * MAR * *", "has the day of month `MAR`: it has a word"),
        ("* * * MONDAY *", "has the month `MONDAY`: it has a word"),
        ("* * * * MONDAY", "has the day of week `MONDAY`: it has a word"),
        ("* * * * L", "L needs a day, such as 5L"),
        ("* * * * 1-5#2", "L, W and # go with a single day"),
        ("* * * * 1#6", "has the day of week `1#6`: nth specifier out of bounds"),
        ("* * L,LW * *", "L and LW exclude each other"),
        ("? * * * *", "has the minute `?`"),
        ("x * * * *", "has the minute `X`"),
        ("* * +1 * *", "has the day of month `+1`"),
        ("0 0 30 2 *", "never comes: no year has such a date"),
        ("0 0 31 2,4,6,9,11 *", "never comes"),
        ("0 0 31 * +1#1", "never comes"),
        ("@dayly", "is not known, did you mean @daily?"),
        ("@x", "is not known, use one of @yearly"),
        ("@reboot", "names no time"),
        ("* * * * *;", "has the day of week `*;`: it has a sign that is not known here"),
        ("* * * * @", "has the day of week `@`: it has a sign that is not known here"),
        ("99999999999999999999 * * * *", "has the minute"),
        ("١ * * * *", "has the minute"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Cron>().map(|cron| cron.as_str().to_owned()).unwrap_err().message;
        assert!(error.contains(expected), "{text}: {error}");
    }
    let long = format!("{} * * * *", "1,".repeat(300));
    assert!(long.parse::<Cron>().unwrap_err().message.contains("has more than 512 characters"));
    assert!("0 ".repeat(5_000_000).parse::<Cron>().is_err());
}

#[test]
fn short_forms_and_rare_dates_are_taken() {
    for (text, long) in [
        ("@yearly", "0 0 1 1 *"),
        ("@Annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@HOURLY", "0 * * * *"),
    ] {
        let (short, long) = (cron(text), cron(long));
        assert_eq!(short.as_str(), text);
        let after = |cron: &Cron| {
            cron.starts_after("2026-01-01T00:00:00Z".parse().unwrap(), &Zone::utc())
                .take(30)
                .collect::<Vec<_>>()
        };
        assert_eq!(after(&short), after(&long), "{text}");
    }
    let next = |text: &str, after: &str| {
        let start = cron(text).next_after(after.parse().unwrap(), &Zone::utc());
        start.map(|start| start.at.to_string())
    };
    assert_eq!(next("0 0 29 2 *", "2097-01-01T00:00:00Z").as_deref(), Some("2104-02-29T00:00:00Z"));
    // 29 February is a Sunday in 2088, and then in 2128.
    assert_eq!(
        next("0 0 29 2 +SUN", "2089-01-01T00:00:00Z").as_deref(),
        Some("2128-02-29T00:00:00Z")
    );
    assert_eq!(next("* * * * *", "9998-12-31T23:59:00Z"), None);
}

#[test]
fn a_pattern_is_told_in_words() {
    let cases = [
        ("30 6 * * MON-FRI", "at 06:30 on Monday to Friday"),
        ("0 6,18 1,15 * *", "at 06:00 and 18:00 on days 1 and 15 of the month"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "at minutes 0, 15, 30 and 45 of every hour"),
        ("0 * * * *", "at minute 0 of every hour"),
        ("*/20 8-17 * * *", "at minutes 0, 20 and 40 of hours 8 to 17 every day"),
        ("* 8 * * *", "every minute of hour 8 every day"),
        ("0 0 1 1 *", "at 00:00 on day 1 of the month in January"),
        ("0 0 * 1-3,12 *", "at 00:00 every day in January to March and December"),
        ("0 0 1 * MON", "at 00:00 on day 1 of the month, and on Monday,"),
        (
            "0 0 */2 * MON",
            "at 00:00 on days 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 or 31 of the month, but only when it is Monday,",
        ),
        (
            "0 0 1-7 * +1,2",
            "at 00:00 on days 1 to 7 of the month, but only when it is Monday or Tuesday,",
        ),
        (
            "0 0 L,15W * *",
            "at 00:00 on the last day of the month and the weekday (Monday to Friday) nearest to day 15",
        ),
        ("0 0 LW * *", "at 00:00 on the last weekday (Monday to Friday) of the month"),
        (
            "0 0 * * FRIL,1#2",
            "at 00:00 on the last Friday of the month and the 2nd Monday of the month",
        ),
        ("@weekly", "at 00:00 on Sunday"),
    ];
    for (text, expected) in cases {
        assert_eq!(cron(text).explain(), expected, "{text}");
    }
}

fn field(low: u8, high: u8) -> impl Strategy<Value = String> {
    let number = low..=high;
    let range = (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)));
    let item = prop_oneof![
        3 => number.prop_map(|number| number.to_string()),
        1 => range,
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => (1u8..=high).prop_map(|step| format!("*/{step}")),
        4 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
}

fn any_pattern() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).prop_map(
        |(minute, hour, day, month, week)| format!("{minute} {hour} {day} {month} {week}"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// In a zone whose clock never changes, croner's own search finds the same, except where a field of
    /// days begins with a star: there `crontab(5)` counts.
    #[test]
    fn starts_are_those_of_croner(text in any_pattern(), hours in 0i64..400_000) {
        let Ok(ours) = text.parse::<Cron>() else { return Ok(()) };
        let fields: Vec<&str> = text.split(' ').collect();
        let is_and = [fields[2], fields[4]].iter().any(|field| field.starts_with("*/"));
        let parser = CronParser::builder().dom_and_dow(is_and).build();
        let theirs = parser.parse(&text).unwrap();
        let after = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let mut at = after.to_zoned(jiff::tz::TimeZone::UTC);
        for start in ours.starts_after(after, &Zone::utc()).take(20) {
            at = theirs.find_next_occurrence(&at, false).unwrap();
            prop_assert_eq!(start.at, at.timestamp(), "{}", text);
            prop_assert_eq!(start.local, at.datetime());
        }
    }

    /// Each named local time starts at the first minute at which a clock on the wall has reached it.
    #[test]
    fn starts_are_those_of_a_clock_on_the_wall(
        text in any_pattern(), zone in samples::any(), around in samples::instant(),
    ) {
        let Ok(cron) = text.parse::<Cron>() else { return Ok(()) };
        let date = zone.date(around);
        let begin = (zone.first_instant(date.to_datetime(Time::midnight())).unwrap().as_second() - 7200) / 60;
        let clock: Vec<(Timestamp, DateTime)> = (begin..begin + 31 * 60)
            .map(|minute| Timestamp::from_second(minute * 60).unwrap())
            .map(|at| (at, zone.local(at)))
            .collect();
        let mut expected: Vec<Timestamp> = Vec::new();
        for time in cron.times() {
            let local = date.to_datetime(time);
            expected.push(clock.iter().find(|(_, shown)| *shown >= local).unwrap().0);
        }
        expected.dedup();
        let starts = cron.instants(date, &zone);
        let at: Vec<Timestamp> = starts.iter().map(|start| start.at).collect();
        prop_assert_eq!(&at, &expected);
        prop_assert!(starts.windows(2).all(|two| two[0].at < two[1].at && two[0].local < two[1].local));
    }

    /// One start after the other is the list of the dates, each instant once.
    #[test]
    fn the_next_start_is_the_next_of_the_list(
        text in any_pattern(), zone in samples::any(), around in samples::instant(),
    ) {
        let Ok(cron) = text.parse::<Cron>() else { return Ok(()) };
        let first = zone.date(around);
        let days = first.series(Span::new().days(1)).take(4).filter(|date| cron.matches(*date));
        let mut list: Vec<Timestamp> =
            days.flat_map(|date| cron.instants(date, &zone)).map(|start| start.at).collect();
        list.dedup();
        list.retain(|at| *at > around);
        let next: Vec<Timestamp> =
            cron.starts_after(around, &zone).take(list.len()).map(|start| start.at).collect();
        prop_assert_eq!(next, list);
    }

    #[test]
    fn no_text_panics(text in "[-0-9*,/?LW#+@A-Za-z ]{0,40}|\\PC{0,20}") {
        if let Ok(cron) = text.parse::<Cron>() {
            prop_assert!(cron.times().count() <= Cron::STARTS_MAX);
            prop_assert!(!cron.explain().is_empty());
        }
    }
}
