//! The wire profile: what each call sent and got.

use super::finding::Report;
use amt_client::observe::cut;
use amt_client::{Client, Observer, Traffic};
use std::sync::{Mutex, PoisonError};

/// Characters of a body in a finding.
const BODY_CHARS: usize = 100;

/// Keeps every call of the check.
#[derive(Default)]
pub(super) struct Recorder(Mutex<Vec<Traffic>>);

impl Observer for Recorder {
    fn seen(&self, traffic: &Traffic) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(traffic.clone());
    }
}

/// Shows profile and traffic. Secrets are masked already.
pub(super) fn report(client: &Client, recorder: &Recorder, report: &mut Report) {
    let profile = client.profile();
    let features = profile.features;
    let mut able = Vec::new();
    for (name, has) in [
        ("request keys", features.request_keys),
        ("long poll", features.long_poll),
        ("monitor many", features.monitor_many),
        ("message paging", features.message_paging),
    ] {
        able.push(format!("{} {name}", if has { "with" } else { "without" }));
    }
    report.ok("profile", format!("{}: {}", profile.name, able.join(", ")));
    let traffic = recorder.0.lock().unwrap_or_else(PoisonError::into_inner);
    for call in traffic.iter() {
        let sent = call
            .sent
            .as_deref()
            .map_or_else(String::new, |body| format!(" {}", cut(body, BODY_CHARS)));
        let got = match &call.result {
            Ok(status) => {
                format!("{status} {}", cut(&call.received.replace('\n', " "), BODY_CHARS))
            }
            Err(_) => "no answer".to_owned(),
        };
        report.ok("wire", format!("{} {}{sent} -> {}", call.method, call.target, got.trim_end()));
    }
}
