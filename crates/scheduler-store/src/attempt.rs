//! Table `attempt`: each try to run a job. A row is written before anything is sent.

use sqlx::FromRow;

use crate::batches::batches;
use crate::node::Valid;

/// A try to run a job.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Attempt {
    /// The daily job.
    pub job_id: i64,
    /// Its number among the attempts of the job, from 1.
    pub number: i64,
    /// The agent; empty for a container.
    pub agent: String,
    /// The planned instant for which it runs, in microseconds.
    pub planned_at: i64,
    /// When it was taken up.
    pub requested_at: i64,
    /// When it began to run.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// When its logs were in the archive.
    pub archived_at: Option<i64>,
    /// What the integration remembers of it.
    pub handle: Option<String>,
    /// Its exit code.
    pub code: Option<i64>,
    /// How it ended, once it has.
    pub ending: Option<String>,
    /// What is shown beside the code, or why it is unknown.
    pub description: String,
    /// The process that speaks with the agent about it.
    pub node_id: Option<i64>,
    /// In which of its lives.
    pub fence: i64,
    /// What is still to be done outside: `start`, `find`, `watch`, `archive`, `forget`; or `prepare`: it has taken its slot, and before it
    /// is sent, its events are performed.
    pub wanted: Option<String>,
    /// Whether it is to be ended by force.
    pub is_kill_wanted: bool,
    /// Units of resources that it has taken, by name, as JSON.
    pub resources: Option<String>,
    /// When, for what is tried again.
    pub due_at: Option<i64>,
    /// How often it was tried.
    pub tries: i64,
}

impl Attempt {
    /// Whether it still runs, although somebody has decided how it ended.
    pub fn runs_on(&self) -> bool {
        self.ended_at.is_some() && self.wanted.as_deref() == Some("watch")
    }
}

/// A life of a process, which looks after attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The process.
    pub node_id: i64,
    /// Which of its lives.
    pub fence: i64,
}

/// Stores a new attempt: the intent, before the act.
pub async fn insert(tx: &mut sql::Tx<'_>, new: &[Attempt]) -> sql::Result<()> {
    let row = |each: &Attempt| {
        serde_json::json!([
            each.job_id,
            each.number,
            each.agent,
            each.planned_at,
            each.requested_at,
            each.started_at,
            each.ended_at,
            each.ending,
            each.description,
            each.node_id,
            each.fence,
            each.wanted,
            each.due_at,
            each.resources,
        ])
    };
    for rows in batches(new, row) {
        insert_rows(tx, &rows).await?;
    }
    Ok(())
}

/// Stores what has become of attempts.
pub async fn update(tx: &mut sql::Tx<'_>, attempts: &[Attempt]) -> sql::Result<()> {
    let row = |each: &Attempt| {
        serde_json::json!([
            each.job_id,
            each.number,
            each.started_at,
            each.ended_at,
            each.handle,
            each.code,
            each.ending,
            each.description,
            each.node_id,
            each.fence,
            each.wanted,
            each.due_at,
            each.tries,
            i64::from(each.is_kill_wanted),
        ])
    };
    for rows in batches(attempts, row) {
        update_rows(tx, &rows).await?;
    }
    Ok(())
}

/// What is wanted of an attempt once a step of its archiving is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The daily job.
    pub job_id: i64,
    /// Its attempt.
    pub number: i64,
    /// What is still to be done outside.
    pub wanted: Option<&'static str>,
    /// When.
    pub due_at: Option<i64>,
    /// How often it was tried.
    pub tries: i64,
    /// When its logs were in the archive; none where they are not, or were before.
    pub archived_at: Option<i64>,
}

