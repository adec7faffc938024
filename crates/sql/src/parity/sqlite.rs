//! SQLite's catalogue.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::SqliteConnection;

use super::{EXPRESSION, ForeignKey, MIGRATIONS_TABLE, column_line, index_line, primary_key_line};
use crate::Result;

/// Number of the key, target, column, target column (absent: the primary key), action on update and on delete.
type ForeignKeyRow = (i64, String, String, Option<String>, String, String);

pub(super) async fn describe(conn: &mut SqliteConnection) -> Result<BTreeSet<String>> {
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> $1 AND substr(name, 1, 7) <> 'sqlite_'",
    )
    .bind(MIGRATIONS_TABLE)
    .fetch_all(&mut *conn)
    .await?;
    let mut lines = BTreeSet::new();
    for (table,) in tables {
        lines.insert(format!("table {table}"));
        columns(conn, &table, &mut lines).await?;
        indexes(conn, &table, &mut lines).await?;
        foreign_keys(conn, &table, &mut lines).await?;
    }
    Ok(lines)
}

async fn columns(
    conn: &mut SqliteConnection,
    table: &str,
    lines: &mut BTreeSet<String>,
) -> Result<()> {
    let rows: Vec<(String, String, bool, i64)> =
        sqlx::query_as("SELECT name, type, \"notnull\", pk FROM pragma_table_info($1)")
            .bind(table)
            .fetch_all(&mut *conn)
            .await?;
    for (name, kind, not_null, key_position) in rows {
        // A key column is never null in PostgreSQL, and in SQLite only by an old mistake that STRICT tables keep.
        lines.insert(column_line(table, &name, &kind.to_lowercase(), not_null || key_position > 0));
    }
    let key = primary_key(conn, table).await?;
    if !key.is_empty() {
        lines.insert(primary_key_line(table, &key));
    }
    Ok(())
}

async fn primary_key(conn: &mut SqliteConnection, table: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk")
            .bind(table)
            .fetch_all(&mut *conn)
            .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

async fn indexes(
    conn: &mut SqliteConnection,
    table: &str,
    lines: &mut BTreeSet<String>,
) -> Result<()> {
    let indexes: Vec<(String, bool, bool)> = sqlx::query_as(
        "SELECT name, \"unique\", partial FROM pragma_index_list($1) WHERE origin <> 'pk'",
    )
    .bind(table)
    .fetch_all(&mut *conn)
    .await?;
    for (name, unique, partial) in indexes {
        let columns: Vec<(Option<String>,)> =
            sqlx::query_as("SELECT name FROM pragma_index_xinfo($1) WHERE key = 1 ORDER BY seqno")
                .bind(name)
                .fetch_all(&mut *conn)
                .await?;
        let columns: Vec<String> =
            columns.into_iter().map(|row| row.0.unwrap_or_else(|| EXPRESSION.to_owned())).collect();
        lines.insert(index_line(table, &columns, unique, partial));
    }
    Ok(())
}

async fn foreign_keys(
    conn: &mut SqliteConnection,
    table: &str,
    lines: &mut BTreeSet<String>,
) -> Result<()> {
    let rows: Vec<ForeignKeyRow> = sqlx::query_as(
        "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list($1) ORDER BY id, seq",
    )
    .bind(table)
    .fetch_all(&mut *conn)
    .await?;
    let mut keys = BTreeMap::new();
    for (id, target, from, to, on_update, on_delete) in rows {
        let key = keys.entry(id).or_insert_with(|| ForeignKey {
            table: table.to_owned(),
            columns: Vec::new(),
            target,
            target_columns: Vec::new(),
            on_update,
            on_delete,
        });
        key.columns.push(from);
        key.target_columns.extend(to);
    }
    for mut key in keys.into_values() {
        if key.target_columns.is_empty() {
            // `REFERENCES queue` means the primary key.
            key.target_columns = primary_key(conn, &key.target).await?;
        }
        lines.insert(key.line());
    }
    Ok(())
}
