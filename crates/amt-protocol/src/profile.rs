//! The wire profile: how a client finds routes, verbs and member names of a server that may differ from ours.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::TOKEN_HEADER;
use crate::casing::canonical;

/// The calls of the interface that a client makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Sign of life, without token.
    HeartBeat,
    /// User name and password for a token.
    Logon,
    /// Give the token back.
    Logoff,
    /// Start, stop or kill.
    OpConJobAction,
    /// Status of one request.
    MonitorJob,
    /// Status of many requests.
    MonitorJobs,
    /// The job log.
    GetMessages,
    /// The request of a request key.
    FindJob,
    /// The request of a request key, or the promise that there never will be one.
    VoidKey,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 9] = [
        Self::HeartBeat,
        Self::Logon,
        Self::Logoff,
        Self::OpConJobAction,
        Self::MonitorJob,
        Self::MonitorJobs,
        Self::GetMessages,
        Self::FindJob,
        Self::VoidKey,
    ];
}

/// Verb and path of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRoute {
    /// `GET` or `POST`.
    pub method: String,
    /// Absolute path below the server's address, such as `/api/MonitorJob`.
    pub path: String,
}

/// What a server can do beyond the three documented functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent abilities of a foreign server")]
pub struct Features {
    /// `RequestKey` makes a start idempotent, and `FindJob` and `VoidKey` exist. Without it a lost answer needs a person.
    pub request_keys: bool,
    /// `KnownVersion` and `WaitSeconds` make `MonitorJob` wait for a change.
    pub long_poll: bool,
    /// `POST /MonitorJob` takes many ids.
    pub monitor_many: bool,
    /// `GetMessages` knows `After`, `Limit` and `Follow`.
    pub message_paging: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { request_keys: true, long_poll: true, monitor_many: true, message_paging: true }
    }
}

/// How to speak to one kind of batch server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireProfile {
    /// Shown in logs and by `amt doctor`.
    pub name: String,
    /// The header that carries the token.
    #[serde(default = "token_header")]
    pub token_header: String,
    /// Routes that differ from [`WireProfile::default_route`].
    #[serde(default)]
    pub routes: BTreeMap<Call, CallRoute>,
    /// Member names that differ: ours to theirs, such as `UserName = "login"`.
    #[serde(default)]
    pub members: BTreeMap<String, String>,
    /// Abilities of the server.
    #[serde(default)]
    pub features: Features,
}

fn token_header() -> String {
    TOKEN_HEADER.to_owned()
}

/// A profile file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadProfile {
    /// Not TOML, or not the shape of a profile; the text names line and key.
    #[error("{0}")]
    Syntax(String),
    /// A member name that the interface does not have.
    #[error("`members.{0}` is not a member of the interface")]
    UnknownMember(String),
    /// A route with a verb other than GET and POST, or a path that does not begin with `/`.
    #[error(
        "route `{call:?}` wants method GET or POST and a path that begins with `/`, not `{method} {path}`"
    )]
    BadRoute {
        /// The call.
        call: Call,
        /// The verb in the file.
        method: String,
        /// The path in the file.
        path: String,
    },
}

impl Default for WireProfile {
    /// The built-in profile `amtopcon-1`.
    fn default() -> Self {
        Self {
            name: "amtopcon-1".to_owned(),
            token_header: token_header(),
            routes: BTreeMap::new(),
            members: BTreeMap::new(),
            features: Features::default(),
        }
    }
}

impl WireProfile {
    /// Reads a profile from TOML text.
    pub fn parse(text: &str) -> Result<Self, BadProfile> {
        let profile: Self = toml::from_str(text).map_err(|e| BadProfile::Syntax(e.to_string()))?;
        for (&call, route) in &profile.routes {
            if !matches!(route.method.as_str(), "GET" | "POST") || !route.path.starts_with('/') {
                return Err(BadProfile::BadRoute {
                    call,
                    method: route.method.clone(),
                    path: route.path.clone(),
                });
            }
        }
        match profile.members.keys().find(|name| canonical(name) != Some(name.as_str())) {
            Some(name) => Err(BadProfile::UnknownMember(name.clone())),
            None => Ok(profile),
        }
    }

    /// Verb and path of a call in this profile.
    pub fn route(&self, call: Call) -> CallRoute {
        self.routes.get(&call).cloned().unwrap_or_else(|| Self::default_route(call))
    }

    /// Verb and path of a call on our own server.
    pub fn default_route(call: Call) -> CallRoute {
        let (method, path) = match call {
            Call::HeartBeat => ("GET", "/HeartBeat"),
            Call::Logon => ("POST", "/Logon"),
            Call::Logoff => ("POST", "/Logoff"),
            Call::OpConJobAction => ("POST", "/OpConJobAction"),
            Call::MonitorJob => ("GET", "/MonitorJob"),
            Call::MonitorJobs => ("POST", "/MonitorJob"),
            Call::GetMessages => ("GET", "/GetMessages"),
            Call::FindJob => ("GET", "/FindJob"),
            Call::VoidKey => ("POST", "/VoidKey"),
        };
        CallRoute { method: method.to_owned(), path: path.to_owned() }
    }

    /// Our member name as this server spells it.
    pub fn member<'a>(&'a self, ours: &'a str) -> &'a str {
        self.members.get(ours).map_or(ours, String::as_str)
    }

    /// A value with our member names, spelled for this server.
    pub fn outgoing(&self, value: Value) -> Value {
        rename(value, &|name| self.members.get(name).cloned())
    }

    /// An answer of this server with our member names. Names are compared without regard to case.
    pub fn incoming(&self, value: Value) -> Value {
        rename(value, &|name| {
            self.members
                .iter()
                .find(|(_, theirs)| theirs.eq_ignore_ascii_case(name))
                .map(|(ours, _)| ours.clone())
                .or_else(|| canonical(name).map(str::to_owned))
        })
    }
}

fn rename(value: Value, to: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, inner)| (to(&name).unwrap_or(name), rename(inner, to)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| rename(item, to)).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_site_profile_renames_routes_and_members_both_ways() {
        let profile = WireProfile::parse(
            "name = 'site'\n[routes.monitor_job]\nmethod = 'POST'\npath = '/api/status'\n\
             [members]\nBatchRequestId = 'requestNo'\n[features]\nrequest_keys = false\n",
        )
        .unwrap();
        assert_eq!(profile.route(Call::MonitorJob).path, "/api/status");
        assert_eq!(profile.route(Call::Logon), WireProfile::default_route(Call::Logon));
        assert_eq!(profile.outgoing(json!({"BatchRequestId": 1})), json!({"requestNo": 1}));
        assert_eq!(
            profile.incoming(json!({"REQUESTNO": 1, "code": 4})),
            json!({"BatchRequestId": 1, "Code": 4})
        );
        assert!(!profile.features.request_keys && profile.features.long_poll);
    }

    #[test]
    fn a_wrong_profile_is_refused_with_the_name() {
        let wrong = |text| WireProfile::parse(text).unwrap_err().to_string();
        assert!(wrong("name='x'\n[members]\nUsrName='u'").contains("members.UsrName"));
        assert!(wrong("name='x'\n[routes.logon]\nmethod='PUT'\npath='/l'").contains("PUT /l"));
        assert!(wrong("name='x'\nrutes=1").contains("rutes"));
    }
}
