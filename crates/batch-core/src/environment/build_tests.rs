//! What jobs are told, and the reference page made from it.

use std::fmt::Write as _;
use std::path::Path;

use amt_protocol::ExtractFile;

use super::super::inherited::names;
use super::super::table::{VARIABLES, Variable};
use super::*;

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn parameters() -> Parameters {
    Parameters {
        task_values: Vec::new(),
        script_arguments: vec!["PARAM=25".to_owned(), "x".to_owned()],
        report_parameter: Some("'PARAM'".to_owned()),
        global_parameter: Some("one  two".to_owned()),
        extract_files: vec![ExtractFile {
            file_id: "OUT".to_owned(),
            file_name: "a.txt".to_owned(),
        }],
    }
}

fn facts(parameters: &Parameters) -> JobFacts<'_> {
    JobFacts {
        host: Host::Unix,
        kind: JobKind::Executable,
        request_id: 4280,
        batch_id: 17,
        job_id: Some(5),
        job_name: Some("JOB001"),
        application: "DEMO2",
        script_name: None,
        queue: "NIGHT",
        station: "OPCON",
        submit_user: "BATCH",
        run_as: "ocadm",
        critical_point: Some("step 3"),
        parameters,
        database: Some(Database {
            server: "db",
            name: "demo",
            user: "app",
            password: Some("secret"),
        }),
        application_variables: &[],
        server_variables: &[],
        inherited_names: &[],
    }
}

fn value<'a>(list: &'a [(String, String)], name: &str) -> Option<&'a str> {
    list.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_executable_is_told_everything() {
    let expected = texts(&[
        ("AMTREQUESTID", "4280"),
        ("AMTBATCHID", "17"),
        ("AMTJOBID", "5"),
        ("AMTJOBNAME", "JOB001"),
        ("AMTAPPLICATION", "DEMO2"),
        ("AMTSCRIPTNAME", ""),
        ("AMTQUEUE", "NIGHT"),
        ("AMTUSER", "ocadm"),
        ("INITSTATION", "OPCON"),
        ("INITUSER", "BATCH"),
        ("AMTRECOVER", "1"),
        ("AMTCRITICALPOINT", "step 3"),
        ("AMTREPORTPARAMETER", "'PARAM'"),
        ("AMTPARAM_1", "PARAM=25"),
        ("AMTPARAM_2", "x"),
        ("PARM1", "one"),
        ("PARM2", "two"),
        ("dd_OUT", "a.txt"),
        ("RQUESTID", "4280"),
        ("DBSERVER", "db"),
        ("DBNAME", "demo"),
        ("DBUSER", "app"),
        ("DBPASSWORD", "secret"),
    ]);
    assert_eq!(environment(&facts(&parameters())), expected);
}

#[test]
fn a_script_is_not_told_the_database_and_a_password_only_goes_where_it_is_asked_for() {
    let parameters = Parameters::default();
    let script = JobFacts {
        kind: JobKind::Script,
        job_id: None,
        job_name: None,
        script_name: Some(r"F:\Amt\Scripts\DEMO2\RUN.ps1"),
        critical_point: None,
        ..facts(&parameters)
    };
    let list = environment(&script);
    for name in ["RQUESTID", "DBSERVER", "DBNAME", "DBUSER", "DBPASSWORD", "PARM2", "AMTPARAM_1"] {
        assert_eq!(value(&list, name), None, "{name}");
    }
    for (name, expected) in [
        ("AMTJOBID", ""),
        ("AMTJOBNAME", ""),
        ("AMTSCRIPTNAME", r"F:\Amt\Scripts\DEMO2\RUN.ps1"),
        ("AMTRECOVER", "0"),
        ("AMTCRITICALPOINT", ""),
        ("PARM1", ""),
    ] {
        assert_eq!(value(&list, name), Some(expected), "{name}");
    }
    let open = Database { server: "db", name: "demo", user: "app", password: None };
    let report = JobFacts { kind: JobKind::Report, database: Some(open), ..script };
    let list = environment(&report);
    assert_eq!(value(&list, "DBUSER"), Some("app"));
    assert_eq!(value(&list, "DBPASSWORD"), None);
    let without = environment(&JobFacts { database: None, ..report });
    assert_eq!(value(&without, "DBUSER"), None);
    assert_eq!(value(&without, "RQUESTID"), Some("4280"));
}

