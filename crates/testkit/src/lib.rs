//! Simulated clock, both databases, free ports and helpers for tests that start real processes.
