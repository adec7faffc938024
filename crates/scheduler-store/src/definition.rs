//! Tables `definition` and `revision`: every definition in every form that it ever had.

use sqlx::FromRow;

use crate::batches::batches;

/// A definition in one of its forms.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Definition {
    /// Its number; daily jobs keep the form with which they were built.
    pub id: i64,
    /// What it defines, such as `schedule` or `job`.
    pub kind: String,
    /// The schedule of a job, else empty.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// Its place among those of its kind and parent.
    pub place: i64,
    /// The definition, as JSON.
    pub body: String,
}

/// A definition to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDefinition {
    /// As in [`Definition`].
    pub kind: &'static str,
    /// As in [`Definition`].
    pub parent: String,
    /// As in [`Definition`].
    pub name: String,
    /// As in [`Definition`].
    pub place: i64,
    /// As in [`Definition`].
    pub body: String,
}

/// Stores definitions that begin with a revision.
pub async fn insert(tx: &mut sql::Tx<'_>, revision: i64, new: &[NewDefinition]) -> sql::Result<()> {
    let row = |each: &NewDefinition| {
        serde_json::json!([each.kind, each.parent, each.name, each.place, each.body])
    };
    for rows in batches(new, row) {
        insert_rows(tx, revision, &rows).await?;
    }
    Ok(())
}

/// Gives definitions that stay other places, by their numbers.
pub async fn set_places(tx: &mut sql::Tx<'_>, places: &[(i64, i64)]) -> sql::Result<()> {
    for rows in batches(places, |(id, place)| serde_json::json!([id, place])) {
        set_place_rows(tx, &rows).await?;
    }
    Ok(())
}

sql::both! {
    async fn set_place_rows(conn, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "UPDATE definition SET place = new.place FROM (SELECT ", item!("0", "BIGINT"), " AS id, ",
            item!("1", "BIGINT"), " AS place FROM ", items!("$1"), ") AS new WHERE definition.id = new.id"))
            .bind(rows)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Begins a set of changes and returns its number.
    pub async fn begin_revision(conn, at: i64, caller: &str, reason: Option<&str>) -> sql::Result<i64> {
        let (revision,) = sqlx::query_as::<Db, (i64,)>(
            "INSERT INTO revision (at, caller, reason) VALUES ($1, $2, $3) RETURNING id")
            .bind(at).bind(caller).bind(reason).fetch_one(&mut *conn).await?;
        sqlx::query::<Db>("UPDATE server_state SET revision = $1 WHERE id = 1")
            .bind(revision).execute(&mut *conn).await?;
        Ok(revision)
    }

    async fn insert_rows(conn, revision: i64, rows: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!(
            "INSERT INTO definition (kind, parent, name, place, body, since) SELECT ",
            item!("0", "TEXT"), ", ", item!("1", "TEXT"), ", ", item!("2", "TEXT"), ", ", item!("3", "BIGINT"), ", ",
            item!("4", "TEXT"), ", CAST($2 AS BIGINT) FROM ", items!("$1")))
            .bind(rows).bind(revision).execute(&mut *conn).await?;
        Ok(())
    }

    /// Ends definitions with a revision; `ids` is an [`sql::id_list`].
    pub async fn end(conn, revision: i64, ids: &str) -> sql::Result<()> {
        sqlx::query::<Db>(concat!("UPDATE definition SET until = $2 WHERE until IS NULL AND id", one_of_ids!("$1")))
            .bind(ids).bind(revision).execute(&mut *conn).await?;
        Ok(())
    }

    /// Every current definition, by kind, parent and place.
    pub async fn current(conn) -> sql::Result<Vec<Definition>> {
        Ok(sqlx::query_as::<Db, Definition>(
            "SELECT id, kind, parent, name, place, body FROM definition WHERE until IS NULL ORDER BY kind, parent, place, name")
            .fetch_all(&mut *conn).await?)
    }

    /// The current definitions of a kind.
    pub async fn current_of(conn, kind: &str) -> sql::Result<Vec<Definition>> {
        Ok(sqlx::query_as::<Db, Definition>(
            "SELECT id, kind, parent, name, place, body FROM definition WHERE until IS NULL AND kind = $1 ORDER BY place, name")
            .bind(kind)
            .fetch_all(&mut *conn)
            .await?)
    }

    /// The current definition of a kind and name.
    pub async fn current_one(conn, kind: &str, parent: &str, name: &str) -> sql::Result<Option<Definition>> {
        Ok(sqlx::query_as::<Db, Definition>(
            "SELECT id, kind, parent, name, place, body FROM definition \
             WHERE until IS NULL AND kind = $1 AND parent = $2 AND name = $3")
            .bind(kind).bind(parent).bind(name).fetch_optional(&mut *conn).await?)
    }

    /// Definitions by their numbers, current or not; `ids` is an [`sql::id_list`].
    pub async fn by_ids(conn, ids: &str) -> sql::Result<Vec<Definition>> {
        Ok(sqlx::query_as::<Db, Definition>(concat!(
            "SELECT id, kind, parent, name, place, body FROM definition WHERE id", one_of_ids!("$1")))
            .bind(ids).fetch_all(&mut *conn).await?)
    }
}
