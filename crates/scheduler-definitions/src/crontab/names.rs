//! Names of jobs: after their programs, each once.

use std::collections::{HashMap, HashSet};

use scheduler_core::name::JobName;

/// Room for a number behind a name: more jobs than a table of some megabytes can have.
const NUMBER_CHARS: usize = 8;

/// The names that are taken. Names that differ only in case are one, as for the check of definitions.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The number with which the next job of a program is tried, by the program.
    next: HashMap<String, usize>,
}

impl Names {
    /// A name after the program, with a number where it is taken.
    pub(super) fn name(&mut self, program: &str) -> JobName {
        let plain: String = program
            .chars()
            .filter(|sign| sign.is_alphanumeric() || "-_.+".contains(*sign))
            .take(JobName::CHARS_MAX - NUMBER_CHARS)
            .collect();
        let plain = if plain.is_empty() { "job".to_owned() } else { plain };
        let next = self.next.entry(plain.to_lowercase()).or_insert(1);
        loop {
            let name = if *next == 1 { plain.clone() } else { format!("{plain}-{next}") };
            *next += 1;
            if self.taken.insert(name.to_lowercase()) {
                return name.parse().expect("letters, digits and -_.+ make a name");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_job_of_a_program_has_a_number() {
        let mut names = Names::default();
        let programs =
            ["load", "Load", "load-2", "load-2", "Übung", "übung", "ÜBUNG", "", "(", "job"];
        let made: Vec<String> =
            programs.iter().map(|program| names.name(program).to_string()).collect();
        assert_eq!(
            made,
            [
                "load", "Load-2", "load-2-2", "load-2-3", "Übung", "übung-2", "ÜBUNG-3", "job",
                "job-2", "job-3"
            ]
        );
    }

    #[test]
    fn long_names_are_cut_so_that_any_number_fits() {
        let (mut names, long) = (Names::default(), "x".repeat(200));
        let lengths: Vec<usize> =
            (0..12).map(|_| names.name(&long).as_str().chars().count()).collect();
        assert_eq!((lengths[0], lengths[1], lengths[11]), (56, 58, 59));
    }

    /// Each is found at the first try but for those whose number another program has in its name.
    #[test]
    fn a_hundred_thousand_jobs_of_one_program_have_a_hundred_thousand_names() {
        let mut names = Names::default();
        let last = (0..=100_000).map(|_| names.name("x")).last().unwrap();
        assert_eq!(last.as_str(), "x-100001");
        assert_eq!(names.taken.len(), 100_001);
    }
}
