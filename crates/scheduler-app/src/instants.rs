//! Instants as people read them.

use scheduler_core::time::Zone;

/// An instant, in microseconds, in a zone by its name: `Mon 2026-11-23 06:00:00 Europe/Zurich`.
pub(crate) fn shown(zone: &str, micros: i64) -> String {
    let zone: Option<Zone> = zone.parse().ok();
    let (Ok(instant), Some(zone)) = (sql::from_micros("daily_job", "start_at", micros), zone)
    else {
        return "an unknown time".to_owned();
    };
    format!("{} {}", zone.local(instant).strftime("%a %Y-%m-%d %H:%M:%S"), zone.name())
}
