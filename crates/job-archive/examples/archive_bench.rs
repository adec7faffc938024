//! What the archive costs: `cargo run --release -p job-archive --example archive_bench [folder]`. One line per figure.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::Result;
use jiff::civil::{Date, date};
use job_archive::{Archive, Settings};

const DAY: Date = date(2026, 12, 24);

/// Logs of jobs: nobody's text twice, and as compressible as lines with times and numbers are.
fn text(seed: usize, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 100);
    let mut number = seed as u64;
    while text.len() < bytes {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (minute, second) = (number >> 58, (number >> 40) % 60);
        let (record, account) = (number >> 44, (number >> 20) & 0xff_ffff);
        writeln!(
            text,
            "06:{minute:02}:{second:02} INFO record {record} of account {account} posted"
        )
        .expect("a String takes everything");
    }
    text.truncate(bytes);
    text
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = std::env::args().nth(1).unwrap_or_else(|| temporary.path().display().to_string());
    let archive = Archive::open(&Settings::new(folder)).await?;
    for (name, lanes, logs, bytes) in [
        ("1 KiB, one at a time", 1, 2_000, 1 << 10),
        ("1 KiB, 64 at once", 64, 20_000, 1 << 10),
        ("16 KiB, 64 at once", 64, 5_000, 16 << 10),
        ("16 MiB, one at a time", 1, 8, 16 << 20),
        ("16 MiB, 4 at once", 4, 16, 16 << 20),
    ] {
        measure(&archive, name, lanes, logs, bytes).await?;
    }
    levels()
}

async fn measure(
    archive: &Archive,
    name: &str,
    lanes: usize,
    logs: usize,
    bytes: usize,
) -> Result<()> {
    let texts: Vec<String> = (0..logs.min(64)).map(|seed| text(seed, bytes)).collect();
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..lanes {
        let (archive, texts) = (archive.clone(), texts.clone());
        tasks.spawn(async move {
            let (mut stored, mut keys) = (0, std::collections::BTreeSet::new());
            for log in (lane..logs).step_by(lanes) {
                let mut writer = archive.write(DAY)?;
                writer.append(&texts[log % texts.len()]).await?;
                let index = writer.finish().await?;
                stored += index.stored_bytes();
                keys.extend(index.chunks.into_iter().map(|chunk| chunk.key));
            }
            anyhow::Ok((stored, keys))
        });
    }
    let (mut stored, mut keys) = (0, std::collections::BTreeSet::new());
    while let Some(lane) = tasks.join_next().await {
        let lane = lane??;
        stored += lane.0;
        keys.extend(lane.1);
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let (logs, whole, stored) = (logs as f64, (logs * bytes) as f64, stored as f64);
    println!(
        "{name}: {:.0} logs/s, {:.1} MB/s of text, 1/{:.1} of it stored, {} objects",
        logs / seconds,
        whole / seconds / 1e6,
        whole / stored,
        keys.len()
    );
    Ok(())
}

/// What each level of zstd makes of a chunk and of a small log.
fn levels() -> Result<()> {
    for bytes in [1 << 10, 64 << 10, 256 << 10, 1 << 20] {
        let text = text(1, bytes);
        for level in [1, 3, 6, 9] {
            let mut compressor = zstd::bulk::Compressor::new(level)?;
            let rounds = (64 << 20) / bytes;
            let (started, mut stored) = (Instant::now(), 0);
            for _ in 0..rounds {
                stored = compressor.compress(text.as_bytes())?.len();
            }
            let seconds = started.elapsed().as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "figures for people")]
            let (speed, ratio) =
                ((rounds * bytes) as f64 / seconds / 1e6, bytes as f64 / stored as f64);
            println!("zstd {level}, {} KiB: {speed:.0} MB/s, 1/{ratio:.2}", bytes >> 10);
        }
    }
    Ok(())
}
