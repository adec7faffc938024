//! Import from crontab: a table becomes one schedule whose jobs run at the same local times.

mod convert;
mod names;
mod parse;
mod text;

pub use convert::{Crontab, ImportOptions, import};
pub use parse::{BadLine, Entry, Layout, Line, parse};
