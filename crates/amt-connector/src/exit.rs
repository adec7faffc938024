//! Exit codes of `amt` and `encrypt`.

use amt_protocol::CompletionCode;

/// Wrong arguments (`EX_USAGE`). Not 2, which is RUNNING.
pub const USAGE: u8 = 64;
/// A text that is no job's cannot be read or written, or the system refuses what is needed to begin (`EX_IOERR`). Nothing was started.
pub const INPUT_OUTPUT: u8 = 74;
/// A configuration that cannot be used (`EX_CONFIG`).
pub const CONFIGURATION: u8 = 78;
/// Interrupted from the keyboard, the job left alone (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;
/// Told to end by the system, the job left alone (128 + SIGTERM).
pub const TERMINATED: u8 = 143;

/// The exit code for a completion code: the same number (`amt-domain 13.1.6`).
///
/// Numbers that no source assigns become 19 (UNDEFINED), so that no foreign number looks like a usage error.
pub fn of(code: CompletionCode) -> u8 {
    u8::try_from(code.number()).unwrap_or(19)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_completion_code_is_its_own_exit_code() {
        for code in CompletionCode::ALL {
            assert_eq!(u16::from(of(code)), code.number());
        }
        for own in [USAGE, INPUT_OUTPUT, CONFIGURATION, INTERRUPTED, TERMINATED] {
            assert!(CompletionCode::try_from(u16::from(own)).is_err(), "{own} is an AMT code");
        }
    }
}
