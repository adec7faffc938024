//! The keys and sections that are known, with every spelling seen.

/// A key of `Connector.config`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The connector's own name; has no effect.
    Name,
    /// Seconds between two status checks.
    StatusCheckPollInterval,
    /// Seconds before the first status check.
    StatusCheckInitialPollDelay,
    /// `ON` writes each call and answer to the log file.
    Debug,
    /// The log file, or `OFF`.
    LogFile,
    /// `host:port` of the AMTOpCon service.
    ServerAddress,
    /// Whether the service speaks TLS.
    ServerUsesTls,
    /// The API user, encoded or sealed.
    User,
    /// Its password, encoded or sealed.
    Password,
    /// PEM files with certificate authorities.
    CaFile,
    /// A TOML file that describes a server that differs from ours.
    WireProfile,
    /// The key of sealed values.
    KeyFile,
}

/// A section of `Connector.config`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `[CONNECTOR]`.
    Connector,
    /// `[AMT_BATCH_SERVER]`, or `[AMT BATCH SERVER]` as in the published example.
    AmtBatchServer,
}

impl Section {
    /// The section of a name in any case, with blanks or underscores.
    pub fn find(name: &str) -> Option<Self> {
        match name.replace(' ', "_").to_ascii_uppercase().as_str() {
            "CONNECTOR" => Some(Self::Connector),
            "AMT_BATCH_SERVER" => Some(Self::AmtBatchServer),
            _ => None,
        }
    }

    /// The name to write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connector => "CONNECTOR",
            Self::AmtBatchServer => "AMT_BATCH_SERVER",
        }
    }
}

impl Key {
    /// Every spelling that is read, and its key; the first of each key is the one to write.
    pub const SPELLINGS: [(&'static str, Self); 13] = [
        ("NAME", Self::Name),
        ("STATUS_CHECK_POLL_INTERVAL", Self::StatusCheckPollInterval),
        ("STATUS_CHECK_INITIAL_POLL_DELAY", Self::StatusCheckInitialPollDelay),
        ("DEBUG", Self::Debug),
        ("LOG_FILE", Self::LogFile),
        ("SERVER_ADDRESS", Self::ServerAddress),
        ("SERVER_USES_TLS", Self::ServerUsesTls),
        ("SERVER_USE_TLS", Self::ServerUsesTls),
        ("USER", Self::User),
        ("PASSWORD", Self::Password),
        ("CA_FILE", Self::CaFile),
        ("WIRE_PROFILE", Self::WireProfile),
        ("KEY_FILE", Self::KeyFile),
    ];

    /// The key of a name in any case.
    pub fn find(name: &str) -> Option<Self> {
        Self::SPELLINGS
            .iter()
            .find(|(spelling, _)| spelling.eq_ignore_ascii_case(name))
            .map(|(_, key)| *key)
    }

    /// The name to write.
    pub fn name(self) -> &'static str {
        Self::SPELLINGS.iter().find(|(_, key)| *key == self).map_or("", |(name, _)| name)
    }

    /// True for values that no message may show.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::User | Self::Password)
    }
}
