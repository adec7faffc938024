//! What `amt` says: the log of the older connector on standard output, line by line and column by column
//! (`amt-domain 13.1.5`), or JSON; and the log file beside the configuration.

mod console;
mod file;
mod frame;
mod line;
mod now;

pub use console::Console;
pub use file::{LogFile, SharedLog};
pub use frame::{COMPLETED, LOG_BEGIN, LOG_END, RULE, header};
pub use line::{Voice, line};
pub use now::now;
