//! The runner and its library on Windows.

mod bare;
mod launch;
pub(crate) mod runner;
mod signal;
mod sweep;

pub use launch::{Launched, Launcher};
pub use runner::runner_main;
pub use signal::{has_ended, signal, watch};
pub use sweep::sweep;

/// What every program on Windows needs from its environment, or it can use neither sockets nor cryptography.
fn system_environment() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    ["SystemRoot", "SystemDrive", "windir"]
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
}

/// The path of a named pipe.
fn pipe_path(name: &str) -> String {
    format!(r"\\.\pipe\{name}")
}
