//! Real servers, real processes, real databases. One program, since each that is linked by itself costs seconds.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod alerts;
mod codes;
mod connector;
mod connector_job_log;
mod disk;
mod follow;
mod guide_amtopcon;
mod guide_control_center;
mod https;
mod interpreters;
mod jobs;
mod kill9;
mod options;
mod order;
mod output;
mod processes;
mod queues;
mod reimport;
mod restart;
mod rights;
mod roles;
mod scheduler_amt;
mod scheduler_amt_operate;
mod scheduler_amt_tls;
mod scheduler_archive;
mod scheduler_archive_s3;
mod scheduler_back_in_time;
mod scheduler_commands;
mod scheduler_commands_day;
mod scheduler_commands_limits;
mod scheduler_commands_notices;
mod scheduler_commands_upkeep;
mod scheduler_day;
mod scheduler_plug_ins;
mod scheduler_rehearsal;
mod scheduler_start;
mod secrets;
mod surroundings;
