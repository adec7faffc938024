//! Measures durable single-row writes: `cargo run --release -p sql --example group_commit [URL [CALLERS [SECONDS]]]`.
//!
//! Without a URL it uses a new SQLite file in the system's temporary directory. Each caller waits for its row to be
//! durable before it writes the next one.

#![expect(clippy::disallowed_methods, reason = "a measurement has nobody to supervise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

sql::both! {
    async fn create(conn) -> sql::Result<()> {
        sqlx::query("CREATE TABLE IF NOT EXISTS measured (id BIGINT PRIMARY KEY, payload TEXT NOT NULL)")
            .execute(&mut *conn).await?;
        sqlx::query("DELETE FROM measured").execute(&mut *conn).await?;
        Ok(())
    }

    async fn add(conn, id: i64, payload: &str) -> sql::Result<()> {
        sqlx::query("INSERT INTO measured (id, payload) VALUES ($1, $2)")
            .bind(id).bind(payload).execute(&mut *conn).await?;
        Ok(())
    }

    async fn count(conn) -> sql::Result<i64> {
        let row: (i64,) = sqlx::query_as::<Db, _>("SELECT COUNT(*) FROM measured").fetch_one(&mut *conn).await?;
        Ok(row.0)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or_else(|| dir.path().join("measured.db").display().to_string());
    let callers: i64 =
        args.next().map_or(Ok(64), |text| text.parse()).context("CALLERS is a number")?;
    let seconds: u64 =
        args.next().map_or(Ok(5), |text| text.parse()).context("SECONDS is a number")?;
    let db = sql::Db::connect(&url, sql::Options::default()).await?;
    db.write(|tx| Box::pin(create(tx))).await?;

    let (stop, slowest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            tokio::spawn(write_rows(db.clone(), caller, Arc::clone(&stop), Arc::clone(&slowest)))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.store(true, Ordering::Relaxed);
    let mut rows = 0;
    for task in tasks {
        rows += task.await??;
    }
    let elapsed = started.elapsed().as_secs_f64();
    let stored = db.read(|tx| Box::pin(count(tx))).await?;
    anyhow::ensure!(stored == rows, "{rows} writes were answered, {stored} rows are stored");
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = rows as f64 / elapsed;
    let worst_ms = slowest.load(Ordering::Relaxed) / 1000;
    println!(
        "{db:?}: {callers} callers, {rows} rows in {elapsed:.2} s: {rate:.0} rows/s, slowest {worst_ms} ms"
    );
    db.close().await;
    Ok(())
}

async fn write_rows(
    db: sql::Db,
    caller: i64,
    stop: Arc<AtomicBool>,
    slowest: Arc<AtomicU64>,
) -> Result<i64> {
    let mut rows = 0;
    while !stop.load(Ordering::Relaxed) {
        let id = caller * 1_000_000_000 + rows;
        let started = Instant::now();
        db.write(move |tx| Box::pin(async move { add(tx, id, &"x".repeat(150)).await })).await?;
        let took_us = u64::try_from(started.elapsed().as_micros())?;
        slowest.fetch_max(took_us, Ordering::Relaxed);
        rows += 1;
    }
    Ok(rows)
}
