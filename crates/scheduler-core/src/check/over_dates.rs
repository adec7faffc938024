//! Loops over dates: jobs that wait for each other by dependencies on other dates. Within one date loops are found in
//! the built day; these lie between days.

use jiff::civil::Date;

use super::days::BuiltDays;
use super::missing::counts;
use super::{Dates, Finding, Severity, name_of, path_of};
use crate::dependency::OffsetRule;
use crate::loops::groups;
use crate::model::{Dependency, JobId, Kind, Model};

/// Steps of the search in one group of jobs at most, some tenths of a second. A larger group is left out, and that is
/// said.
const STEPS_MAX: usize = if cfg!(test) { 1_000 } else { 20_000_000 };

/// A wait for another job, so many days away.
#[derive(Clone, Copy)]
struct Link<'m> {
    from: JobId,
    to: JobId,
    dependency: &'m Dependency,
}

/// One loop of each group of jobs that wait for each other, if no day of it can ever begin: its offsets add up to the
/// same date or a later one. With an earlier one each day waits for days before it, which is a chain and no loop.
pub(super) fn findings(model: &Model, days: &BuiltDays) -> Vec<Finding> {
    let links: Vec<Vec<Link<'_>>> = model.jobs().map(|(id, _)| links(model, id)).collect();
    if links.iter().flatten().all(|link| link.dependency.offset == 0) {
        return Vec::new();
    }
    let next = |job: usize| links[job].iter().map(|link| link.to.0 as usize).collect();
    let (groups, group_of) = groups(links.len(), next);
    let within = |group: &[usize]| {
        let of = group_of[group[0]];
        let all = group.iter().flat_map(|job| &links[*job]);
        all.filter(|link| group_of[link.to.0 as usize] == of).copied().collect::<Vec<_>>()
    };
    let found = groups.iter().filter_map(|group| {
        let links = within(group);
        let is_over_dates = links.iter().any(|link| link.dependency.offset != 0);
        if !is_over_dates {
            return None;
        }
        if group.len().saturating_mul(links.len()) > STEPS_MAX {
            return Some(too_many(model, group));
        }
        finding(model, days, &never_begins(group, &links)?)
    });
    found.collect()
}

fn too_many(model: &Model, group: &[usize]) -> Finding {
    let jobs = group.iter().filter_map(|job| u32::try_from(*job).ok());
    let first = JobId(jobs.min().unwrap_or(0));
    Finding {
        severity: Severity::Warning,
        path: path_of(model, first),
        message: format!(
            "{} jobs, of which this is the first, wait for each other over several dates: too many to look for loops over \
             dates among them; put fewer dependencies with `offset_days` between them",
            group.len()
        ),
    }
}

fn links(model: &Model, from: JobId) -> Vec<Link<'_>> {
    let waits = model
        .dependencies(from)
        .iter()
        .filter(|each| matches!(each.kind, Kind::Requires(_) | Kind::After(_)));
    // An offset that counts occurrences says nothing about days but whether they are later.
    let waits =
        waits.filter(|each| each.offset >= 0 || model.offset_rule() == OffsetRule::CalendarDays);
    waits
        .flat_map(|dependency| {
            model.targets(dependency).iter().map(move |to| Link { from, to: *to, dependency })
        })
        .collect()
}

/// A loop whose offsets add up to zero or more: the longest ways from anywhere (Bellman and Ford) grow for ever on it.
/// Each link counts a little, so that a loop of zero grows too, and too little to make one of less grow.
fn never_begins<'m>(group: &[usize], links: &[Link<'m>]) -> Option<Vec<Link<'m>>> {
    let mut sorted = group.to_vec();
    sorted.sort_unstable();
    let place = |job: JobId| sorted.binary_search(&(job.0 as usize)).unwrap_or(0);
    let factor = i64::try_from(group.len()).unwrap_or(i64::MAX).saturating_add(1);
    let mut length = vec![0i64; group.len()];
    let mut last: Vec<Option<Link<'m>>> = vec![None; group.len()];
    let mut grown = None;
    for _ in 0..=group.len() {
        grown = None;
        for link in links {
            let way = length[place(link.from)]
                .saturating_add(i64::from(link.dependency.offset).saturating_mul(factor))
                .saturating_add(1);
            if way > length[place(link.to)] {
                length[place(link.to)] = way;
                last[place(link.to)] = Some(*link);
                grown = Some(link.to);
            }
        }
        grown?;
    }
    // What still grows is on a loop, or behind one: so many steps back lead into it.
    let mut at = grown?;
    for _ in 0..group.len() {
        at = last[place(at)]?.from;
    }
    let (first, mut way) = (at, Vec::new());
    loop {
        let link = last[place(at)]?;
        way.push(link);
        at = link.from;
        if at == first {
            way.reverse();
            return Some(way);
        }
    }
}

