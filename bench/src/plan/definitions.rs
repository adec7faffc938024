//! Definitions of any size: schedules of 500 jobs, each job with two dependencies.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Jobs of a schedule.
const SCHEDULE: usize = 500;
/// Every so many jobs depends on a job of another schedule.
const ACROSS: usize = 20;

/// Rules that all qualify for a Tuesday in November, and differ on other days.
const FREQUENCIES: [(&str, &str); 8] = [
    ("Weekdays", "all_weeks: { days: [mon, tue, wed, thu, fri], aobn: not_scheduled }"),
    ("Weekdays before", "all_weeks: { days: [mon, tue, wed, thu, fri] }"),
    ("Every day", "all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any }"),
    ("Tue and Thu", "all_weeks: { days: [tue, thu], aobn: after }"),
    ("Fourth Tuesday", "on_occurrence: { days: [tue], occurrence: 4 }"),
    ("17th working day", "on_day: { day: 17 }"),
    ("The 24th", "on_day: { day: 24, day_type: any }"),
    ("Every third day", "on_intervals: { start: 2026-11-24, every: 3, aobn: after }"),
];

/// Writes the definitions into a folder, a file for each schedule, and says how many bytes they have.
pub(super) fn write(folder: &Path, jobs: usize) -> std::io::Result<usize> {
    fs::create_dir_all(folder)?;
    let mut bytes = put(folder, "common", &common())?;
    for (number, first) in (0..jobs).step_by(SCHEDULE).enumerate() {
        let text = schedule(number, SCHEDULE.min(jobs - first), first);
        bytes += put(folder, &format!("schedule{number:05}"), &text)?;
    }
    Ok(bytes)
}

fn put(folder: &Path, name: &str, text: &str) -> std::io::Result<usize> {
    fs::write(folder.join(format!("{name}.yaml")), text)?;
    Ok(text.len())
}

fn common() -> String {
    let mut text = "options: { time_zone: Europe/Zurich }\ncalendars:\n  Master Holiday: { dates: [2026-12-25, 2027-01-01] }\n\
                    batch_users: { AMTUSER: { target: AsyscoAMT } }\nproperties: { AMT_APPLICATION: { value: DEMO2 } }\n\
                    agents:\n  AMT1: { connection: { asysco_amt: { batch_server_url: 'http://localhost:9001', batch_user: AMTUSER } } }\n\
                    frequencies:\n"
        .to_owned();
    for (name, rule) in FREQUENCIES {
        let _ = writeln!(text, "  {name}: {{ when: {{ {rule} }} }}");
    }
    text
}

fn schedule(number: usize, jobs: usize, first: usize) -> String {
    let mut text = format!(
        "schedules:\n  Schedule {number:05}:\n    auto_build: {{}}\n    start_time: 06:00\n    jobs:\n"
    );
    for job in 0..jobs {
        let frequency = FREQUENCIES[(first + job) % FREQUENCIES.len()].0;
        let _ = write!(
            text,
            "      Job {job:04}:\n        run:\n          amt_batch_job:\n            application: '[[AMT_APPLICATION]]'\n            job: REPORT{job:04}\n            \
             task_values: ['{number}']\n        runs_on: {{ agents: [AMT1] }}\n        frequencies:\n          - use: {frequency}\n            start: 01:{:02}\n            \
             estimated_run_minutes: 5\n",
            job % 60
        );
        dependencies(&mut text, number, job);
    }
    text
}

/// Two for each job, and more for the last ones in place of those that the first ones cannot have.
fn dependencies(text: &mut String, schedule: usize, job: usize) {
    if schedule == 0 && job < 2 {
        return;
    }
    text.push_str("        depends_on:\n");
    let mut put = |other: usize, of: Option<usize>| {
        let schedule = of.map_or_else(String::new, |of| format!(", schedule: Schedule {of:05}"));
        let _ = writeln!(text, "          - after: {{ job: Job {other:04}{schedule} }}");
    };
    match job {
        0 | 1 => {
            put(job, Some(schedule - 1));
            put(job + 2, Some(schedule - 1));
        }
        job if job % ACROSS == 0 && schedule > 0 => {
            put(job - 1, None);
            put(job, Some(schedule - 1));
        }
        2 => {
            put(0, None);
            put(1, None);
        }
        job => {
            put(job - 1, None);
            put(job / 2, None);
        }
    }
}
