//! The binary amtjob: what a script or report says to the batch server that runs it, and its line protocol.
