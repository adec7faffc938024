//! Connectors in processes of their own on a real scheduler: found, replaced and taken away while their jobs run, and behaving badly.

use std::fs;
use std::path::PathBuf;

use e2e::{LIMIT, Scheduler, example, on_both};
use testkit::wait_until;

const HEAD: &str = "agents:
  Out: { connection: { plug_in: { integration: Folder } }, allow_kill: true, check_status_seconds: 15 }
  Here: { connection: { command: {} } }
frequencies: { Daily: { when: { all_weeks: { days: [sun, mon, tue, wed, thu, fri, sat], day_type: any } } } }
schedules:
  Night:
    jobs:
";

/// A job on the plug-in's agent.
fn job(name: &str) -> String {
    format!(
        "      {name}:\n        run: {{ plug_in: {{ integration: Folder, task_type: wait }} }}\n        runs_on: {{ agents: [Out] }}\n        \
         frequencies: [{{ use: Daily }}]\n"
    )
}

/// A job on this machine that is built on hold.
fn held(name: &str) -> String {
    own(name).replace("use: Daily", "use: Daily, build: on_hold")
}

/// A job on this machine.
fn own(name: &str) -> String {
    format!(
        "      {name}:\n        run: {{ command: {{ line: echo fine }} }}\n        runs_on: {{ agents: [Here] }}\n        \
         frequencies: [{{ use: Daily }}]\n"
    )
}

struct Site {
    scheduler: Scheduler,
    target: PathBuf,
}

impl Site {
    /// A scheduler with an empty plug-in folder.
    fn start(database: &e2e::Database, jobs: &[String]) -> Self {
        let scheduler = Scheduler::start(database, &format!("{HEAD}{}", jobs.concat()));
        let target = scheduler.file("target");
        fs::create_dir(&target).unwrap();
        Self { scheduler, target }
    }

    /// Puts a plug-in into the folder, or another version of it over the one that is there.
    fn plug(&self, place: &str, version: &str, more: &str) {
        let folder = self.plug_ins().join(place);
        let manifest = format!(
            "name = \"folder\"\ncommand = '{}'\ntimeout = \"1s\"\n[environment]\nTARGET = '{}'\nVERSION = \"{version}\"\n{more}",
            example("folder_plug_in").display(),
            self.target.display()
        );
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("plugin.toml~"), manifest).unwrap();
        fs::rename(folder.join("plugin.toml~"), folder.join("plugin.toml")).unwrap();
    }

    fn plug_ins(&self) -> PathBuf {
        self.scheduler.file("data").join("plug-ins")
    }

    fn write(&self, name: &str, text: &str) {
        // Whole or not at all: the plug-in looks at it all the time.
        let new = self.target.join(format!("{name}~"));
        fs::write(&new, text).unwrap();
        fs::rename(new, self.target.join(name)).unwrap();
    }

    /// Every real start, oldest first.
    fn started(&self) -> String {
        fs::read_to_string(self.target.join("started")).unwrap_or_default()
    }

    /// How the plug-in of a place is: its version, its status and why.
    fn entry(&self, place: &str) -> Option<(String, String, String)> {
        let all = self.scheduler.json(&["integration", "list"]);
        let found = all.as_array().unwrap().iter().find(|each| each["place"] == place)?;
        let text = |name: &str| found[name].as_str().unwrap().to_owned();
        Some((text("version"), text("status"), text("why")))
    }

    async fn until_version(&self, place: &str, version: &str) {
        wait_until(&format!("version {version} is ready"), LIMIT, || async {
            self.entry(place)
                .is_some_and(|(found, status, _)| found == version && status == "ready")
        })
        .await;
    }

    async fn until_faulty(&self, place: &str, part: &str) {
        wait_until(&format!("it is faulty: {part}"), LIMIT, || async {
            self.entry(place)
                .is_some_and(|(_, status, why)| status == "faulty" && why.contains(part))
        })
        .await;
    }

    /// Waits until the agent is so, for a reason.
    async fn until_agent(&self, status: &str, why: &str) {
        wait_until(&format!("the agent is {status}: {why}"), LIMIT, || async {
            let all = self.scheduler.json(&["agent", "list"]);
            let out = all.as_array().unwrap().iter().find(|each| each["name"] == "Out").unwrap();
            out["status"] == status && out["why"].as_str().unwrap().contains(why)
        })
        .await;
    }
}

