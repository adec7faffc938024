//! What a name can be the name of.

use super::Name;

/// A thing that has a name.
pub trait Kind {
    /// How messages call it.
    const FIELD: &'static str;
    /// Whether the name is also the name of a folder or file, so that separators, wildcards and the
    /// device names of Windows are refused.
    const IS_FILE_NAME: bool;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:ident, $field:literal, $is_file_name:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $kind {}

        impl Kind for $kind {
            const FIELD: &'static str = $field;
            const IS_FILE_NAME: bool = $is_file_name;
        }

        $(#[$doc])*
        pub type $name = Name<$kind>;
    )*};
}

kinds! {
    /// An application. Its name is the last folder of its base path and the value of `%APPNAME%`
    /// (`amt-domain 2.2`).
    Application, ApplicationName, "application name", true;
    /// A job definition. Reports and executables are found by it in the report folder (`amt-domain
    /// 2.7`).
    Job, JobName, "job name", true;
    /// A job queue; a free text (`amt-domain 2.6`).
    Queue, QueueName, "queue name", false;
    /// A user, perhaps as `DOMAIN\user` or as a mail address.
    User, UserName, "user name", false;
    /// A station: where a request comes from (`amt-domain 11.2`).
    Station, StationName, "station", false;
    /// A role.
    Role, RoleName, "role name", false;
    /// A controller. Its spool folder has its name.
    Controller, ControllerName, "controller name", true;
}
