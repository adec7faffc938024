//! The names of the privileges that actions and events ask for (`opcon-domain 1.12`).

use std::fmt;

/// One list makes the type, its numbers and its names.
macro_rules! privileges {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $departmental:literal, $text:literal;)+) => {
        /// What a role may allow. The numbers are the vendor's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Privilege { $($(#[$doc])* $name),+ }

        impl Privilege {
            /// Every privilege that an action or an event asks for.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The vendor's number.
            pub const fn id(self) -> u16 {
                match self { $(Self::$name => $id),+ }
            }

            /// The name, as roles show it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Whether it is granted for one department at a time, so that the job's department
            /// counts.
            pub const fn is_departmental(self) -> bool {
                match self { $(Self::$name => $departmental),+ }
            }
        }
    };
}

privileges! {
    /// Everything that changes definitions.
    AllAdministrative = 0, false, "All Administrative Functions";
    /// Machines.
    Machines = 40, false, "Maintain Machines";
    /// Thresholds and resources.
    ThresholdsResources = 45, false, "Maintain Thresholds/Resources";
    /// Global properties.
    GlobalProperties = 50, false, "Maintain Global Properties";
    /// Notifications.
    Notifications = 89, false, "Maintain Notifications";
    /// Jobs into daily schedules.
    AddDailyJobs = 210, true, "Add Jobs to Daily Schedules";
    /// Jobs out of daily schedules.
    DeleteDailyJobs = 220, true, "Delete Jobs from Daily Schedules";
    /// Builds and checks.
    BuildSchedules = 240, false, "Build Daily Schedules";
    /// Daily schedules, whole.
    DeleteSchedules = 250, false, "Delete Daily Schedules";
    /// Release of schedules.
    ReleaseSchedules = 410, false, "Release Schedules";
    /// Hold and close of schedules.
    HoldSchedules = 411, false, "Hold Schedules";
    /// Start of schedules before their time.
    ForceStartSchedules = 412, false, "Force Start Schedules";
    /// Hold of jobs.
    HoldJobs = 420, true, "Hold Jobs";
    /// Release of jobs.
    ReleaseJobs = 421, true, "Release Jobs";
    /// Start of jobs by force.
    ForceStartJobs = 422, true, "Force Start Jobs";
    /// Cancel of jobs.
    CancelJobs = 423, true, "Cancel Jobs";
    /// Restart of jobs.
    RestartJobs = 424, true, "Restart Jobs";
    /// Jobs declared finished.
    MarkJobsFinishedOk = 425, true, "Mark Jobs Finished OK";
    /// Jobs declared failed.
    MarkJobsFailed = 426, true, "Mark Jobs Failed";
    /// Skip of jobs.
    SkipJobs = 427, true, "Skip Jobs";
    /// Kill of jobs.
    KillJobs = 428, true, "Kill Jobs";
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
