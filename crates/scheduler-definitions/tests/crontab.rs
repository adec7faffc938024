//! Import from crontab: real tables become definitions that validate and run at the same instants.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::{AmbiguousOffset, TimeZone};
use proptest::prelude::*;
use scheduler_core::plan::{Wanted, build};
use scheduler_core::property::{given::Given, resolve};
use scheduler_definitions::crontab::{Crontab, ImportOptions, Layout, import};
use scheduler_definitions::to_yaml;
use support::{source, validated};

/// `/etc/crontab` of Debian 12.
const DEBIAN: &str = r"# /etc/crontab: system-wide crontab
# Unlike any other crontab you don't have to run the `crontab'
# command to install the new version when you edit this file
# and files in /etc/cron.d. These files also have username fields,
# that none of the other crontabs do.

SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

# Example of job definition:
# .---------------- minute (0 - 59)
# |  .------------- hour (0 - 23)
# |  |  .---------- day of month (1 - 31)
# |  |  |  .------- month (1 - 12) OR jan,feb,mar,apr ...
# |  |  |  |  .---- day of week (0 - 6) (Sunday=0 or 7) OR sun,mon,tue,wed,thu,fri,sat
# |  |  |  |  |
# *  *  *  *  * user-name command to be executed
17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
25 6	* * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6	* * 7	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
52 6	1 * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
#
";

/// A user's table with most of what cron knows.
const USER: &str = r#"
# Times are those of the office
CRON_TZ=Europe/Zurich
MAILTO=ops@example.org
SHELL="/bin/bash"
HOME = /srv/app
DATA='/srv/data [[x]]'

# nightly backup,
# keeps a week
@daily /opt/backup.sh --date $(date +\%F)
*/15 6-20 * * mon-fri /opt/poll
30 2 * * * /opt/in-the-gap
0 0 1,15 * Fri [[ -f /tmp/x ]] && echo '{{"a": [[1]]}}' >> /tmp/y
5 4 * * sun mail -s weekly boss%Dear boss,%all is well%
@reboot /opt/start
61 * * * * /opt/never
"#;

fn options(layout: Layout, zone: &str) -> ImportOptions {
    ImportOptions {
        layout,
        schedule: "Crontab".parse().unwrap(),
        agent: "LOCAL".parse().unwrap(),
        time_zone: zone.parse().unwrap(),
    }
}

/// Mistakes of the definitions beside a file with the agent.
fn mistakes(made: &Crontab) -> Vec<String> {
    let yaml = to_yaml(&made.definitions).unwrap();
    let agent = "agents: { LOCAL: { connection: { command: {} } } }\n";
    let (reading, _) = validated(vec![source("cron.yaml", &yaml), source("agents.yaml", agent)]);
    assert_eq!(
        reading.definitions.schedules, made.definitions.schedules,
        "what was read is what was made"
    );
    reading.mistakes.iter().map(ToString::to_string).collect()
}

/// Names, commands and users of the jobs.
fn jobs(made: &Crontab) -> Vec<(String, serde_json::Value)> {
    let jobs = &made.definitions.schedules["Crontab"].jobs;
    let command = |job| serde_json::to_value(job).unwrap()["run"]["command"].clone();
    jobs.iter().map(|(name, job)| (name.to_string(), command(job))).collect()
}

#[test]
fn the_table_of_debian_validates_when_an_agent_is_added() {
    let made = import(DEBIAN, &options(Layout::System, "UTC"));
    assert!(made.refused.is_empty() && made.notes.is_empty(), "{made:?}");
    assert_eq!(mistakes(&made), [""; 0]);
    let jobs = jobs(&made);
    let names: Vec<&str> = jobs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["run-parts", "run-parts-2", "run-parts-3", "run-parts-4"]);
    assert_eq!(jobs[0].1["line"], "/bin/sh -c 'cd / && run-parts --report /etc/cron.hourly'");
    assert_eq!(jobs[0].1["batch_user"], "root");
    assert_eq!(jobs[0].1["environment"]["SHELL"], "/bin/sh");
}

