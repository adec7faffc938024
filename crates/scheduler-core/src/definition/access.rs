//! Who may do what: departments, access codes, roles (`opcon-domain 1.12`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::{
    AccessCodeName, AgentName, BatchUserName, DepartmentName, MachineGroupName, ScheduleName,
};

/// A department; every job has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
}

/// An access code, with which jobs can be kept from those who have other rights to them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessCode {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
}

/// A role: what its members may do. Who is a member is set on the server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub documentation: Option<String>,
    /// Functions that belong to no department.
    #[serde(default)]
    pub functions: Vec<Function>,
    /// Functions on the jobs of departments.
    #[serde(default)]
    pub departments: Vec<DepartmentFunctions>,
    /// Access codes of jobs that its members may see, and change where it says so.
    #[serde(default)]
    pub access_codes: Vec<AccessCodeRight>,
    /// The schedules it has access to.
    #[serde(default)]
    pub schedules: Access<ScheduleName>,
    /// The agents that its members may give to a job.
    #[serde(default)]
    pub agents: Access<AgentName>,
    /// The machine groups that its members may give to a job.
    #[serde(default)]
    pub machine_groups: Access<MachineGroupName>,
    /// The batch users that its members may give to a job.
    #[serde(default)]
    pub batch_users: Vec<BatchUserName>,
}

/// All of a kind, or those named; none unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access<N> {
    /// All, also those that are defined later.
    All,
    /// Those named.
    Only(Vec<N>),
}

impl<N> Default for Access<N> {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// An access code with what may be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessCodeRight {
    /// The access code.
    pub code: AccessCodeName,
    /// Whether jobs with it may be changed, not only seen.
    #[serde(default)]
    pub can_update: bool,
}

/// Functions on the jobs of one department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentFunctions {
    /// The department.
    pub department: DepartmentName,
    /// The functions.
    #[schemars(length(min = 1))]
    pub functions: Vec<DepartmentFunction>,
}

/// Functions that belong to no department.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names are the vendor's")]
pub enum Function {
    AllAdministrative,
    AccessCodes,
    Departments,
    Schedules,
    Calendars,
    Machines,
    ThresholdsAndResources,
    GlobalProperties,
    MachineGroups,
    Audit,
    JobHistory,
    NotificationManager,
    ImportExport,
    BuildSchedules,
    DeleteSchedules,
    ViewBuildLog,
    ReleaseSchedules,
    HoldSchedules,
    StartSchedules,
    MaintainServerOptions,
    Tags,
    ViewApplicationLogs,
}

/// Functions on jobs, for each department on its own.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names are the vendor's")]
pub enum DepartmentFunction {
    AllMaster,
    AllDaily,
    AllOperations,
    AddMasterJobs,
    DeleteMasterJobs,
    ModifyMasterJobs,
    ViewMasterJobs,
    AddDailyJobs,
    DeleteDailyJobs,
    ModifyDailyJobs,
    ViewDailyJobs,
    HoldJobs,
    ReleaseJobs,
    ForceStartJobs,
    CancelJobs,
    RestartJobs,
    MarkJobsFinishedOk,
    MarkJobsFailed,
    SkipJobs,
    KillJobs,
    ViewJobs,
}
