//! The lines that the server writes around the output of a report, as the logs of the seeds show
//! them (`amt-domain 6.1`).

use std::time::Duration;

/// The last line of a report.
pub const DONE: &str = "Done";

/// What the first line of a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportStart<'a> {
    /// Revision of the report, for example `1.3`.
    pub revision: &'a str,
    /// Version of the runtime, for example `8.0.24223.0`.
    pub version: &'a str,
    /// Whether the report runs under the batch controller (the logs of 2024) or was started by a
    /// script (2017).
    pub is_loaded_in_controller: bool,
    /// The request that runs.
    pub request_id: i64,
}

impl ReportStart<'_> {
    /// `Started Rev: 1.3 AMT: 8.0.24223.0. Params: LOADINBATCHCONTROLLER /R:4280 /USEWORKINGDIR`
    pub fn line(&self) -> String {
        let loaded = if self.is_loaded_in_controller { "LOADINBATCHCONTROLLER " } else { "" };
        let Self { revision, version, request_id, .. } = self;
        format!(
            "Started Rev: {revision} AMT: {version}. Params: {loaded}/R:{request_id} /USEWORKINGDIR"
        )
    }
}

/// The two lines after a report that took `elapsed`: `Report execution time: HH:MM:SS:mmm` and
/// `Done`. Milliseconds are cut, not rounded; a report of 100 hours or more gets more digits.
pub fn report_end(elapsed: Duration) -> [String; 2] {
    let seconds = elapsed.as_secs();
    let time = format!(
        "{:02}:{:02}:{:02}:{:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        elapsed.subsec_millis()
    );
    [format!("Report execution time: {time}"), DONE.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_that_of_both_seed_logs() {
        let new = ReportStart {
            revision: "1.3",
            version: "8.0.24223.0",
            is_loaded_in_controller: true,
            request_id: 4280,
        };
        assert_eq!(
            new.line(),
            "Started Rev: 1.3 AMT: 8.0.24223.0. Params: LOADINBATCHCONTROLLER /R:4280 /USEWORKINGDIR"
        );
        let old = ReportStart {
            revision: "1.1",
            version: "8.0.16351.50",
            is_loaded_in_controller: false,
            request_id: 2103,
        };
        assert_eq!(
            old.line(),
            "Started Rev: 1.1 AMT: 8.0.16351.50. Params: /R:2103 /USEWORKINGDIR"
        );
    }

    #[test]
    fn the_last_lines_are_those_of_both_seed_logs() {
        let cases = [
            (30_229, "00:00:30:229"),
            (70_249, "00:01:10:249"),
            (0, "00:00:00:000"),
            (359_999_999, "99:59:59:999"),
            (360_000_000, "100:00:00:000"),
        ];
        for (milliseconds, time) in cases {
            let lines = report_end(Duration::from_millis(milliseconds));
            assert_eq!(lines, [format!("Report execution time: {time}"), "Done".to_owned()]);
        }
        assert!(report_end(Duration::from_micros(1_999)).iter().any(|line| line.ends_with(":001")));
    }
}
