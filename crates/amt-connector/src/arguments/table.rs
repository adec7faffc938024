//! Every option and command of `amt`.

/// One option.
#[derive(Debug, Clone, Copy)]
pub struct Opt {
    /// The long name, without dashes.
    pub long: &'static str,
    /// The name of the older connector, with its dash (`amt-domain 13.1.4`).
    pub legacy: Option<&'static str>,
    /// What its value is called; none for a flag.
    pub value: Option<&'static str>,
    /// The only values it takes, or empty.
    pub choices: &'static [&'static str],
    /// Its heading in the help.
    pub group: &'static str,
    /// One sentence.
    pub help: &'static str,
}

const JOB: &str = "Job";
const OLD: &str = "Start as the older connector";
const HOW: &str = "Waiting and output";
const WHERE: &str = "Server and configuration";

const fn option(
    long: &'static str,
    legacy: Option<&'static str>,
    value: Option<&'static str>,
    group: &'static str,
    help: &'static str,
) -> Opt {
    Opt { long, legacy, value, choices: &[], group, help }
}

const fn choice(
    long: &'static str,
    value: &'static str,
    choices: &'static [&'static str],
    group: &'static str,
    help: &'static str,
) -> Opt {
    Opt { long, legacy: None, value: Some(value), choices, group, help }
}

/// All options, in the order of the help.
pub const OPTIONS: &[Opt] = &[
    Opt {
        choices: &["START", "STOP", "KILL"],
        ..option(
            "job-type",
            Some("-jt"),
            Some("TYPE"),
            OLD,
            "what to do, in any case; START if absent",
        )
    },
    option(
        "application",
        Some("-an"),
        Some("NAME"),
        OLD,
        "AMT application; if absent the service's default one",
    ),
    option("job", Some("-jn"), Some("NAME"), OLD, "stored job; beside a file only a label"),
    option("file", Some("-fn"), Some("PATH"), OLD, "script to run instead of the stored job"),
    option(
        "parameters",
        Some("-pa"),
        Some("LIST"),
        OLD,
        "script parameters, separated by `;` or line ends; may repeat; quotes are passed on",
    ),
    option(
        "user",
        Some("-u"),
        Some("USER"),
        OLD,
        "AMT user to run as; if absent the application's default user",
    ),
    option(
        "task-value",
        Some("-tv"),
        Some("LIST"),
        OLD,
        "task values, separated by `;`; may repeat",
    ),
    option("request-id", Some("-ri"), Some("ID"), OLD, "request to stop or kill"),
    option("queue", None, Some("NAME"), JOB, "job queue; if absent the application's"),
    option("report-parameter", None, Some("TEXT"), JOB, "parameter of a report"),
    option("global-parameter", None, Some("TEXT"), JOB, "global parameter of an executable"),
    option("request-file", None, Some("PATH"), JOB, "accept file that answers input requests"),
    option("submit-user", None, Some("USER"), JOB, "submitting user; BATCH if absent"),
    option("station", None, Some("NAME"), JOB, "submitting station; OPCON if absent"),
    option("request-key", None, Some("KEY"), JOB, "idempotency key; a random one if absent"),
    option(
        "resume",
        None,
        Some("ID"),
        JOB,
        "do not start: wait for this request and fetch its log",
    ),
    choice(
        "wait-mode",
        "MODE",
        &["push", "poll"],
        HOW,
        "long poll, or status checks at an interval; push if the configuration gives no interval",
    ),
    option("follow", None, None, HOW, "print messages while the job runs"),
    option("no-wait", None, None, HOW, "STOP and KILL: do not wait for the end"),
    option(
        "give-up-after",
        None,
        Some("TIME"),
        HOW,
        "stop asking when the server was silent for so long (30s, 5m, 2h); never if absent",
    ),
    option(
        "kill-on-interrupt",
        None,
        None,
        HOW,
        "Ctrl-C and SIGTERM kill the job; otherwise it goes on",
    ),
    choice(
        "output",
        "FORM",
        &["text", "joblog", "json"],
        HOW,
        "the log (if absent), the job log block at the end, or one JSON document (with --follow JSON lines)",
    ),
    option(
        "config",
        None,
        Some("PATH"),
        WHERE,
        "configuration; if absent Connector.config beside the program",
    ),
    option(
        "profile",
        None,
        Some("FILE"),
        WHERE,
        "wire profile of a server that differs; overrides WIRE_PROFILE",
    ),
    option("timeout", None, Some("TIME"), WHERE, "longest wait for one answer; 30s if absent"),
    option(
        "connect-timeout",
        None,
        Some("TIME"),
        WHERE,
        "longest wait for a connection; 10s if absent",
    ),
    option(
        "retry-for",
        None,
        Some("TIME"),
        WHERE,
        "how long to try to reach the server before code 23; 30s if absent",
    ),
    option("help", None, None, WHERE, "print this help"),
    option("version", None, None, WHERE, "print the version"),
];

/// The commands beside the start of a job: name, operand, one sentence.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    (
        "doctor",
        "",
        "check configuration, address, TLS, logon, rights and wire profile; change nothing",
    ),
    ("completions", "bash|zsh|fish|powershell", "print a completion script for a shell"),
    ("man", "", "print the manual page"),
];

impl Opt {
    /// The option of a long name.
    pub fn by_long(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.long == name)
    }

    /// The option of an older name, which is met exactly.
    pub fn by_legacy(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.legacy == Some(name))
    }

    /// What help and manual page show as its value: the only values that it takes, or what a value is called.
    pub fn value_shown(&self) -> Option<String> {
        let name = self.value?;
        Some(if self.choices.is_empty() { name.to_owned() } else { self.choices.join("|") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_the_older_ones_are_all_there() {
        for (at, option) in OPTIONS.iter().enumerate() {
            assert!(
                OPTIONS[at + 1..].iter().all(|other| other.long != option.long),
                "{}",
                option.long
            );
        }
        let legacy: Vec<_> = OPTIONS.iter().filter_map(|option| option.legacy).collect();
        assert_eq!(legacy, ["-jt", "-an", "-jn", "-fn", "-pa", "-u", "-tv", "-ri"]);
    }
}
