//! Lost, late and cut answers of the real server.

use std::time::Duration;

use connector::conformance::Harness;
use connector::{Communication, Connector, Found, Heartbeat, Started, TaskRef, TaskStatus, Watch};
use kit::Secret;

use crate::site::{LIMIT, Site, quick};

#[tokio::test]
async fn a_start_whose_replies_are_all_lost_is_unknown_then_found_and_ran_once() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let key = site.key("lost");
    site.proxy.swallow(u64::MAX);
    let started = amt.start(site.until_told(&key)).await;
    assert!(matches!(started, Started::Unknown { .. }), "{started:?}");
    site.proxy.swallow(0);
    let Found::Running { state } = amt.find(site.until_told(&key)).await else {
        panic!("the server has it");
    };
    assert_eq!(site.starts(&key).await, 1);
    let task = TaskRef { attempt: key.clone(), state };
    site.end(&key, 0, "").await;
    let watch = Watch { tasks: vec![task], cursor: None, wait: Duration::ZERO };
    let told = amt.watch(watch).await.unwrap();
    assert!(matches!(&told.reports[0].status, TaskStatus::Ended(end) if end.code == Some(4)));
    assert_eq!(site.starts(&key).await, 1);
}

#[tokio::test]
async fn one_lost_reply_is_settled_by_the_key_and_the_server_ran_it_once() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let key = site.key("lost");
    site.proxy.swallow(1);
    let started = amt.start(site.until_told(&key)).await;
    assert!(matches!(started, Started::Running { .. }), "{started:?}");
    assert_eq!(site.starts(&key).await, 1);
    site.end(&key, 0, "").await;
}

#[tokio::test]
async fn a_start_whose_replies_come_too_late_is_unknown_and_found_later() {
    let mut options = quick();
    options.timeouts.answer = Duration::from_secs(2);
    let site = Site::with(options);
    let amt = site.connector.connect(site.target()).unwrap();
    let key = site.key("late");
    assert!(matches!(
        amt.heartbeat(Heartbeat { is_first: true }).await,
        Communication::Communicating { .. }
    ));
    site.proxy.delay(Duration::from_secs(6));
    let started = amt.start(site.until_told(&key)).await;
    assert!(matches!(started, Started::Unknown { .. }), "{started:?}");
    site.proxy.delay(Duration::ZERO);
    let finding = async {
        while !matches!(amt.find(site.until_told(&key)).await, Found::Running { .. }) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LIMIT, finding).await.expect("it is found");
    assert_eq!(site.starts(&key).await, 1);
    site.end(&key, 0, "").await;
}

#[tokio::test]
async fn a_server_found_down_before_anything_was_sent_ends_a_start_with_23() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let key = site.key("down");
    site.proxy.set_way(false).await;
    let Started::Ended { state, end } = amt.start(site.until_told(&key)).await else {
        panic!("nothing was sent");
    };
    assert_eq!((end.code, end.is_killed), (Some(23), false));
    assert!(end.description.starts_with("WEB_SERVER_ERROR: "), "{}", end.description);
    site.proxy.set_way(true).await;
    assert_eq!(amt.find(site.until_told(&key)).await, Found::Never);
    let task = TaskRef { attempt: key, state };
    let log = crate::jobs::whole_log(amt.as_ref(), &task).await;
    assert!(log.contains("\nCompletion Code : WEB_SERVER_ERROR\n"), "{log}");
    assert!(log.contains("cannot send"), "{log}");
}

#[tokio::test]
async fn a_changed_batch_user_is_used_at_the_next_connect() {
    let site = Site::start();
    let mut target = site.target();
    target.batch_user.as_mut().unwrap().password = Secret::new("wrong-password");
    let amt = site.connector.connect(target.clone()).unwrap();
    let beat = amt.heartbeat(Heartbeat { is_first: false }).await;
    assert!(matches!(beat, Communication::Communicating { .. }), "no token is needed: {beat:?}");
    let beat = amt.heartbeat(Heartbeat { is_first: true }).await;
    let Communication::NotCommunicating { why } = beat else { panic!("{beat:?}") };
    assert!(why.contains("credentials") && !why.contains("wrong-password"), "{why}");
    let key = site.key("denied");
    let started = amt.start(site.until_told(&key)).await;
    let Started::Ended { end, .. } = started else { panic!("{started:?}") };
    assert_eq!(end.code, Some(24));

    let amt = site.connector.connect(site.target()).unwrap();
    let started = amt.start(site.until_told(&key)).await;
    assert!(matches!(started, Started::Running { .. }), "{started:?}");
    assert_eq!(site.starts(&key).await, 1);
    site.end(&key, 0, "").await;
}

#[tokio::test]
async fn a_key_with_other_content_answers_what_became_of_the_first() {
    let site = Site::start();
    let amt = site.connector.connect(site.target()).unwrap();
    let key = site.key("changed");
    let first = amt.start(site.until_told(&key)).await;
    let changed = site.script(&key, "WAITS.sh", &[key.as_str(), "more"]);
    let second = amt.start(changed).await;
    let (Started::Running { state: first }, Started::Running { state: second }) = (&first, &second)
    else {
        panic!("{first:?}, {second:?}");
    };
    let id = |state: &connector::State| state.0.split(' ').nth(1).unwrap().to_owned();
    assert_eq!(id(first), id(second));
    assert_eq!(site.starts(&key).await, 1);
    site.end(&key, 0, "").await;
}