#[test]
fn the_heading_of_a_table_and_what_stands_above_it_describe_no_job() {
    let documented = |text: &str, layout| {
        let made = import(text, &options(layout, "UTC"));
        let jobs = &made.definitions.schedules["Crontab"].jobs;
        jobs.values().map(|job| job.documentation.clone()).collect::<Vec<_>>()
    };
    assert_eq!(documented(DEBIAN, Layout::System), [const { None }; 4]);
    let table = "# Edit this file to introduce tasks to be run by cron.\n# \n\
                 # For more information see the manual pages of crontab(5) and cron(8)\n# \n\
                 # m h  dom mon dow   command\n";
    assert_eq!(documented(&format!("{table}0 5 * * * /opt/a\n"), Layout::User), [None]);
    let both = documented(&format!("{table}# at five\n0 5 * * * /opt/a\n"), Layout::User);
    assert_eq!(both, [Some("at five".to_owned())]);
}

#[test]
fn a_table_that_sends_no_mail_is_said_to_send_none() {
    let note = |setting: &str| {
        let made = import(&format!("\n{setting}\n@daily /opt/a\n"), &options(Layout::User, "UTC"));
        made.notes.join("\n")
    };
    for off in ["MAILTO=\"\"", "MAILTO="] {
        assert_eq!(
            note(off),
            "line 2: MAILTO is empty: cron sent no mail for the jobs below, and nobody is told of their failures here \
             either until a notification group is added"
        );
    }
    assert!(note("MAILTO=ops").starts_with("line 2: MAILTO is not taken over:"));
}

#[test]
fn a_users_table_is_taken_over_and_the_rest_is_named() {
    let made = import(USER, &options(Layout::User, "UTC"));
    assert_eq!(mistakes(&made), [""; 0]);
    let refused: Vec<String> = made.refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        refused[0],
        "line 16: @reboot has no time: let the system's own service manager start it"
    );
    assert!(refused[1].starts_with("line 17: the pattern `61 * * * *`"), "{refused:?}");
    assert_eq!(refused.len(), 2);
    assert!(made.notes[0].contains("MAILTO") && made.notes[1].contains('%'), "{:?}", made.notes);
    let jobs = jobs(&made);
    let names: Vec<&str> = jobs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["backup", "poll", "in-the-gap", "echo", "mail"]);
    assert_eq!(jobs[0].1["line"], "/bin/bash -c '/opt/backup.sh --date $(date +%F)'");
    assert_eq!(jobs[0].1["working_directory"], "/srv/app");
    assert_eq!(
        jobs[4].1["line"],
        "/bin/bash -c 'printf %s \"$1\" | \"$0\" -c \"$2\"' /bin/bash 'Dear boss,\nall is well\n' 'mail -s weekly boss'"
    );
    let schedule = &made.definitions.schedules["Crontab"];
    assert_eq!(
        schedule.jobs["backup"].documentation.as_deref(),
        Some("nightly backup,\nkeeps a week")
    );
    assert_eq!(schedule.time_zone.as_ref().unwrap().to_string(), "Europe/Zurich");
}

#[test]
fn signs_of_tokens_in_a_command_mean_themselves() {
    let made = import(USER, &options(Layout::User, "UTC"));
    let jobs = jobs(&made);
    assert_eq!(
        resolved(jobs[3].1["line"].as_str().unwrap()),
        r#"/bin/bash -c '[[ -f /tmp/x ]] && echo '\''{{"a": [[1]]}}'\'' >> /tmp/y'"#
    );
    assert_eq!(resolved(jobs[3].1["environment"]["DATA"].as_str().unwrap()), "/srv/data [[x]]");
}