/// Stores how far the archiving of attempts has come.
pub async fn archived(tx: &mut sql::Tx<'_>, attempts: &[Archived]) -> sql::Result<()> {
    let row = |each: &Archived| {
        serde_json::json!([
            each.job_id,
            each.number,
            each.wanted,
            each.due_at,
            each.tries,
            each.archived_at,
        ])
    };
    for rows in batches(attempts, row) {
        archived_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn archived_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE attempt SET wanted = new.wanted, due_at = new.due_at, tries = new.tries, \
             archived_at = COALESCE(new.archived_at, attempt.archived_at) FROM (SELECT ",
            item!("0", "BIGINT"), " AS job_id, ", item!("1", "BIGINT"), " AS number, ", item!("2", "TEXT"), " AS wanted, ",
            item!("3", "BIGINT"), " AS due_at, ", item!("4", "BIGINT"), " AS tries, ", item!("5", "BIGINT"), " AS archived_at FROM ",
            items!("$1"), ") AS new WHERE attempt.job_id = new.job_id AND attempt.number = new.number"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    async fn insert_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO attempt (job_id, number, agent, planned_at, requested_at, started_at, ended_at, ending, description, \
             node_id, fence, wanted, due_at, resources, is_kill_wanted, tries) SELECT ",
            item!("0", "BIGINT"), ", ", item!("1", "BIGINT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "BIGINT"), ", ", item!("5", "BIGINT"), ", ", item!("6", "BIGINT"), ", ", item!("7", "TEXT"), ", ",
            item!("8", "TEXT"), ", ", item!("9", "BIGINT"), ", ", item!("10", "BIGINT"), ", ", item!("11", "TEXT"), ", ",
            item!("12", "BIGINT"), ", ", item!("13", "TEXT"), ", FALSE, 0 FROM ", items!("$1")))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    async fn update_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE attempt SET started_at = new.started_at, ended_at = new.ended_at, handle = new.handle, code = new.code, \
             ending = new.ending, description = new.description, node_id = new.node_id, fence = new.fence, \
             wanted = new.wanted, due_at = new.due_at, tries = new.tries, is_kill_wanted = new.is_kill_wanted FROM (SELECT ",
            item!("0", "BIGINT"), " AS job_id, ", item!("1", "BIGINT"), " AS number, ", item!("2", "BIGINT"), " AS started_at, ",
            item!("3", "BIGINT"), " AS ended_at, ", item!("4", "TEXT"), " AS handle, ", item!("5", "BIGINT"), " AS code, ",
            item!("6", "TEXT"), " AS ending, ", item!("7", "TEXT"), " AS description, ", item!("8", "BIGINT"), " AS node_id, ",
            item!("9", "BIGINT"), " AS fence, ", item!("10", "TEXT"), " AS wanted, ", item!("11", "BIGINT"), " AS due_at, ",
            item!("12", "BIGINT"), " AS tries, ", item!("13", "BIGINT"), " = 1 AS is_kill_wanted FROM ", items!("$1"),
            ") AS new WHERE attempt.job_id = new.job_id AND attempt.number = new.number"))
            .bind(rows).execute(&mut *conn).await?;
        Ok(())
    }

    /// The attempts of jobs, oldest first; `ids` is an [`sql::id_list`] of jobs.
    pub async fn of_jobs(conn, ids: &str) -> sql::Result<Vec<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>(concat!(
            "SELECT * FROM attempt WHERE job_id", one_of_ids!("$1"), " ORDER BY job_id, number"))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// As [`of_jobs`], without those of which nothing is to be done any more.
    pub async fn open_of_jobs(conn, ids: &str) -> sql::Result<Vec<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>(concat!(
            "SELECT * FROM attempt WHERE job_id", one_of_ids!("$1"),
            " AND (ended_at IS NULL OR wanted IS NOT NULL) ORDER BY job_id, number"))
            .bind(ids).fetch_all(&mut *conn).await?)
    }

    /// An attempt.
    pub async fn get(conn, job_id: i64, number: i64) -> sql::Result<Option<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>("SELECT * FROM attempt WHERE job_id = $1 AND number = $2")
            .bind(job_id).bind(number).fetch_optional(&mut *conn).await?)
    }

    /// Attempts that a life of a process looks after and of which one of these is wanted, the longest wanted first, without those of
    /// some agents; `wanted` and `except` are [`sql::text_list`]s.
    pub async fn wanted(conn, owner: Owner, wanted: &str, except: &str, due: i64, max: i64) -> sql::Result<Vec<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>(concat!(
            "SELECT * FROM attempt WHERE node_id = $1 AND wanted", one_of_texts!("$2"),
            " AND due_at <= $3 AND fence = $5 AND NOT (agent", one_of_texts!("$6"), ") ORDER BY due_at, job_id LIMIT $4"))
            .bind(owner.node_id).bind(wanted).bind(due).bind(max).bind(owner.fence).bind(except)
            .fetch_all(&mut *conn).await?)
    }

    /// Attempts that a life of a process follows, in the order in which they were put under watch, after the one at a place in that
    /// order: when it was put there, its job and its number.
    pub async fn watched_after(conn, owner: Owner, place: (i64, i64, i64), max: i64) -> sql::Result<Vec<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>(
            "SELECT * FROM attempt WHERE node_id = $1 AND wanted = 'watch' AND (due_at, job_id, number) > ($2, $5, $6) AND fence = $4 \
             ORDER BY due_at, job_id, number LIMIT $3")
            .bind(owner.node_id).bind(place.0).bind(max).bind(owner.fence).bind(place.1).bind(place.2)
            .fetch_all(&mut *conn).await?)
    }

    /// How many attempts have ended and have logs that are not in the archive.
    pub async fn count_to_archive(conn) -> sql::Result<i64> {
        Ok(sqlx::query_scalar::<Db, i64>("SELECT COUNT(*) FROM attempt WHERE wanted = 'archive'").fetch_one(&mut *conn).await?)
    }

    /// Attempts under watch of a life of a process that are to be ended by force: of each agent one, then of each another one, so that an
    /// agent that does not answer keeps no other one away.
    pub async fn to_kill(conn, owner: Owner, max: i64) -> sql::Result<Vec<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>(
            "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY agent ORDER BY job_id, number) AS place FROM attempt \
             WHERE node_id = $1 AND wanted = 'watch' AND is_kill_wanted = TRUE AND fence = $3) AS wanted_kill \
             ORDER BY place, job_id LIMIT $2")
            .bind(owner.node_id).bind(max).bind(owner.fence).fetch_all(&mut *conn).await?)
    }

    /// Forgets the attempts of the jobs that have outcomes on a date. Those of jobs that are in the plan still, and those of which
    /// something is wanted, stay.
    pub async fn expire(conn, date: &str) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(
            "DELETE FROM attempt WHERE wanted IS NULL AND job_id IN (SELECT job_id FROM outcome WHERE date = $1 AND job_id > 0 \
             AND NOT EXISTS (SELECT 1 FROM daily_job WHERE daily_job.id = outcome.job_id))")
            .bind(date).execute(&mut *conn).await?;
        Ok(done.rows_affected())
    }

    /// Attempts of which nobody knows what has become of them: they have not ended, and their agents cannot say. Oldest first.
    pub async fn lost(conn, max: i64) -> sql::Result<Vec<Attempt>> {
        Ok(sqlx::query_as::<Db, Attempt>(
            "SELECT attempt.* FROM attempt JOIN daily_job ON daily_job.id = attempt.job_id \
             WHERE attempt.wanted IS NULL AND attempt.ended_at IS NULL AND attempt.agent <> '' \
             ORDER BY attempt.requested_at, attempt.job_id LIMIT $1")
            .bind(max).fetch_all(&mut *conn).await?)
    }

    /// How many those are; on one agent, where it is named.
    pub async fn count_lost(conn, agent: Option<&str>) -> sql::Result<i64> {
        Ok(sqlx::query_scalar::<Db, i64>(
            "SELECT COUNT(*) FROM attempt WHERE wanted IS NULL AND ended_at IS NULL AND agent <> '' AND ($1 IS NULL OR agent = $1)")
            .bind(agent).fetch_one(&mut *conn).await?)
    }

    /// Has those attempts of a process watched again of which their agents knew nothing. Says how many.
    pub async fn watch_lost(conn, of: Owner, at: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(
            "UPDATE attempt SET wanted = 'watch', due_at = $3, tries = 0, fence = $2 WHERE node_id = $1 AND fence <= $2 \
             AND handle IS NOT NULL AND wanted IS NULL AND ended_at IS NULL AND agent <> ''")
            .bind(of.node_id).bind(of.fence).bind(at).execute(&mut *conn).await?.rows_affected())
    }

    /// Takes over what earlier lives of this process have left. What was to be started may have been sent: it is to be found. Says
    /// for which jobs.
    pub async fn adopt_own(conn, of: Owner, now: i64) -> sql::Result<Vec<(i64, i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, String)>(
            "UPDATE attempt SET fence = $2, due_at = $3, tries = 0, wanted = CASE wanted WHEN 'start' THEN 'find' ELSE wanted END \
             WHERE wanted IS NOT NULL AND node_id = $1 AND fence < $2 RETURNING job_id, number, wanted")
            .bind(of.node_id).bind(of.fence).bind(now).fetch_all(&mut *conn).await?)
    }

    /// As [`adopt_own`], of the processes `nodes`, an [`sql::id_list`]. Attempts of some agents stay with the process on whose
    /// machine they run: `except` is an [`sql::text_list`] of these.
    pub async fn adopt_of(conn, of: Owner, nodes: &str, except: &str, now: i64) -> sql::Result<Vec<(i64, i64, String)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, String)>(concat!(
            "UPDATE attempt SET node_id = $1, fence = $2, due_at = $3, tries = 0, \
             wanted = CASE wanted WHEN 'start' THEN 'find' ELSE wanted END \
             WHERE wanted IS NOT NULL AND node_id", one_of_ids!("$4"), " AND NOT (agent", one_of_texts!("$5"), ") \
             RETURNING job_id, number, wanted"))
            .bind(of.node_id).bind(of.fence).bind(now).bind(nodes).bind(except).fetch_all(&mut *conn).await?)
    }

    /// As [`adopt_of`], of the attempts of which nobody knows what has become of them: this process asks for them. Says how many.
    pub async fn adopt_lost_of(conn, of: Owner, nodes: &str, except: &str, now: i64) -> sql::Result<u64> {
        Ok(sqlx::query::<Db>(concat!(
            "UPDATE attempt SET node_id = $1, fence = $2, due_at = $3, tries = 0, wanted = 'watch' \
             WHERE wanted IS NULL AND ended_at IS NULL AND agent <> '' AND handle IS NOT NULL \
             AND node_id", one_of_ids!("$4"), " AND NOT (agent", one_of_texts!("$5"), ")"))
            .bind(of.node_id).bind(of.fence).bind(now).bind(nodes).bind(except).execute(&mut *conn).await?.rows_affected())
    }

    /// The processes besides this one whose lease counts no more and that have left attempts; `except` as in [`adopt_of`].
    pub async fn left_by(conn, node_id: i64, except: &str, valid: Valid) -> sql::Result<Vec<i64>> {
        Ok(sqlx::query_scalar::<Db, i64>(concat!(
            "SELECT id FROM node WHERE id <> $1 AND lease_until NOT BETWEEN $2 AND $3 AND (EXISTS (SELECT 1 FROM attempt \
             WHERE attempt.node_id = node.id AND wanted IS NOT NULL AND NOT (agent", one_of_texts!("$4"), ")) \
             OR EXISTS (SELECT 1 FROM attempt WHERE attempt.node_id = node.id AND wanted IS NULL AND ended_at IS NULL \
             AND handle IS NOT NULL AND agent <> '' AND NOT (agent", one_of_texts!("$4"), "))) ORDER BY id"))
            .bind(node_id).bind(valid.from).bind(valid.to).bind(except).fetch_all(&mut *conn).await?)
    }
}
