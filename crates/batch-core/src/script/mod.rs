//! Scripts: how they are named, what runs them, and what is said when that fails.

mod interpreter;
mod name;
mod start_error;

pub use interpreter::{BadInterpreter, Interpreter, Interpreters, ScriptCommand};
pub use name::{BadScript, SCRIPT_NAME_CHARS_MAX, ScriptName};
pub use start_error::{FILE_NOT_FOUND, display_folder, start_error};
