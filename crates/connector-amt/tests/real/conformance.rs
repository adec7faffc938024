//! The rules of every connector.

use std::time::Duration;

use connector::conformance::{CALLS, Coverage, WayFault, check};

use crate::site::{LIMIT, Site, quick};

connector::conformance_tests!(Site::start());

#[tokio::test]
async fn every_fault_of_the_way_is_exercised() {
    let coverage = Coverage::of(&Site::start());
    assert_eq!(coverage.exercised.len(), CALLS.len() * WayFault::ALL.len(), "{coverage}");
}

/// The rules of what hangs, where each call ends by the connector's own limit and not by that of its caller.
#[tokio::test]
async fn calls_that_hang_end_by_the_connectors_own_limit() {
    let mut options = quick();
    options.timeouts.answer = Duration::from_secs(1);
    let site = Site::with(options).with_patience(LIMIT);
    for rule in [
        "a_start_that_hangs_runs_once_or_never",
        "a_watch_that_hangs_is_given_up_and_loses_no_news",
    ] {
        check(&site, rule).await;
    }
}
