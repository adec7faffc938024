//! The examples of `docs/guide/amtopcon.md` are run as they stand there.

use std::time::{SystemTime, UNIX_EPOCH};

use e2e::{Definitions, Site, on_both, run_guide};

const GUIDE: &str = include_str!("../../../docs/guide/amtopcon.md");

/// Hours and minutes of now, moved by some hours, UTC.
fn hour_from_now(hours: u64) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    format!("{:02}:00", (seconds / 3600 + hours) % 24)
}

async fn site(database: &e2e::Database) -> Site {
    let window =
        format!("start_time = \"{}\"\nend_time = \"{}\"", hour_from_now(6), hour_from_now(7));
    let jobs = Definitions::default()
        .report("REPORTTEST01", "#!/bin/sh\necho 'Report test 01 is started'\n")
        .queue("MAIN", "default = true\nconcurrency = 8")
        .queue("NIGHT", &window);
    Site::start(database, &jobs).await
}

on_both!(the_examples_of_the_guide_answer_as_it_says, |database| async move {
    let count = run_guide(GUIDE, &site(&database).await).await;
    assert!(count > 12, "{count} examples");
});