#[test]
fn the_later_source_wins_and_names_are_unique() {
    let parameters = parameters();
    let server = texts(&[
        ("PATH", "/bin"),
        ("HOME", "/h"),
        ("SECRET", "s"),
        ("AMTUSER", "forged"),
        ("EXTRA", "e"),
    ]);
    let application = texts(&[("PATH", "/app/bin"), ("AMTREQUESTID", "1"), ("MODE", "test")]);
    let inherited = ["EXTRA".to_owned(), "AMTUSER".to_owned()];
    let mut job = JobFacts {
        server_variables: &server,
        application_variables: &application,
        inherited_names: &inherited,
        ..facts(&parameters)
    };
    let list = environment(&job);
    for (name, expected) in [
        ("PATH", Some("/app/bin")),
        ("HOME", Some("/h")),
        ("MODE", Some("test")),
        ("EXTRA", Some("e")),
        ("SECRET", None),
        ("AMTUSER", Some("ocadm")),
        ("AMTREQUESTID", Some("4280")),
    ] {
        assert_eq!(value(&list, name), expected, "{name}");
        assert!(list.iter().filter(|(known, _)| known == name).count() <= 1);
    }
    let windows = texts(&[("Path", r"C:\bin"), ("initUSER", "forged")]);
    job = JobFacts { host: Host::Windows, application_variables: &windows, ..job };
    let list = environment(&job);
    assert_eq!((value(&list, "PATH"), value(&list, "Path")), (None, Some(r"C:\bin")));
    assert_eq!((value(&list, "initUSER"), value(&list, "INITUSER")), (None, Some("BATCH")));
}

#[test]
fn a_password_is_not_printed() {
    assert!(!format!("{:?}", facts(&parameters())).contains("secret"));
}

/// `PARM<n>` covers `PARM2`.
fn covers(pattern: &str, name: &str) -> bool {
    match pattern.split_once('<') {
        Some((prefix, _)) => name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        None => pattern == name,
    }
}

#[test]
fn the_table_lists_what_is_set_and_nothing_else() {
    for (kind, title) in [
        (JobKind::Script, "scripts"),
        (JobKind::Report, "reports"),
        (JobKind::Executable, "executables"),
    ] {
        let list = environment(&JobFacts { kind, ..facts(&parameters()) });
        for (name, _) in &list {
            let rows = VARIABLES.iter().filter(|variable| covers(variable.name, name));
            assert_eq!(rows.count(), 1, "{name}");
        }
        for Variable { name, jobs, .. } in VARIABLES {
            let is_promised = *jobs == "all" || jobs.split(", ").any(|job| job == title);
            let is_set = list.iter().any(|(set, _)| covers(name, set));
            assert_eq!(is_set, is_promised, "{name} of {title}");
        }
    }
}

fn page() -> String {
    let mut page = String::from(
        "# The environment of a job\n\n\
         A job's environment is built anew for each run, in this order; of the same name the last one counts:\n\n\
         1. variables inherited from the batch server, by the list below;\n\
         2. variables that the application's configuration adds;\n\
         3. the variables of this table.\n\n\
         Those marked *all* are always set, though perhaps empty, except the numbered and named families, which have as many\n\
         members as there are values.\n\n\
         | variable | jobs | content |\n|---|---|---|\n",
    );
    for Variable { name, jobs, content } in VARIABLES {
        writeln!(page, "| `{name}` | {jobs} | {content} |").unwrap();
    }
    page.push_str(
        "\nThe variables whose names begin with `AMTJOB_` belong to `amtjob`; scripts should not use them.\n\n\
         Task values are no variables: `amtjob get KEY` reads one. A value given without a name (`amtjob start --task-value 25`, \
         `amt -tv 25`) is\nread with `amtjob get TASKVALUE`, the next such one with `amtjob get TASKVALUE2`.\n\n\
         ## Inherited from the batch server\n\n\
         Nothing else passes, unless the configuration names it.\n",
    );
    for (title, host, rest) in
        [("Unix", Host::Unix, ", and all that begin with `LC_`"), ("Windows", Host::Windows, "")]
    {
        let names: Vec<_> = names(host).iter().map(|name| format!("`{name}`")).collect();
        write!(page, "\n{title}: {}{rest}.\n", names.join(", ")).unwrap();
    }
    page
}

/// Set `UPDATE_DOCS=1` to write the page anew.
#[test]
fn the_reference_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/environment.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "run this test with UPDATE_DOCS=1");
}
