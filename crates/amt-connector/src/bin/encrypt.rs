//! `encrypt`: values for USER and PASSWORD in `Connector.config`.

use std::process::ExitCode;

fn main() -> ExitCode {
    amt_connector::encrypt::main(std::env::args_os().skip(1)).into()
}
