//! The rules of every connector.

use connector::call::CallKind;
use connector::conformance::{Coverage, WayFault as F};

use crate::site::Site;

connector::conformance_tests!(Site::start());

/// What is asked about jobs that run is read from a folder, which is there or not. Only a start waits for somebody else, its runner.
#[tokio::test]
async fn the_faults_of_a_local_folder_and_of_runners_are_exercised() {
    let coverage = Coverage::of(&Site::start());
    let of = |call| {
        let of_call = coverage.exercised.iter().filter(|(_, during)| *during == call);
        of_call.map(|(fault, _)| *fault).collect::<Vec<_>>()
    };
    let starts = [F::Slow, F::ServerError, F::LostReply, F::HangBefore, F::Flapping];
    assert_eq!(of(CallKind::Start), starts, "{coverage}");
    for call in [CallKind::Find, CallKind::Watch, CallKind::Cancel, CallKind::ReadLog] {
        assert_eq!(of(call), [F::ServerError, F::Flapping], "{coverage}");
    }
}
