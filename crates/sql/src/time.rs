//! Time in the database: `BIGINT` microseconds since 1970 UTC, in both.

use jiff::Timestamp;

use crate::Error;

/// What is stored for an instant: microseconds since 1970 UTC; anything finer is cut off.
pub fn to_micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The instant that a stored number of microseconds means. [`Error::Corrupt`] names the table and column when the
/// number is no instant between the years -9999 and 9999.
pub fn from_micros(
    table: &'static str,
    column: &'static str,
    micros: i64,
) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros).map_err(|_| Error::Corrupt { table, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_the_round_trip_and_loses_only_nanoseconds() {
        let time: Timestamp = "2026-11-21T17:25:16.123456789Z".parse().expect("a valid instant");
        let back = from_micros("job", "due_at", to_micros(time)).expect("a valid number");
        assert_eq!(back.to_string(), "2026-11-21T17:25:16.123456Z");
    }

    #[test]
    fn a_number_that_is_no_instant_names_its_column() {
        let error = from_micros("job", "due_at", i64::MAX).expect_err("out of range");
        assert!(matches!(error, Error::Corrupt { table: "job", column: "due_at" }));
    }
}
