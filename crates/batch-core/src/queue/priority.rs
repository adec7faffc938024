//! The three levels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How urgent a queue's work is (`amt-domain 4.4`). Orders by urgency: `High` comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Taken before everything else.
    High,
    /// The level of a queue that nobody thought about.
    Normal,
    /// Taken when nothing else waits.
    Low,
}

impl Priority {
    /// Every level, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The vendor's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "High",
            Self::Normal => "Normal",
            Self::Low => "Low",
        }
    }
}

/// A word that is none of the three levels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a priority: use High, Normal or Low")]
pub struct UnknownPriority(pub String);

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    /// Reads a level in any case.
    fn from_str(text: &str) -> Result<Self, UnknownPriority> {
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownPriority(crate::text::shown(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_back_and_order_by_urgency() {
        for level in Priority::ALL {
            assert_eq!(level.to_string().to_lowercase().parse(), Ok(level));
            let json = serde_json::to_string(&level).unwrap();
            assert_eq!(json, format!("\"{level}\""));
            assert_eq!(serde_json::from_str::<Priority>(&json).unwrap(), level);
        }
        let mut sorted = [Priority::Low, Priority::High, Priority::Normal];
        sorted.sort_unstable();
        assert_eq!(sorted, Priority::ALL);
        assert_eq!("urgent".parse::<Priority>(), Err(UnknownPriority("urgent".into())));
    }
}
