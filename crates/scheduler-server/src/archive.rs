//! The archive of job output: opened at the start, or later where it is away. Jobs do not wait for it.

use std::time::Duration;

use anyhow::Context as _;
use job_archive::{Archive, Error, Settings};
use scheduler_app::App;
use scheduler_store::server_state;
use sql::Db;
use tokio_util::sync::CancellationToken;

use crate::options::{BadOptions, Options};

/// First wait before it is tried again; it doubles up to [`AGAIN_MAX`].
const AGAIN_FIRST: Duration = Duration::from_secs(1);
/// Longest wait before it is tried again.
const AGAIN_MAX: Duration = Duration::from_mins(1);

/// An archive that was used before and cannot be opened now.
pub(crate) struct Away {
    settings: Settings,
    why: Error,
}

/// Opens the archive. Its mark is kept in the database: an empty mount point is then no archive.
///
/// # Errors
/// It cannot be used as the settings name it, or could not be begun.
pub(crate) async fn open(options: &Options, db: &Db) -> anyhow::Result<Result<Archive, Away>> {
    let mut settings = options.archive_settings();
    if settings.known.is_none() {
        settings.known =
            db.read(|tx| Box::pin(async move { server_state::archive_id(tx).await })).await?;
    }
    let archive = match Archive::open(&settings).await {
        Ok(archive) => archive,
        Err(error @ Error::Settings { .. }) => {
            return Err(BadOptions::of("archive", &error).into());
        }
        Err(why) if settings.known.is_some() => return Ok(Err(Away { settings, why })),
        Err(error) => {
            return Err(anyhow::Error::new(error).context("opening the archive of job output"));
        }
    };
    let id = archive.id().to_owned();
    db.write(move |tx| {
        let id = id.clone();
        Box::pin(async move {
            server_state::set_archive_id(tx, &id).await?;
            Ok::<_, sql::Error>(())
        })
    })
    .await
    .context("storing which archive it is")?;
    Ok(Ok(archive))
}

impl Away {
    /// Tries until it is open, and gives it to the scheduler.
    ///
    /// # Errors
    /// Never.
    pub(crate) async fn until_open(self, app: App, soft: CancellationToken) -> anyhow::Result<()> {
        let mut told = String::new();
        let (mut wait, mut why) = (AGAIN_FIRST, self.why);
        loop {
            let text = why.to_string();
            // Once for each reason.
            if text != told {
                tracing::warn!("job output waits with its agents: {text}");
                app.note_trouble("archive", Some(text.clone()));
                told = text;
            }
            let waited = soft.run_until_cancelled(tokio::time::sleep(wait)).await;
            if waited.is_none() {
                return Ok(());
            }
            wait = (wait * 2).min(AGAIN_MAX);
            why = match Archive::open(&self.settings).await {
                Ok(archive) => {
                    app.set_archive(archive);
                    app.note_trouble("archive", None);
                    tracing::info!("the archive {} is there again", self.settings.url);
                    return Ok(());
                }
                Err(why) => why,
            };
        }
    }
}
