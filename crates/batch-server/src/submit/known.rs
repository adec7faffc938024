//! The request that an earlier start with the same key has stored.

use amt_protocol::JobAction;

use super::{Caller, Error, Result, Server, digest, prepare};
use crate::store::request::{Request, read};
use crate::store::token;

/// Looks under the key of a start, before anything that it names is resolved: the configuration may have changed since,
/// and a refusal would say that nothing is stored. None for a start without a key, and for a request of others.
///
/// # Errors
/// `Conflict` when the caller's key came with other content before.
pub(super) async fn own(
    server: &Server,
    caller: &Caller,
    action: &JobAction,
) -> Result<Option<i64>> {
    // A key that no start can have is refused later, with the reason.
    let Some(key) = action.request_key.clone().filter(|_| prepare::check_key(action).is_ok())
    else {
        return Ok(None);
    };
    let found =
        server.db.read_one(move |tx| Box::pin(async move { read::by_key(tx, &key).await })).await?;
    let Some(row) = found else { return Ok(None) };
    let user = match row.token_id {
        Some(id) if id != caller.token_id => {
            server.db.read_one(move |tx| Box::pin(token::user_of(tx, id))).await?
        }
        _ => None,
    };
    if !is_own(caller, &row, user) {
        return Ok(None);
    }
    same(&row, digest::digest(action).as_deref()).map(Some)
}

/// Submitted by this user, or shown to it anyway.
pub(super) fn is_own(caller: &Caller, row: &Request, user: Option<i64>) -> bool {
    row.token_id == Some(caller.token_id)
        || user == Some(caller.user_id)
        || caller.may_use(row.job_id)
}

/// The id of a request whose key has come again, if its content has too.
pub(super) fn same(known: &Request, digest: Option<&str>) -> Result<i64> {
    if known.request_digest.as_deref() == digest {
        return Ok(known.id);
    }
    let key = known.request_key.as_deref().unwrap_or_default();
    if known.is_void() {
        return Err(Error::Conflict(format!(
            "request key `{key}` was voided before this start arrived; use a new key for a new start"
        )));
    }
    Err(Error::Conflict(format!(
        "request key `{key}` was used with other content for request {}; use a new key for a new start",
        known.id
    )))
}
