//! Supervisor, clock, tracing, configuration, secrets and exit codes: what every binary needs.
