//! The runs of a job that repeats within a day, in one line of the table.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::rows::{FURTHER_RUN, Row};
use crate::planning::report::count;

/// Fewer runs than this keep their lines: two take no more room, and stay in the order of time.
const RUNS_MIN: usize = 3;
/// As many times as this are named where no constant step says them.
const TIMES_MAX: usize = 6;

/// Rows that are one line: a row alone, or the runs of one job of a day that are there for the same reason.
pub(super) struct Fold<'r, 'm> {
    rows: Vec<&'r Row<'m>>,
}

/// The lines of a day. The line of several runs stands where the first of them is.
pub(super) fn fold<'r, 'm>(rows: &'r [Row<'m>]) -> Vec<Fold<'r, 'm>> {
    let mut groups: Vec<Vec<&'r Row<'m>>> = Vec::new();
    // Where the present runs of each job are; what differs from them begins a line of its own.
    let mut open: HashMap<(&str, &str), usize> = HashMap::new();
    let mut group_of = |row: &'r Row<'m>| {
        let job = (row.schedule.as_str(), row.job.as_str());
        if let Some(at) = open.get(&job)
            && row.is_further
            && is_same(groups[*at][0], row)
        {
            groups[*at].push(row);
            return *at;
        }
        open.insert(job, groups.len());
        groups.push(vec![row]);
        groups.len() - 1
    };
    let places: Vec<usize> = rows.iter().map(&mut group_of).collect();
    let mut folds = Vec::new();
    for (row, place) in rows.iter().zip(places) {
        let group = &groups[place];
        if group.len() < RUNS_MIN {
            folds.push(Fold { rows: vec![row] });
        } else if std::ptr::eq(group[0], row) {
            folds.push(Fold { rows: group.clone() });
        }
    }
    folds
}

/// Every row by itself.
pub(super) fn each<'r, 'm>(rows: &'r [Row<'m>]) -> Vec<Fold<'r, 'm>> {
    rows.iter().map(|row| Fold { rows: vec![row] }).collect()
}

/// Whether two runs of a job differ in their times only.
fn is_same(first: &Row<'_>, row: &Row<'_>) -> bool {
    (first.what, first.frequency, first.zone.name()) == (row.what, row.frequency, row.zone.name())
        && reasons(first).eq(reasons(row))
}

/// Why a run is there, whichever of its day it is.
fn reasons<'r>(row: &'r Row<'_>) -> impl Iterator<Item = &'r str> {
    row.why.split("; ").filter(|reason| *reason != FURTHER_RUN)
}

impl<'r, 'm> Fold<'r, 'm> {
    /// The row with which it begins.
    pub(super) fn first(&self) -> &'r Row<'m> {
        self.rows[0]
    }

    /// How many rows it stands for.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Why it is there, and when the further runs are.
    pub(super) fn why(&self) -> String {
        let why = self.first().shown_why();
        if self.len() == 1 { why } else { format!("{why}; {}", self.times()) }
    }

    fn times(&self) -> String {
        let last = self.rows[self.len() - 1].shown_start();
        let runs = count(self.len(), "run");
        // The first run may wait for others, and so be later than its step.
        match (self.step_from(0), self.step_from(1)) {
            (Some(step), _) => format!("{step} until {last}, {runs}"),
            (None, Some(step)) if self.len() > RUNS_MIN => {
                format!("then {step} from {} until {last}, {runs}", self.rows[1].shown_start())
            }
            _ if self.len() <= TIMES_MAX => {
                let times = self.rows[1..].iter().map(|row| row.shown_start());
                format!("also at {}, {runs}", times.collect::<Vec<_>>().join(", "))
            }
            _ => format!("{runs} until {last}"),
        }
    }

    /// What is between all runs from one on, in words; none where it is not the same.
    fn step_from(&self, first: usize) -> Option<String> {
        let mut steps = self.rows[first..].windows(2).map(|pair| {
            let (before, after) = (pair[0].start?, pair[1].start?);
            Some(after.duration_since(before))
        });
        let step = steps.next()??;
        steps.all(|each| each == Some(step)).then(|| words(step))?
    }
}

/// `every 15 minutes`; none for what is no whole minutes.
fn words(step: SignedDuration) -> Option<String> {
    let seconds = step.as_secs();
    let (number, word) = match seconds {
        1.. if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        1.. if seconds % 60 == 0 => (seconds / 60, "minute"),
        _ => return None,
    };
    let number = usize::try_from(number).ok()?;
    Some(if number == 1 {
        format!("every {word}")
    } else {
        format!("every {}", count(number, word))
    })
}
