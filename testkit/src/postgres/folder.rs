//! Where the data of a server for tests lies.

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;

/// A folder in memory, on Linux.
const MEMORY: &str = "/dev/shm";
/// Room that it must have.
const ROOM_MIN: u64 = 4 << 30;

/// A folder in memory where there is one with enough room, else that of temporary files. Each test has a database of its own, which is some
/// three hundred files: a file system on a disk takes ever longer to find a place for as many as come and go.
pub fn folder() -> PathBuf {
    let memory = Path::new(MEMORY);
    if has_room(memory) { memory.to_owned() } else { std::env::temp_dir() }
}

fn has_room(folder: &Path) -> bool {
    statvfs(folder).is_ok_and(|found| {
        let free = found.blocks_available().saturating_mul(found.fragment_size());
        free >= ROOM_MIN
    })
}
