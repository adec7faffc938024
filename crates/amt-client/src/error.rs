//! What can go wrong with a call, sorted by what the caller has to decide.

use std::fmt;

use amt_protocol::{Call, Problem};

/// In whose words advice is given: programs call the same settings differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Those of `Connector.config`.
    Connector,
    /// Those of an agent of the scheduler.
    Agent,
}

/// Why no answer, or no usable answer, came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The name of the server is not known.
    Name,
    /// The server refused the connection or cannot be reached.
    Connection,
    /// The server's certificate is not trusted, or TLS failed in another way.
    Tls,
    /// The time allowed for the call is over.
    TimeOut,
    /// The connection ended before the answer was complete.
    Lost,
    /// The server answered with this 5xx status.
    Status(u16),
}

impl Reason {
    /// What an operator can do about it.
    pub const fn advice(&self, words: Words) -> &'static str {
        match (self, words) {
            (Self::Name, Words::Connector) => {
                "check the host name in SERVER_ADDRESS and the name service"
            }
            (Self::Name, Words::Agent) => {
                "check the host name in `batch_server_url` of the agent and the name service"
            }
            (Self::Connection, Words::Connector) => {
                "check SERVER_ADDRESS, whether the AMTOpCon service runs there, and the firewall"
            }
            (Self::Connection, Words::Agent) => {
                "check `batch_server_url` of the agent, whether the AMTOpCon service runs there, and the firewall"
            }
            (Self::Tls, Words::Connector) => {
                "if the server's certificate comes from your own authority, name its PEM file in CA_FILE; if the server \
                 speaks plain HTTP, set SERVER_USES_TLS=False; the host name in SERVER_ADDRESS must be one of those in \
                 the certificate"
            }
            (Self::Tls, Words::Agent) => {
                "if the server's certificate comes from your own authority, name its PEM file in `ca_files` of the agent; \
                 if the server speaks plain HTTP, begin `batch_server_url` with http://; the host name in it must be one \
                 of those in the certificate"
            }
            (Self::TimeOut, _) => "the server is slow or a firewall drops packets; look at its log",
            (Self::Lost, _) => "look at the log of the AMTOpCon service for a crash or restart",
            (Self::Status(_), _) => "look at the log of the AMTOpCon service",
        }
    }
}

/// A call that gave no result. It is shown in the words of the connector; [`Error::text`] has others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Failed before anything was sent: nothing has happened at the server, and sending again is safe.
    NotSent {
        /// The call.
        call: Call,
        /// Address of the server.
        server: String,
        /// Why.
        reason: Reason,
        /// The whole chain of causes.
        detail: String,
    },
    /// Sent, and no definite answer: the server may or may not have done it.
    Unknown {
        /// The call.
        call: Call,
        /// Address of the server.
        server: String,
        /// Why.
        reason: Reason,
        /// The whole chain of causes, or what the server said.
        detail: String,
    },
    /// The server answered with a definite refusal (4xx other than 401).
    Refused {
        /// The call.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// What the server said. Servers without problem documents have their text in `detail`.
        problem: Problem,
    },
    /// The credentials were refused, or a new token was refused at once.
    Authentication {
        /// The call.
        call: Call,
        /// What the server said.
        detail: String,
    },
    /// An answer with a good status that cannot be read.
    Malformed {
        /// The call.
        call: Call,
        /// What was wrong, with the beginning of the answer where it holds no secret.
        detail: String,
    },
}

fn text(problem: &Problem) -> &str {
    [&problem.detail, &problem.title, &problem.code]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("no reason given", String::as_str)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Words::Connector))
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What happened and what to do about it, in the words of a program.
    pub fn text(&self, words: Words) -> String {
        match self {
            Self::NotSent { call, server, reason, detail } => {
                format!("cannot send {call:?} to {server}: {detail}; {}", reason.advice(words))
            }
            Self::Unknown { call, server, reason, detail } => format!(
                "{call:?} was sent to {server} and its outcome is unknown: {detail}; {}",
                reason.advice(words)
            ),
            Self::Refused { call, status, problem } => {
                format!("the server refused {call:?} with status {status}: {}", text(problem))
            }
            Self::Authentication { call, detail } => {
                let advice = match words {
                    Words::Connector => "check USER and PASSWORD",
                    Words::Agent => {
                        "check `batch_user` of the agent, and set its password with `ringmaster batch-user set-password`"
                    }
                };
                format!("the server refused the credentials at {call:?}: {detail}; {advice}")
            }
            Self::Malformed { call, detail } => format!(
                "the answer to {call:?} cannot be read: {detail}; if this server is not AMTOpCon 1, give its wire profile"
            ),
        }
    }

    /// The call that failed.
    pub const fn call(&self) -> Call {
        match self {
            Self::NotSent { call, .. }
            | Self::Unknown { call, .. }
            | Self::Refused { call, .. }
            | Self::Authentication { call, .. }
            | Self::Malformed { call, .. } => *call,
        }
    }

    /// The server's text for people, where it gave one.
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Refused { problem, .. } => Some(text(problem)),
            Self::Authentication { detail, .. } => Some(detail),
            _ => None,
        }
    }

    /// True if the same call can succeed later without anybody changing anything.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::NotSent { .. } | Self::Unknown { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status == 408,
            Self::Authentication { .. } | Self::Malformed { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_settings_of_the_program_that_shows_it() {
        let error = |reason| Error::NotSent {
            call: Call::Logon,
            server: "h:1".to_owned(),
            reason,
            detail: "d".to_owned(),
        };
        for reason in [Reason::Name, Reason::Connection, Reason::Tls] {
            let error = error(reason);
            assert!(error.to_string().contains("SERVER_ADDRESS"), "{error}");
            let text = error.text(Words::Agent);
            assert!(text.contains("`batch_server_url`") && !text.contains("SERVER_"), "{text}");
        }
        let refused = Error::Authentication { call: Call::Logon, detail: "no".to_owned() };
        assert!(refused.to_string().ends_with("check USER and PASSWORD"), "{refused}");
        let text = refused.text(Words::Agent);
        assert!(text.contains("batch-user set-password") && !text.contains("PASSWORD"), "{text}");
    }
}
