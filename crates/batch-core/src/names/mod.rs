//! Names: of applications, jobs, queues, users, stations, roles and controllers.
//!
//! A [`Name`] cannot be wrong: it has one constructor. Names that differ only in case are the same
//! name, since operators type them and Windows-born scripts shout them; the spelling of the
//! definition is what is shown.

mod kind;
mod name;

pub use core_kit::nearest;
pub use kind::{
    Application, ApplicationName, Controller, ControllerName, Job, JobName, Kind, Queue, QueueName,
    Role, RoleName, Station, StationName, User, UserName,
};
pub use name::{BadName, NAME_CHARS_MAX, Name, NameFault, key};
