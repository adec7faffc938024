//! What does not work in this process now: which of its loops fail, since when, and why. People see it in `ringmaster status`, as
//! long as it lasts; the log has it for later.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kit::{Pass, Report};

use crate::App;

/// Something that fails, and is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Which loop it is, such as `advance`.
    pub what: &'static str,
    /// When it failed first, of all times since it worked last.
    pub since: Timestamp,
    /// Why it failed the last time.
    pub why: String,
}

/// All troubles of a process. A restart knows of none until they are met again.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<&'static str, Trouble>>);

impl Troubles {
    /// A loop has worked, or failed for this reason.
    pub(crate) fn note(&self, what: &'static str, now: Timestamp, why: Option<String>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            None => {
                all.remove(what);
            }
            Some(why) => {
                let since = all.get(what).map_or(now, |before| before.since);
                all.insert(what, Trouble { what, since, why });
            }
        }
    }

    /// Those that there are, by their names.
    pub(crate) fn all(&self) -> Vec<Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// A pass whose failures are kept for `status`.
pub(crate) struct Noted<P> {
    what: &'static str,
    app: App,
    pass: P,
}

impl<P: Pass> Noted<P> {
    /// This one, under this name.
    pub(crate) fn new(what: &'static str, app: &App, pass: P) -> Self {
        Self { what, app: app.clone(), pass }
    }
}

impl<P: Pass> Pass for Noted<P> {
    const NAME: &'static str = P::NAME;

    async fn run(&mut self) -> anyhow::Result<Report> {
        let done = self.pass.run().await;
        let why = done.as_ref().err().map(|error| format!("{error:#}"));
        self.app.note_trouble(self.what, why);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_lasts_from_its_first_failure_until_it_works_again() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let troubles = Troubles::default();
        troubles.note("lease", at(1), None);
        assert_eq!(troubles.all(), []);
        troubles.note("lease", at(2), Some("full".to_owned()));
        troubles.note("advance", at(3), Some("away".to_owned()));
        troubles.note("lease", at(4), Some("away".to_owned()));
        let seen: Vec<_> =
            troubles.all().into_iter().map(|of| (of.what, of.since, of.why)).collect();
        let away = || "away".to_owned();
        assert_eq!(seen, [("advance", at(3), away()), ("lease", at(2), away())]);
        troubles.note("advance", at(5), None);
        troubles.note("lease", at(5), None);
        assert_eq!(troubles.all(), []);
    }
}
