//! What can go wrong with a call, sorted by what the caller has to decide.

use amt_protocol::{Call, Problem};

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
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Name => "check the host name in SERVER_ADDRESS and the name service",
            Self::Connection => {
                "check SERVER_ADDRESS, whether the AMTOpCon service runs there, and the firewall"
            }
            Self::Tls => {
                "if the server's certificate comes from your own authority, name its PEM file in CA_FILE; if the server \
                 speaks plain HTTP, set SERVER_USES_TLS=False; the host name in SERVER_ADDRESS must be one of those in \
                 the certificate"
            }
            Self::TimeOut => "the server is slow or a firewall drops packets; look at its log",
            Self::Lost => "look at the log of the AMTOpCon service for a crash or restart",
            Self::Status(_) => "look at the log of the AMTOpCon service",
        }
    }
}

/// A call that gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Failed before anything was sent: nothing has happened at the server, and sending again is safe.
    #[error("cannot send {call:?} to {server}: {detail}; {}", reason.advice())]
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
    #[error("{call:?} was sent to {server} and its outcome is unknown: {detail}; {}", reason.advice())]
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
    #[error("the server refused {call:?} with status {status}: {}", text(problem))]
    Refused {
        /// The call.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// What the server said. Servers without problem documents have their text in `detail`.
        problem: Problem,
    },
    /// The credentials were refused, or a new token was refused at once.
    #[error("the server refused the credentials at {call:?}: {detail}; check USER and PASSWORD")]
    Authentication {
        /// The call.
        call: Call,
        /// What the server said.
        detail: String,
    },
    /// An answer with a good status that cannot be read.
    #[error(
        "the answer to {call:?} cannot be read: {detail}; if this server is not AMTOpCon 1, give its wire profile"
    )]
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

impl Error {
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
