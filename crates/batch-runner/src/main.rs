//! Runs one job; the order comes on standard input. See `docs/developer/one-job.md`.

fn main() -> std::process::ExitCode {
    batch_runner::runner_main()
}
