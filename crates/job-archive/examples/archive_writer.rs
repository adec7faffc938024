//! A writer for the tests: `archive_writer <folder> write|full|denied`. It prints what it was told is stored, one line of JSON each.

#[cfg(unix)]
fn main() -> anyhow::Result<()> {
    unix::main()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod unix {
    use std::io::Write as _;

    use anyhow::{Context as _, Result, bail};
    use jiff::civil::{Date, date};
    use job_archive::{Archive, Error, LogIndex, Settings};
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    use nix::sys::signal::{SigSet, Signal};

    const DAY: Date = date(2026, 12, 24);

    pub(crate) fn main() -> Result<()> {
        let mut arguments = std::env::args().skip(1);
        let (folder, task) = arguments.next().zip(arguments.next()).context("two arguments")?;
        // Before there are threads: a write beyond the limit is to fail and not to end the process.
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGXFSZ);
        mask.thread_block()?;
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let archive = Archive::open(&Settings::new(&folder)).await?;
            match task.as_str() {
                "write" => write(&archive).await,
                "full" => full(&archive).await,
                "denied" => denied(&archive, &folder).await,
                _ => bail!("no such task"),
            }
        })
    }

    /// The test makes the same text.
    fn line(seed: u64, number: u64) -> String {
        let length = usize::try_from(seed * 7 + number * 13).unwrap_or(0) % 900;
        format!("{seed} {number} änderte {}\n", "x".repeat(length))
    }

    fn tell(seed: u64, index: &LogIndex) -> Result<()> {
        let line = serde_json::json!({ "seed": seed, "index": index });
        writeln!(std::io::stdout(), "{line}").context("nobody listens any more")
    }

    /// Four logs at a time, for ever, each flushed now and then.
    async fn write(archive: &Archive) -> Result<()> {
        for round in 0.. {
            let logs = (0..4).map(|lane| one(archive, round * 4 + lane));
            futures_util::future::try_join_all(logs).await?;
        }
        Ok(())
    }

    async fn one(archive: &Archive, seed: u64) -> Result<()> {
        let mut writer = archive.write(DAY)?;
        for number in 0..seed % 40 {
            writer.append(&line(seed, number)).await?;
            if number % 3 == seed % 3 {
                tell(seed, writer.flush().await?)?;
            }
        }
        let index = writer.finish().await?;
        tell(seed, &index)
    }

    fn explain(error: &Error) -> String {
        let name = format!("{error:?}");
        let name = name.split([' ', '{']).next().unwrap_or_default();
        format!("{name} {:?} {error}", error.again())
    }

    /// No file may be longer than 100 bytes; then it may.
    async fn full(archive: &Archive) -> Result<()> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_FSIZE)?;
        setrlimit(Resource::RLIMIT_FSIZE, 100, hard)?;
        let mut writer = archive.write(DAY)?;
        for number in 0..200 {
            writer.append(&line(5, number)).await?;
        }
        let Err(error) = writer.finish().await else { bail!("there is a limit") };
        // Standard output may be a file.
        setrlimit(Resource::RLIMIT_FSIZE, soft, hard)?;
        println!("{}", explain(&error));
        tell(5, &writer.finish().await?)
    }

    /// The folder does not belong to this process any more.
    async fn denied(archive: &Archive, folder: &str) -> Result<()> {
        let mut writer = archive.write(DAY)?;
        writer.append("stored").await?;
        writer.finish().await?;
        if nix::unistd::geteuid().is_root() {
            nix::unistd::seteuid(nix::unistd::Uid::from_raw(65534))?;
        } else {
            let day = std::path::Path::new(folder).join("main").join(DAY.to_string());
            let closed = std::os::unix::fs::PermissionsExt::from_mode(0o500);
            std::fs::set_permissions(day, closed)?;
        }
        let mut writer = archive.write(DAY)?;
        writer.append("not stored").await?;
        let Err(error) = writer.finish().await else { bail!("it is not allowed") };
        println!("{}", explain(&error));
        Ok(())
    }
}
