//! Which jobs of the coming days a plan of definitions moves.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use scheduler_api::{DayMoves, Move, Moves, Place};

use super::output::{Table, print_line};
use super::words::{instant, zones};

/// Jobs that are shown unless all are asked for.
const SHOWN: usize = 40;

/// Prints which jobs move, at most so many that a screen holds them unless `all` are asked for.
pub(super) fn show(moves: &Moves, all: bool) -> anyhow::Result<()> {
    if moves.days.is_empty() {
        return Ok(());
    }
    let counted: usize = moves.days.iter().map(total).sum();
    if counted == 0 {
        return print_line(&format!("no job of {} moves", period(&moves.days)));
    }
    print_line("")?;
    for day in &moves.days {
        print_line(&format!(
            "{}: {} appear, {} vanish, {} change",
            day.date, day.appear, day.vanish, day.change
        ))?;
    }
    let mut table = Table::new(&["DATE", "WHAT", "JOB", "START", "EXPECTED", "COUNTS", "BECAUSE"]);
    let shown = if all { moves.jobs.len() } else { SHOWN };
    for each in moves.jobs.iter().take(shown) {
        let place = |of: fn(&Place) -> Option<Timestamp>| {
            let at = |place: &Place| {
                of(place)
                    .map_or_else(|| "never".to_owned(), |at| short(at, &each.time_zone, each.date))
            };
            both(each.before.as_ref().map(at), each.after.as_ref().map(at))
        };
        table.row([
            each.date.to_string(),
            what(each).to_owned(),
            format!("{}/{}", each.schedule, each.job),
            place(|place| Some(place.start)),
            place(|place| place.expected),
            counts(each),
            because(each),
        ]);
    }
    table.print("")?;
    if let Some(line) = zones(moves.jobs.iter().take(shown).map(|each| each.time_zone.as_str())) {
        print_line(&line)?;
    }
    if counted > shown {
        let (left, names) =
            (counted - shown.min(moves.jobs.len()), if all { "" } else { "; --all shows more" });
        print_line(&format!("and {left} more{names}"))?;
    }
    if moves.jobs.iter().any(|each| each.taken == "built") {
        print_line(
            "\"no, built\": that date is built by the stored definitions and stays so; `ringmaster schedule build NAME --overwrite` builds \
             it anew once it is completed or closed",
        )?;
    }
    Ok(())
}

fn total(day: &DayMoves) -> usize {
    day.appear + day.vanish + day.change
}

fn period(days: &[DayMoves]) -> String {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if first.date != last.date => {
            format!("{} to {}", first.date, last.date)
        }
        (Some(only), _) => only.date.to_string(),
        (None, _) => "these dates".to_owned(),
    }
}

fn what(of: &Move) -> &'static str {
    match (&of.before, &of.after) {
        (None, _) => "appears",
        (Some(_), None) => "vanishes",
        (Some(_), Some(_)) => "changes",
    }
}

/// When a change counts.
fn counts(of: &Move) -> String {
    match (of.taken.as_str(), of.taken_at) {
        ("built", _) => "no, built".to_owned(),
        ("automatic", Some(at)) => {
            format!("with its build, {}", instant(at, &of.time_zone))
        }
        ("gone", _) => "at once".to_owned(),
        _ => "when built by hand".to_owned(),
    }
}

/// One time, or two that differ; none where the job is not there.
fn both(before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (Some(before), Some(after)) if before != after => format!("{before} -> {after}"),
        (before, after) => after.or(before).unwrap_or_default(),
    }
}

/// What else differs.
fn because(of: &Move) -> String {
    let mut all: Vec<String> = of.newly.iter().map(|each| format!("+{each}")).collect();
    all.extend(of.no_longer.iter().map(|each| format!("-{each}")));
    if let (Some(before), Some(after)) = (&of.before, &of.after) {
        if before.latest != after.latest {
            let at = |at: Option<Timestamp>| {
                at.map_or_else(|| "none".to_owned(), |at| short(at, &of.time_zone, of.date))
            };
            all.push(format!("latest start {} -> {}", at(before.latest), at(after.latest)));
        }
        if before.further != after.further {
            let (was, is) = (before.further.len(), after.further.len());
            all.push(if was == is {
                format!("{is} further runs at other times")
            } else {
                format!("{was} -> {is} further runs")
            });
        }
        if before.built != after.built {
            all.push(format!("built {} -> {}", before.built, after.built).replace('_', " "));
        }
        if all.is_empty() && before.start == after.start && before.expected != after.expected {
            all.push("what it waits for".to_owned());
        }
    }
    all.join("; ")
}

/// A time in a zone, with its date where that is another one; seconds where there are some.
fn short(at: Timestamp, zone: &str, date: Date) -> String {
    let local = at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC));
    let time = local.strftime(if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string();
    if local.date() == date { time } else { format!("{} {time}", local.strftime("%m-%d")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(start: &str, expected: Option<&str>) -> Place {
        let at = |text: &str| text.parse().unwrap();
        Place {
            start: at(start),
            expected: expected.map(at),
            latest: None,
            further: Vec::new(),
            built: "released".to_owned(),
        }
    }

    fn moved(before: Option<Place>, after: Option<Place>) -> Move {
        Move {
            date: "2026-11-23".parse().unwrap(),
            schedule: "Night".to_owned(),
            job: "Load".to_owned(),
            time_zone: "Europe/Zurich".to_owned(),
            before,
            after,
            no_longer: Vec::new(),
            newly: Vec::new(),
            taken: "automatic".to_owned(),
            taken_at: Some("2026-11-22T17:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_job_says_when_it_moves_from_where_to_where_and_why() {
        let night = place("2026-11-23T19:00:00Z", Some("2026-11-23T19:00:00Z"));
        let later = place("2026-11-23T23:30:00Z", None);
        let mut of = moved(Some(night.clone()), Some(later.clone()));
        assert_eq!(what(&of), "changes");
        assert_eq!(counts(&of), "with its build, 2026-11-22 18:00:00 CET");
        let start =
            |of: &Place| Some(short(of.start, "Europe/Zurich", "2026-11-23".parse().unwrap()));
        assert_eq!(both(start(&night), start(&later)), "20:00 -> 11-24 00:30");
        assert_eq!(both(start(&night), Some("never".to_owned())), "20:00 -> never");
        assert_eq!(both(start(&night), start(&night)), "20:00");
        of.newly.push("requires Night/Begin".to_owned());
        of.no_longer.push("after Day/Save of -1".to_owned());
        assert_eq!(because(&of), "+requires Night/Begin; -after Day/Save of -1");
        assert_eq!(what(&moved(None, Some(later))), "appears");
        assert_eq!(what(&moved(Some(night), None)), "vanishes");
    }

    #[test]
    fn one_that_moves_with_what_it_waits_for_says_so() {
        let was = place("2026-11-23T19:00:00Z", Some("2026-11-23T19:00:00Z"));
        let is = place("2026-11-23T19:00:00Z", Some("2026-11-23T20:00:00Z"));
        assert_eq!(because(&moved(Some(was), Some(is))), "what it waits for");
    }
}
