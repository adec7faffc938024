//! What a job inherits from the environment of the server. A list of what may pass, and not of what
//! may not: the server's own settings and secrets are in its environment too.

use crate::path_map::Host;

const UNIX: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "DOTNET_ROOT",
    "JAVA_HOME",
    "PSModulePath",
    "POWERSHELL_TELEMETRY_OPTOUT",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// Without `SystemRoot` no Windows program can open a socket; without `PATHEXT` and `COMSPEC` no
/// batch file runs.
const WINDOWS: &[&str] = &[
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SystemRoot",
    "SystemDrive",
    "windir",
    "TEMP",
    "TMP",
    "OS",
    "TZ",
    "COMPUTERNAME",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "PROCESSOR_IDENTIFIER",
    "USERNAME",
    "USERDOMAIN",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "ALLUSERSPROFILE",
    "PUBLIC",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "DriverData",
    "DOTNET_ROOT",
    "JAVA_HOME",
    "PSModulePath",
    "POWERSHELL_TELEMETRY_OPTOUT",
];

/// The names that pass on such a host, for the reference page.
pub(super) fn names(host: Host) -> &'static [&'static str] {
    match host {
        Host::Unix => UNIX,
        Host::Windows => WINDOWS,
    }
}

/// Whether a job inherits the server's variable `name`, when the site's configuration adds the
/// names in `more`. On Unix the variables of the locale (`LC_…`) pass too.
pub fn is_inherited(name: &str, host: Host, more: &[String]) -> bool {
    let is_locale = host == Host::Unix && name.starts_with("LC_");
    is_locale
        || names(host).iter().any(|known| same_name(known, name, host))
        || more.iter().any(|known| same_name(known, name, host))
}

/// Whether two names are the same variable.
pub(super) fn same_name(a: &str, b: &str, host: Host) -> bool {
    match host {
        Host::Unix => a == b,
        Host::Windows => a.to_uppercase() == b.to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_passes() {
        let more = ["ORACLE_HOME".to_owned()];
        let cases = [
            ("PATH", Host::Unix, true),
            ("LC_ALL", Host::Unix, true),
            ("LC_ALL", Host::Windows, false),
            ("path", Host::Unix, false),
            ("Path", Host::Windows, true),
            ("SYSTEMROOT", Host::Windows, true),
            ("ORACLE_HOME", Host::Unix, true),
            ("oracle_home", Host::Windows, true),
            ("RINGMASTER_KEY", Host::Unix, false),
            ("LD_PRELOAD", Host::Unix, false),
            ("AMTJOB_TOKEN", Host::Unix, false),
        ];
        for (name, host, expected) in cases {
            assert_eq!(is_inherited(name, host, &more), expected, "{name} on {host:?}");
        }
    }
}
