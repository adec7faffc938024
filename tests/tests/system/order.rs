//! The order of a job log: what a job has written comes before what the batch server says in its name, and before its child.

use e2e::{Definitions, Site, on_both};
use serde_json::json;

const TALKS: &str = "#!/bin/sh
for i in 1 2 3 4 5; do
  echo \"before question $i\"
  amtjob ask \"question $i\" >/dev/null
  echo \"before point $i\"
  amtjob critical-point --name \"point $i\"
  echo \"before child $i\"
  amtjob start --job CHILD --wait >/dev/null
done
echo \"before abort\"
amtjob abort enough
";

on_both!(a_job_log_keeps_the_order_of_what_the_job_did, |database| async move {
    let jobs =
        Definitions::default().report("TALKS", TALKS).report("CHILD", "#!/bin/sh\necho child\n");
    let site = Site::start(&database, &jobs).await;
    std::fs::write(site.app().join("extracts/answers.txt"), "yes\n".repeat(5)).unwrap();
    let id = site.api.start(json!({"JobName": "TALKS", "RequestFile": "answers.txt"})).await;
    site.api.until(id, &[12]).await;
    let done = |i| {
        [
            format!("before question {i}"),
            format!("question {i} [yes]"),
            format!("before point {i}"),
            format!("Critical point {i} saved: point {i}"),
            format!("before child {i}"),
            "child".to_owned(),
        ]
    };
    let mut expected: Vec<_> = (1..=5).flat_map(done).collect();
    expected.extend(["before abort".to_owned(), "enough".to_owned()]);
    let mut messages = site.api.messages(id).await;
    messages.retain(|text| expected.contains(text));
    assert_eq!(messages, expected);
});
