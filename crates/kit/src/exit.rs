//! Exit codes of our own programs. Programs that replace an existing command keep that command's codes instead.

/// How a program ended. The numbers are a stable contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// 0: what was asked was done.
    Success = 0,
    /// 1: it was tried and failed; for a command that waits for a job, the job failed.
    Failure = 1,
    /// 2: the command line or the configuration is wrong; nothing was tried.
    Usage = 2,
    /// 3: a named thing does not exist.
    NotFound = 3,
    /// 4: the caller may not do it, or it needs a confirmation that was not given.
    Refused = 4,
    /// 5: the server or the database cannot be reached.
    Unreachable = 5,
    /// 6: it was not done within the time allowed; it may still happen.
    Timeout = 6,
    /// 7: it conflicts with what is stored, or somebody else was faster.
    Conflict = 7,
    /// 70: a mistake in the program itself; please report it.
    Bug = 70,
}

impl ExitCode {
    /// Every code, in ascending order.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::NotFound,
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::Conflict,
        Self::Bug,
    ];

    /// The number that the shell sees.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

impl std::process::Termination for ExitCode {
    fn report(self) -> std::process::ExitCode {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_a_contract() {
        assert_eq!(ExitCode::ALL.map(ExitCode::number), [0, 1, 2, 3, 4, 5, 6, 7, 70]);
    }
}
