//! Tables `role` and `role_job`.

use batch_core::rights::Rights;
use sqlx::FromRow;

/// A role (`amt-domain 11.3`).
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Role {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) description: String,
    /// What new users get when nothing else is said; one role at most.
    pub(crate) is_default: bool,
    /// Passes the list of jobs.
    pub(crate) shows_all_jobs: bool,
    /// `submit,monitor`.
    pub(crate) rights: String,
    pub(crate) version: i64,
}

impl Role {
    /// What its members may do.
    pub(crate) fn rights(&self) -> sql::Result<Rights> {
        self.rights.parse().map_err(|_| sql::Error::Corrupt { table: "role", column: "rights" })
    }
}

/// A role to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewRole {
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) description: String,
    pub(crate) is_default: bool,
    pub(crate) shows_all_jobs: bool,
    pub(crate) rights: String,
}

/// A job of a role's list, with the names of application and job.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ListedJob {
    pub(crate) role_id: i64,
    pub(crate) application: String,
    pub(crate) job: String,
}

sql::both! {
    /// Roles after an id.
    pub(crate) async fn page(conn, after: i64, limit: i64) -> sql::Result<Vec<Role>> {
        Ok(sqlx::query_as::<Db, Role>("SELECT * FROM role WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// One role.
    pub(crate) async fn get(conn, id: i64) -> sql::Result<Option<Role>> {
        Ok(sqlx::query_as::<Db, Role>("SELECT * FROM role WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// One role, locked until the transaction ends.
    pub(crate) async fn lock(conn, id: i64) -> sql::Result<Option<Role>> {
        Ok(sqlx::query_as::<Db, Role>(concat!("SELECT * FROM role WHERE id = $1", row_lock!()))
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The role with this key.
    pub(crate) async fn by_key(conn, name_key: &str) -> sql::Result<Option<Role>> {
        Ok(sqlx::query_as::<Db, Role>("SELECT * FROM role WHERE name_key = $1")
            .bind(name_key)
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The default role.
    pub(crate) async fn default(conn) -> sql::Result<Option<Role>> {
        Ok(sqlx::query_as::<Db, Role>("SELECT * FROM role WHERE is_default = TRUE ORDER BY id LIMIT 1")
            .fetch_optional(&mut *conn)
            .await?)
    }

    /// The roles of a user.
    pub(crate) async fn of_user(conn, user_id: i64) -> sql::Result<Vec<Role>> {
        Ok(sqlx::query_as::<Db, Role>(
            "SELECT role.* FROM role JOIN user_role ON user_role.role_id = role.id WHERE user_role.user_id = $1")
            .bind(user_id)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The jobs that the roles of a user list.
    pub(crate) async fn jobs_of_user(conn, user_id: i64) -> sql::Result<Vec<i64>> {
        let rows = sqlx::query_as::<Db, (i64,)>(
            "SELECT DISTINCT role_job.job_id FROM role_job \
             JOIN user_role ON user_role.role_id = role_job.role_id WHERE user_role.user_id = $1")
            .bind(user_id)
            .fetch_all(&mut *conn)
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The lists of some roles, by application and job.
    pub(crate) async fn listed(conn, roles: &[i64]) -> sql::Result<Vec<ListedJob>> {
        Ok(sqlx::query_as::<Db, ListedJob>(concat!(
            "SELECT role_job.role_id, application.name AS application, job.name AS job FROM role_job ",
            "JOIN job ON job.id = role_job.job_id JOIN application ON application.id = job.application_id ",
            "WHERE role_job.role_id", one_of_ids!("$1"), " ORDER BY application.name_key, job.name_key"))
            .bind(sql::id_list(roles.iter().copied()))
            .fetch_all(&mut *conn)
            .await?)
    }

    /// Stores a new role and returns its id.
    pub(crate) async fn insert(conn, role: &NewRole) -> sql::Result<i64> {
        let row = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO role (name, name_key, description, is_default, shows_all_jobs, rights, version) \
             VALUES ($1, $2, $3, $4, $5, $6, 1) RETURNING id")
            .bind(&role.name)
            .bind(&role.name_key)
            .bind(&role.description)
            .bind(role.is_default)
            .bind(role.shows_all_jobs)
            .bind(&role.rights)
            .fetch_one(&mut *conn)
            .await?;
        Ok(row.0)
    }

    /// Replaces a role.
    pub(crate) async fn update(conn, id: i64, role: &NewRole) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE role SET name = $2, name_key = $3, description = $4, is_default = $5, shows_all_jobs = $6, \
             rights = $7, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(&role.name)
            .bind(&role.name_key)
            .bind(&role.description)
            .bind(role.is_default)
            .bind(role.shows_all_jobs)
            .bind(&role.rights)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Counts a change that is not in the row itself.
    pub(crate) async fn touch(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("UPDATE role SET version = version + 1 WHERE id = $1")
            .bind(id)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Takes the default from every other role.
    pub(crate) async fn clear_default(conn, except: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "UPDATE role SET is_default = FALSE, version = version + 1 WHERE is_default = TRUE AND id <> $1")
            .bind(except)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Removes a role, its list and its memberships.
    pub(crate) async fn delete(conn, id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>("DELETE FROM role WHERE id = $1").bind(id).execute(&mut *conn).await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Replaces the list of a role.
    pub(crate) async fn set_jobs(conn, role_id: i64, jobs: &[i64]) -> sql::Result<()> {
        sqlx::query::<Db>("DELETE FROM role_job WHERE role_id = $1").bind(role_id).execute(&mut *conn).await?;
        sqlx::query::<Db>(concat!(
            "INSERT INTO role_job (role_id, job_id) SELECT $1, id FROM job WHERE id", one_of_ids!("$2")))
            .bind(role_id)
            .bind(sql::id_list(jobs.iter().copied()))
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Lists every job of an application that is not listed yet.
    pub(crate) async fn list_all_jobs(conn, role_id: i64, application_id: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "INSERT INTO role_job (role_id, job_id) SELECT $1, id FROM job WHERE application_id = $2 \
             ON CONFLICT (role_id, job_id) DO NOTHING")
            .bind(role_id)
            .bind(application_id)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Takes every job of an application from the list.
    pub(crate) async fn unlist_all_jobs(conn, role_id: i64, application_id: i64) -> sql::Result<()> {
        sqlx::query::<Db>(
            "DELETE FROM role_job WHERE role_id = $1 AND job_id IN (SELECT id FROM job WHERE application_id = $2)")
            .bind(role_id)
            .bind(application_id)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}
