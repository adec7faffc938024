//! Logging on and off.

use batch_core::rights::{Lockout, after_failed_logon};
use jiff::Timestamp;
use kit::Secret;
use sql::to_micros;

use super::password::PASSWORD_CHARS_MAX;
use super::session::token_hash;
use super::{Auth, is_blank, lock};
use crate::error::{Error, Result};
use crate::server::Server;
use crate::store::batch_user::User;
use crate::store::{batch_user, token};

/// Failed logons of one user within a minute after which further ones are refused unseen.
const FAILURES_PER_MINUTE_MAX: usize = 10;

/// One text for everything that is wrong, so that it tells a stranger nothing about users.
const REFUSED: Error = Error::Unauthenticated(
    "the logon is refused: the user name or the password is wrong, or the user is locked out or not approved; \
     an administrator can see which",
);

/// A successful logon.
#[derive(Debug)]
pub(crate) struct Logon {
    /// The token that the caller sends from now on.
    pub(crate) token: Secret,
    /// How long it is valid after its last use, in seconds.
    pub(crate) expires_in_seconds: u64,
}

impl Auth {
    /// Logs a user on.
    ///
    /// # Errors
    /// `Unauthenticated` whatever is wrong with user or password; `TooMany` after many failures within a minute.
    pub(crate) async fn logon(&self, server: &Server, user: &str, password: &str) -> Result<Logon> {
        let (now, password) = (server.clock.now(), Secret::new(password));
        let key = batch_core::names::key(user);
        let too_long = password.expose().chars().nth(PASSWORD_CHARS_MAX).is_some();
        if is_blank(password.expose())
            || too_long
            || batch_core::names::UserName::new(user).is_err()
        {
            return Err(REFUSED);
        }
        let known = find(server, &key).await?;
        let stored = known.as_ref().and_then(|user| user.password_hash.clone());
        let mark = known
            .as_ref()
            .zip(stored.as_deref())
            .map(|(user, stored)| self.mark(user.id, stored, &password));
        let is_remembered = mark.is_some_and(|mark| self.remembers(&mark, now));
        if !is_remembered && !self.is_verified(&key, stored, password, now).await? {
            self.failed(server, &key, known.as_ref(), now).await?;
            return Err(REFUSED);
        }
        let Some(user) = known else { return Err(REFUSED) };
        let logon = self.begin_session(server, &user, now).await?;
        if let Some(mark) = mark.filter(|_| !is_remembered) {
            self.remember(mark, now);
        }
        lock(&self.failures).clear(&key);
        Ok(logon)
    }

    async fn is_verified(
        &self,
        key: &str,
        stored: Option<String>,
        password: Secret,
        now: Timestamp,
    ) -> Result<bool> {
        self.check_rate(key, now)?;
        let verified = self.verify(stored, password).await?;
        // Others may have failed while this one waited for its turn; what they may not learn, this one may not either.
        self.check_rate(key, now)?;
        Ok(verified)
    }

    fn check_rate(&self, key: &str, now: Timestamp) -> Result<()> {
        if lock(&self.failures).is_limited(key, FAILURES_PER_MINUTE_MAX, now) {
            return Err(Error::TooMany(
                "too many failed logons of this user; try again in a minute".into(),
            ));
        }
        Ok(())
    }

    async fn failed(
        &self,
        server: &Server,
        key: &str,
        user: Option<&User>,
        now: Timestamp,
    ) -> Result<()> {
        lock(&self.failures).add(key, now);
        let Some(user) = user.filter(|user| user.password_hash.is_some()) else {
            tracing::info!("a logon of an unknown user, or of one without a password, was refused");
            return Ok(());
        };
        let (id, limit) = (user.id, Some(self.security.lockout_after));
        let verdict = server
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let failed = batch_user::count_failed_logon(tx, id).await?;
                    let verdict =
                        after_failed_logon(u32::try_from(failed).unwrap_or(u32::MAX), limit);
                    if verdict == Lockout::Locked {
                        batch_user::lock_out(tx, id).await?;
                    }
                    Ok::<_, sql::Error>(verdict)
                })
            })
            .await?;
        match verdict {
            Lockout::Locked => {
                tracing::warn!(user = user.name, "a logon was refused; the user is locked out");
            }
            Lockout::Open { .. } => {
                tracing::info!(user = user.name, "a logon was refused: wrong password");
            }
        }
        Ok(())
    }

    async fn begin_session(&self, server: &Server, user: &User, now: Timestamp) -> Result<Logon> {
        let token = kit::secret::random_token(32).map_err(|error| Error::Internal(error.into()))?;
        let hash = token_hash(token.expose());
        let (id, stored) = (user.id, user.password_hash.clone().unwrap_or_default());
        let is_admitted = server
            .db
            .write(move |tx| {
                let (hash, stored) = (hash.clone(), stored.clone());
                Box::pin(async move {
                    // The guard looks again: the user may have been locked out while the password was hashed.
                    let is_admitted =
                        batch_user::logged_on(tx, id, &stored, to_micros(now)).await?;
                    if is_admitted {
                        token::insert(tx, &hash, id, to_micros(now)).await?;
                    }
                    Ok::<_, sql::Error>(is_admitted)
                })
            })
            .await?;
        if !is_admitted {
            tracing::info!(
                user = user.name,
                "a logon was refused: the user is locked out or not approved"
            );
            return Err(REFUSED);
        }
        Ok(Logon { token, expires_in_seconds: self.security.token_idle.0.as_secs() })
    }

    /// Ends the session of a caller. Doing it twice is no error.
    pub(crate) async fn logoff(
        &self,
        server: &Server,
        caller: &crate::caller::Caller,
    ) -> Result<()> {
        let id = caller.token_id;
        server.db.write(move |tx| Box::pin(async move { token::delete(tx, id).await })).await?;
        self.forget_token(id);
        Ok(())
    }

    /// Lets a user try again at once, after an administrator has unlocked it.
    pub(crate) fn forget_failures(&self, user_key: &str) {
        lock(&self.failures).clear(user_key);
    }
}

async fn find(server: &Server, key: &str) -> Result<Option<User>> {
    let key = key.to_owned();
    let user = server
        .db
        .read(move |tx| Box::pin(async move { batch_user::by_key(tx, &key).await }))
        .await?;
    Ok(user)
}
