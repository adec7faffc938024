//! `POST /Logon` and the header that carries its token.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The header that carries the logon token on every call but the heartbeat and the logon itself.
pub const TOKEN_HEADER: &str = "X-AMT-LogonToken";

/// User name and password of an API user.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct LogonRequest {
    /// The API user as defined in the Control Center; case does not matter.
    pub user_name: String,
    /// Its password. A blank one is always refused.
    pub password: String,
}

impl fmt::Debug for LogonRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogonRequest").field("user_name", &self.user_name).finish_non_exhaustive()
    }
}

/// The answer to a good logon.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "PascalCase")]
pub struct LogonAnswer {
    /// Opaque; goes into the header `X-AMT-LogonToken` of later calls.
    pub amt_logon_token: String,
    /// How long the token stays valid after its last use. It lives longer while a request that it started is live.
    pub expires_in_seconds: u64,
}

impl fmt::Debug for LogonAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogonAnswer")
            .field("expires_in_seconds", &self.expires_in_seconds)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_secret() {
        let request = LogonRequest { user_name: "ocadm".into(), password: "hush".into() };
        let answer = LogonAnswer { amt_logon_token: "hush".into(), expires_in_seconds: 60 };
        assert!(!format!("{request:?}{answer:?}").contains("hush"));
    }
}
