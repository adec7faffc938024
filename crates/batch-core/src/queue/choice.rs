//! Which queue a request gets.

use std::collections::BTreeMap;

use crate::names::{ApplicationName, QueueName, nearest};

/// What choosing needs to know of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// The queue.
    pub name: QueueName,
    /// The only application it serves; none means every application (`amt-domain 4.8`).
    pub application: Option<ApplicationName>,
    /// Default of its application, or the general default when it serves every application.
    pub is_default: bool,
}

/// Why a request gets no queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No queue has the name that was asked for.
    #[error("queue `{queue}` does not exist{}", did_you_mean(nearest.as_deref()))]
    Unknown {
        /// What was asked for.
        queue: String,
        /// A queue the application may use whose name is close.
        nearest: Option<String>,
    },
    /// The queue belongs to another application.
    #[error(
        "queue `{queue}` serves application `{owner}`, not `{application}`: name another queue or none"
    )]
    OtherApplication {
        /// What was asked for.
        queue: String,
        /// Whose queue it is.
        owner: String,
        /// Who asked.
        application: String,
    },
    /// No queue was asked for and none is a default (`amt-domain 4.3`).
    #[error(
        "application `{application}` has no default queue and there is no general one: name a queue, or make one the default"
    )]
    NoDefault {
        /// Who asked.
        application: String,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || ": name an existing queue, or none for the default".to_owned(),
        |name| format!(": did you mean `{name}`?"),
    )
}

/// Two defaults where only one can be (`amt-domain 2.6`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "queues `{first}` and `{second}` are both the default of {}: leave only one the default",
    application.as_ref().map_or("every application".to_owned(), |name| format!("application `{name}`"))
)]
pub struct DoubleDefault {
    /// One of them.
    pub first: String,
    /// The other one.
    pub second: String,
    /// Whose default; none means the general default.
    pub application: Option<String>,
}

/// Refuses a set of queues in which an application, or the system, has more than one default.
///
/// # Errors
/// [`DoubleDefault`] with the first two that clash.
pub fn check_defaults(queues: &[QueueEntry]) -> Result<(), DoubleDefault> {
    let mut defaults = BTreeMap::new();
    for queue in queues.iter().filter(|queue| queue.is_default) {
        if let Some(first) = defaults.insert(&queue.application, &queue.name) {
            return Err(DoubleDefault {
                first: first.to_string(),
                second: queue.name.to_string(),
                application: queue.application.as_ref().map(ToString::to_string),
            });
        }
    }
    Ok(())
}

/// The queues among which requests are shared out.
#[derive(Debug, Clone, Copy)]
pub struct QueueChoice<'a>(pub &'a [QueueEntry]);

impl<'a> QueueChoice<'a> {
    /// The queue for a request of `application` (`amt-domain 4.1, 4.2, 4.10`): the one it names;
    /// without a name (or with a blank one) the default of its application; else the general
    /// default.
    ///
    /// # Errors
    /// [`Refusal`], which says what to do.
    pub fn choose(
        self,
        application: &ApplicationName,
        named: Option<&str>,
    ) -> Result<&'a QueueEntry, Refusal> {
        match named.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => self.named(application, name),
            None => self
                .default_of(Some(application))
                .or_else(|| self.default_of(None))
                .ok_or_else(|| Refusal::NoDefault { application: application.to_string() }),
        }
    }

    fn named(self, application: &ApplicationName, name: &str) -> Result<&'a QueueEntry, Refusal> {
        let wanted = crate::names::key(name);
        let Some(queue) = self.0.iter().find(|queue| queue.name.key() == wanted) else {
            let usable = self.0.iter().filter(|queue| queue.serves(application));
            return Err(Refusal::Unknown {
                queue: crate::text::shown(name),
                nearest: nearest(name, usable.map(|queue| queue.name.as_str())).map(str::to_owned),
            });
        };
        match &queue.application {
            Some(owner) if owner != application => Err(Refusal::OtherApplication {
                queue: queue.name.to_string(),
                owner: owner.to_string(),
                application: application.to_string(),
            }),
            _ => Ok(queue),
        }
    }

    fn default_of(self, application: Option<&ApplicationName>) -> Option<&'a QueueEntry> {
        self.0.iter().find(|queue| queue.is_default && queue.application.as_ref() == application)
    }
}

impl QueueEntry {
    /// Whether requests of that application may be in this queue.
    pub fn serves(&self, application: &ApplicationName) -> bool {
        self.application.as_ref().is_none_or(|owner| owner == application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, application: Option<&str>, is_default: bool) -> QueueEntry {
        QueueEntry {
            name: QueueName::new(name).unwrap(),
            application: application.map(application_name),
            is_default,
        }
    }

    fn application_name(name: &str) -> ApplicationName {
        ApplicationName::new(name).unwrap()
    }

    fn choose(
        queues: &[QueueEntry],
        application: &str,
        named: Option<&str>,
    ) -> Result<String, String> {
        QueueChoice(queues)
            .choose(&application_name(application), named)
            .map(|queue| queue.name.to_string())
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_named_queue_wins_then_the_applications_default_then_the_general_one() {
        let queues = [
            queue("GENERAL", None, true),
            queue("NIGHT", None, false),
            queue("DEMO2 DAY", Some("DEMO2"), true),
            queue("DEMO2 FAST", Some("DEMO2"), false),
        ];
        let cases = [
            ("DEMO2", Some("night"), "NIGHT"),
            ("DEMO2", Some("demo2 fast"), "DEMO2 FAST"),
            ("demo2", None, "DEMO2 DAY"),
            ("DEMO2", Some("  "), "DEMO2 DAY"),
            ("PAYROLL", None, "GENERAL"),
        ];
        for (application, named, expected) in cases {
            assert_eq!(choose(&queues, application, named).as_deref(), Ok(expected), "{named:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let queues = [queue("NIGHT", None, false), queue("DAY", Some("DEMO2"), true)];
        let refused = |application, named| choose(&queues, application, named).unwrap_err();
        assert_eq!(
            refused("DEMO2", Some("NIGTH")),
            "queue `NIGTH` does not exist: did you mean `NIGHT`?"
        );
        assert_eq!(
            refused("PAYROLL", Some("DAI")),
            "queue `DAI` does not exist: name an existing queue, or none for the default"
        );
        assert_eq!(
            refused("PAYROLL", Some("day")),
            "queue `DAY` serves application `DEMO2`, not `PAYROLL`: name another queue or none"
        );
        assert!(refused("PAYROLL", None).starts_with("application `PAYROLL` has no default queue"));
    }

    #[test]
    fn an_application_has_one_default_at_most() {
        let mut queues = vec![
            queue("A", None, true),
            queue("B", Some("DEMO2"), true),
            queue("C", Some("OTHER"), true),
            queue("D", None, false),
        ];
        assert_eq!(check_defaults(&queues), Ok(()));
        queues.push(queue("E", Some("demo2"), true));
        assert_eq!(
            check_defaults(&queues).unwrap_err().to_string(),
            "queues `B` and `E` are both the default of application `demo2`: leave only one the default"
        );
    }
}
