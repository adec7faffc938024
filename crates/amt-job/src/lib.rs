//! What a running job says to the batch server that runs it: the line protocol ([`protocol`]) and a small
//! blocking client of it, used by the binary `amtjob`.
//!
//! A job finds its two partners in the environment ([`environment`]): the *runner*, which stores its messages, and the
//! *batch server*, which answers everything else. Both speak one JSON object per line.

pub mod protocol;
