//! What a daily job waits for besides time and other jobs: a key by which whoever frees it finds who waits.

use std::fmt;

use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

/// What a daily job waits for besides time and other jobs. The texts are those of the column `daily_job.waits_for`, over which the
/// queries of [`crate::daily_job`] and [`crate::lull`] range.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitKey {
    /// An agent; it has named none.
    NoAgent,
    /// A slot of this agent: `agent:AMT`.
    Agent(String),
    /// A slot of the first of these agents that has one: `agents:|A|B|`.
    FirstOf(Vec<String>),
    /// A slot of any agent of this group: `group:LINUX`.
    Group(String),
    /// A value of this threshold: `threshold:T`.
    Threshold(String),
    /// Units of this resource: `resource:R`.
    Resource(String),
    /// That its schedule goes on: `schedule`.
    Schedule,
    /// That starts are not stopped any more: `pause`.
    Pause,
    /// That its time comes again, for it could not be moved on, and why: `fault:…`.
    Fault(String),
}

/// Before what could not be moved on says why.
const FAULT: &str = "fault";

impl WaitKey {
    /// The key that a text stands for; none where it stands for no key.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':') else {
            return match text {
                "agent" => Some(Self::NoAgent),
                "schedule" => Some(Self::Schedule),
                "pause" => Some(Self::Pause),
                _ => None,
            };
        };
        let own = || name.to_owned();
        Some(match kind {
            "agent" => Self::Agent(own()),
            "agents" => {
                let names = name.split('|').filter(|name| !name.is_empty());
                Self::FirstOf(names.map(ToOwned::to_owned).collect())
            }
            "group" => Self::Group(own()),
            "threshold" => Self::Threshold(own()),
            "resource" => Self::Resource(own()),
            FAULT => Self::Fault(own()),
            _ => return None,
        })
    }
}

impl fmt::Display for WaitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAgent => f.write_str("agent"),
            Self::Agent(name) => write!(f, "agent:{name}"),
            Self::FirstOf(names) => {
                f.write_str("agents:|")?;
                names.iter().try_for_each(|name| write!(f, "{name}|"))
            }
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Threshold(name) => write!(f, "threshold:{name}"),
            Self::Resource(name) => write!(f, "resource:{name}"),
            Self::Schedule => f.write_str("schedule"),
            Self::Pause => f.write_str("pause"),
            Self::Fault(why) => write!(f, "{FAULT}:{why}"),
        }
    }
}

impl<DB: Database> Type<DB> for WaitKey
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }

    fn compatible(of: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(of)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for WaitKey
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <String as Decode<DB>>::decode(value)?;
        Self::parse(&text).ok_or_else(|| format!("no job can wait for `{text}`").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_its_text_says() {
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        let name = || "A:1".to_owned();
        let all = [
            (WaitKey::NoAgent, "agent"),
            (WaitKey::Agent(name()), "agent:A:1"),
            (WaitKey::FirstOf(names(&["A", "B"])), "agents:|A|B|"),
            (WaitKey::Group(name()), "group:A:1"),
            (WaitKey::Threshold(name()), "threshold:A:1"),
            (WaitKey::Resource(name()), "resource:A:1"),
            (WaitKey::Schedule, "schedule"),
            (WaitKey::Pause, "pause"),
            (WaitKey::Fault(name()), "fault:A:1"),
        ];
        for (key, text) in all {
            assert_eq!(key.to_string(), text);
            assert_eq!(WaitKey::parse(text), Some(key));
        }
        assert_eq!(WaitKey::parse("agen:A"), None);
        assert_eq!(WaitKey::parse(""), None);
    }
}
