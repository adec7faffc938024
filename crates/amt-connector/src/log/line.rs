//! One line of the log.

use jiff::civil::DateTime;

/// The class that the older connector prints for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The frame: arguments and return code.
    Connector,
    /// The work: logon, start, job log.
    Executor,
}

impl Voice {
    /// The name in brackets.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Connector => "AMTConnector",
            Self::Executor => "AMTJobExecutorImpl",
        }
    }
}

/// A line with its prefix: `HH:mm:ss.SSS [main] [<class>] yyyyMMdd HH:mm:ss : <text>`, local time.
pub fn line(at: DateTime, voice: Voice, text: &str) -> String {
    let (h, m, s) = (at.hour(), at.minute(), at.second());
    let millisecond = at.subsec_nanosecond() / 1_000_000;
    let (year, month, day) = (at.year(), at.month(), at.day());
    let class = voice.class();
    format!(
        "{h:02}:{m:02}:{s:02}.{millisecond:03} [main] [{class}] {year:04}{month:02}{day:02} {h:02}:{m:02}:{s:02} : {text}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_that_of_the_seed() {
        let at: DateTime = "2017-05-18T14:00:14.239".parse().unwrap();
        assert_eq!(
            line(at, Voice::Connector, "Connector completed with return code 4"),
            "14:00:14.239 [main] [AMTConnector] 20170518 14:00:14 : Connector completed with return code 4"
        );
        let at: DateTime = "2026-01-02T03:04:05.006".parse().unwrap();
        assert_eq!(
            line(at, Voice::Executor, "Done"),
            "03:04:05.006 [main] [AMTJobExecutorImpl] 20260102 03:04:05 : Done"
        );
    }
}
