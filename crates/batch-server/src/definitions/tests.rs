use std::path::Path;
use std::sync::Arc;

use kit::Pass;

use super::*;
use crate::planner::world::{DEFINITIONS, World, open};

fn mistakes(text: &str) -> Vec<String> {
    let parsed =
        Definitions::parse(&Options::default(), text, Path::new("d.toml"), Path::new("/etc"));
    match parsed.and_then(|definitions| definitions.sound(&parse::Known::default())) {
        Ok(_) => Vec::new(),
        Err(DefinitionsError::Mistakes(lines)) => lines,
        Err(other) => panic!("{other}"),
    }
}

fn write(world: &World, text: &str) {
    std::fs::write(world.folder.path().join("applications.toml"), text).unwrap();
}

fn names(world: &World) -> Vec<String> {
    let catalog = world.server.catalog.get();
    let mut names: Vec<_> =
        catalog.jobs().map(|job| format!("{} {}", job.name, job.source)).collect();
    names.sort();
    names
}

#[test]
fn the_demo_can_be_imported() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/applications.toml");
    let checked = check(&Options::default(), &demo).unwrap();
    assert_eq!(checked.doubts, Vec::<String>::new());
    // The COBOL program is built from its source, where there is a compiler.
    let others: Vec<_> =
        checked.mistakes.iter().filter(|line| !line.contains("job `COBOLREPORT`")).collect();
    assert_eq!(others, Vec::<&String>::new());
    let summary = checked.summary;
    assert_eq!((summary.applications, summary.queues), (1, 3));
    assert!(summary.jobs >= 15, "{summary:?}");
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let text = r#"
[[application]]
name = "DEMO2"
base_path = "/srv/DEMO3"
scriptpath = "scripts"

[[application.job]]
name = "A"
kind = "raport"

[[application.job]]
name = "B"
file = "../b"
queue = "NIHGT"

[[application.job]]
kind = "script"

[[queue]]
name = "NIGHT"
application = "DEMO2"
start_time = "25:00"
end_time = "06:00"
time_zone = "Mars"
concurrency = 0
default = "yes"

[[user]]
name = ""

[users]
"#;
    let expected = [
        "d.toml:4: application `DEMO2`: key `base_path`: its last folder must be `DEMO2`",
        "d.toml:5: application `DEMO2`: unknown key `scriptpath`; did you mean `script_path`?",
        "d.toml:9: job `A`: key `kind` cannot be `raport`; it is one of report, program, script, executable",
        "d.toml:13: job `B`: key `file`: name a file below",
        "d.toml:16: job: key `name` is missing",
        "d.toml:22: queue `NIGHT`: key `start_time`: `25:00` is not a time of day",
        "d.toml:24: queue `NIGHT`: key `time_zone`: `Mars` is not a time zone",
        "d.toml:25: queue `NIGHT`: key `concurrency` is 0; it must be a whole number from 1 to 100000",
        "d.toml:26: queue `NIGHT`: key `default` is of type string; it must be true or false",
        "d.toml:29: user ``: `` cannot be used as user name",
        "d.toml:31: the file: unknown key `users`; did you mean `user`?",
    ];
    let found = mistakes(text);
    for line in expected {
        assert!(
            found.iter().any(|mistake| mistake.starts_with(line)),
            "{line} is not in\n{}",
            found.join("\n")
        );
    }
}

#[test]
fn references_are_checked_in_a_file_that_is_good_in_itself() {
    let text = DEFINITIONS.replace("kind = \"report\"", "kind = \"report\"\nqueue = \"NIHGT\"");
    let found = mistakes(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("job `NIGHTLY`: queue `NIHGT` does not exist; did you mean `NIGHT`?"),
        "{found:?}"
    );
    let elsewhere =
        DEFINITIONS.replace("name = \"NIGHT\"", "name = \"NIGHT\"\napplication = \"DEMO\"");
    assert!(
        mistakes(&elsewhere)[0]
            .contains("application `DEMO` does not exist; did you mean `DEMO2`?")
    );
}

/// A file whose application has the folder `app/DEMO2`.
fn outside(options: &Options, text: &str) -> (Vec<String>, Vec<String>) {
    let folder = testkit::temp_dir();
    std::fs::create_dir_all(folder.path().join("app/DEMO2")).unwrap();
    std::fs::write(folder.path().join("app/DEMO2/NIGHTLY"), "").unwrap();
    let file = folder.path().join("d.toml");
    std::fs::write(&file, text).unwrap();
    let short = |lines: Vec<String>| {
        let place = format!("{}/", folder.path().display());
        lines.into_iter().map(|line| line.replace(&place, "")).collect::<Vec<_>>()
    };
    let checked = check(options, &file).unwrap();
    (short(checked.mistakes), short(checked.doubts))
}