/// The text as an agent gets it.
fn resolved(text: &str) -> String {
    let given: Given = serde_json::from_str(r#"{ "now": "2026-11-02T06:00:00Z" }"#).unwrap();
    let prepared = given.prepare().unwrap();
    resolve(text, &prepared.context())
        .unwrap_or_else(|problems| panic!("{text}: {problems}"))
        .text
        .plain()
        .unwrap()
        .to_owned()
}

#[test]
fn two_tables_of_different_schedules_lie_in_one_folder() {
    let one = import(USER, &options(Layout::User, "UTC"));
    let two = import(
        DEBIAN,
        &ImportOptions {
            schedule: "A system table with a long name".parse().unwrap(),
            ..options(Layout::System, "UTC")
        },
    );
    let sources = [&one, &two]
        .map(|made| source("f.yaml", &to_yaml(&made.definitions).unwrap()))
        .into_iter()
        .chain([source("agents.yaml", "agents: { LOCAL: { connection: { command: {} } } }\n")]);
    let (reading, _) = validated(sources.collect());
    assert_eq!(reading.mistakes, []);
}

#[test]
fn a_command_that_no_definition_can_hold_is_refused() {
    let made =
        import(&format!("0 0 * * * echo {}\n", "x".repeat(5_000)), &options(Layout::User, "UTC"));
    assert_eq!(made.definitions.jobs_len(), 0);
    assert!(made.refused[0].message.contains("at most 4000 are allowed"), "{:?}", made.refused);
    // Nothing is left of it.
    assert!(made.definitions.frequencies.is_empty());
}

/// What the imported command prints when a shell runs its line, as an agent does.
#[cfg(unix)]
fn printed(command: &str) -> String {
    let made = import(&format!("@daily {command}\n"), &options(Layout::User, "UTC"));
    let line = jobs(&made)[0].1["line"].as_str().unwrap().to_owned();
    #[expect(clippy::disallowed_methods, reason = "the shell for which the line is made")]
    let mut shell = std::process::Command::new("/bin/sh");
    let output = shell.args(["-c", &resolved(&line)]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn the_shell_gives_each_command_its_input() {
    let cases = [
        ("cat%one%two", "one\ntwo\n"),
        ("cat%", ""),
        ("cat # all of it%a 'b' \"c\" $HOME `x` \\%", "a 'b' \"c\" $HOME `x` %\n"),
        ("cat; wait & %a", "a\n"),
        ("cat; echo '#1'; echo \"it's $((1+1))\"%a", "a\n#1\nit's 2\n"),
        ("read x; echo \"[[$x]] {{}}\"%[[a]] {{b}}%c", "[[[[a]] {{b}}]] {{}}\n"),
        ("cat; (exit 3) || true%-n a\\nb", "-n a\\nb\n"),
        ("cat; echo x\\ %a", "a\nx\\\n"),
    ];
    for (command, expected) in cases {
        assert_eq!(printed(command), expected, "{command}");
    }
}

/// Names of the jobs, refused lines, notes and the zone of a table.
fn taken(table: &str) -> (Vec<String>, Vec<String>, Vec<String>, String) {
    let made = import(table, &options(Layout::User, "UTC"));
    assert_eq!(mistakes(&made), [""; 0]);
    (
        jobs(&made).into_iter().map(|(name, _)| name).collect(),
        made.refused.iter().map(ToString::to_string).collect(),
        made.notes.clone(),
        made.definitions.schedules["Crontab"].time_zone.as_ref().unwrap().to_string(),
    )
}

#[test]
fn a_user_that_is_taken_for_a_program_is_pointed_out() {
    let table = "0 6 * * * root /usr/bin/load\n0 7 * * * rm /tmp/x\n0 8 * * * postgres -D /data\n";
    let (_, _, notes, _) = taken(table);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].starts_with("line 1: `root` is taken for the program;"), "{notes:?}");
    assert!(notes[0].contains("--system"), "{notes:?}");
    let system = import(table, &options(Layout::System, "UTC"));
    assert!(!system.notes.iter().any(|note| note.contains("--system")), "{system:?}");
}

#[test]
fn tz_is_for_the_commands_and_changes_no_time() {
    let table = "TZ=Asia/Tokyo\n0 6 * * * a\nTZ=Europe/Zurich\n0 6 * * * b\n";
    let (names, refused, notes, zone) = taken(table);
    assert_eq!((names.len(), refused.len(), zone.as_str()), (2, 0, "UTC"));
    assert!(notes[0].starts_with("line 1: TZ is set for the commands"), "{notes:?}");
    let made = import(table, &options(Layout::User, "UTC"));
    let zones: Vec<_> =
        jobs(&made).iter().map(|(_, job)| job["environment"]["TZ"].clone()).collect();
    assert_eq!(zones, ["Asia/Tokyo", "Europe/Zurich"]);
    // A second one of these says nothing about the times either.
    assert_eq!(taken("CRON_TZ=Asia/Tokyo\n0 6 * * * a\nTZ=UTC\n0 6 * * * b\n").0, ["a", "b"]);
}

#[test]
fn jobs_below_a_second_time_zone_are_refused() {
    let (names, refused, _, zone) = taken(
        "CRON_TZ=Europe/Zurich\n@daily a\nCRON_TZ=Europe/Zurich\n@daily b\nCRON_TZ=Asia/Tokyo\n@daily c\n\
         CRON_TZ=No/Where\n@daily d\nCRON_TZ=Europe/Zurich\n@daily e\nCRON_TZ=\n@daily f\n",
    );
    assert_eq!((names.join(" ").as_str(), zone.as_str()), ("a b e", "Europe/Zurich"));
    let starts = [
        "line 6: its times are those of `Asia/Tokyo`, the second time zone of the table, set in line 5:",
        "line 7: `No/Where`",
        "line 8: its times are those of the CRON_TZ in line 7",
        "line 12: its times are those of `UTC`",
    ];
    assert_eq!(refused.len(), starts.len(), "{refused:#?}");
    for (line, start) in refused.iter().zip(starts) {
        assert!(line.starts_with(start), "{refused:#?}");
    }
    // Before the first job the last one counts.
    assert_eq!(taken("CRON_TZ=Asia/Tokyo\nCRON_TZ=Europe/Zurich\n@daily a\n").3, "Europe/Zurich");
}

#[test]
fn values_that_no_definition_can_hold_are_refused() {
    let home = format!("HOME=/{}\n@daily a\nHOME=/tmp\n@daily b\n", "x".repeat(1_024));
    let (names, refused, ..) = taken(&home);
    assert_eq!(names, ["b"]);
    assert!(refused[0].starts_with("line 2: HOME, the folder"), "{refused:?}");
    assert!(refused[0].contains("1025 characters; at most 1024"), "{refused:?}");
    // Each sign of a run is an operand of an expression.
    let (names, refused, ..) = taken(&format!("X={}\n@daily a\n", "[".repeat(9_900)));
    assert_eq!(names, ["a"]);
    assert!(refused[0].starts_with("line 1: the value of X cannot be written"), "{refused:?}");
}

#[test]
fn names_that_differ_only_in_case_become_different_ones() {
    assert_eq!(
        taken("@daily Übung\n@daily übung\n@daily ÜBUNG\n").0,
        ["Übung", "übung-2", "ÜBUNG-3"]
    );
}

/// Whether cron runs a pattern of plain fields at this minute: read anew, as the manual describes it.
fn matches(pattern: &str, at: jiff::civil::DateTime) -> bool {
    let fields: Vec<&str> = pattern.split(' ').collect();
    let names = |text: &str| {
        let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        days.iter()
            .position(|day| *day == text.to_lowercase())
            .map_or_else(|| text.parse().unwrap(), |n| i8::try_from(n).unwrap())
    };
    let field = |number: usize, value: i8, last: i8| {
        fields[number].split(',').any(|part| {
            let (range, step) = part
                .split_once('/')
                .map_or((part, 1), |(range, step)| (range, step.parse().unwrap()));
            let (low, high) = match range.split_once('-') {
                _ if range == "*" => (0, last),
                Some((low, high)) => (names(low), names(high)),
                None => (names(range), if step > 1 { last } else { names(range) }),
            };
            (low..=high).contains(&value) && (value - low) % step == 0
        })
    };
    let weekday = at.weekday().to_sunday_zero_offset();
    let day = field(2, at.day(), 31);
    let of_week = field(4, weekday, 6) || (weekday == 0 && field(4, 7, 7) && fields[4] != "*");
    let dates = match (fields[2].starts_with('*'), fields[4].starts_with('*')) {
        (false, false) => day || of_week,
        _ => day && of_week,
    };
    field(0, at.minute(), 59) && field(1, at.hour(), 23) && field(3, at.month(), 12) && dates
}

/// The instants of a pattern on a date: each local minute once, a minute that does not exist at the change.
fn expected(pattern: &str, day: Date, zone: &TimeZone) -> BTreeSet<Timestamp> {
    let minutes = (0..24).flat_map(|hour| (0..60).map(move |minute| day.at(hour, minute, 0, 0)));
    minutes
        .filter(|at| matches(pattern, *at))
        .map(|at| match zone.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(at).unwrap(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(at).unwrap(),
            // Counted with the offset of later, the instant lies before the change.
            AmbiguousOffset::Gap { after, .. } => {
                zone.following(after.to_timestamp(at).unwrap()).next().unwrap().timestamp()
            }
        })
        .collect()
}

/// The instants that a plan has for the only job of a table.
fn planned(pattern: &str, day: Date, zone: &str) -> BTreeSet<Timestamp> {
    let made = import(&format!("{pattern} /bin/x\n"), &options(Layout::User, zone));
    let yaml = to_yaml(&made.definitions).unwrap();
    let agent = "agents: { LOCAL: { connection: { command: {} } } }\n";
    let (reading, model) = validated(vec![source("f", &yaml), source("a", agent)]);
    assert_eq!(reading.mistakes, []);
    let plan = build(&model, day, Wanted::All).unwrap();
    plan.jobs()
        .flat_map(|(id, daily)| {
            [plan.start(daily)].into_iter().chain(plan.further_times(id)).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn planned_times_are_those_of_cron_also_when_clocks_change() {
    let patterns = [
        "17 * * * *",
        "*/15 6-20 * * mon-fri",
        "30 2 * * *",
        "0,30 1-3 * * *",
        "0 0 1,15 * Fri",
        "5 4 * * sun",
        "47 6 * * 7",
        "52 6 1 * *",
        "* * * * *",
        "0 3 29 3 *",
        "0 */5 25-31 10 *",
        "10-50/20 2 * 3,10 *",
    ];
    let weeks = [date(2026, 3, 26), date(2026, 10, 22), date(2026, 1, 29)];
    for (zone, pattern) in ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "UTC"]
        .iter()
        .flat_map(|zone| patterns.iter().map(move |pattern| (*zone, *pattern)))
    {
        let tz = TimeZone::get(zone).unwrap();
        for day in weeks.iter().flat_map(|week| week.series(jiff::ToSpan::days(1)).take(7)) {
            assert_eq!(
                planned(pattern, day, zone),
                expected(pattern, day, &tz),
                "{pattern} on {day} in {zone}"
            );
        }
    }
}

proptest! {
    #[test]
    fn any_text_of_a_command_means_itself(text in "[\\[\\]{}=\"\\\\ a+$().|]{1,24}") {
        let made = import(&format!("0 0 * * * x{text}y\n"), &options(Layout::User, "UTC"));
        prop_assert_eq!(&made.refused, &[]);
        let line = jobs(&made)[0].1["line"].as_str().unwrap().to_owned();
        prop_assert_eq!(resolved(&line), format!("/bin/sh -c 'x{text}y'"));
        prop_assert_eq!(mistakes(&made), [""; 0]);
    }

    #[test]
    fn any_table_is_imported_or_refused_line_by_line(text in "(?s)([-*@0-9a-z,/%#=\\[{ \t\"]{0,30}\n){0,5}.{0,20}") {
        for layout in [Layout::User, Layout::System] {
            let made = import(&text, &options(layout, "UTC"));
            prop_assert_eq!(mistakes(&made), [""; 0]);
        }
    }
}
