//! PostgreSQL's catalogue.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::{EXPRESSION, ForeignKey, MIGRATIONS_TABLE, column_line, index_line, primary_key_line};
use crate::Result;

/// Table; column, type and whether it must not be null, all three absent for a table without columns.
type ColumnRow = (String, Option<String>, Option<String>, Option<bool>);
/// Table and columns, target and its columns, action on update and on delete.
type ForeignKeyRow = (String, Vec<String>, String, Vec<String>, String, String);

pub(super) async fn describe(conn: &mut PgConnection) -> Result<BTreeSet<String>> {
    let mut lines = BTreeSet::new();
    tables_and_columns(conn, &mut lines).await?;
    indexes(conn, &mut lines).await?;
    foreign_keys(conn, &mut lines).await?;
    Ok(lines)
}

async fn tables_and_columns(conn: &mut PgConnection, lines: &mut BTreeSet<String>) -> Result<()> {
    let rows: Vec<ColumnRow> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
           FROM pg_class c
           LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> $1",
    )
    .bind(MIGRATIONS_TABLE)
    .fetch_all(conn)
    .await?;
    for (table, column, kind, not_null) in rows {
        lines.insert(format!("table {table}"));
        if let (Some(column), Some(kind), Some(not_null)) = (column, kind, not_null) {
            lines.insert(column_line(&table, &column, sqlite_kind(&kind), not_null));
        }
    }
    Ok(())
}

/// The SQLite type that holds the same values. A type without one stays as it is and shows up as a difference, in
/// particular `integer`, which has only 32 bits.
fn sqlite_kind(kind: &str) -> &str {
    match kind {
        "bigint" | "boolean" => "integer",
        "bytea" => "blob",
        "double precision" => "real",
        "integer" => "integer with 32 bits",
        other => other,
    }
}

async fn indexes(conn: &mut PgConnection, lines: &mut BTreeSet<String>) -> Result<()> {
    let rows: Vec<(String, bool, bool, bool, Vec<String>)> = sqlx::query_as(
        "SELECT c.relname::text, i.indisprimary, i.indisunique, i.indpred IS NOT NULL,
                ARRAY(SELECT CASE WHEN i.indkey[n] = 0 THEN $2
                                  ELSE (SELECT a.attname::text FROM pg_attribute a
                                         WHERE a.attrelid = c.oid AND a.attnum = i.indkey[n]) END
                        FROM generate_series(0, i.indnkeyatts - 1) AS n ORDER BY n)
           FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relname <> $1",
    )
    .bind(MIGRATIONS_TABLE)
    .bind(EXPRESSION)
    .fetch_all(conn)
    .await?;
    for (table, primary, unique, partial, columns) in rows {
        lines.insert(if primary {
            primary_key_line(&table, &columns)
        } else {
            index_line(&table, &columns, unique, partial)
        });
    }
    Ok(())
}

async fn foreign_keys(conn: &mut PgConnection, lines: &mut BTreeSet<String>) -> Result<()> {
    let rows: Vec<ForeignKeyRow> = sqlx::query_as(
        "SELECT c.relname::text,
                ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n(number, position)
                        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number ORDER BY n.position),
                t.relname::text,
                ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS n(number, position)
                        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.number ORDER BY n.position),
                k.confupdtype::text, k.confdeltype::text
           FROM pg_constraint k
           JOIN pg_class c ON c.oid = k.conrelid
           JOIN pg_class t ON t.oid = k.confrelid
          WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace",
    )
    .fetch_all(conn)
    .await?;
    for (table, columns, target, target_columns, on_update, on_delete) in rows {
        let (on_update, on_delete) = (action(&on_update), action(&on_delete));
        lines.insert(
            ForeignKey { table, columns, target, target_columns, on_update, on_delete }.line(),
        );
    }
    Ok(())
}

fn action(letter: &str) -> String {
    match letter {
        "a" => "no action",
        "r" => "restrict",
        "c" => "cascade",
        "n" => "set null",
        "d" => "set default",
        other => other,
    }
    .to_owned()
}
