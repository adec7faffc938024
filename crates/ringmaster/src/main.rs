//! The ringmaster binary: roles and operator commands as subcommands.
fn main() {}
