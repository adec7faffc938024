//! The fixed texts of the log.

use crate::arguments::Arguments;
use amt_client::observe::masked_value;

/// 71 dashes.
pub const RULE: &str = "-----------------------------------------------------------------------";
/// Above the messages: 65 columns.
pub const LOG_BEGIN: &str = "Job log ---------------------------------------------------------";
/// Below the messages: 65 columns.
pub const LOG_END: &str = "End Job log -----------------------------------------------------";
/// Before the return code.
pub const COMPLETED: &str = "Connector completed with return code";

/// The head of the log: version and arguments between two rules. Labels are padded to 24 columns. What passes for a
/// secret among parameters and task values is masked.
pub fn header(arguments: &Arguments, version: &str) -> Vec<String> {
    let or = |value: &Option<String>, absent: &str| value.clone().unwrap_or(absent.to_owned());
    let mut lines = vec![RULE.to_owned()];
    let mut label = |name: &str, value: String| lines.push(format!("{name:<24}: {value}"));
    label("SMA AMT Connector", version.to_owned());
    label("-jt (job type)", arguments.job_type.name().to_owned());
    label("-an (application Name)", or(&arguments.application, "null"));
    label("-jn (job name)", or(&arguments.job, "null"));
    label("-fn (file name)", or(&arguments.file, "null"));
    label("-pa (Parameters)", or(&shown(arguments.parameters.as_deref()), "null"));
    label("-u  (user)", or(&arguments.user, "default"));
    label("-tv (task value)", or(&shown(arguments.task_values.as_deref()), "null"));
    if let Some(id) = arguments.request_id.or(arguments.resume) {
        label("-ri (request id)", id.to_string());
    }
    lines.push(RULE.to_owned());
    lines
}

/// A list as it was given, its secrets masked.
fn shown(list: Option<&str>) -> Option<String> {
    let pieces = list?.split_inclusive([';', '\n']).map(|piece| {
        let member = piece.trim_end_matches([';', '\n']);
        format!("{}{}", masked_value(member), &piece[member.len()..])
    });
    Some(pieces.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widths_are_those_of_the_seed() {
        assert_eq!((RULE.len(), LOG_BEGIN.len(), LOG_END.len()), (71, 65, 65));
        let given = ["-an", "DEMO2", "-jn", "J"].map(std::ffi::OsString::from);
        let lines = header(&crate::arguments::parse(given).unwrap(), "1.2.3");
        assert_eq!(
            lines[1..9],
            [
                "SMA AMT Connector       : 1.2.3",
                "-jt (job type)          : START",
                "-an (application Name)  : DEMO2",
                "-jn (job name)          : J",
                "-fn (file name)         : null",
                "-pa (Parameters)        : null",
                "-u  (user)              : default",
                "-tv (task value)        : null",
            ]
        );
        let given = ["-jn", "J", "-pa", "A;;password=hush;'B';"].map(std::ffi::OsString::from);
        let lines = header(&crate::arguments::parse(given).unwrap(), "1.2.3");
        assert_eq!(lines[6], "-pa (Parameters)        : A;;password=***;'B';");
        assert_eq!((lines.len(), lines[0].as_str(), lines[9].as_str()), (10, RULE, RULE));
    }
}
