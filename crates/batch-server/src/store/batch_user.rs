//! Tables `batch_user` and `user_role`: API users, and the users that jobs run as.

use sqlx::FromRow;

/// A user (`amt-domain 11.1`).
#[derive(Clone, FromRow)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) full_name: String,
    pub(crate) email: String,
    pub(crate) language: String,
    /// The station of its requests, where one is set for it.
    pub(crate) station: Option<String>,
    /// argon2id, in PHC form; without one the user cannot log on and jobs can run as it.
    pub(crate) password_hash: Option<String>,
    /// Nobody else gets access.
    pub(crate) is_approved: bool,
    /// Set by too many failed logons, cleared by hand.
    pub(crate) is_locked_out: bool,
    /// Since the last good logon.
    pub(crate) failed_logons: i64,
    pub(crate) last_logon_at: Option<i64>,
    pub(crate) version: i64,
}

impl std::fmt::Debug for User {
    /// Without the password hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A user to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewUser {
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) full_name: String,
    pub(crate) email: String,
    pub(crate) language: String,
    pub(crate) station: Option<String>,
    pub(crate) is_approved: bool,
}

sql::both! {
    /// The keys of all users.
    pub(crate) async fn keys(conn) -> sql::Result<Vec<String>> {
        let rows = sqlx::query_as::<Db, (String,)>("SELECT name_key FROM batch_user")
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Users after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<User>> {
        Ok(sqlx::query_as::<Db, User>("SELECT * FROM batch_user WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One user.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<User>> {
        Ok(sqlx::query_as::<Db, User>("SELECT * FROM batch_user WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One user, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<User>> {
        Ok(sqlx::query_as::<Db, User>(concat!("SELECT * FROM batch_user WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The user with this key.
    pub(crate) async fn by_key(conn, name_key: &str) -> sql::Result<Option<User>> {
        Ok(sqlx::query_as::<Db, User>("SELECT * FROM batch_user WHERE name_key = $1")
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// Stores a new user without a password and returns its id.
    pub(crate) async fn insert(conn, user: &NewUser) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO batch_user (name, name_key, full_name, email, language, station, is_approved, is_locked_out, \
             failed_logons, version) VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, 0, 1) RETURNING id")
            .bind(&user.name)
            .bind(&user.name_key)
            .bind(&user.full_name)
            .bind(&user.email)
            .bind(&user.language)
            .bind(&user.station)
            .bind(user.is_approved)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces what an administrator can change.
    pub(crate) async fn update(conn, id: i64, user: &NewUser) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE batch_user SET name = $2, name_key = $3, full_name = $4, email = $5, language = $6, station = $7, \
             is_approved = $8, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(&user.name)
            .bind(&user.name_key)
            .bind(&user.full_name)
            .bind(&user.email)
            .bind(&user.language)
            .bind(&user.station)
            .bind(user.is_approved)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes a user, its roles and its sessions.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM batch_user WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Sets the hash of a password.
    pub(crate) async fn set_password(conn, id: i64, hash: &str) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE batch_user SET password_hash = $2, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(hash)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Lets a user in.
    pub(crate) async fn approve(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE batch_user SET is_approved = TRUE, version = version + 1 WHERE id = $1")
            .bind(id)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Clears the lock and the count of failed logons.
    pub(crate) async fn unlock(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE batch_user SET is_locked_out = FALSE, failed_logons = 0, version = version + 1 WHERE id = $1")
            .bind(id)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Counts a failed logon and returns how many there are since the last good one. Not a change that an editor must
    /// notice, so the version stays.
    pub(crate) async fn count_failed_logon(conn, id: i64) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "UPDATE batch_user SET failed_logons = failed_logons + 1 WHERE id = $1 RETURNING failed_logons")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(row.map_or(0, |row| row.0))
    }

    /// Locks a user out.
    pub(crate) async fn lock_out(conn, id: i64) -> sql::Result<()> {
        sqlx::query::<Db>("UPDATE batch_user SET is_locked_out = TRUE WHERE id = $1")
            .bind(id)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Notes a good logon, unless the user may not log on or has another password by now; whether it was noted.
    pub(crate) async fn logged_on(conn, id: i64, password_hash: &str, now: i64) -> sql::Result<bool> {
        let done = sqlx::query::<Db>(
            "UPDATE batch_user SET failed_logons = 0, last_logon_at = $3 \
             WHERE id = $1 AND password_hash = $2 AND is_approved = TRUE AND is_locked_out = FALSE")
            .bind(id)
            .bind(password_hash)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The rights of each role of each user that can log on: whoever administers is among them.
    pub(crate) async fn rights_of_those_who_can_log_on(conn) -> sql::Result<Vec<(i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, String)>(
            "SELECT batch_user.id, role.rights FROM batch_user JOIN user_role ON user_role.user_id = batch_user.id \
             JOIN role ON role.id = user_role.role_id \
             WHERE batch_user.is_approved = TRUE AND batch_user.password_hash IS NOT NULL")
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The roles of a user.
    pub(crate) async fn role_ids(conn, user_id: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>("SELECT role_id FROM user_role WHERE user_id = $1 ORDER BY role_id")
            .bind(user_id)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The names of the roles of some users: `(user, role)`.
    pub(crate) async fn role_names(conn, users: &[i64]) -> sql::Result<Vec<(i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, String)>(concat!(
            "SELECT user_role.user_id, role.name FROM user_role JOIN role ON role.id = user_role.role_id ",
            "WHERE user_role.user_id", one_of_ids!("$1"), " ORDER BY role.name_key"))
            .bind(sql::id_list(users.iter().copied()))
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Replaces the roles of a user.
    pub(crate) async fn set_roles(conn, user_id: i64, roles: &[i64]) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM user_role WHERE user_id = $1").bind(user_id).execute(&mut *conn).await?;
        for role_id in roles {
            sqlx::query::<Db>("INSERT INTO user_role (user_id, role_id) VALUES ($1, $2)")
                .bind(user_id)
                .bind(*role_id)
                .execute(&mut *conn)
                .await?;
        }
        Ok(())
    }
}
