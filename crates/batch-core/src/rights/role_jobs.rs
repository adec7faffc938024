//! Which jobs a role may use.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::names::{ApplicationName, JobName};

/// The jobs that a role may use (`amt-domain 11.3`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleJobs {
    /// Every job, of applications and definitions to come too (*Show all forms/jobs*).
    All,
    /// The ticked jobs of each application.
    Listed(BTreeMap<ApplicationName, BTreeSet<JobName>>),
}

/// Whether a user with these roles may use a job: one role that lists it is enough.
pub fn may_use_job(roles: &[RoleJobs], application: &ApplicationName, job: &JobName) -> bool {
    roles.iter().any(|role| match role {
        RoleJobs::All => true,
        RoleJobs::Listed(applications) => {
            applications.get(application).is_some_and(|jobs| jobs.contains(job))
        }
    })
}

/// Whether a user with these roles may run a script that no definition stands for. No list can name
/// it, and the job name beside it is only a label, so it takes a role for all jobs.
pub fn may_use_script(roles: &[RoleJobs]) -> bool {
    roles.contains(&RoleJobs::All)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(application: &str, jobs: &[&str]) -> RoleJobs {
        let jobs = jobs.iter().map(|job| JobName::new(*job).unwrap()).collect();
        RoleJobs::Listed([(ApplicationName::new(application).unwrap(), jobs)].into())
    }

    #[test]
    fn one_role_that_lists_the_job_is_enough() {
        let roles = [listed("DEMO2", &["REPORTTEST01"]), listed("PAYROLL", &["MONTH_END"])];
        let cases = [
            ("DEMO2", "REPORTTEST01", true),
            ("demo2", "reporttest01", true),
            ("PAYROLL", "MONTH_END", true),
            ("PAYROLL", "REPORTTEST01", false),
            ("DEMO2", "REPORTTEST02", false),
            ("OTHER", "REPORTTEST01", false),
        ];
        for (application, job, expected) in cases {
            let (application, job) =
                (ApplicationName::new(application).unwrap(), JobName::new(job).unwrap());
            assert_eq!(may_use_job(&roles, &application, &job), expected, "{application} {job}");
            assert!(may_use_job(&[RoleJobs::All], &application, &job));
            assert!(!may_use_job(&[], &application, &job));
        }
        assert!(!may_use_script(&roles) && !may_use_script(&[]));
        assert!(may_use_script(&[listed("DEMO2", &[]), RoleJobs::All]));
    }

    #[test]
    fn the_stored_form_reads_back() {
        for (role, json) in [
            (RoleJobs::All, r#""all""#),
            (listed("DEMO2", &["A", "B"]), r#"{"listed":{"DEMO2":["A","B"]}}"#),
        ] {
            assert_eq!(serde_json::to_string(&role).unwrap(), json);
            assert_eq!(serde_json::from_str::<RoleJobs>(json).unwrap(), role);
        }
    }
}
