//! The machine that the figures were measured on.

use std::fs;

/// Of the kernel's clock for processes, on every machine that Linux runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Cores, memory, processor and kernel in one line.
pub(crate) fn describe() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown processor".to_owned());
    let memory_gib = read("/proc/meminfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<u64>().ok()
        })
        .map_or(0, |kib| kib / 1024 / 1024);
    let kernel = read("/proc/sys/kernel/osrelease").trim().to_owned();
    format!("{cores} cores, {memory_gib} GiB, {model}, Linux {kernel}")
}

/// Resident memory of a process, in MiB.
pub(crate) fn resident_mib(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())?;
    Some(kib / 1024.0)
}

/// Seconds of the processors that this process has used, with those of its threads.
pub(crate) fn own_cpu_seconds() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in brackets, may contain anything.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    anyhow::ensure!(ticks.len() == 2, "the kernel does not say how long this process has run");
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}
