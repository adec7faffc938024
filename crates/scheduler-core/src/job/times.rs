//! All times of a daily job as instants (`opcon-domain 1.4.3`).
//!
//! An offset from the schedule's start is read on the local clock: 06:00 is 06:00, also on a day on which the clocks
//! change. One from the release of the schedule is so many minutes after that instant, and so is everything about a
//! run: how long it is expected to take, and how long it may.

use jiff::{SignedDuration, Timestamp};

use super::Repeat;
use crate::definition::{FrequencyUse, StartFrom};
use crate::plan::DayTimes;
use crate::time::{Offset, later};

/// Runs whose average is the estimate of the next one.
const AVERAGE_OF: usize = 10;

/// The times of a job on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// It does not start before.
    pub start: Timestamp,
    /// After this it misses its start; none for no limit.
    pub latest_start: Option<Timestamp>,
    /// When it is late to start; none for never.
    pub late_to_start: Option<Timestamp>,
    /// When it is late to finish; none for never.
    pub late_to_finish: Option<Timestamp>,
    /// How often it runs again, and when.
    pub repeat: Repeat,
    /// How long a run may take before it has exceeded its run time; none for no limit.
    pub max_run: Option<SignedDuration>,
}

impl Times {
    /// The times by a use of a frequency. `released` is when the schedule was released, which is when it started, or
    /// while that is not known when it is planned to start. `cron` are the times of the date for a frequency that is a
    /// cron pattern; each gets its run, late when the run before takes so long. Empty for other frequencies.
    pub fn new(
        of: &FrequencyUse,
        day: &DayTimes<'_>,
        released: Timestamp,
        cron: &[Timestamp],
    ) -> Self {
        let from_start = |distance: Offset| match (cron.first(), of.start_from) {
            (Some(first), _) => later(*first, distance.minutes()),
            (None, StartFrom::ScheduleStart) => day.after(of.start, distance),
            (None, StartFrom::Release) => later(released, of.start.minutes() + distance.minutes()),
        };
        let late = |distance| (distance != Offset::ZERO).then(|| from_start(distance));
        let latest_start = (of.latest_start != Offset::ZERO).then(|| match of.latest_start_from {
            StartFrom::ScheduleStart => day.at(of.latest_start),
            StartFrom::Release => later(released, of.latest_start.minutes()),
        });
        let repeat = match (cron, &of.recurrence) {
            ([_, further @ ..], _) if !further.is_empty() => Repeat::Instances {
                times: further.to_vec(),
                on_overlap: super::OnOverlap::StartOnCompletion,
            },
            ([_, ..], _) | ([], None) => Repeat::None,
            ([], Some(recurrence)) => recurrence.resolve(|offset| day.at(offset)),
        };
        let max_run = SignedDuration::from_mins(of.max_run_minutes.into());
        Self {
            start: from_start(Offset::ZERO),
            latest_start,
            late_to_start: late(of.late_to_start),
            late_to_finish: late(of.late_to_finish),
            repeat,
            max_run: (max_run > SignedDuration::ZERO).then_some(max_run),
        }
    }

    /// With another longest run, in minutes, where one is given.
    #[must_use]
    pub fn with_max_run(self, minutes: Option<u16>) -> Self {
        let other = minutes.map(|minutes| SignedDuration::from_mins(minutes.into()));
        Self { max_run: other.or(self.max_run), ..self }
    }

    /// When a run that has `started` exceeds its run time; none for never.
    pub fn exceeds_at(&self, started: Timestamp) -> Option<Timestamp> {
        self.max_run.map(|max| started.saturating_add(max).unwrap_or(Timestamp::MAX))
    }
}

