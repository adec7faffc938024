//! The variables of a job as a table, from which the reference page is made.

/// A variable, or a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Name; `<…>` stands for the part that differs.
    pub name: &'static str,
    /// Which jobs have it.
    pub jobs: &'static str,
    /// What it holds.
    pub content: &'static str,
}

const fn all(name: &'static str, content: &'static str) -> Variable {
    Variable { name, jobs: "all", content }
}

const fn program(name: &'static str, content: &'static str) -> Variable {
    Variable { name, jobs: "reports, executables", content }
}

/// Every variable that the batch server or the runner sets for a user to read, in the order of the
/// list.
pub const VARIABLES: &[Variable] = &[
    all("AMTREQUESTID", "Id of the job request."),
    all(
        "AMTBATCHID",
        "Id of the batch that the request belongs to. Hand it on to children to keep them together.",
    ),
    all("AMTJOBID", "Id of the job definition. Empty for an ad-hoc script."),
    all("AMTJOBNAME", "Name of the job, or the label of an ad-hoc script. May be empty."),
    Variable {
        name: "AMTPROCESSJOBID",
        jobs: "scripts",
        content: "Process id of the running script: of its interpreter. Not on Windows.",
    },
    all("AMTAPPLICATION", "Application."),
    all(
        "AMTSCRIPTNAME",
        "Script as it was asked for, with folder and extension. Empty for reports and executables.",
    ),
    all("AMTQUEUE", "Queue."),
    all("AMTUSER", "AMT user that the job runs as."),
    all("INITSTATION", "Station that submitted the request; `OPCON` for OpCon."),
    all("INITUSER", "User that submitted the request; `BATCH` for OpCon."),
    all("AMTRECOVER", "`1` when this run goes on from a critical point, else `0`."),
    all("AMTCRITICALPOINT", "Data saved at that critical point. Empty when there is none."),
    all("AMTREPORTPARAMETER", "Report parameter. Empty when none was given."),
    all(
        "AMTPARAM_<n>",
        "Script parameter number n, from 1, exactly as given. Also argument n of the script.",
    ),
    all(
        "PARM<n>",
        "Word number n of the global parameter, from 1. Without a global parameter `PARM1` is empty.",
    ),
    all("dd_<FileId>", "File name of the extract file with that id."),
    program("RQUESTID", "Id of the job request, under the name that older programs read."),
    program(
        "DBSERVER",
        "Server of the application's database, where `application_databases` names it.",
    ),
    program("DBNAME", "Name of that database."),
    program("DBUSER", "User of that database."),
    program(
        "DBPASSWORD",
        "Password of that user, in clear text. Only where `application_databases` names a password file.",
    ),
];
