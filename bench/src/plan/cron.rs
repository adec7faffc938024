//! Next runs of cron lines over a year: our frequencies, croner alone, Python's croniter.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::frequency::Cron;
use scheduler_core::time::Zone;
use serde_json::json;

use crate::report::{Bar, Figure, Report, Spread};

/// The zone of all lines; its clocks change twice in the year.
const ZONE: &str = "Europe/Zurich";

/// Calculates, and counts the runs. In a zone without changes all must find the same number; in this one they differ in
/// the hours that are missing and that come twice.
pub(super) fn run(
    report: &mut Report,
    lines: usize,
    repeats: usize,
    python: Option<&Path>,
) -> anyhow::Result<()> {
    let patterns = patterns(lines);
    let (from, to): (Timestamp, Timestamp) =
        ("2026-11-24T00:00:00Z".parse()?, "2027-11-24T00:00:00Z".parse()?);
    let (expected, alone) =
        (own(&patterns, from, to, "UTC")?.1, croner(&patterns, from, to, "UTC")?.1);
    anyhow::ensure!(expected == alone, "in UTC {expected} runs, croner alone finds {alone}");
    let ours = times(repeats, || own(&patterns, from, to, ZONE))?;
    let alone = times(repeats, || croner(&patterns, from, to, ZONE))?;
    for (what, (seconds, runs)) in [("our cron frequencies", &ours), ("croner alone", &alone)] {
        add(report, lines, what, seconds, *runs, repeats);
    }
    match python {
        None => eprintln!("croniter is left out: no Python with it was given"),
        Some(python) => {
            let found = croniter(python, &patterns, from, to, "UTC")?.1;
            anyhow::ensure!(expected == found, "in UTC {expected} runs, croniter finds {found}");
            let (seconds, runs) = times(repeats, || croniter(python, &patterns, from, to, ZONE))?;
            add(report, lines, "Python's croniter", &seconds, runs, repeats);
            ratio(report, "croniter", &seconds, &ours.0);
        }
    }
    ratio(report, "croner alone", &alone.0, &ours.0);
    Ok(())
}

fn add(
    report: &mut Report,
    lines: usize,
    what: &str,
    seconds: &Spread,
    runs: usize,
    repeats: usize,
) {
    report.add(Figure {
        what: &format!("next runs of {lines} cron lines over a year, {what}"),
        value: seconds.median(),
        unit: "s",
        bar: Bar::None,
        note: format!("{repeats} rounds, {}; {runs} runs found, in {ZONE}", seconds.words(2)),
        details: json!({"spread_s": seconds.json(), "runs": runs}),
    });
}

fn ratio(report: &mut Report, peer: &str, theirs: &Spread, ours: &Spread) {
    report.add(Figure {
        what: &format!("next runs: time of {peer} over ours"),
        value: theirs.median() / ours.median(),
        unit: "x",
        bar: Bar::None,
        note: "medians".to_owned(),
        details: json!({}),
    });
}

/// Runs it several times.
fn times(
    repeats: usize,
    mut one: impl FnMut() -> anyhow::Result<(f64, usize)>,
) -> anyhow::Result<(Spread, usize)> {
    let mut seconds = Vec::new();
    let mut runs = None;
    for _ in 0..repeats {
        let (took, found) = one()?;
        seconds.push(took);
        let before = *runs.get_or_insert(found);
        anyhow::ensure!(before == found, "{before} runs in one round, {found} in another");
    }
    Ok((Spread::new(seconds), runs.unwrap_or(0)))
}

/// Lines as people write them: daily, weekly, monthly, some every quarter of an hour.
fn patterns(lines: usize) -> Vec<String> {
    let one = |number: usize| match number % 10 {
        0 => format!("{} {} * * *", number % 60, number % 24),
        1 => format!("{} {} * * 1-5", number % 60, number % 24),
        2 => format!("{} {} {} * *", number % 60, number % 24, number % 28 + 1),
        3 => format!("{} {} * * {}", number % 60, number % 24, number % 7),
        4 => format!("{} */4 * * *", number % 60),
        5 => "*/15 8-18 * * 1-5".to_owned(),
        6 => format!("{} {} 1 */3 *", number % 60, number % 24),
        7 => format!("{} {},{} * * *", number % 60, number % 12, number % 12 + 12),
        8 => format!("{} {} 29 2 *", number % 60, number % 24),
        _ => format!("0,30 {}-{} * * *", number % 12, number % 12 + 3),
    };
    (0..lines).map(one).collect()
}

fn own(
    patterns: &[String],
    from: Timestamp,
    to: Timestamp,
    zone: &str,
) -> anyhow::Result<(f64, usize)> {
    let zone: Zone = zone.parse()?;
    let begin = Instant::now();
    let mut runs = 0;
    for pattern in patterns {
        let cron: Cron = pattern.parse()?;
        runs += cron.starts_after(from, &zone).take_while(|start| start.at <= to).count();
    }
    Ok((begin.elapsed().as_secs_f64(), runs))
}

fn croner(
    patterns: &[String],
    from: Timestamp,
    to: Timestamp,
    zone: &str,
) -> anyhow::Result<(f64, usize)> {
    let zone = TimeZone::get(zone)?;
    let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone));
    let begin = Instant::now();
    let mut runs = 0;
    for pattern in patterns {
        let cron: croner::Cron = pattern.parse()?;
        let mut at = from.clone();
        while let Ok(next) = cron.find_next_occurrence(&at, false) {
            if next > to {
                break;
            }
            runs += 1;
            at = next;
        }
    }
    Ok((begin.elapsed().as_secs_f64(), runs))
}

/// The Python program: reads lines, calculates, says how long it took without its own start.
const PROGRAM: &str = "
import sys, time, datetime, zoneinfo
from croniter import croniter
zone = zoneinfo.ZoneInfo(sys.argv[1])
start, end = (datetime.datetime.fromtimestamp(int(each), zone) for each in sys.argv[2:4])
lines = [line.strip() for line in sys.stdin]
begin, runs = time.perf_counter(), 0
for line in lines:
    each = croniter(line, start)
    while True:
        at = each.get_next(datetime.datetime)
        if at > end:
            break
        runs += 1
print(time.perf_counter() - begin, runs)
";

fn croniter(
    python: &Path,
    patterns: &[String],
    from: Timestamp,
    to: Timestamp,
    zone: &str,
) -> anyhow::Result<(f64, usize)> {
    let mut child = Command::new(python)
        .args(["-c", PROGRAM, zone, &from.as_second().to_string(), &to.as_second().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", python.display()))?;
    child.stdin.take().context("its input")?.write_all(patterns.join("\n").as_bytes())?;
    let output = child.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "croniter ended with {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let (seconds, runs) = text.trim().split_once(' ').context("croniter said nothing")?;
    Ok((seconds.parse()?, runs.parse()?))
}
