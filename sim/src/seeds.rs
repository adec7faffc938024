//! Many seeds, some at the same time, with progress, a summary, and how to replay what has failed.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::options::Options;
use crate::run::{Failure, Settings, run};
use crate::site::Kind;
use crate::tally::Tally;

/// Failures after which no further seed is begun.
const FAILURES_MAX: usize = 5;
/// Sizes that are tried to make a failure smaller.
const SMALLER: [usize; 4] = [5, 12, 30, 70];

/// Simulates all seeds that are asked for.
pub(crate) fn run_all(options: &Options) -> (Tally, Vec<Failure>) {
    let settings = Settings {
        days: options.days,
        size: options.size,
        database: options.database,
        is_traced: options.trace,
    };
    let workers = options
        .jobs
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let next = AtomicU64::new(0);
    let done = Mutex::new((Tally::default(), Vec::new()));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for worker in 0..workers.max(1) {
            let (next, done) = (&next, &done);
            scope.spawn(move || {
                stay_on_one_processor(worker);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let has_failed_often =
                        done.lock().unwrap_or_else(PoisonError::into_inner).1.len() >= FAILURES_MAX;
                    let is_late =
                        options.seconds.is_some_and(|max| begun.elapsed().as_secs() >= max);
                    if number >= options.seeds || has_failed_often || is_late {
                        return;
                    }
                    let result = one(options.first + number, settings, options.twice);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    match result {
                        Ok(tally) => done.0.add(&tally),
                        Err(failure) => {
                            show(&failure, options);
                            done.1.push(failure);
                        }
                    }
                    progress(&done.0, done.1.len(), options.seeds, begun);
                }
            });
        }
    });
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Lets the calling thread, and all that it starts, run on one processor: a seed and its database only ever wait for each other, and to
/// wake somebody on another processor costs more than most statements do.
fn stay_on_one_processor(worker: usize) {
    #[cfg(target_os = "linux")]
    {
        use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
        use nix::unistd::Pid;

        let own = Pid::from_raw(0);
        let Ok(allowed) = sched_getaffinity(own) else { return };
        let allowed: Vec<usize> =
            (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false)).collect();
        let Some(cpu) = worker.checked_rem(allowed.len()).and_then(|place| allowed.get(place))
        else {
            return;
        };
        let mut only = CpuSet::new();
        // Where it is refused, it is only slower.
        let _ = only.set(*cpu).and_then(|()| sched_setaffinity(own, &only));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = worker;
}

/// One seed; a panic is a failure like any other.
fn one(seed: u64, settings: Settings, is_twice: bool) -> Result<Tally, Failure> {
    let caught = |settings: Settings| {
        std::panic::catch_unwind(|| run(seed, settings)).unwrap_or_else(|panic| {
            let why = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let why = format!("it panicked: {}", why.unwrap_or_default());
            Err(Failure { seed, step: 0, why, last: Vec::new(), day: settings.days })
        })
    };
    let (tally, fingerprint) = caught(settings)?;
    if is_twice {
        let (_, again) = caught(settings)?;
        if again != fingerprint {
            let why = format!("it does not replay: {fingerprint:016x} and then {again:016x}");
            return Err(Failure { seed, step: 0, why, last: Vec::new(), day: settings.days });
        }
    }
    Ok(tally)
}

fn progress(tally: &Tally, failures: usize, seeds: u64, begun: Instant) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let failed = if failures > 0 { format!(", {failures} failed") } else { String::new() };
    eprint!(
        "\r{} of {seeds} seeds, {} job-days, {:.0} s{failed} ",
        tally.seeds,
        tally.job_days,
        begun.elapsed().as_secs_f64()
    );
    let _ = std::io::stderr().flush();
}

/// The program.
pub(crate) fn run_program(options: &Options) -> ExitCode {
    let begun = Instant::now();
    let (tally, failures) = run_all(options);
    print!("{tally}");
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{:<28} {seconds:>10.1}  ({:.1} in all seeds together)",
        "seconds",
        tally.took.as_secs_f64()
    );
    let is_enough = tally.job_days >= options.at_least;
    if !is_enough {
        println!("{} job-days are asked for: simulate more seeds", options.at_least);
    }
    if failures.is_empty() && is_enough { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(failure: &Failure, options: &Options) {
    println!("\nFAILED: seed {}, step {}, day {}", failure.seed, failure.step, failure.day);
    for line in &failure.last {
        println!("  {line}");
    }
    println!("{}", failure.why);
    println!("replay: {}", command(failure.seed, options.days, options.size, options));
    if options.no_shrink {
        return;
    }
    if let Some((days, size, why)) = shrink(failure, options) {
        println!("smaller: {}\n  {why}", command(failure.seed, days, size, options));
    }
}

/// The same seed with fewer days or jobs that fails in the same way. Another size is another world, so this is luck.
fn shrink(failure: &Failure, options: &Options) -> Option<(u32, Option<usize>, String)> {
    let kind = |why: &str| why.split(|c: char| c.is_ascii_digit()).next().map(str::to_owned);
    let attempt = |days: u32, size: Option<usize>| {
        let settings = Settings { days, size, database: options.database, is_traced: false };
        one(failure.seed, settings, false)
            .err()
            .filter(|other| kind(&other.why) == kind(&failure.why))
    };
    let smaller = SMALLER.into_iter().filter(|size| options.size.is_none_or(|own| *size < own));
    for size in smaller {
        if let Some(found) = attempt(options.days, Some(size)) {
            return Some((options.days.min(found.day + 1), Some(size), found.why));
        }
    }
    let days = failure.day.min(options.days.saturating_sub(1));
    let found = attempt(days, options.size)?;
    Some((days, options.size, found.why))
}

fn command(seed: u64, days: u32, size: Option<usize>, options: &Options) -> String {
    let size = size.map_or_else(String::new, |size| format!(" --size {size}"));
    let database = match options.database {
        Kind::Sqlite => "",
        Kind::Postgres => " --database postgres",
    };
    format!("cargo xtask sim --first {seed} --seeds 1 --days {days}{size}{database} --trace")
}
