//! HTTPS of the real server, with a certificate that an authority of the test has signed and that is changed while it runs.

use std::fs;
use std::path::PathBuf;

use e2e::{Connector, Database, Definitions, LIMIT, PASSWORD, Ran, Site, USER};
use testkit::{Certificate, wait_until};

/// What the server logs when it cannot use what it was told to read.
const KEPT: &str = "the old certificate stays in use";

fn file(site: &Site, name: &str) -> PathBuf {
    site.dir.path().join(name)
}

fn show(site: &Site, chain_pem: &str, key_pem: &str) {
    fs::write(file(site, "cert.pem"), chain_pem).unwrap();
    fs::write(file(site, "key.pem"), key_pem).unwrap();
}

/// A server that shows this certificate.
fn with(certificate: &Certificate) -> Site {
    let jobs = Definitions::default().report("GOOD", "#!/bin/sh\necho fine\n");
    let mut site = Site::prepare(&Database::Sqlite, &jobs, "");
    show(&site, &certificate.chain_pem, &certificate.key_pem);
    let (cert, key) = (file(&site, "cert.pem"), file(&site, "key.pem"));
    site.configure(&format!(
        "tls = {{ certificate = \"{}\", key = \"{}\" }}",
        cert.display(),
        key.display()
    ));
    site.launch();
    site.add_user();
    assert!(site.api.base.starts_with("https://127.0.0.1:"), "{}", site.api.base);
    site
}

/// A run of a job by a connector that trusts this authority.
fn run(site: &Site, ca_pem: &str) -> Ran {
    let amt = Connector::new(&site.api.base, USER, PASSWORD, "").trusting(ca_pem);
    amt.amt(&["-an", "TEST", "-jn", "GOOD", "--retry-for", "1s"])
}

#[tokio::test]
async fn a_job_runs_over_https_for_those_who_trust_the_certificate() {
    let certificate = Certificate::new(&["127.0.0.1"]);
    let site = with(&certificate);
    let ran = run(&site, &certificate.ca_pem);
    ran.assert_code(4);
    assert!(ran.texts().contains(&"fine"), "{}", ran.out);
    let stranger = run(&site, &Certificate::new(&["127.0.0.1"]).ca_pem);
    stranger.assert_code(23);
    assert!(stranger.out.contains("invalid peer certificate"), "{}", stranger.out);
}

#[tokio::test]
async fn a_new_certificate_is_shown_after_a_hang_up() {
    let (old, new) = (Certificate::new(&["127.0.0.1"]), Certificate::new(&["127.0.0.1"]));
    let site = with(&old);
    show(&site, &new.chain_pem, &new.key_pem);
    run(&site, &old.ca_pem).assert_code(4);
    site.hang_up();
    wait_until("the new one is shown", LIMIT, || async { run(&site, &new.ca_pem).code == 4 }).await;
    run(&site, &old.ca_pem).assert_code(23);
}

#[tokio::test]
async fn what_cannot_be_used_leaves_the_old_certificate_in_use_and_is_logged() {
    let (old, new) = (Certificate::new(&["127.0.0.1"]), Certificate::new(&["127.0.0.1"]));
    let site = with(&old);
    let cases = [
        ("no certificate", new.key_pem.as_str(), "holds no certificate in PEM form"),
        (&new.chain_pem, "no key", "holds no private key in PEM form"),
        (&new.chain_pem, &old.key_pem, "does not fit the certificate"),
    ];
    for (number, (chain, key, said)) in cases.into_iter().enumerate() {
        show(&site, chain, key);
        site.hang_up();
        let is_told = || async { site.log().matches(KEPT).count() > number };
        wait_until("the log tells", LIMIT, is_told).await;
        let log = site.log();
        assert!(log.lines().any(|line| line.contains(KEPT) && line.contains(said)), "{log}");
        run(&site, &old.ca_pem).assert_code(4);
    }
}
