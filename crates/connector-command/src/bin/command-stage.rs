//! What a job with a pre-run or a batch user is until it becomes its program. Started by `batch-runner`; see `stage.rs`.

fn main() -> std::process::ExitCode {
    connector_command::stage::main()
}
