//! The scenario of the seed: jobs of a schedule on a real batch server, dependants that follow on code 4, an event that tells
//! of any other code, the job log block in the archive; and the same while both servers are killed.

use amt_client::job_log::{JobLog, Ran};
use e2e::{Database, Definitions, Front, LIMIT, PASSWORD, Scheduler, Site, USER, on_both};
use testkit::databases::{self, TestDb};

/// A batch server, a scheduler with an agent for it, and what is in between.
pub(crate) struct Amt {
    pub(crate) scheduler: Scheduler,
    pub(crate) site: Site,
    pub(crate) front: Front,
    _database: Option<TestDb>,
}

impl Amt {
    /// Both, with jobs of the batch server and of the schedule `Day`. The batch user has no password yet.
    pub(crate) async fn start(database: &Database, reports: &Definitions, jobs: &str) -> Self {
        let more = "runtime_version = \"8.0.24223.0\"\n";
        let site = Site::start_with(database, reports, more).await;
        let front = Front::of(&site.api.base).await;
        let own = match database {
            Database::Sqlite => None,
            Database::Postgres(_) => Some(databases::postgres().await),
        };
        let database = match &own {
            None => Database::Sqlite,
            Some(own) => Database::Postgres(own.url().to_owned()),
        };
        let scheduler = Scheduler::start(&database, &definitions(&front.base, jobs));
        Self { scheduler, site, front, _database: own }
    }

    pub(crate) fn set_password(&self, password: &str) {
        let command = ["batch-user", "set-password", "AMT API"];
        let said = self.scheduler.run_with_input(&command, &format!("{password}\n"));
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(!said.out.contains(password), "{said:?}");
    }

