//! Parents that wait for children (15, 16) while the batch server is killed: they go on, and nothing starts twice.

use std::path::PathBuf;

use e2e::{Database, Definitions, LIMIT, Site, on_both};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::json;
use testkit::wait_until;

/// Each job notes its start in a file of the test's. A child ends when it is let go.
const CHILD: &str = "#!/bin/sh\necho child $AMTREQUESTID >> \"$TMPDIR/starts\"\necho begin\n\
    until [ -f \"$TMPDIR/go\" ]; do sleep 0.05; done\necho \"end of $AMTREQUESTID\"\n";
const PARENT: &str = "echo parent $AMTREQUESTID >> \"$TMPDIR/starts\"\necho before\n";

struct World {
    site: Site,
    notes: tempfile::TempDir,
}

impl World {
    /// A site whose controller has a name of its own: one on the same database may have ended this moment.
    async fn new(database: &Database, name: &str) -> Self {
        let notes = tempfile::tempdir().unwrap();
        let parent = |rest: &str| format!("{PARENT}{rest}echo after\n");
        let jobs = Definitions::default()
            .report("REPORT", CHILD)
            .job("SCRIPT", "script", CHILD, "")
            .job("PARENT16", "script", &parent("amtjob start --job REPORT --wait\n"), "")
            .job("PARENT15", "script", &parent("amtjob start --job SCRIPT --wait\n"), "")
            .job(
                "BOTH",
                "script",
                &parent("a=$(amtjob start --job SCRIPT)\nb=$(amtjob start --job SCRIPT)\namtjob wait $a $b\n"),
                "",
            )
            // One slot each: who waits must give its own up, also after the restart.
            .queue("MAIN", "default = true\nconcurrency = 2");
        let mut site = Site::prepare(database, &jobs, &format!("name = \"{name}\"\n"));
        site.under = vec!["env".to_owned(), format!("TMPDIR={}", notes.path().display())];
        site.launch();
        site.log_on().await;
        Self { site, notes }
    }

    fn note(&self, name: &str) -> PathBuf {
        self.notes.path().join(name)
    }

    fn let_go(&self) {
        std::fs::write(self.note("go"), "").unwrap();
    }

    /// Who was started, sorted: each start is one line.
    fn starts(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.note("starts")).unwrap();
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }

    /// Starts a parent and waits until it waits for so many children that run.
    async fn waiting(&self, job: &str, code: u64, children: usize) -> i64 {
        let id = self.site.api.start(json!({"JobName": job})).await;
        self.site.api.until(id, &[code]).await;
        let log = format!("/GetMessages?BatchRequestId={id}");
        let begun =
            |page: &serde_json::Value| page.to_string().matches("\"begin\"").count() == children;
        self.site.api.wait_for(&log, begun).await;
        id
    }

    async fn is_whole(&self, id: i64, children: &[i64]) {
        let said = self.site.api.messages(id).await;
        let own: Vec<_> =
            said.iter().filter(|text| *text == "before" || *text == "after").collect();
        assert_eq!(own, ["before", "after"], "{said:?}");
        for child in children {
            let end = format!("end of {child}");
            assert_eq!(said.iter().filter(|text| **text == end).count(), 1, "{said:?}");
        }
        let after = said.iter().position(|text| text == "after").unwrap();
        assert!(said[after..].iter().all(|text| !text.starts_with("end of")), "{said:?}");
        let mut expected: Vec<_> = children.iter().map(|child| format!("child {child}")).collect();
        expected.push(format!("parent {id}"));
        assert_eq!(self.starts(), expected);
    }
}

on_both!(a_parent_goes_on_when_its_child_ends_after_the_restart, |database| async move {
    for (job, code) in [("PARENT15", 15), ("PARENT16", 16)] {
        let mut world = World::new(&database, job).await;
        let id = world.waiting(job, code, 1).await;
        world.site.kill_9();
        world.site.start_again();
        let status = world.site.api.status(id).await;
        assert_eq!(status["Code"], code, "it waits on: {status}");
        world.let_go();
        world.site.api.until(id, &[4]).await;
        world.is_whole(id, &[id + 1]).await;
    }
});

on_both!(a_parent_goes_on_when_its_child_has_ended_meanwhile, |database| async move {
    for (job, code) in [("PARENT15", 15), ("PARENT16", 16)] {
        let mut world = World::new(&database, job).await;
        let id = world.waiting(job, code, 1).await;
        let runners = world.site.runners();
        world.site.kill_9();
        world.let_go();
        let is_gone = |pid: &i32| kill(Pid::from_raw(*pid), None).is_err();
        wait_until("the child's runner has ended", LIMIT, || async { runners.iter().any(is_gone) })
            .await;
        world.site.start_again();
        world.site.api.until(id, &[4]).await;
        world.is_whole(id, &[id + 1]).await;
    }
});

on_both!(a_parent_of_two_children_survives_several_kills, |database| async move {
    let mut world = World::new(&database, "RESTARTED").await;
    let id = world.waiting("BOTH", 15, 2).await;
    for _ in 0..3 {
        world.site.kill_9();
        world.site.start_again();
        world.site.api.until(id, &[15]).await;
    }
    world.let_go();
    world.site.api.until(id, &[4]).await;
    world.is_whole(id, &[id + 1, id + 2]).await;
});