/// How long a run is expected to take: what the definition says, or the average of the last ten of the `durations`, the
/// newest last, once there are any and the definition wants it.
pub fn estimated_run(of: &FrequencyUse, durations: &[SignedDuration]) -> SignedDuration {
    let last = &durations[durations.len().saturating_sub(AVERAGE_OF)..];
    if !of.estimate_from_history || last.is_empty() {
        return SignedDuration::from_mins(of.estimated_run_minutes.into());
    }
    let seconds: i64 = last.iter().map(SignedDuration::as_secs).fold(0, i64::saturating_add);
    SignedDuration::from_secs(seconds / i64::try_from(last.len()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::*;
    use crate::job::OnOverlap;
    use crate::job::table::policy;
    use crate::job::tests::{World, minute};
    use crate::job::{Event, Policy, Qualification, Verdict};
    use crate::time::Zone;

    /// The days on which the clocks of Zurich change, and one between.
    const SPRING: Date = date(2026, 3, 29);
    const SUMMER: Date = date(2026, 7, 1);
    const AUTUMN: Date = date(2026, 10, 25);

    fn of_use(fields: &str) -> FrequencyUse {
        serde_json::from_str(&format!(r#"{{"use": "Daily"{fields}}}"#)).unwrap()
    }

    fn shown(at: Timestamp) -> String {
        at.strftime("%d %H:%M").to_string()
    }

    /// Start, latest start, late to start and late to finish, in UTC, of a schedule that starts at 01:00 in Zurich and
    /// was released at 07:10 UTC.
    fn times(of: &FrequencyUse, date: Date) -> Times {
        let zone: Zone = "Europe/Zurich".parse().unwrap();
        let day = DayTimes::new(&zone, date, "01:00".parse().unwrap());
        let released = date.at(7, 10, 0, 0).in_tz("UTC").unwrap().timestamp();
        Times::new(of, &day, released, &[])
    }

    fn row(fields: &str, date: Date) -> [String; 4] {
        let times = times(&of_use(fields), date);
        let text = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), shown);
        [Some(times.start), times.latest_start, times.late_to_start, times.late_to_finish].map(text)
    }

    #[test]
    fn every_time_by_what_it_counts_from_also_when_the_clocks_change() {
        let all = r#", "start": "00:30", "latest_start": "06:00", "late_to_start": "01:00",
            "late_to_finish": "04:30""#;
        let with = |more: &str| format!("{all}, {more}");
        let start = r#""start_from": "release""#;
        let latest = r#""latest_start_from": "release""#;
        for (fields, date, expected) in [
            ("", SUMMER, ["30 23:00", "-", "-", "-"]),
            // 01:30, 07:00, 02:30 and 06:00 on the local clock.
            (all, SUMMER, ["30 23:30", "01 05:00", "01 00:30", "01 04:00"]),
            // 02:30 is in the gap: its end. The others are later on the clock, and an hour nearer.
            (all, SPRING, ["29 00:30", "29 05:00", "29 01:00", "29 04:00"]),
            // 02:30 comes twice: the first.
            (all, AUTUMN, ["24 23:30", "25 06:00", "25 00:30", "25 05:00"]),
            // From the release minutes count, whatever the clocks show.
            (&with(start), SUMMER, ["01 07:40", "01 05:00", "01 08:40", "01 12:10"]),
            (&with(start), SPRING, ["29 07:40", "29 05:00", "29 08:40", "29 12:10"]),
            (&with(latest), AUTUMN, ["24 23:30", "25 13:10", "25 00:30", "25 05:00"]),
            (
                &with(&format!("{start}, {latest}")),
                AUTUMN,
                ["25 07:40", "25 13:10", "25 08:40", "25 12:10"],
            ),
        ] {
            assert_eq!(row(fields, date), expected, "{date} {fields}");
        }
    }

    #[test]
    fn a_start_and_a_delay_may_lead_beyond_the_longest_offset() {
        let fields = r#", "start": "167:59", "late_to_finish": "167:59""#;
        // 01:00 on the first and 335:58 hours later.
        assert_eq!(row(fields, SUMMER), ["07 22:59", "-", "-", "14 22:58"]);
        // The clocks change on the 25th, long after the start and before the delay.
        assert_eq!(row(fields, date(2026, 10, 12)), ["18 22:59", "-", "-", "25 23:58"]);
    }

    #[test]
    fn a_cron_pattern_gives_the_start_the_delays_count_from_it_and_each_time_is_a_run() {
        let of = of_use(r#", "late_to_start": "00:10", "late_to_finish": "01:00""#);
        let zone = Zone::utc();
        let day = DayTimes::new(&zone, SUMMER, "00:00".parse().unwrap());
        let at = |hour: i8| SUMMER.at(hour, 15, 0, 0).in_tz("UTC").unwrap().timestamp();
        let times = Times::new(&of, &day, at(0), &[at(2), at(4), at(6)]);
        assert_eq!(times.start, at(2));
        assert_eq!(times.late_to_start.map(shown).as_deref(), Some("01 02:25"));
        assert_eq!(times.late_to_finish, Some(at(3)));
        let on_overlap = OnOverlap::StartOnCompletion;
        assert_eq!(times.repeat, Repeat::Instances { times: vec![at(4), at(6)], on_overlap });
        assert_eq!(Times::new(&of, &day, at(0), &[at(2)]).repeat, Repeat::None);
    }

    #[test]
    fn a_recurrence_counts_from_the_start_of_the_schedule() {
        let of =
            of_use(r#", "recurrence": {"recurring_instances": {"times": ["05:00", "01:30"]}}"#);
        let Repeat::Instances { times, .. } = times(&of, SPRING).repeat else { panic!() };
        // 02:30 is in the gap, 06:00 after it.
        assert_eq!(times.into_iter().map(shown).collect::<Vec<_>>(), ["29 01:00", "29 04:00"]);
    }

    #[test]
    fn a_run_exceeds_its_maximum_so_many_minutes_after_its_start() {
        let limited = times(&of_use(r#", "max_run_minutes": 90"#), SUMMER);
        assert_eq!(limited.exceeds_at(minute(30)), Some(minute(120)));
        assert_eq!(limited.exceeds_at(Timestamp::MAX), Some(Timestamp::MAX));
        assert_eq!(times(&of_use(""), SUMMER).exceeds_at(minute(30)), None);
    }

    #[test]
    fn the_estimate_is_the_average_of_the_last_ten_runs_if_the_definition_wants_it() {
        let minutes = SignedDuration::from_mins;
        let runs: Vec<_> =
            [100, 100].into_iter().chain([4; 5]).chain([6; 5]).map(minutes).collect();
        let of = of_use(r#", "estimated_run_minutes": 7"#);
        for (runs, expected) in [
            (&runs[..0], minutes(7)),
            (&runs[..1], minutes(100)),
            (&runs[..3], minutes(68)),
            (&runs[..], minutes(5)),
        ] {
            assert_eq!(estimated_run(&of, runs), expected, "{}", runs.len());
        }
        let fixed = of_use(r#", "estimated_run_minutes": 7, "estimate_from_history": false"#);
        assert_eq!(estimated_run(&fixed, &runs), minutes(7));
    }

    #[test]
    fn a_daily_job_that_repeats_by_its_times_waits_for_them() {
        let of = of_use(r#", "recurrence": {"recurring_instances": {"times": ["05:00"]}}"#);
        let times = times(&of, SUMMER);
        let mut world = World::new(Policy { repeat: times.repeat, ..policy() });
        world.now = times.start;
        world.runs();
        world.exits(0);
        assert_eq!(world.job.not_before.map(shown).as_deref(), Some("01 04:00"));
        let qualified = Event::Tested(Qualification::Qualified);
        assert_eq!(world.says(qualified), Verdict::Stale, "not before 06:00 on the local clock");
        world.now = world.job.not_before.unwrap();
        world.does(qualified);
        assert_eq!(world.shown(), "Wait to Start");
    }
}
