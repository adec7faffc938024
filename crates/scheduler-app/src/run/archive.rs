//! The loops that need the archive. They begin when it is there, which may be long after the process.

use std::time::Duration;

use jiff::tz::TimeZone;
use job_archive::Archive;
use kit::{Next, Pass, Report, Wake, run_pass_loop};
use tokio_util::sync::CancellationToken;

use super::{Loops, RETAIN_EVERY, fatal};
use crate::archive::{Archiver, retain, sweep};
use crate::trouble::Noted;
use crate::{App, Error};

/// How often it is looked for text in the archive that no log needs.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Starts them.
pub(super) fn start(loops: &Loops<'_>) {
    let Loops { app, supervisor, clock } = *loops;
    let soft = supervisor.soft();
    let own = (app.clone(), soft.clone());
    supervisor.critical("archive", async move {
        let (app, soft) = own;
        match begun(&app, &soft).await {
            Some(archive) => Archiver::new(app, archive).run(soft).await,
            None => Ok(()),
        }
    });
    let retention = Noted::new("retention", app, Retention(app.clone()));
    supervisor.critical("retention", once_begun(retention, app, clock, RETAIN_EVERY, &soft));
    let sweeping = Noted::new("sweep", app, Sweeping(app.clone()));
    supervisor.critical("sweep", once_begun(sweeping, app, clock, SWEEP_EVERY, &soft));
}

/// Waits until there is an archive; none when it is asked to end before.
async fn begun(app: &App, soft: &CancellationToken) -> Option<Archive> {
    soft.run_until_cancelled(app.archive_begun()).await
}

fn once_begun<P: Pass>(
    pass: P,
    app: &App,
    clock: &kit::SharedClock,
    every: Duration,
    soft: &CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send + use<P> {
    let (app, clock, soft) = (app.clone(), clock.clone(), soft.clone());
    async move {
        match begun(&app, &soft).await {
            Some(_) => run_pass_loop(pass, Wake::new(), clock, every, soft).await,
            None => Ok(()),
        }
    }
}

struct Retention(App);

impl Pass for Retention {
    const NAME: &'static str = "retention";

    async fn run(&mut self) -> anyhow::Result<Report> {
        let handled = usize::try_from(retain(&self.0).await.map_err(fatal)?).unwrap_or(usize::MAX);
        // Logs are kept for whole days.
        let tomorrow = self.0.now().to_zoned(TimeZone::UTC).tomorrow();
        let next = tomorrow.and_then(|day| day.start_of_day());
        Ok(Report { handled, next: next.map_or(Next::Idle, |day| Next::At(day.timestamp())) })
    }
}

struct Sweeping(App);

impl Pass for Sweeping {
    const NAME: &'static str = "sweep";

    async fn run(&mut self) -> anyhow::Result<Report> {
        match sweep(&self.0).await {
            Ok(removed) => {
                let handled = removed.objects.saturating_add(removed.unfinished);
                let handled = usize::try_from(handled).unwrap_or(usize::MAX);
                if handled > 0 {
                    tracing::info!(
                        objects = handled,
                        bytes = removed.bytes,
                        "text that no log needs was removed from the archive"
                    );
                }
                Ok(Report { handled, next: Next::Idle })
            }
            Err(error @ Error::Fenced) => Err(fatal(error)),
            // It is not urgent: the next one does it, or the end of the days for which the text is kept.
            Err(error) => {
                tracing::warn!(
                    "it could not be told which text no log needs in the archive: {error}"
                );
                Ok(Report::IDLE)
            }
        }
    }
}