const OUTSIDE: &str = r#"
[[application]]
name = "DEMO2"
base_path = "app/DEMO2"
default_user = "BATHC"

[[application.job]]
name = "NIGHTLY"
run_as = "NIGHTBATCH"

[[queue]]
name = "DAY"
controllers = ["HERE", "THERE"]

[[user]]
name = "BATCH"
"#;

#[test]
fn what_is_named_and_does_not_exist_is_a_mistake_of_the_check() {
    let options = Options { name: Some("here".to_owned()), ..Options::default() };
    let missing = OUTSIDE.replace("app/DEMO2", "other/DEMO2");
    let (found, doubts) = outside(&options, &missing);
    let expected = [
        "d.toml:4: application `DEMO2`: key `base_path`: folder other/DEMO2 does not exist; create or mount it",
        "d.toml:5: application `DEMO2`: key `default_user`: user `BATHC` does not exist, so jobs that run as it are refused; did you mean",
        "d.toml:9: job `NIGHTLY`: key `run_as`: user `NIGHTBATCH` does not exist",
        "d.toml:13: queue `DAY`: key `controllers`: controller `THERE` does not exist: a SQLite database has one process, and its name is `here`",
    ];
    assert_eq!((found.len(), doubts.len()), (expected.len(), 0), "{found:?}");
    for (line, expected) in found.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
    let good = OUTSIDE.replace("BATHC", "admin").replace("NIGHTBATCH", "batch");
    assert_eq!(outside(&options, &good.replace(", \"THERE\"", "")), (vec![], vec![]));
    let file = good.replace("app/DEMO2", "d.toml/DEMO2");
    assert!(outside(&options, &file).0.concat().contains("d.toml/DEMO2 is no folder"));
}

#[test]
fn another_controller_on_a_shared_database_and_a_folder_of_another_host_are_doubts() {
    let options = Options {
        name: Some("here".to_owned()),
        database: Some(crate::options::DatabaseUrl::new("postgres://batch@db/amt")),
        role: crate::options::Role::Api,
        ..Options::default()
    };
    let text = OUTSIDE.replace("BATHC", "BATCH").replace("NIGHTBATCH", "BATCH");
    let (mistakes, doubts) = outside(&options, &text.replace("app/DEMO2", "other/DEMO2"));
    assert_eq!(mistakes, Vec::<String>::new());
    assert!(doubts[0].contains("other/DEMO2 does not exist"), "{doubts:?}");
    assert!(doubts[1].contains("controller `HERE` is not this process"), "{doubts:?}");
    assert!(doubts[2].contains("controller `THERE` is not this process"), "{doubts:?}");
}

testkit::both_databases!(a_start_goes_on_without_user_folder_and_controller, |db| async move {
    let world = open(db).await;
    let base = format!("base_path = \"{}/gone/DEMO2\"", world.folder.path().display());
    let text = DEFINITIONS
        .replace("base_path = \"DEMO2\"", &format!("{base}\ndefault_user = \"NOBODY\""))
        .replace("name = \"NIGHT\"", "name = \"NIGHT\"\ncontrollers = [\"THERE\"]");
    write(&world, &text);
    assert_eq!(import(&world.server).await.unwrap().changed, 2);
});

#[test]
fn doubles_and_broken_files_are_refused() {
    let double = format!("{DEFINITIONS}\n[[queue]]\nname = \"general\"\ndefault = true\n");
    let found = mistakes(&double).join("\n");
    assert!(found.contains("queue `general` is defined twice"), "{found}");
    assert!(found.contains("another default queue"), "{found}");
    let broken = mistakes("[[queue]\nname = 1");
    assert!(broken[0].starts_with("d.toml:1: "), "{broken:?}");
    assert!(mistakes("queue = 5")[0].contains("must be a list of tables"));
}

testkit::both_databases!(an_import_is_repeatable_and_follows_the_file, |db| async move {
    let world = open(db).await;
    assert_eq!(
        import(&world.server).await.unwrap(),
        Imported::default(),
        "the second import changes nothing"
    );
    assert_eq!(names(&world), ["GONE file", "NIGHTLY file"]);
    let version = |world: &World| world.server.catalog.get().applications[0].version;
    assert_eq!(version(&world), 1);

    let job = "[[application.job]]\nname = \"GONE\"\nkind = \"report\"\n";
    write(&world, &DEFINITIONS.replace(job, "").replace("06:00", "05:00"));
    let imported = import(&world.server).await.unwrap();
    assert_eq!((imported.changed, imported.removed), (1, vec!["DEMO2/GONE".to_owned()]));
    assert_eq!(names(&world), ["NIGHTLY file"]);
    let catalog = world.server.catalog.get();
    let night = catalog.queues.iter().find(|queue| queue.name == "NIGHT").unwrap();
    assert_eq!((night.window_end.as_deref(), night.version), (Some("05:00:00"), 2));
});

