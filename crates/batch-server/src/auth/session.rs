//! Tokens, and who stands behind them.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use batch_core::rights::Rights;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sql::{Tx, to_micros};

use super::{Auth, lock};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::token::Token;
use crate::store::{batch_user, role, token};

/// A caller in memory is loaded again after this time: the longest that a change made by another process stays unseen.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// Callers in memory; beyond it all are loaded again.
const SESSIONS_MAX: usize = 10_000;

/// Callers by the hash of their token.
pub(super) type Sessions = HashMap<String, Session>;

/// A caller that was loaded a short time ago.
#[derive(Debug, Clone)]
pub(super) struct Session {
    caller: Caller,
    loaded_at: Timestamp,
    /// Last use as it is stored.
    used_at: i64,
}

const NOT_VALID: Error =
    Error::Unauthenticated("the token is not valid, or not any more: log on again");

/// What is stored of a token.
pub(crate) fn token_hash(token: &str) -> String {
    crate::hex::hex(&Sha256::digest(token.as_bytes()))
}

impl Auth {
    /// The caller behind a token.
    ///
    /// # Errors
    /// `Unauthenticated` when the token is unknown, expired or revoked, or its user is not approved any more.
    pub(crate) async fn authenticate(&self, server: &Server, token: &str) -> Result<Caller> {
        let hash = token_hash(token);
        let now = server.clock.now();
        let session = match self.remembered(&hash, now) {
            Some(session) => session,
            None => self.load(server, &hash, now).await?,
        };
        if to_micros(now) - session.used_at >= token::TOUCH_MICROS {
            self.touch(server, &hash, &session, now).await?;
        }
        Ok(session.caller)
    }

    fn remembered(&self, hash: &str, now: Timestamp) -> Option<Session> {
        let sessions = lock(&self.sessions);
        // A clock that was set back must not make a session trusted for longer.
        let session = sessions
            .get(hash)
            .filter(|session| now.duration_since(session.loaded_at).unsigned_abs() < TRUSTED_FOR)?;
        Some(session.clone())
    }

    async fn load(&self, server: &Server, hash: &str, now: Timestamp) -> Result<Session> {
        let generation = self.generation.load(Ordering::SeqCst);
        let oldest_use = to_micros(now) - self.lifetime_micros();
        let wanted = hash.to_owned();
        let loaded = server
            .db
            .read(move |tx| Box::pin(async move { load_valid(tx, &wanted, oldest_use).await }))
            .await?;
        let (token, caller) = loaded.ok_or(NOT_VALID)?;
        let session = Session { caller, loaded_at: now, used_at: token.used_at };
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= SESSIONS_MAX {
            sessions.clear();
        }
        // What was read before a change of roles is good for this call, which came before it, and for no other.
        if self.generation.load(Ordering::SeqCst) == generation {
            sessions.insert(hash.to_owned(), session.clone());
        }
        Ok(session)
    }

    async fn touch(
        &self,
        server: &Server,
        hash: &str,
        session: &Session,
        now: Timestamp,
    ) -> Result<()> {
        let (id, now) = (session.caller.token_id, to_micros(now));
        if let Some(session) = lock(&self.sessions).get_mut(hash) {
            session.used_at = now;
        }
        server.db.write(move |tx| Box::pin(async move { token::touch(tx, id, now).await })).await?;
        Ok(())
    }

    /// Forgets the caller of one token, and whatever is being loaded now.
    pub(super) fn forget_token(&self, token_id: i64) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.sessions).retain(|_, session| session.caller.token_id != token_id);
    }

    /// Microseconds after its last stored use for which a token is valid without a live request.
    fn lifetime_micros(&self) -> i64 {
        i64::try_from(self.security.token_idle.0.as_micros())
            .unwrap_or(i64::MAX / 4)
            .saturating_add(token::TOUCH_MICROS)
    }
}

/// The token and its caller, when the token is valid and its user approved.
async fn load_valid(
    tx: &mut Tx<'_>,
    hash: &str,
    oldest_use: i64,
) -> sql::Result<Option<(Token, Caller)>> {
    let Some(token) = token::by_hash(tx, hash).await? else { return Ok(None) };
    if token.used_at < oldest_use && !token::has_live_request(tx, token.id).await? {
        return Ok(None);
    }
    let Some(user) = batch_user::get(tx, token.user_id).await? else { return Ok(None) };
    // Locked out users keep their sessions: otherwise failed logons by a stranger would end them.
    if !user.is_approved {
        return Ok(None);
    }
    let caller = caller(tx, user, token.id).await?;
    Ok(Some((token, caller)))
}

async fn caller(tx: &mut Tx<'_>, user: batch_user::User, token_id: i64) -> sql::Result<Caller> {
    let mut rights = Rights::default();
    let mut sees_all_jobs = false;
    for role in role::of_user(tx, user.id).await? {
        rights = rights.union(role.rights()?);
        sees_all_jobs |= role.shows_all_jobs;
    }
    let sees_all_jobs = sees_all_jobs || rights.allows(batch_core::rights::Right::Administer);
    let jobs = if sees_all_jobs { Vec::new() } else { role::jobs_of_user(tx, user.id).await? };
    Ok(Caller {
        user_id: user.id,
        name: user.name,
        station: user.station,
        token_id,
        rights,
        sees_all_jobs,
        jobs: std::sync::Arc::new(jobs.into_iter().collect()),
    })
}
