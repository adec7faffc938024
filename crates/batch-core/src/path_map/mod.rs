//! Paths as the users of a migrated application write them, and where they are on this machine.

mod local;
mod variables;
mod windows;

pub use local::{BadMapping, Host, PathError, PathMap};
pub use variables::{BasePaths, VariableError};
pub use windows::{BadWindowsPath, WindowsPath, is_windows_style};
