//! The stamping macro: one body, compiled once per driver.

/// Compiles the enclosed functions once for SQLite and once for PostgreSQL, and produces for each of them one function
/// of the same name and visibility whose first parameter is `tx: &mut sql::Tx<'_>`. Use it **once per file** (the two
/// compiled copies live in private modules of that file); put row structs, constants and helpers outside of it.
///
/// ```ignore
/// sql::both! {
///     /// Takes up to `max` waiting requests of a queue, oldest first.
///     pub async fn claim(conn, queue_id: i64, max: i64) -> sql::Result<Vec<i64>> {
///         let rows = sqlx::query_as::<Db, (i64,)>(concat!(
///             "WITH chosen AS MATERIALIZED (SELECT id FROM request WHERE queue_id = $1 AND state = 'waiting' ",
///                 "ORDER BY id LIMIT $2", lock!(), ") UPDATE request SET state = 'running' ",
///                 "WHERE id IN (SELECT id FROM chosen) AND state = 'waiting' RETURNING id"))
///             .bind(queue_id).bind(max).fetch_all(&mut *conn).await?;
///         Ok(rows.into_iter().map(|row| row.0).collect())
///     }
/// }
/// ```
///
/// Inside a body: `conn` (any name) is `&mut Conn`; `Db` and `Conn` are the driver's types; a function of the same
/// file is called with `conn`; a function of another file with `&mut sql::Tx::from(&mut *conn)`. Query text is a
/// literal or `concat!` of literals and of these fragments, the whole dialect (budget: ten):
///
/// | fragment | SQLite | PostgreSQL |
/// |---|---|---|
/// | `lock!()` | nothing | ` FOR UPDATE SKIP LOCKED`: a claim |
/// | `row_lock!()` | nothing | ` FOR UPDATE`: read, then decide, then write |
/// | `change_lock!()` | nothing | ` FOR NO KEY UPDATE`: as `row_lock!()`, but rows that refer to it may be added meanwhile |
/// | `share_lock!()` | nothing | ` FOR SHARE`: what was read stays so until the transaction ends |
/// | `key_lock!()` | nothing | ` FOR KEY SHARE`: what was read is there until the transaction ends, and others may change it but for its key; who takes it with `row_lock!()` waits |
/// | `change_lock!("t")`, `share_lock!("t")` | nothing | ` FOR … OF t`: of one of the tables that were read |
/// | `one_of_ids!("$1")` | ` IN (…)` | ` = ANY(…)`: an `i64` column against [`id_list`](crate::id_list) |
/// | `one_of_texts!("$1")` | ` IN (…)` | ` = ANY(…)`: a text column against [`text_list`](crate::text_list) |
/// | `items!("$1")`, `item!("0", "BIGINT")` | `json_each(…)`, `json_extract(…)` | `jsonb_array_elements(…)`, `value->>0`: many rows in one statement, given as a JSON array of arrays |
/// | `analyze!("table")` | `PRAGMA optimize` | `ANALYZE table` |
///
/// A claim repeats its state test on the outer `UPDATE`, as above, so that a forgotten lock cannot give a row out twice; and it
/// materialises its choice, because PostgreSQL may run a plain subquery several times, each time skipping the rows that
/// it has locked before: more rows than the limit would change.
#[macro_export]
macro_rules! both {
    ($(
        $(#[$meta:meta])*
        $vis:vis async fn $name:ident ( $conn:ident $(, $arg:ident : $ty:ty)* $(,)? ) -> $ret:ty $body:block
    )*) => {
        #[allow(unused_imports, dead_code, reason = "a table file need not use every name the macro offers")]
        mod sqlite {
            use super::*;
            use $crate::fragment::sqlite::{analyze, change_lock, item, items, key_lock, lock, one_of_ids, one_of_texts, row_lock, share_lock};
            type Db = $crate::sqlx::Sqlite;
            type Conn = $crate::sqlx::SqliteConnection;
            $(
                $(#[$meta])*
                pub(super) async fn $name($conn: &mut Conn $(, $arg: $ty)*) -> $ret $body
            )*
        }
        #[allow(unused_imports, dead_code, reason = "a table file need not use every name the macro offers")]
        mod postgres {
            use super::*;
            use $crate::fragment::postgres::{analyze, change_lock, item, items, key_lock, lock, one_of_ids, one_of_texts, row_lock, share_lock};
            type Db = $crate::sqlx::Postgres;
            type Conn = $crate::sqlx::PgConnection;
            $(
                $(#[$meta])*
                pub(super) async fn $name($conn: &mut Conn $(, $arg: $ty)*) -> $ret $body
            )*
        }
        $(
            $(#[$meta])*
            $vis async fn $name(tx: &mut $crate::Tx<'_> $(, $arg: $ty)*) -> $ret {
                match tx {
                    $crate::Tx::Sqlite(conn) => sqlite::$name(conn $(, $arg)*).await,
                    $crate::Tx::Postgres(conn) => postgres::$name(conn $(, $arg)*).await,
                }
            }
        )*
    };
}
