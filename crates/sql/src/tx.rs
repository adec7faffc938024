//! The handle that stamped functions take.

/// An open transaction of one of the two databases. It is made by [`Db::write`](crate::Db::write) and
/// [`Db::read`](crate::Db::read), which also end it; a function that takes it neither begins nor commits.
#[derive(Debug)]
pub enum Tx<'c> {
    /// A transaction on SQLite.
    Sqlite(&'c mut sqlx::SqliteConnection),
    /// A transaction on PostgreSQL.
    Postgres(&'c mut sqlx::PgConnection),
}

/// Lets a stamped body call a function of another table: `queues::get(&mut Tx::from(&mut *conn), …)`.
impl<'c> From<&'c mut sqlx::SqliteConnection> for Tx<'c> {
    fn from(conn: &'c mut sqlx::SqliteConnection) -> Self {
        Self::Sqlite(conn)
    }
}

/// Lets a stamped body call a function of another table: `queues::get(&mut Tx::from(&mut *conn), …)`.
impl<'c> From<&'c mut sqlx::PgConnection> for Tx<'c> {
    fn from(conn: &'c mut sqlx::PgConnection) -> Self {
        Self::Postgres(conn)
    }
}

/// The value to bind for `one_of_ids!`: the numbers as a JSON array, which both databases can unfold.
pub fn id_list(ids: impl IntoIterator<Item = i64>) -> String {
    serde_json::Value::from_iter(ids).to_string()
}

/// The value to bind for `one_of_texts!`: the texts as a JSON array, which both databases can unfold.
pub fn text_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}