    /// The log of a job from the archive, once it is there.
    async fn archived(&self, job: &str) -> String {
        let limit = tokio::time::Instant::now() + LIMIT;
        loop {
            let logs = self.scheduler.json(&["job", "log", job, "--list"]);
            if logs[0]["is_archived"] == true && logs[0]["is_complete"] == true {
                return self.scheduler.must(&["job", "log", job]);
            }
            assert!(tokio::time::Instant::now() < limit, "{logs}\n{}", self.scheduler.log());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Waits until the scheduler's own log has a text.
    pub(crate) async fn until_said(&self, text: &str) {
        let limit = tokio::time::Instant::now() + LIMIT;
        while !self.scheduler.log().contains(text) {
            assert!(tokio::time::Instant::now() < limit, "no {text}:\n{}", self.scheduler.log());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn why(&self, job: &str) -> String {
        self.scheduler.must(&["job", "why", job])
    }

    pub(crate) fn kill_batch_server(&mut self) {
        self.site.kill_9();
    }

    pub(crate) fn start_batch_server_again(&mut self) {
        self.site.start_again();
        self.front.lead_to(&self.site.api.base);
    }

    /// The block above and around these messages.
    fn block(&self, job: &str, parameters: &[&str], completion: &str, messages: &[&str]) -> String {
        let parameters: Vec<String> = parameters.iter().map(|&text| text.to_owned()).collect();
        let log = JobLog {
            server: &self.front.base,
            application: "TEST",
            submit_user: "BATCH",
            station: "OPCON",
            queue: "",
            ran: Ran::Job(job),
            parameters: &parameters,
            completion,
        };
        log.text(messages.iter().copied())
    }
}

fn definitions(address: &str, jobs: &str) -> String {
    format!(
        "batch_users: {{ AMT API: {{ target: AsyscoAMT, identifier: {USER} }} }}
agents:
  AMT:
    connection: {{ asysco_amt: {{ batch_server_url: \"{address}\", batch_user: AMT API }} }}
    allow_kill: true
frequencies: {{ Daily: {{ when: {{ all_weeks: {{ days: [sun, mon, tue, wed, thu, fri, sat], day_type: any }} }} }} }}
notifications:
  Operations:
    about: all_jobs
    triggers:
      - on: job_failed
        amt_codes: [12]
        actions: [{{ log: {{ message: \"operations are told: [[$JOB NAME]] was aborted\" }} }}]
schedules:
  Day:
    jobs:
{jobs}"
    )
}

/// A job of `Day` on the batch server.
pub(crate) fn job(name: &str, report: &str, more: &str) -> String {
    format!(
        "      {name}:\n        run: {{ amt_batch_job: {{ application: TEST, job: {report}, task_values: [DAY=1, DB_PASSWORD=hush] }} }}\n        \
         runs_on: {{ agents: [AMT] }}\n        frequencies: [{{ use: Daily }}]\n{more}"
    )
}

fn after(other: &str) -> String {
    format!("        depends_on: [{{ requires: {{ job: {other} }} }}]\n")
}

/// With the time that the report took masked.
fn masked(text: &str) -> String {
    let Some((before, rest)) = text.split_once("execution time: ") else { return text.to_owned() };
    let (time, after) = rest.split_once('"').unwrap();
    assert_eq!(time.len(), "00:00:00:000".len(), "{time}");
    format!("{before}execution time: <time>\"{after}")
}

on_both!(dependants_follow_on_code_4_and_any_other_code_is_told, |database| async move {
    let reports = Definitions::default()
        .job("OPEN", "report", "#!/bin/sh\necho 'policies are open'\n", "revision = \"1.3\"")
        .report("NEXT", "#!/bin/sh\necho 'parameters are set'\n")
        .report("TOTALS", "#!/bin/sh\namtjob abort 'The totals do not match'\n");
    let told = "        events:\n          - trigger: { job_status: failed }\n            \
        event: \"$NOTIFY:LOG,E,12,the event tells: [[$JOB NAME]] ended with [[$JOB TERMINATION]]\"\n";
    let jobs = [
        job("Open policies", "OPEN", ""),
        job("Policy parameters", "NEXT", &after("Open policies")),
        job("Totals", "TOTALS", told),
        job("Send totals", "NEXT", &after("Totals")),
    ];
    let amt = Amt::start(&database, &reports, &jobs.concat()).await;
    let scheduler = &amt.scheduler;
    scheduler.must(&["schedule", "build"]);
    // Without a password nothing is sent; the agent says what to do.
    scheduler.until("Day/Open policies", "Wait Machine").await;
    let agents = scheduler.must(&["agent", "list"]);
    assert!(agents.contains("the batch user `AMT API` has no password"), "{agents}");
    amt.set_password(PASSWORD);

    scheduler.until("Day/Policy parameters", "Finished OK").await;
    scheduler.until("Day/Totals", "Failed").await;
    assert_eq!(scheduler.json(&["job", "show", "Day/Open policies"])["attempts"][0]["code"], 4);
    assert_eq!(scheduler.json(&["job", "show", "Day/Totals"])["attempts"][0]["code"], 12);
    let why = amt.why("Day/Send totals");
    assert!(why.contains("it waits for `Day/Totals` to finish OK, which is `Failed`"), "{why}");
    amt.until_said("the event tells: Totals ended with 12").await;
    amt.until_said("operations are told: Totals was aborted").await;

    let parameters = ["DAY=1", "DB_PASSWORD=***"];
    let messages = [
        "Started Rev: 1.3 AMT: 8.0.24223.0. Params: LOADINBATCHCONTROLLER /R:1 /USEWORKINGDIR",
        "policies are open",
        "Report execution time: <time>",
        "Done",
    ];
    let log = amt.archived("Day/Open policies").await;
    // Which of the first two was sent first is not said.
    let log = masked(&log).replace("/R:2 ", "/R:1 ");
    assert_eq!(log, amt.block("OPEN", &parameters, "DONE", &messages));
    let log = amt.archived("Day/Totals").await;
    assert!(log.contains("Completion Code : ABORTED\n"), "{log}");
    assert!(log.contains("The totals do not match"), "{log}");
    // What was archived is read without the batch server.
    let mut amt = amt;
    amt.kill_batch_server();
    let log = amt.scheduler.must(&["job", "log", "Day/Open policies"]);
    assert!(log.contains("\"policies are open\""), "{log}");
});

on_both!(a_killed_scheduler_and_a_killed_batch_server_change_nothing, |database| async move {
    let dir = testkit::temp_dir();
    let (starts, go) = (dir.path().join("starts"), dir.path().join("go"));
    let load = format!(
        "#!/bin/sh\necho started >> '{}'\necho begin\nuntil [ -f '{}' ]; do sleep 0.05; done\necho end\n",
        starts.display(),
        go.display()
    );
    let reports =
        Definitions::default().report("LOAD", &load).report("NEXT", "#!/bin/sh\necho next\n");
    let jobs = [job("Load", "LOAD", ""), job("Next", "NEXT", &after("Load"))];
    let mut amt = Amt::start(&database, &reports, &jobs.concat()).await;
    amt.set_password(PASSWORD);
    amt.scheduler.must(&["schedule", "build"]);
    amt.scheduler.until("Day/Load", "Job Running").await;
    let limit = tokio::time::Instant::now() + LIMIT;
    while !starts.exists() {
        assert!(tokio::time::Instant::now() < limit, "the job has not started");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Each alone, and then both; the job ends while nobody looks.
    amt.scheduler.kill();
    amt.scheduler.launch();
    amt.kill_batch_server();
    assert_eq!(amt.scheduler.status("Day/Load"), "Job Running");
    amt.start_batch_server_again();
    amt.scheduler.kill();
    amt.kill_batch_server();
    std::fs::write(&go, "").unwrap();
    amt.scheduler.launch();
    assert_eq!(amt.scheduler.status("Day/Load"), "Job Running");
    amt.start_batch_server_again();

    amt.scheduler.until("Day/Next", "Finished OK").await;
    assert_eq!(std::fs::read_to_string(&starts).unwrap(), "started\n");
    let attempts = amt.scheduler.json(&["job", "show", "Day/Load"])["attempts"].clone();
    assert_eq!((attempts.as_array().unwrap().len(), &attempts[0]["code"]), (1, &4.into()));
    let log = amt.archived("Day/Load").await;
    assert!(
        log.contains("Completion Code : DONE\n") && log.contains("\"begin\"\n\"end\"\n"),
        "{log}"
    );
});
