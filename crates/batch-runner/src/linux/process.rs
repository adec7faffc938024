//! What `/proc` says about processes.

use std::fs;
use std::io;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A number as a process id; `None` for zero and below, which mean groups.
pub(super) fn pid(number: i32) -> Option<Pid> {
    if number > 0 { Pid::from_raw(number) } else { None }
}

/// The fields of `/proc/<pid>/stat` that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) parent: i32,
    pub(super) group: i32,
}

/// `None` when there is no such process.
pub(super) fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// The name in the second field may hold anything, brackets and blanks included: the last `)` ends it.
fn parse_stat(content: &[u8]) -> Option<Stat> {
    let end = content.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&content[end + 1..]).ok()?;
    let mut fields = rest.split_ascii_whitespace().skip(1);
    Some(Stat { parent: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

/// Every process that is visible.
pub(super) fn all() -> io::Result<Vec<i32>> {
    numbers_in("/proc")
}

fn numbers_in(dir: &str) -> io::Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        // An entry that vanishes while the folder is read is a process that ended.
        let Ok(entry) = entry else { continue };
        if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// The children of a process, of all its threads. Empty when it has ended.
pub(super) fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = numbers_in(&format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let mut children = Vec::new();
    for thread in threads {
        match fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")) {
            Ok(list) => {
                children
                    .extend(list.split_ascii_whitespace().filter_map(|c| c.parse::<i32>().ok()));
            }
            // The kernel was built without the list (or the thread ended just now, which costs only time).
            Err(error) if error.kind() == io::ErrorKind::NotFound => return children_by_scan(pid),
            Err(_) => {}
        }
    }
    children
}

fn children_by_scan(parent: i32) -> Vec<i32> {
    let all = all().unwrap_or_default();
    all.into_iter().filter(|pid| stat(*pid).is_some_and(|s| s.parent == parent)).collect()
}

/// A process below another one, with the parent it had when it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descendant {
    pub(super) pid: i32,
    pub(super) parent: i32,
}

/// Everything below `root`, parents first, at most `limit`. `visit` sees each process before its children are looked for.
pub(super) fn descendants(
    root: i32,
    limit: usize,
    mut visit: impl FnMut(Descendant),
) -> Vec<Descendant> {
    let mut found: Vec<Descendant> = Vec::new();
    let mut parent = root;
    let mut next = 0;
    loop {
        for pid in children(parent) {
            let descendant = Descendant { pid, parent };
            visit(descendant);
            found.push(descendant);
            if found.len() >= limit {
                return found;
            }
        }
        let Some(descendant) = found.get(next) else { return found };
        parent = descendant.pid;
        next += 1;
    }
}

/// Signals a process if `is_still` is true of it after its identity is pinned, so that a number that was given to
/// another process meanwhile is left alone. Returns whether the signal was sent.
pub(super) fn signal_if(number: i32, signal: Signal, is_still: impl FnOnce() -> bool) -> bool {
    let Some(pid) = pid(number) else { return false };
    let Ok(pinned) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
    is_still() && pidfd_send_signal(pinned, signal).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_brackets_and_blanks_is_no_obstacle() {
        let content = b"42 (a) b (c) S 7 8 9 0 -1 4194560";
        assert_eq!(parse_stat(content), Some(Stat { parent: 7, group: 8 }));
        assert_eq!(parse_stat(b"42 (a"), None);
    }
}
