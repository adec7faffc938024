//! The decisions of the batch server: request states, queue windows, schedules, scripts. No I/O, no clock.
