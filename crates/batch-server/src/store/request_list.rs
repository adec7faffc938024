//! Table `request`: lists with filters, and the few changes of the Control Center that are no event of the lifecycle.

use batch_core::request::{Activity, FinalCode, StartKind, State};

use super::request::Request;

/// Which requests; what is absent does not filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) application_id: Option<i64>,
    pub(crate) queue_id: Option<i64>,
    pub(crate) job_name: Option<String>,
    /// A state as it is stored.
    pub(crate) state: Option<&'static str>,
    /// A completion code.
    pub(crate) code: Option<u16>,
    pub(crate) parent_id: Option<i64>,
    /// Queued at or after this time, microseconds.
    pub(crate) since: Option<i64>,
    /// Queued before this time, microseconds.
    pub(crate) until: Option<i64>,
    /// Those of these jobs, or submitted with this token; none for all of them.
    pub(crate) visible: Option<(Vec<i64>, i64)>,
    /// The last id of the page before.
    pub(crate) after: Option<i64>,
    /// The newest first.
    pub(crate) is_newest_first: bool,
    /// How many rows at most.
    pub(crate) limit: i64,
}

/// The columns that show as a completion code, as a condition. The texts are ours, so they can stand in the statement, where
/// the partial indexes need them.
fn shows_as(code: u16) -> String {
    let states =
        [State::Held, State::OutsideWindow, State::Suspended]
            .into_iter()
            .chain(StartKind::ALL.iter().map(|kind| State::Queued(*kind)))
            .chain(StartKind::ALL.iter().flat_map(|kind| {
                Activity::ALL.iter().map(|activity| State::Running(*kind, *activity))
            }))
            .chain(FinalCode::ALL.into_iter().map(State::Ended));
    let conditions: Vec<String> =
        states.filter(|state| state.code().number() == code).map(is).collect();
    if conditions.is_empty() { "1 = 0".to_owned() } else { conditions.join(" OR ") }
}

fn is(state: State) -> String {
    let name = state.as_str();
    match state {
        State::Held | State::OutsideWindow | State::Suspended => format!("state = '{name}'"),
        State::Queued(kind) => format!("(state = '{name}' AND start_kind = '{}')", kind.as_str()),
        State::Running(kind, activity) => {
            format!(
                "(state = '{name}' AND start_kind = '{}' AND activity = '{}')",
                kind.as_str(),
                activity.as_str()
            )
        }
        State::Ended(code) => {
            format!("(state = '{name}' AND final_code = {})", code.code().number())
        }
    }
}

/// Numbers in a statement; a role may list more jobs than a statement has room for parameters.
fn numbers(ids: &[i64]) -> String {
    if ids.is_empty() {
        "NULL".to_owned()
    } else {
        ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
    }
}

sql::both! {
    /// The requests that pass a filter, by id.
    pub(crate) async fn find(conn, filter: &Filter) -> sql::Result<Vec<Request>> {
        let mut query = sqlx::QueryBuilder::<Db>::new("SELECT * FROM request WHERE 1 = 1");
        for (condition, value) in [
            (" AND application_id = ", filter.application_id),
            (" AND queue_id = ", filter.queue_id),
            (" AND parent_id = ", filter.parent_id),
            (" AND queued_at >= ", filter.since),
            (" AND queued_at < ", filter.until),
        ] {
            if let Some(value) = value {
                query.push(condition).push_bind(value);
            }
        }
        if let Some(name) = &filter.job_name {
            query.push(" AND job_name = ").push_bind(name.clone());
        }
        if let Some(state) = filter.state {
            query.push(" AND state = '").push(state).push("'");
        }
        if let Some(code) = filter.code {
            query.push(" AND (").push(shows_as(code)).push(")");
        }
        if let Some((jobs, token_id)) = &filter.visible {
            query.push(" AND (job_id IN (").push(numbers(jobs)).push(") OR token_id = ").push_bind(*token_id).push(")");
        }
        let (after, order) = if filter.is_newest_first { (" AND id < ", " DESC") } else { (" AND id > ", "") };
        if let Some(id) = filter.after {
            query.push(after).push_bind(id);
        }
        query.push(" ORDER BY id").push(order).push(" LIMIT ").push_bind(filter.limit);
        Ok(query.build_query_as::<Request>().persistent(false).fetch_all(&mut *conn).await?)
    }

    /// Puts a waiting request into another queue. [`sql::Error::NotFound`] when it does not wait any more.
    pub(crate) async fn move_to_queue(conn, id: i64, version: i64, queue_id: i64) -> sql::Result<()> {
        let done = sqlx::query::<Db>(
            "UPDATE request SET queue_id = $3, version = version + 1 WHERE id = $1 AND version = $2 \
             AND state IN ('held', 'queued', 'window', 'suspended')")
            .bind(id)
            .bind(version)
            .bind(queue_id)
            .execute(&mut *conn)
            .await?;
        sql::ensure_one(done.rows_affected())
    }

    /// Removes the job log of a family.
    pub(crate) async fn purge_messages(conn, root_id: i64) -> sql::Result<u64> {
        let done = sqlx::query::<Db>("DELETE FROM message WHERE root_id = $1").bind(root_id).execute(&mut *conn).await?;
        Ok(done.rows_affected())
    }

    /// Removes ended requests with everything that hangs on them.
    pub(crate) async fn purge(conn, ids: &[i64]) -> sql::Result<u64> {
        let done = sqlx::query::<Db>(concat!("DELETE FROM request WHERE state = 'ended' AND id", one_of_ids!("$1")))
            .bind(sql::id_list(ids.iter().copied()))
            .execute(&mut *conn)
            .await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_a_state_has_a_condition_and_no_other_code_has_one() {
        assert_eq!(shows_as(0), "state = 'held'");
        assert_eq!(shows_as(4), "(state = 'ended' AND final_code = 4)");
        assert_eq!(
            shows_as(18).matches("start_kind = 'recover'").count(),
            shows_as(18).matches("start_kind").count()
        );
        assert!(shows_as(14).contains("activity = 'input'"));
        for code in [17, 19, 23, 24, 77] {
            assert_eq!(shows_as(code), "1 = 0", "{code}");
        }
        assert_eq!((numbers(&[]), numbers(&[1, 2])), ("NULL".to_owned(), "1,2".to_owned()));
    }
}
