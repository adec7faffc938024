//! Progress of long work, for people at a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many days on standard error. Where that is no terminal, nothing is shown.
pub(crate) fn days(count: u32, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(u64::from(count));
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} days, {eta} left")
        .expect("the template is right");
    bar.set_style(style);
    bar.set_message(what);
    // Short work ends before anything is drawn.
    bar.enable_steady_tick(Duration::from_millis(300));
    bar
}
