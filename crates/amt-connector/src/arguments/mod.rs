//! The command line of `amt`: one table of options serves the parser, the help, the manual page and the completions.

mod completions;
mod duration;
mod help;
mod man;
mod once;
mod parse;
mod prepare;
mod table;

pub use completions::{Shell, completions};
pub use help::help;
pub use man::man;
pub use parse::{Arguments, Command, JobType, Output, UsageError, WaitMode, parse};
pub use table::{COMMANDS, OPTIONS, Opt};
