//! Answers that are huge or never end cost their call, and no more memory than their limits.

use super::*;

/// Nobody gives up meanwhile: it is the size that ends these calls.
const LONG: Duration = Duration::from_secs(60);
const MIB: u64 = 1024 * 1024;
/// What may be on the wire beside what was read, for each try of a call.
const ON_THE_WAY: u64 = 16 * MIB;

/// Most memory that this process ever had. Each test has a process of its own where `nextest` runs them.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn an_endless_answer_to_a_watch_ends_at_its_limit_and_the_watch_goes_on() {
    for (features, begin, limit) in [
        (
            Features::default(),
            r#"{"Cursor":"c:1","Items":[{"BatchRequestId":7,"Status":""#,
            16 * MIB,
        ),
        (ONE_BY_ONE, r#"{"BatchRequestId":7,"Code":4,"Status":""#, MIB / 16),
    ] {
        let server = Server::start().await;
        let mut options = options(features);
        options.timeouts.answer = LONG;
        let amt = connect_with(&server, options);
        server.always("OpConJobAction", accepted());
        let task = started(amt.as_ref(), report()).await;
        server.always("MonitorJob", Reply::Endless(begin));
        let error = watch(amt.as_ref(), &task).await.unwrap_err();
        assert_eq!(error.fault, Fault::Unreachable, "{error}");
        assert!(error.message.contains("longer than") && error.message.len() < 1000, "{error}");
        assert!(server.flooded() < limit + ON_THE_WAY, "{} bytes were taken", server.flooded());
        let item = json!({"BatchRequestId": 7, "Code": 2});
        let many = json!({"Items": [item], "Cursor": "c:2"});
        let one = if features.monitor_many { many } else { item };
        server.always("MonitorJob", Reply::Json(200, one));
        let told = watch(amt.as_ref(), &task).await.unwrap();
        assert!(matches!(told.reports[0].status, TaskStatus::Running { .. }), "{told:?}");
    }
    assert!(peak_bytes() < 256 * MIB, "{} bytes were in use", peak_bytes());
}

#[tokio::test]
async fn a_huge_answer_to_a_watch_tells_of_the_tasks_that_were_asked_for() {
    let server = Server::start().await;
    let mut options = options(Features::default());
    options.timeouts.answer = LONG;
    let amt = connect_with(&server, options);
    server.always("OpConJobAction", accepted());
    let task = started(amt.as_ref(), report()).await;
    let item = |id: u32| json!({"BatchRequestId": id, "Code": 2, "Description": "x".repeat(100)});
    let items: Vec<_> = (1..60_000).map(item).collect();
    server.always("MonitorJob", Reply::Json(200, json!({"Items": items, "Cursor": "c:1"})));
    let told = watch(amt.as_ref(), &task).await.unwrap();
    assert_eq!((told.reports.len(), &told.reports[0].attempt), (1, &task.attempt));
}

#[tokio::test]
async fn endless_messages_end_at_their_limit_and_the_log_goes_on() {
    for features in [Features::default(), ONE_BY_ONE] {
        let server = Server::start().await;
        let mut options = options(features);
        options.timeouts.answer = LONG;
        let amt = connect_with(&server, options);
        server.always("OpConJobAction", accepted());
        server.always("MonitorJob", status(4));
        let task = started(amt.as_ref(), report()).await;
        let begin = r#"{"Complete":true,"Messages":[{"Sequence":1,"Text":""#;
        server.always("GetMessages", Reply::Endless(begin));
        let first = read(amt.as_ref(), &task, None).await;
        assert!(first.text.contains("are missing here") && !first.is_end, "{}", first.text);
        assert!(first.text.len() < 4000, "{} bytes of it are shown", first.text.len());
        // It is asked for a few times before that is said.
        let limit = 3 * (128 * MIB + ON_THE_WAY);
        assert!(server.flooded() < limit, "{} bytes were taken", server.flooded());
        let lines = json!({"Messages": [{"Sequence": 1, "Text": "late"}], "Complete": true});
        server.always("GetMessages", Reply::Json(200, lines));
        let second = read(amt.as_ref(), &task, Some(first.next)).await;
        assert!(second.text.contains("\"late\"") && second.is_end, "{}", second.text);
    }
    assert!(peak_bytes() < 512 * MIB, "{} bytes were in use", peak_bytes());
}

#[tokio::test]
async fn one_huge_message_is_read_in_parts_of_the_size_that_was_asked_for() {
    let server = Server::start().await;
    let mut options = options(Features::default());
    options.timeouts.answer = LONG;
    let amt = connect_with(&server, options);
    server.always("OpConJobAction", accepted());
    server.always("MonitorJob", status(4));
    let task = started(amt.as_ref(), report()).await;
    let line = "0123456789".repeat(500_000);
    let lines = json!({"Messages": [{"Sequence": 1, "Text": line}], "Complete": true});
    server.always("GetMessages", Reply::Json(200, lines));
    let (mut text, mut from) = (String::new(), None);
    loop {
        let part = read(amt.as_ref(), &task, from).await;
        assert!(part.text.len() <= 1 << 20, "a part has {} bytes", part.text.len());
        text += &part.text;
        if part.is_end {
            break;
        }
        from = Some(part.next);
    }
    assert!(text.contains(&line), "it is whole");
}
