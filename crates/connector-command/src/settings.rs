//! The settings of an agent.

use std::time::Duration;

use connector::{BatchUser, SettingsProblem, Target};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::APPLICATION;
use crate::task::check_variables;

/// Longest path, in characters.
pub(crate) const PATH_CHARS_MAX: usize = 1024;
/// Most users that jobs may run as.
pub(crate) const USERS_MAX: usize = 200;
/// Seconds between the request to end and the end by force: fewest, most, and without a setting.
pub(crate) const KILL_GRACE: (u64, u64, u64) = (0, 3600, 10);
/// MiB of output that are kept of a job: fewest, most, and without a setting.
pub(crate) const OUTPUT_LIMIT: (u64, u64, u64) = (1, 4096, 64);
/// Processes that a job may have at once; 0 is no limit: fewest, most, and without a setting.
pub(crate) const PROCESSES: (u64, u64, u64) = (0, 1_000_000, 0);

/// Days that job logs are kept, which the scheduler does: fewest, most, and without a setting.
pub(crate) const RETAIN_DAYS: (u64, u64, u64) = (1, 3650, 30);

const NAMES: [&str; 10] = [
    "batch_user",
    "inherit_environment",
    "working_directory",
    "environment",
    "allow_batch_users",
    "batch_users",
    "kill_grace_seconds",
    "output_limit_mib",
    "processes_max",
    "retain_log_files_days",
];

/// Settings that are right.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) agent: String,
    /// The user of this machine under whom jobs run that name none; none for the agent's own.
    pub(crate) user: Option<BatchUser>,
    pub(crate) inherit_environment: bool,
    pub(crate) working_directory: Option<String>,
    pub(crate) environment: IndexMap<String, String>,
    /// Whether jobs may run as other users of this machine.
    pub(crate) allow_batch_users: bool,
    /// Which ones; empty: all but the superuser.
    pub(crate) batch_users: Vec<String>,
    pub(crate) kill_grace: Duration,
    pub(crate) output_bytes: u64,
    pub(crate) processes_max: u32,
}

impl Settings {
    /// Reads the settings of an agent.
    ///
    /// # Errors
    /// Everything that is wrong. Values are not repeated, since a variable may be a password.
    pub(crate) fn of(target: &Target) -> Result<Self, Vec<SettingsProblem>> {
        let mut problems = Problems { settings: &target.settings, found: Vec::new() };
        if target.application != APPLICATION {
            let message =
                format!("is `{}`; this connector knows `{APPLICATION}`", target.application);
            problems.add("application", message);
            return Err(problems.found);
        }
        problems.unknown();
        problems.number("retain_log_files_days", RETAIN_DAYS);
        let settings = Self {
            agent: target.agent.clone(),
            user: problems.user(target),
            inherit_environment: problems.flag("inherit_environment", true),
            working_directory: problems.path("working_directory"),
            environment: problems.variables("environment"),
            allow_batch_users: problems.flag("allow_batch_users", false),
            batch_users: problems.users("batch_users"),
            kill_grace: Duration::from_secs(problems.number("kill_grace_seconds", KILL_GRACE)),
            output_bytes: problems.number("output_limit_mib", OUTPUT_LIMIT) << 20,
            processes_max: u32::try_from(problems.number("processes_max", PROCESSES))
                .unwrap_or(u32::MAX),
        };
        if problems.found.is_empty() { Ok(settings) } else { Err(problems.found) }
    }
}

struct Problems<'a> {
    settings: &'a Map<String, Value>,
    found: Vec<SettingsProblem>,
}

