//! The developer commands: demo, test, bench, windows, gen.
fn main() {}
