//! What a job's status is called: the contract with the vendor's clients (`opcon-domain 1.10`).

use std::fmt;

/// The group a status belongs to. Clients decide by it what they offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Held back by an operator.
    Held,
    /// Not started yet.
    Waiting,
    /// Being started, or running.
    Running,
    /// Ended badly.
    Failed,
    /// Ended well.
    FinishedOk,
    /// Passed over; dependants go on.
    Skipped,
    /// Taken out; dependants stay where they are.
    Cancelled,
    /// Not started by its latest start.
    MissedStartTime,
    /// Failed, and somebody looks at it.
    UnderReview,
    /// Failed, and put right.
    Fixed,
}

impl Category {
    /// Every category, in the order of the vendor's table.
    pub const ALL: [Self; 10] = [
        Self::Held,
        Self::Waiting,
        Self::Running,
        Self::Failed,
        Self::FinishedOk,
        Self::Skipped,
        Self::Cancelled,
        Self::MissedStartTime,
        Self::UnderReview,
        Self::Fixed,
    ];

    /// The exact text that clients parse.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "Held",
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Failed => "Failed",
            Self::FinishedOk => "Finished Ok",
            Self::Skipped => "Skipped",
            Self::Cancelled => "Cancelled",
            Self::MissedStartTime => "Missed Start Time",
            Self::UnderReview => "Under Review",
            Self::Fixed => "Fixed",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One list makes the type, its texts, its categories and its numbers.
macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $category:ident, $description:literal;)+) => {
        /// What is shown of a job: derived from its state, never stored on its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Status { $($(#[$doc])* $name),+ }

        impl Status {
            /// Every status, by category.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The exact text that clients parse.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $description),+ }
            }

            /// The group it belongs to.
            pub const fn category(self) -> Category {
                match self { $(Self::$name => Category::$category),+ }
            }

            /// The number in JSON. 0, 210, 900, 910, 920, 921, 940 and 950 are the vendor's, by
            /// which its command line knows that a wait is over; the others are ours, in the order
            /// held, waiting, running, ended. None is a multiple of 256: a command that exits with
            /// the number must not look successful.
            pub const fn id(self) -> u16 {
                match self { $(Self::$name => $id),+ }
            }
        }
    };
}

statuses! {
    /// Held back by an operator, an event or its build status.
    OnHold = 0, Held, "On Hold";

    /// Its build is not finished.
    UnderConstruction = 10, Waiting, "Under Construction";
    /// Not tested yet, or its schedule does not run.
    Qualifying = 20, Waiting, "Qualifying";
    /// Released from a hold and not tested since.
    Released = 25, Waiting, "Released";
    /// Skipped as soon as it qualifies.
    JobToBeSkipped = 30, Waiting, "Job to be Skipped";
    /// Its start time has not come.
    WaitStartTime = 40, Waiting, "Wait Start Time";
    /// A predecessor has not ended as wanted.
    WaitJobDependency = 50, Waiting, "Wait Job Dependency";
    /// A job that it may not run beside is running.
    WaitJobConflict = 55, Waiting, "Wait Job Conflict";
    /// A threshold has another value, or a resource has too few units.
    WaitThresholdResourceDependency = 60, Waiting, "Wait Threshold/Resource Dependency";
    /// An expression is not true.
    WaitExpressionDependency = 65, Waiting, "Wait Expression Dependency";
    /// No machine can take it.
    WaitMachine = 70, Waiting, "Wait Machine";
    /// Later than wanted; it starts all the same.
    LateToStart = 75, Waiting, "Late to Start";
    /// Its pre-run failed and is repeated.
    PrerunFailed = 80, Waiting, "Prerun Failed";
    /// Qualified; about to be started.
    WaitToStart = 90, Waiting, "Wait to Start";
    /// Started by force; about to be started.
    WaitToStartForced = 95, Waiting, "Wait to Start; Forced";

    /// Being prepared for its machine; nothing was sent.
    AttemptToStart = 100, Running, "Attempt to Start";
    /// Sent to its machine.
    StartAttempted = 110, Running, "Start Attempted";
    /// Sent to its machine minutes ago, and no answer.
    StillAttemptingStart = 120, Running, "Still Attempting Start";
    /// Its pre-run runs.
    PrerunActive = 130, Running, "Prerun Active";
    /// It runs.
    JobRunning = 140, Running, "Job Running";
    /// It runs longer than wanted.
    JobRunningLateToFinish = 150, Running, "Job Running; Late to Finish";
    /// It runs, and a kill is about to be sent.
    JobRunningToBeTerminated = 160, Running, "Job Running; To be terminated";

    /// It could not be started: a missing field, a bad user, a token without a value.
    InitializationError = 210, Failed, "Initialization Error";
    /// Failed; its events are being processed.
    FailedProcessingEvents = 810, Failed, "Failed; Processing Events";
    /// Failed.
    Failed = 910, Failed, "Failed";
    /// Declared failed; its events are being processed.
    MarkedFailedProcessingEvents = 821, Failed, "Marked Failed; Processing Events";
    /// Declared failed by an operator or an event.
    MarkedFailed = 921, Failed, "Marked Failed";

    /// Finished OK; its events are being processed.
    FinishedOkProcessingEvents = 800, FinishedOk, "Finished OK; Processing Events";
    /// Finished OK.
    FinishedOk = 900, FinishedOk, "Finished OK";
    /// Declared finished; its events are being processed.
    MarkedFinishedOkProcessingEvents = 820, FinishedOk, "Marked Finished OK; Processing Events";
    /// Declared finished OK by an operator or an event.
    MarkedFinishedOk = 920, FinishedOk, "Marked Finished OK";

    /// Skipped; its events are being processed.
    SkippedProcessingEvents = 840, Skipped, "Skipped; Processing Events";
    /// Skipped.
    Skipped = 940, Skipped, "Skipped";

    /// Cancelled.
    Cancelled = 950, Cancelled, "Cancelled";

    /// Its latest start passed before it qualified.
    MissedStartTime = 205, MissedStartTime, "Missed Start Time";

    /// Just put under review; its events are being processed.
    UnderReviewProcessingEvents = 860, UnderReview, "Under Review; Processing Events";
    /// Somebody looks at its failure.
    UnderReview = 960, UnderReview, "Under Review";

    /// Just declared fixed; its events are being processed.
    FixedProcessingEvents = 870, Fixed, "Fixed; Processing Events";
    /// Its failure was put right.
    Fixed = 970, Fixed, "Fixed";
}

impl Status {
    /// The status with this text; none for a text that no status has.
    pub fn from_description(description: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.description() == description)
    }

    /// Whether the events of the job's end are still being processed: nothing can be asked of the
    /// job meanwhile.
    pub const fn is_processing_events(self) -> bool {
        matches!(
            self,
            Self::FailedProcessingEvents
                | Self::MarkedFailedProcessingEvents
                | Self::FinishedOkProcessingEvents
                | Self::MarkedFinishedOkProcessingEvents
                | Self::SkippedProcessingEvents
                | Self::UnderReviewProcessingEvents
                | Self::FixedProcessingEvents
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.description())
    }
}
