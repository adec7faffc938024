//! Where a property belongs.

/// What a reference begins with. The prefix is written: without one a property is global
/// (`opcon-domain 1.9`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole installation: no prefix, or `OI`.
    Global,
    /// A machine (`MI`).
    Machine,
    /// A daily schedule (`SI`).
    Schedule,
    /// A daily job (`JI`).
    Job,
    /// The schedule above a subschedule (`SSI`).
    ParentSchedule,
    /// The container job above a subschedule (`SJI`).
    ParentJob,
    /// The value of a threshold (`TH`).
    Threshold,
    /// How many units a resource has (`RM`).
    ResourceMaximum,
    /// How many units of a resource are in use (`RU`).
    ResourceInUse,
    /// The properties of the named instance that is being built (`$this`, `opcon-domain 1.2`).
    NamedInstance,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 10] = [
        Self::Global,
        Self::Machine,
        Self::Schedule,
        Self::Job,
        Self::ParentSchedule,
        Self::ParentJob,
        Self::Threshold,
        Self::ResourceMaximum,
        Self::ResourceInUse,
        Self::NamedInstance,
    ];

    /// How it is written before the name.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Global => "OI",
            Self::Machine => "MI",
            Self::Schedule => "SI",
            Self::Job => "JI",
            Self::ParentSchedule => "SSI",
            Self::ParentJob => "SJI",
            Self::Threshold => "TH",
            Self::ResourceMaximum => "RM",
            Self::ResourceInUse => "RU",
            Self::NamedInstance => "$this",
        }
    }

    /// What may follow the name, in this order; what is left out or empty is the current one.
    pub const fn qualifiers(self) -> &'static [&'static str] {
        match self {
            Self::Machine => &["machine"],
            Self::Schedule => &["date", "schedule"],
            Self::Job => &["date", "schedule", "job"],
            Self::Global
            | Self::ParentSchedule
            | Self::ParentJob
            | Self::Threshold
            | Self::ResourceMaximum
            | Self::ResourceInUse
            | Self::NamedInstance => &[],
        }
    }

    /// What it is, for people.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Global => "global property",
            Self::Machine => "machine property",
            Self::Schedule => "schedule property",
            Self::Job => "job property",
            Self::ParentSchedule => "property of the parent schedule",
            Self::ParentJob => "property of the container job",
            Self::Threshold => "threshold",
            Self::ResourceMaximum | Self::ResourceInUse => "resource",
            Self::NamedInstance => "property of the named instance",
        }
    }

    pub(crate) fn from_prefix(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.prefix() == text)
    }
}
