//! Nothing is over by a guess: an attempt is over when its task is, or when somebody has said so.

use super::{Checked, Step};

pub(super) fn check(step: &Step<'_>) -> Checked {
    for place in &step.changes.over {
        let key = step.key(*place);
        if !step.link.is_running(&key) {
            continue;
        }
        if step.is_declared && step.asked == Some(place.0) {
            step.link.with_book(|book| book.declare(key));
            continue;
        }
        return Err(format!(
            "attempt {} of {} is over, and its task runs",
            place.1,
            step.mirror.shown(place.0)
        ));
    }
    Ok(())
}
