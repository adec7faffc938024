//! AMT agents over HTTPS with an authority of the site: what is trusted, and what is said where it is not.

use std::fs;

use e2e::{Database, Definitions, LIMIT, PASSWORD, Scheduler, Site, USER, on_both};
use testkit::{Certificate, wait_until};

/// A batch server that shows this certificate.
fn batch_server(certificate: &Certificate) -> Site {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\necho fine\n");
    let mut site = Site::prepare(&Database::Sqlite, &jobs, "");
    let file = |name: &str| site.dir.path().join(name);
    let (cert, key) = (file("cert.pem"), file("key.pem"));
    fs::write(&cert, &certificate.chain_pem).unwrap();
    fs::write(&key, &certificate.key_pem).unwrap();
    site.configure(&format!(
        "tls = {{ certificate = '{}', key = '{}' }}",
        cert.display(),
        key.display()
    ));
    site.launch();
    site.add_user();
    site
}

/// An agent for it, with more settings, and a job.
fn definitions(site: &Site, more: &str) -> String {
    format!(
        "batch_users: {{ API: {{ target: AsyscoAMT, identifier: {USER} }} }}
agents:
  AMT:
    connection: {{ asysco_amt: {{ batch_server_url: \"{}\", batch_user: API{more} }} }}
frequencies: {{ Daily: {{ when: {{ all_weeks: {{ days: [sun, mon, tue, wed, thu, fri, sat], day_type: any }} }} }} }}
schedules:
  Day:
    jobs:
      Good:
        run: {{ amt_batch_job: {{ application: TEST, job: GOOD }} }}
        runs_on: {{ agents: [AMT] }}
        frequencies: [{{ use: Daily }}]
",
        site.api.base
    )
}

/// Waits until the agent is so, and says why.
async fn until_agent(scheduler: &Scheduler, status: &str, why: &str) {
    wait_until(&format!("the agent is {status}: {why}"), LIMIT, || async {
        let agent = &scheduler.json(&["agent", "list"])[0];
        agent["status"] == status && agent["why"].as_str().unwrap().contains(why)
    })
    .await;
}

on_both!(a_job_runs_over_https_once_the_authority_of_the_site_is_trusted, |database| async move {
    let certificate = Certificate::new(&["127.0.0.1"]);
    let site = batch_server(&certificate);
    let scheduler = Scheduler::start(&database, &definitions(&site, ""));
    let said =
        scheduler.run_with_input(&["batch-user", "set-password", "API"], &format!("{PASSWORD}\n"));
    assert_eq!(said.code, Some(0), "{said:?}");
    scheduler.must(&["schedule", "build"]);
    // Nobody knows this authority: nothing is sent, and the job waits.
    until_agent(&scheduler, "not_responding", "certificate").await;
    scheduler.until("Day/Good", "Wait Machine").await;

    // A file that is not there, one that holds none, another authority, and the right one.
    let ca = scheduler.file("ca.pem");
    let with_file = format!(", ca_files: ['{}']", ca.display());
    scheduler.apply(&definitions(&site, &with_file));
    until_agent(&scheduler, "not_responding", "ca_files: cannot read").await;
    fs::write(&ca, "no certificate").unwrap();
    scheduler.must(&["agent", "communication", "AMT", "full"]);
    until_agent(&scheduler, "not_responding", "holds no certificate").await;
    fs::write(&ca, Certificate::new(&["127.0.0.1"]).ca_pem).unwrap();
    scheduler.must(&["agent", "communication", "AMT", "full"]);
    until_agent(&scheduler, "not_responding", "invalid peer certificate").await;
    fs::write(&ca, &certificate.ca_pem).unwrap();
    scheduler.must(&["agent", "communication", "AMT", "full"]);
    scheduler.until("Day/Good", "Finished OK").await;
    assert!(scheduler.must(&["job", "log", "Day/Good"]).contains("fine"));

    // A wire profile is read by the same rules.
    let profile = scheduler.file("profile.toml");
    fs::write(&profile, "no_such_key = 1\n").unwrap();
    scheduler
        .apply(&definitions(&site, &format!("{with_file}, wire_profile: '{}'", profile.display())));
    until_agent(&scheduler, "not_responding", "wire_profile: cannot use").await;
    fs::write(&profile, "name = \"of this site\"\n").unwrap();
    scheduler.must(&["agent", "communication", "AMT", "full"]);
    until_agent(&scheduler, "communicating", "").await;
});