impl Problems<'_> {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.found.push(SettingsProblem { field: field.to_owned(), message: message.into() });
    }

    /// A value that is given.
    fn value(&self, field: &str) -> Option<&Value> {
        self.settings.get(field).filter(|value| !value.is_null())
    }

    fn unknown(&mut self) {
        let settings = self.settings;
        for name in settings.keys().filter(|name| !NAMES.contains(&name.as_str())) {
            let shown: String = name.chars().take(128).collect();
            self.add(&shown, format!("is no setting; there are {}", NAMES.join(", ")));
        }
    }

    fn path(&mut self, field: &str) -> Option<String> {
        let path = match self.value(field)?.as_str() {
            Some("") => return None,
            path => path.map(str::to_owned),
        };
        let is_right = path.as_ref().is_some_and(|path| {
            path.chars().count() <= PATH_CHARS_MAX
                && !path.contains('\0')
                && std::path::Path::new(path).is_absolute()
        });
        if !is_right {
            let message =
                format!("must be an absolute path of at most {PATH_CHARS_MAX} characters");
            self.add(field, message);
        }
        path
    }

    fn variables(&mut self, field: &str) -> IndexMap<String, String> {
        let Some(value) = self.value(field) else { return IndexMap::new() };
        let variables: Option<IndexMap<String, String>> = value.as_object().and_then(|object| {
            object
                .iter()
                .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect()
        });
        let wrong = match &variables {
            None => Some("must be texts by name".to_owned()),
            Some(variables) => check_variables(variables).err(),
        };
        if let Some(wrong) = wrong {
            self.add(field, wrong);
        }
        variables.unwrap_or_default()
    }

    /// The batch user is named among the settings and comes beside them.
    fn user(&mut self, target: &Target) -> Option<BatchUser> {
        let field = "batch_user";
        self.value(field)?;
        let user = target.batch_user.clone().filter(|user| !user.identifier.trim().is_empty());
        if user.is_none() {
            self.add(field, "is not known: define the batch user, or choose another one");
        }
        user
    }

    fn flag(&mut self, field: &str, default: bool) -> bool {
        match self.value(field) {
            None => default,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.add(field, "must be true or false");
                default
            }
        }
    }

    fn users(&mut self, field: &str) -> Vec<String> {
        let Some(value) = self.value(field) else { return Vec::new() };
        let users: Option<Vec<String>> = value
            .as_array()
            .and_then(|list| list.iter().map(|user| Some(user.as_str()?.to_owned())).collect());
        let users = users.filter(|users| {
            users.len() <= USERS_MAX && users.iter().all(|user| !user.trim().is_empty())
        });
        if users.is_none() {
            let message = format!("must be at most {USERS_MAX} names of users of this machine");
            self.add(field, message);
        }
        users.unwrap_or_default()
    }

    fn number(&mut self, field: &str, (least, most, default): (u64, u64, u64)) -> u64 {
        let Some(value) = self.value(field) else { return default };
        match value.as_u64().filter(|number| (least..=most).contains(number)) {
            Some(number) => number,
            None => {
                self.add(field, format!("must be a whole number from {least} to {most}"));
                default
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(settings: Value) -> Result<Settings, Vec<String>> {
        let target = Target {
            agent: "HERE".into(),
            application: APPLICATION.into(),
            settings: settings.as_object().unwrap().clone(),
            batch_user: None,
        };
        let names = |problems: Vec<SettingsProblem>| {
            assert!(problems.iter().all(|problem| !problem.message.contains("hush")));
            problems.into_iter().map(|problem| problem.field).collect()
        };
        Settings::of(&target).map_err(names)
    }

    #[test]
    fn without_settings_nobody_runs_as_another_user() {
        let settings = settings(json!({})).unwrap();
        assert!(!settings.allow_batch_users);
        assert_eq!(settings.kill_grace, Duration::from_secs(10));
        assert_eq!(settings.output_bytes, 64 << 20);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = json!({"nonsense": "hush", "batch_user": "SVC", "inherit_environment": 1, "working_directory": "relative", "environment": {"A": 1},
            "allow_batch_users": "yes", "batch_users": [""], "kill_grace_seconds": -1,
            "output_limit_mib": 0, "processes_max": 1.5, "retain_log_files_days": 0});
        let mut fields = settings(wrong).unwrap_err();
        fields.sort();
        let mut all: Vec<&str> = NAMES.to_vec();
        all.push("nonsense");
        all.sort_unstable();
        assert_eq!(fields, all);
        let wrong = json!({"environment": {"A=B": "hush"}});
        assert_eq!(settings(wrong).unwrap_err(), ["environment"]);
    }
}
