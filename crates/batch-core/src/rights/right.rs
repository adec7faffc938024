//! The rights and sets of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Something that a role may or may not do. Stop, kill and interrupt are separate (`amt-domain 5`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Start job requests.
    Submit,
    /// See requests and their status.
    Monitor,
    /// Read the messages of requests.
    ReadMessages,
    /// Ask a running request to end.
    Stop,
    /// End a request whatever its state.
    Kill,
    /// Send an interrupt to a running request.
    Interrupt,
    /// End the wait of a sleeping report.
    WakeUp,
    /// Hold, release, start, force, skip and delete requests; answer operator requests.
    Operate,
    /// Everything, definitions and users included.
    Administer,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 9] = [
        Self::Submit,
        Self::Monitor,
        Self::ReadMessages,
        Self::Stop,
        Self::Kill,
        Self::Interrupt,
        Self::WakeUp,
        Self::Operate,
        Self::Administer,
    ];

    /// The name in files, tables and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Monitor => "monitor",
            Self::ReadMessages => "read_messages",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Interrupt => "interrupt",
            Self::WakeUp => "wake_up",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a right: use {}", Right::ALL.map(Right::name).join(", "))]
pub struct UnknownRight {
    /// The word.
    pub word: String,
}

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(word: &str) -> Result<Self, UnknownRight> {
        Self::ALL
            .into_iter()
            .find(|right| right.name().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownRight { word: crate::text::shown(word) })
    }
}

/// A set of rights. Text form: `submit,monitor`; empty for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rights(u16);

impl Rights {
    /// Whether the set allows it: the right is in it, or `administer` is.
    pub const fn allows(self, right: Right) -> bool {
        self.0 & (1 << right as u16 | 1 << Right::Administer as u16) != 0
    }

    /// What either set allows: the rights of a user with both roles.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |set, right| set | 1 << right as u16))
    }
}

impl FromStr for Rights {
    type Err = UnknownRight;

    fn from_str(text: &str) -> Result<Self, UnknownRight> {
        let is_none = text.trim().is_empty();
        text.split(',').filter(|_| !is_none).map(|word| word.trim().parse::<Right>()).collect()
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = Right::ALL.into_iter().filter(|right| self.0 & (1 << *right as u16) != 0);
        f.write_str(&held.map(Right::name).collect::<Vec<_>>().join(","))
    }
}

impl TryFrom<String> for Rights {
    type Error = UnknownRight;

    fn try_from(text: String) -> Result<Self, UnknownRight> {
        text.parse()
    }
}

impl From<Rights> for String {
    fn from(rights: Rights) -> Self {
        rights.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_are_those_of_the_stored_form() {
        for right in Right::ALL {
            assert_eq!(right.name().parse(), Ok(right));
            assert_eq!(serde_json::to_string(&right).unwrap(), format!("\"{right}\""));
        }
        assert!(
            "submit, fly"
                .parse::<Rights>()
                .unwrap_err()
                .to_string()
                .starts_with("`fly` is not a right")
        );
        assert_eq!("KILL, stop".parse::<Rights>().unwrap().to_string(), "stop,kill");
        assert_eq!("".parse::<Rights>().unwrap(), Rights::default());
    }

    #[test]
    fn a_right_is_not_implied_by_another_except_by_administer() {
        for held in Right::ALL {
            let set = Rights::from_iter([held]);
            for asked in Right::ALL {
                let expected = held == asked || held == Right::Administer;
                assert_eq!(set.allows(asked), expected, "{held} for {asked}");
                assert!(!Rights::default().allows(asked));
            }
        }
        let both = Rights::from_iter([Right::Stop]).union(Rights::from_iter([Right::Kill]));
        assert!(
            both.allows(Right::Stop) && both.allows(Right::Kill) && !both.allows(Right::Submit)
        );
    }
}
