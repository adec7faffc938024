//! What may have been meant by a wrong name.

/// Names that may still be compared with wrong ones in one run. 100,000 wrong names would otherwise each be compared with
/// every name that there is, for mistakes of which only the first are shown.
#[derive(Debug)]
pub struct Hints {
    left: usize,
}

/// Names that are compared in one run.
const COMPARISONS_MAX: usize = 1_000_000;

impl Default for Hints {
    fn default() -> Self {
        Self { left: COMPARISONS_MAX }
    }
}

impl Hints {
    /// What may have been meant, as long as there have not been too many wrong names.
    pub fn nearest<'n>(
        &mut self,
        name: &str,
        candidates: impl ExactSizeIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        self.left = self.left.saturating_sub(candidates.len());
        if self.left == 0 { None } else { core_kit::nearest(name, candidates) }
    }

    /// The same as the end of a message: `; did you mean `Load`?`, or nothing.
    pub fn question<'n>(
        &mut self,
        name: &str,
        candidates: impl ExactSizeIterator<Item = &'n str>,
    ) -> String {
        let near = self.nearest(name, candidates);
        near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_too_many_comparisons_there_are_no_more_hints() {
        let names: Vec<String> = (0..1_000).map(|number| format!("Job {number}")).collect();
        let all = || names.iter().map(String::as_str);
        let mut hints = Hints::default();
        let given = (0..1_100).filter(|_| !hints.question("Job 7x", all()).is_empty()).count();
        assert_eq!(given, 999);
    }
}
