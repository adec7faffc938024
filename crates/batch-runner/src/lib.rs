//! Runs one job as a process group and outlives the server that asked for it.
