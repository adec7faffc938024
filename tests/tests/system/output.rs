//! A line of one gibibyte: it costs neither the job nor the memory of the server.

use e2e::{Definitions, Site, on_both};
use serde_json::json;

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;
/// What is documented as the default of `limits.output`, and of `limits.line`.
const OUTPUT: u64 = 64 * MIB;
const LINE: usize = 64 << 10;

/// The most memory that a process has had, in bytes.
fn peak(pid: nix::unistd::Pid) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

on_both!(a_line_of_a_gibibyte_is_capped_and_the_server_stays_small, |database| async move {
    let report = "#!/bin/sh\nhead -c 1073741824 /dev/zero | tr '\\000' x\necho\necho end\n";
    let site = Site::start(&database, &Definitions::default().report("HUGE", report)).await;
    let id = site.api.start(json!({"JobName": "HUGE"})).await;
    site.api.until(id, &[4]).await;

    let (mut after, mut kept, mut last) = (0, 0, Vec::new());
    loop {
        let path = format!("/GetMessages?BatchRequestId={id}&After={after}&Limit=100");
        let (status, page) = site.api.get(&path).await;
        assert_eq!(status, 200, "{page}");
        for message in page["Messages"].as_array().unwrap() {
            let text = message["Text"].as_str().unwrap();
            assert!(text.len() <= LINE, "a message of {} bytes", text.len());
            if text.starts_with("xxx") {
                assert!(text.bytes().all(|byte| byte == b'x'));
                kept += text.len() as u64;
            } else {
                last.push(text.to_owned());
            }
        }
        after = page["Last"].as_i64().unwrap();
        if page["Complete"] == true {
            break;
        }
    }
    assert_eq!(kept, OUTPUT, "what is kept of the line");
    let dropped = GIB + "\nend\n".len() as u64 - OUTPUT;
    let remark =
        format!("{dropped} bytes of output beyond the limit of {OUTPUT} bytes were not kept");
    assert!(last.contains(&remark) && last.last().unwrap() == "Done", "{last:?}");
    assert!(!last.contains(&"end".to_owned()), "{last:?}");
    let peak = peak(site.pid());
    assert!(peak < 300 * MIB, "the server needed {} MiB", peak / MIB);
});