/// The loop, if its jobs meet on dates that were looked at.
fn finding(model: &Model, days: &BuiltDays, way: &[Link<'_>]) -> Option<Finding> {
    let least = way.iter().enumerate().min_by_key(|(_, link)| link.from).map_or(0, |(at, _)| at);
    let mut way = way.to_vec();
    way.rotate_left(least);
    if way.iter().all(|link| link.dependency.offset == 0) {
        return None;
    }
    let mut dates = None;
    for start in 0..days.len() {
        if meets(model, days, &way, start) {
            Dates::add(&mut dates, days.date(start));
        }
    }
    let first = way[0].from;
    let steps = way.iter().map(|link| {
        let of = match link.dependency.offset {
            0 => String::new(),
            days => format!(" ({days:+} days)"),
        };
        format!("{}{of}", name_of(model, link.to, first))
    });
    let steps: Vec<String> = [name_of(model, first, first)].into_iter().chain(steps).collect();
    Some(Finding {
        severity: Severity::Error,
        path: path_of(model, first),
        message: format!(
            "a loop over dates, {}: {}; none of them ever starts",
            dates?.words(),
            steps.join(" waits for ")
        ),
    })
}

/// Whether each job of a loop is built on the date for which the one before it waits.
fn meets(model: &Model, days: &BuiltDays, way: &[Link<'_>], start: usize) -> bool {
    let mut at = start;
    way.iter().all(|link| {
        let date: Date = days.date(at);
        let is_there =
            days.is_built(link.from, at) && counts(model, link.from, link.dependency, date);
        let other = at.checked_add_signed(isize::from(link.dependency.offset));
        match other.filter(|other| *other < days.len()) {
            Some(other) if is_there && days.is_built(link.to, other) => {
                at = other;
                true
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::testing::{date_of, model_of_jobs, plan_on};

    /// What the check of a week says about loops over dates.
    fn found(jobs: &str) -> Vec<String> {
        let model = model_of_jobs(jobs);
        let mut check = Check::new(&model, date_of("2026-06-01"));
        for day in 1..=7 {
            check.day(&plan_on(&model, &format!("2026-06-0{day}")));
        }
        let all = check.finish().into_iter();
        all.map(|finding| finding.message).filter(|text| text.contains("over dates")).collect()
    }

    fn waits(job: &str, offset: i32) -> String {
        format!(
            r#"{{"depends_on": [{{"requires": {{"job": "{job}", "offset_days": {offset}}}}}]}}"#
        )
    }

    #[test]
    fn days_that_wait_for_each_other_or_for_later_ones_for_ever_are_found() {
        let two = |to_b: i32, to_a: i32| {
            found(&format!(r#"{{"A": {}, "B": {}}}"#, waits("B", to_b), waits("A", to_a)))
        };
        let of = |to_b: &str, to_a: &str, dates: &str| {
            format!(
                "a loop over dates, {dates}: `A` waits for `B` ({to_b} days) waits for `A` ({to_a} days); none of them \
                 ever starts"
            )
        };
        assert_eq!(two(1, -1), [of("+1", "-1", "on 6 dates, the first Mon 2026-06-01")]);
        assert_eq!(two(2, -1), [of("+2", "-1", "on 5 dates, the first Mon 2026-06-01")]);
        // A chain into the past begins on its first day.
        assert_eq!(two(1, -2), [""; 0]);
        assert_eq!(two(-1, -1), [""; 0]);
        let own = |offset| found(&format!(r#"{{"A": {}}}"#, waits("A", offset)));
        assert_eq!(
            own(1),
            [
                "a loop over dates, on 6 dates, the first Mon 2026-06-01: `A` waits for `A` (+1 days); none of them ever starts"
            ]
        );
        assert_eq!(own(-1), [""; 0]);
    }

    #[test]
    fn a_loop_behind_a_long_way_is_found_and_one_of_a_single_date_is_not_found_again() {
        let jobs = format!(
            r#"{{"A": {}, "B": {}, "C": {}, "D": {}, "X": {}}}"#,
            waits("B", 0),
            waits("C", -3),
            waits("D", 1),
            waits("B", 2),
            waits("A", 0)
        );
        assert_eq!(
            found(&jobs),
            [
                "a loop over dates, on 4 dates, the first Thu 2026-06-04: `B` waits for `C` (-3 days) waits for `D` (+1 days) \
                 waits for `B` (+2 days); none of them ever starts"
            ]
        );
        let single = format!(r#"{{"A": {}, "B": {}}}"#, waits("B", 0), waits("A", 0));
        assert_eq!(found(&single), [""; 0]);
    }

    #[test]
    fn a_group_that_is_too_large_is_named() {
        let jobs = (0..40).map(|job| {
            format!(r#""J{job:02}": {}"#, waits(&format!("J{:02}", (job + 1) % 40), -1))
        });
        let found = found(&format!("{{{}}}", jobs.collect::<Vec<_>>().join(",")));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("40 jobs, of which this is the first,"), "{found:?}");
    }

    #[test]
    fn jobs_that_do_not_meet_on_their_dates_are_in_no_loop() {
        let jobs = format!(
            r#"{{"A": {}, "B": {{"disable_build": true, "depends_on": [{{"requires": {{"job": "A", "offset_days": -1}}}}]}}}}"#,
            waits("B", 1)
        );
        assert_eq!(found(&jobs), [""; 0]);
    }
}
