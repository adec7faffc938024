//! Comparing the schemas of the two databases, so that a migration written for one of them only is noticed.
//!
//! A schema becomes a set of lines: tables, columns with kind and nullability, primary keys, unique keys, other
//! indexes, foreign keys with their actions. What is in one set only is a difference. Check constraints, defaults,
//! names of indexes and the direction of index columns are not compared.

mod postgres;
mod sqlite;

use std::collections::BTreeSet;

use crate::db::Inner;
use crate::{Db, Error, Result};

/// Describes the schema of a database that all migrations were applied to, one line per table, column and key.
pub async fn describe(db: &Db) -> Result<BTreeSet<String>> {
    match &*db.inner {
        Inner::Sqlite(sqlite) => sqlite::describe(&mut *sqlite.readers.acquire().await?).await,
        Inner::Postgres(postgres, _) => {
            postgres::describe(&mut *postgres.pool.acquire().await?).await
        }
    }
}

/// What the two schemas do not have in common; empty when they agree. [`Error::Address`] when the databases are not
/// one of each kind.
pub async fn differences(sqlite: &Db, postgres: &Db) -> Result<Vec<String>> {
    if sqlite.is_postgres() || !postgres.is_postgres() {
        return Err(Error::Address(
            "compare a SQLite database with a PostgreSQL database, in this order".to_owned(),
        ));
    }
    let (left, right) = (describe(sqlite).await?, describe(postgres).await?);
    let only_left = left.difference(&right).map(|line| format!("only on SQLite: {line}"));
    let only_right = right.difference(&left).map(|line| format!("only on PostgreSQL: {line}"));
    Ok(only_left.chain(only_right).collect())
}

/// The table in which sqlx keeps its own accounts.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";
/// What stands for an index column that is an expression; the texts of expressions differ.
const EXPRESSION: &str = "<expression>";

fn column_line(table: &str, column: &str, kind: &str, not_null: bool) -> String {
    format!("column {table}.{column}: {kind}{}", if not_null { ", not null" } else { "" })
}

fn primary_key_line(table: &str, columns: &[String]) -> String {
    format!("primary key of {table}: ({})", columns.join(", "))
}

fn index_line(table: &str, columns: &[String], unique: bool, partial: bool) -> String {
    let kind = if unique { "unique key" } else { "index" };
    format!("{kind} of {table}: ({}){}", columns.join(", "), if partial { " where …" } else { "" })
}

struct ForeignKey {
    table: String,
    columns: Vec<String>,
    target: String,
    target_columns: Vec<String>,
    on_update: String,
    on_delete: String,
}

impl ForeignKey {
    fn line(&self) -> String {
        format!(
            "foreign key of {}: ({}) references {} ({}) on update {} on delete {}",
            self.table,
            self.columns.join(", "),
            self.target,
            self.target_columns.join(", "),
            self.on_update.to_lowercase(),
            self.on_delete.to_lowercase()
        )
    }
}
