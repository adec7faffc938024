//! A request is known by its number and its key.

use super::*;

#[tokio::test]
async fn another_request_under_the_number_of_a_task_is_neither_followed_nor_killed() {
    let server = Server::start().await;
    let amt = connect(&server, Features::default());
    server.always("OpConJobAction", accepted());
    let task = started(amt.as_ref(), report()).await;
    let item = |key| json!({"BatchRequestId": 7, "Code": 4, "RequestKey": key});
    let list = |key| Reply::Json(200, json!({"Items": [item(key)], "Cursor": "c:1"}));
    server.always("MonitorJob", list("18.DAILY.1"));
    let told = watch(amt.as_ref(), &task).await.unwrap();
    let TaskStatus::Lost { why } = &told.reports[0].status else { panic!("{told:?}") };
    assert!(why.contains("another request under the number 7"), "{why}");
    server.always("MonitorJob", Reply::Json(200, item("18.DAILY.1")));
    let refused = amt.cancel(task.clone()).await.unwrap();
    assert!(matches!(&refused, Cancelled::Refused { why } if why.contains("another request")));
    assert_eq!(server.count("OpConJobAction"), 1, "nothing was killed");
    server.always("MonitorJob", list(key().as_str()));
    let told = watch(amt.as_ref(), &task).await.unwrap();
    assert!(matches!(told.reports[0].status, TaskStatus::Ended(_)), "{told:?}");
}