testkit::both_databases!(a_job_in_use_stays_when_the_file_drops_it, |db| async move {
    let world = open(db).await;
    world.submit("NIGHTLY", |_, _| {}).await;
    write(&world, &DEFINITIONS.replace("name = \"NIGHTLY\"", "name = \"OTHER\""));
    let imported = import(&world.server).await.unwrap();
    assert_eq!(imported.removed.len(), 0);
    assert!(
        imported.kept[0].contains("DEMO2/NIGHTLY")
            && imported.kept[0].contains("1 request that is not over"),
        "{imported:?}"
    );
    assert_eq!(names(&world), ["GONE file", "NIGHTLY file", "OTHER file"]);
});

testkit::both_databases!(a_file_with_a_mistake_changes_nothing, |db| async move {
    let world = open(db).await;
    write(
        &world,
        &DEFINITIONS.replace("06:00", "05:00").replace("kind = \"report\"", "kind = \"raport\""),
    );
    let error = import(&world.server).await.unwrap_err().to_string();
    assert!(error.contains("applications.toml:10: job `NIGHTLY`: key `kind`"), "{error}");
    let catalog = world.server.catalog.get();
    assert!(catalog.queues.iter().all(|queue| queue.version == 1));
});

testkit::both_databases!(programs_and_scripts_on_disk_are_jobs, |db| async move {
    let world = open(db).await;
    world.executable("reports/TOOL");
    world.executable("reports/NIGHTLY");
    std::fs::write(world.path("reports/notes.txt"), "no program").unwrap();
    std::fs::write(world.path("scripts/RUN.sh"), "").unwrap();
    std::fs::write(world.path("scripts/RUN.ps1"), "").unwrap();
    std::fs::write(world.path("scripts/data.csv"), "").unwrap();
    let mut discover = Discover::new(Arc::clone(&world.server));
    world.server.peers.saw(false, world.server.clock.now());
    assert_eq!(discover.run().await.unwrap().handled, 2);
    assert_eq!(names(&world), ["GONE file", "NIGHTLY file", "RUN disk", "TOOL disk"]);
    let run = world.server.catalog.get().jobs().find(|job| job.name == "RUN").unwrap().clone();
    assert_eq!(
        (run.kind.as_str(), run.file.as_str()),
        ("script", "RUN.ps1"),
        "PowerShell is tried first"
    );
    assert_eq!(discover.run().await.unwrap().handled, 0);

    std::fs::remove_file(world.path("scripts/RUN.ps1")).unwrap();
    std::fs::remove_file(world.path("reports/TOOL")).unwrap();
    assert_eq!(discover.run().await.unwrap().handled, 2);
    assert_eq!(names(&world), ["GONE file", "NIGHTLY file", "RUN disk"]);
});

testkit::both_databases!(a_job_from_disk_in_use_stays, |db| async move {
    let world = open(db).await;
    world.server.peers.saw(false, world.server.clock.now());
    world.executable("reports/TOOL");
    let mut discover = Discover::new(Arc::clone(&world.server));
    discover.run().await.unwrap();
    world.submit("TOOL", |_, _| {}).await;
    std::fs::remove_file(world.path("reports/TOOL")).unwrap();
    assert_eq!(discover.run().await.unwrap().handled, 0);
    assert!(names(&world).contains(&"TOOL disk".to_owned()));
});

testkit::both_databases!(
    with_other_processes_only_what_was_seen_here_is_removed,
    |db| async move {
        let world = open(db).await;
        world.executable("reports/TOOL");
        Discover::new(Arc::clone(&world.server)).run().await.unwrap();
        std::fs::remove_file(world.path("reports/TOOL")).unwrap();
        world.server.peers.saw(true, world.server.clock.now());
        let mut elsewhere = Discover::new(Arc::clone(&world.server));
        assert_eq!(elsewhere.run().await.unwrap().handled, 0, "it never saw the file");
        world.executable("reports/TOOL");
        elsewhere.run().await.unwrap();
        std::fs::remove_file(world.path("reports/TOOL")).unwrap();
        assert_eq!(elsewhere.run().await.unwrap().handled, 1);
    }
);
