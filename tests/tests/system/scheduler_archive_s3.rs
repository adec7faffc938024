//! An archive of job output in a bucket of an S3 server that is not ours, which is away, lost or gone for ever: jobs go on, their state
//! does not depend on it, and every log arrives in the end.

use std::fs;

use e2e::{Front, LIMIT, Scheduler, on_both};
use serde_json::Value;
use testkit::{S3Server, wait_until};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Schedules that are built one after the other.
fn definitions() -> String {
    let schedule = |name: &str| {
        format!(
            "  {name}:
    jobs:
      Talk:
        run: {{ command: {{ line: \"sh -c 'od -An -tx1 -v -N 400000 /dev/urandom; echo the end of {name}'\" }} }}
        runs_on: {{ agents: [Here] }}
        frequencies: [{{ use: Daily }}]
      Bad:
        run: {{ command: {{ line: \"sh -c 'echo {name} is bad; exit 3'\" }} }}
        runs_on: {{ agents: [Here] }}
        frequencies: [{{ use: Daily }}]
        depends_on: [{{ requires: {{ job: Talk }} }}]
"
        )
    };
    let schedules: String = ["First", "Second", "Third"].map(schedule).concat();
    format!(
        "agents: {{ Here: {{ connection: {{ command: {{}} }} }} }}
frequencies: {{ Daily: {{ when: {{ all_weeks: {{ days: [sun, mon, tue, wed, thu, fri, sat], day_type: any }} }} }} }}
schedules:\n{schedules}"
    )
}

/// A scheduler and its bucket.
struct Site {
    scheduler: Scheduler,
    database: e2e::Database,
    server: S3Server,
    bucket: String,
    /// Between the two.
    front: Front,
}

impl Site {
    /// With a day whose logs are archived. None where there is no server to test with.
    async fn start(database: &e2e::Database) -> Option<Self> {
        let server = S3Server::find()?;
        let (bucket, front) = (server.make_bucket(), Front::of(&server.url).await);
        let mut scheduler = Scheduler::prepare(database, &[]);
        let config = scheduler.file("scheduler.toml");
        let text = format!(
            "[archive]\nurl = 's3://{bucket}/logs'\ntimeout_seconds = 10\n\
             s3 = {{ endpoint = '{}', key_id = 'id', secret = 'secret' }}\n",
            front.base
        );
        fs::write(&config, text).unwrap();
        scheduler.options = vec!["--config".to_owned(), config.display().to_string()];
        scheduler.launch();
        scheduler.apply(&definitions());
        let site = Self { scheduler, database: database.clone(), server, bucket, front };
        site.day("First").await;
        site.until_archived().await;
        Some(site)
    }

    /// Builds a schedule, and waits until its jobs have ended.
    async fn day(&self, schedule: &str) {
        self.scheduler.must(&["schedule", "build", schedule]);
        self.scheduler.until(&format!("{schedule}/Bad"), "Failed").await;
        assert_eq!(self.scheduler.status(&format!("{schedule}/Talk")), "Finished OK");
    }

    async fn until_archived(&self) {
        wait_until("all logs are archived", LIMIT, || async { self.waiting() == 0 }).await;
        for schedule in self.scheduler.json(&["schedule", "list"]).as_array().unwrap() {
            for job in ["Talk", "Bad"] {
                let job = format!("{}/{job}", schedule["name"].as_str().unwrap());
                assert_eq!(self.logs(&job), 1, "{job} has one log");
                assert!(self.is_archived(&job), "{job}");
            }
        }
        assert_eq!(self.scheduler.json(&["status"])["troubles"], Value::Null);
    }

    /// How many attempts have logs that are not archived.
    fn waiting(&self) -> u64 {
        self.scheduler.json(&["status"])["logs_to_archive"].as_u64().unwrap()
    }

    fn list(&self, job: &str) -> Vec<Value> {
        let all = self.scheduler.json(&["job", "log", job, "--list"]);
        all.as_array().unwrap().clone()
    }

    /// How many logs of its output a job has.
    fn logs(&self, job: &str) -> usize {
        self.list(job).iter().filter(|log| log["name"] == "output.log").count()
    }

    fn is_archived(&self, job: &str) -> bool {
        self.list(job).iter().all(|log| log["is_archived"] == true)
    }

    fn text(&self, job: &str) -> String {
        self.scheduler.must(&["job", "log", job, "--name", "output.log"])
    }

    /// What both jobs of a schedule have said, which must be whole.
    fn said(&self, schedule: &str) -> [String; 2] {
        let said = ["Talk", "Bad"].map(|job| self.text(&format!("{schedule}/{job}")));
        assert!(said[0].len() > 1_000_000, "{}", said[0].len());
        assert!(said[0].ends_with(&format!("the end of {schedule}\n")));
        assert_eq!(said[1], format!("{schedule} is bad\n"));
        said
    }

    /// Everything that is known of the jobs.
    fn jobs(&self) -> Value {
        self.scheduler.json(&["job", "list"])
    }

    /// A command about the installation, which asks no server.
    fn upkeep(&self, command: &[&str]) -> e2e::Said {
        let config = self.scheduler.file("scheduler.toml");
        let mut all = [command, &["--config", config.to_str().unwrap()]].concat();
        if let e2e::Database::Postgres(url) = &self.database {
            all.extend(["--database", url]);
        }
        self.scheduler.run(&all)
    }

    /// How the archive is, and what `doctor` says of it.
    fn found(&self) -> (String, String) {
        let said = self.upkeep(&["doctor", "--output", "json"]);
        let all: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
        let one = all.as_array().unwrap().iter().find(|each| each["check"] == "archive").unwrap();
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        (text("level"), text("text"))
    }

    /// It is told that logs wait, how many, and why.
    async fn until_told(&self, count: u64, why: &str) {
        wait_until("the log says why logs wait", LIMIT, || async {
            self.scheduler.log().lines().any(|line| line.contains("wait") && line.contains(why))
        })
        .await;
        assert_eq!(self.waiting(), count);
        let status = self.scheduler.must(&["status"]);
        assert!(status.contains(&format!("logs to archive: {count}")), "{status}");
        let trouble =
            status.lines().find(|line| line.starts_with("TROUBLE: `archive` fails since"));
        assert!(trouble.is_some_and(|line| line.contains(why)), "{status}");
        let (level, text) = self.found();
        assert!(level == "fault" && text.contains(why), "{level}: {text}");
    }
}

on_both!(
    jobs_do_not_wait_for_an_s3_server_that_is_away_and_their_logs_arrive_when_it_is_back,
    |database| async move {
        let Some(site) = Site::start(&database).await else { return };
        let first = site.said("First");

        site.front.lead_to(NOWHERE);
        site.day("Second").await;
        let jobs = site.jobs();
        let place = format!("in the archive s3://{}/logs: ", site.bucket);
        site.until_told(2, &place).await;
        // What is not archived is read from its agent, and what is says why it cannot be read.
        let second = site.said("Second");
        let why = site.scheduler.fails(&["job", "log", "First/Talk", "--name", "output.log"], 4);
        assert!(why.contains(&place), "{why}");
        assert_eq!(site.jobs(), jobs, "the archive is nothing to the jobs");

        site.front.lead_to(&site.server.url);
        site.until_archived().await;
        assert_eq!((site.said("First"), site.said("Second")), (first, second));
        assert_eq!(site.jobs(), jobs);
        assert_eq!(site.found().0, "ok");
    }
);

on_both!(
    nothing_is_written_where_a_bucket_was_and_all_logs_arrive_when_it_is_put_back,
    |database| async move {
        let Some(mut site) = Site::start(&database).await else { return };
        let first = site.said("First");
        let keys = site.server.keys(&site.bucket).into_iter();
        let objects: Vec<_> = keys
            .map(|key| format!("/{}/{key}", site.bucket))
            .map(|path| (site.server.request("GET", &path, b"").1, path))
            .collect();

        site.server.remove_bucket(&site.bucket);
        site.day("Second").await;
        site.until_told(2, "there is no such bucket").await;
        // An empty one in its place is not the archive, for the process that knew it and for the next one.
        site.server.put(&format!("/{}", site.bucket), b"");
        site.until_told(2, "it has no main/archive.json").await;
        site.scheduler.kill();
        site.scheduler.launch();
        assert!(site.scheduler.log().contains("job output waits with its agents: the archive"));
        site.day("Third").await;
        site.until_told(4, "it has no main/archive.json").await;
        let jobs = site.jobs();
        let (second, third) = (site.said("Second"), site.said("Third"));
        assert_eq!(site.server.keys(&site.bucket), [""; 0]);

        for (bytes, path) in objects {
            site.server.put(&path, &bytes);
        }
        site.until_archived().await;
        let said = ["First", "Second", "Third"].map(|schedule| site.said(schedule));
        assert!(said == [first, second, third], "a log is not what it was");
        assert_eq!(site.jobs(), jobs);
        assert_eq!(site.found().0, "ok");
    }
);

on_both!(
    a_bucket_that_is_gone_for_ever_is_given_up_and_the_logs_that_wait_go_to_the_next_one,
    |database| async move {
        let Some(mut site) = Site::start(&database).await else { return };
        site.server.remove_bucket(&site.bucket);
        site.day("Second").await;
        site.until_told(2, "there is no such bucket").await;
        let second = site.said("Second");

        // An operator gets free: another bucket, named in the configuration, and the old one is given up.
        let config = site.scheduler.file("scheduler.toml");
        let next = site.server.make_bucket();
        let text = fs::read_to_string(&config).unwrap().replace(&site.bucket, &next);
        fs::write(&config, text).unwrap();
        let forget = ["forget-archive", "--yes", "--reason", "the bucket was deleted"];
        let refused = site.upkeep(&forget);
        assert!(
            refused.code == Some(4) && refused.err.contains("is in use by process"),
            "{refused:?}"
        );
        site.scheduler.kill();
        let (level, text) = site.found();
        assert!(level == "fault" && text.contains("ringmaster forget-archive"), "{level}: {text}");
        let given_up = site.upkeep(&forget);
        assert!(given_up.code == Some(0) && given_up.out.contains("is given up"), "{given_up:?}");

        site.scheduler.launch();
        site.day("Third").await;
        site.until_archived().await;
        assert_eq!(site.said("Second"), second, "what waited was not lost with it");
        site.said("Third");
        assert!(site.server.keys(&next).len() > 1);
        assert_eq!(site.found().0, "ok");
        let why = site.scheduler.fails(&["job", "log", "First/Talk", "--name", "output.log"], 4);
        assert!(why.contains("are missing"), "{why}");
        assert_eq!(site.scheduler.status("First/Talk"), "Finished OK");
    }
);