on_both!(
    a_plug_in_is_found_replaced_taken_away_and_put_back_while_its_job_runs,
    |database| async move {
        let site = Site::start(&database, &[job("Long"), job("Next"), own("Own")]);
        let scheduler = &site.scheduler;
        scheduler.must(&["schedule", "build"]);
        // Without it its jobs wait, and others do not.
        scheduler.until("Night/Own", "Finished OK").await;
        scheduler.until("Night/Long", "Wait Machine").await;
        site.until_agent("not_responding", "no integration for agents of the type Folder").await;

        site.plug("folder", "1", "");
        scheduler.until("Night/Long", "Job Running").await;
        scheduler.until("Night/Next", "Job Running").await;
        site.until_version("folder", "1").await;

        // Replaced while they run: the new one finds them.
        site.plug("folder", "2", "");
        site.until_version("folder", "2").await;
        site.write("end-Next", "0");
        scheduler.until("Night/Next", "Finished OK").await;
        assert_eq!(
            scheduler.must(&["job", "log", "Night/Next", "--name", "job.log"]),
            "Next was here\n"
        );

        // A new version that does not work leaves the one that does in place.
        site.plug("folder", "3", "MOOD = \"die\"\n");
        site.until_faulty("folder", "the one before it is used still").await;
        site.until_agent("communicating", "").await;

        // Taken away: its job runs on, and nobody knows better.
        fs::rename(site.plug_ins().join("folder"), scheduler.file("away")).unwrap();
        wait_until("it is gone", LIMIT, || async { site.entry("folder").is_none() }).await;
        site.until_agent("not_responding", "no integration").await;
        site.write("end-Long", "3");
        assert_eq!(scheduler.status("Night/Long"), "Job Running");

        // Put back under another name, as somebody may do it.
        site.plug("back", "4", "");
        scheduler.until("Night/Long", "Failed").await;
        let why = scheduler.must(&["job", "why", "Night/Long"]);
        assert!(why.contains("Failed with code 3"), "{why}");
        let mut started: Vec<String> = site.started().lines().map(ToOwned::to_owned).collect();
        started.sort();
        assert_eq!(started, ["Long by 1", "Next by 1"], "each once");
    }
);

on_both!(
    a_plug_in_that_dies_between_start_and_answer_is_replaced_and_its_job_is_found,
    |database| async move {
        let site = Site::start(&database, &[job("Long")]);
        let scheduler = &site.scheduler;
        site.write("mood", "lose");
        site.plug("folder", "1", "");
        scheduler.must(&["schedule", "build"]);
        scheduler.until("Night/Long", "Job Running").await;
        site.plug("folder", "2", "");
        site.until_version("folder", "2").await;
        site.write("end-Long", "0");
        scheduler.until("Night/Long", "Finished OK").await;
        assert_eq!(site.started(), "Long by 1\n", "once, and by the one that died of it");
    }
);

on_both!(
    a_plug_in_that_hangs_floods_or_talks_nonsense_is_faulty_and_harms_nobody_else,
    |database| async move {
        let jobs = [job("Long"), held("First"), held("Second"), held("Third"), held("Fourth")];
        let site = Site::start(&database, &jobs);
        let scheduler = &site.scheduler;
        site.plug("folder", "1", "");
        site.until_version("folder", "1").await;
        scheduler.must(&["schedule", "build"]);
        scheduler.until("Night/Long", "Job Running").await;
        for (mood, part, other) in [
            ("nonsense", "is no JSON", "Night/First"),
            ("flood", "flooded its standard output", "Night/Second"),
            ("hang", "did not answer", "Night/Third"),
            ("die", "ended", "Night/Fourth"),
        ] {
            site.write("mood", mood);
            site.until_faulty("folder", part).await;
            assert_eq!(scheduler.status("Night/Long"), "Job Running", "{mood}");
            // Who has nothing to do with it is not kept waiting.
            scheduler.must(&["job", "release", other]);
            scheduler.until(other, "Finished OK").await;
        }
        site.write("mood", "");
        site.write("end-Long", "0");
        scheduler.until("Night/Long", "Finished OK").await;
        site.until_version("folder", "1").await;
        assert_eq!(site.started(), "Long by 1\n");
    }
);

on_both!(what_cannot_be_a_plug_in_is_listed_with_the_reason, |database| async move {
    let site = Site::start(&database, &[own("Own")]);
    site.plug("folder", "1", "");
    site.until_version("folder", "1").await;
    site.plug("second", "1", "");
    site.until_faulty("second", "are those of the plug-in `folder`").await;
    site.plug("same", "1", "APPLICATION = \"AsyscoAMT\"\n");
    site.until_faulty("same", "which is built in").await;
    site.plug("silent", "1", "MOOD = \"hang\"\n");
    site.until_faulty("silent", "did not answer within 1s").await;
    let broken = site.plug_ins().join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("plugin.toml"), "name = \"broken\"\n").unwrap();
    site.until_faulty("broken", "missing field `command`").await;
    fs::write(broken.join("plugin.toml"), "name = \"broken\"\ncommand = \"./no-such-program\"\n")
        .unwrap();
    site.until_faulty("broken", "cannot be started").await;
    let table = site.scheduler.must(&["integration", "list"]);
    assert!(table.contains("built in") && table.contains("plug-ins/broken"), "{table}");
    // When the first one goes, the second one has its agents.
    fs::remove_dir_all(site.plug_ins().join("folder")).unwrap();
    site.until_version("second", "1").await;
    site.until_agent("communicating", "").await;
});
