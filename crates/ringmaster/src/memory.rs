//! The memory of this process (decision 0015).

use std::io;
use std::time::Duration;

/// Keeps things of one size together, so that whole pages become free.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often memory that nothing needs any more goes back to the system.
const GIVE_BACK_EVERY: Duration = Duration::from_secs(1);

/// Gives back, as long as the process runs, what a large day has needed and nothing needs any more. By itself the allocator does so only
/// when something else needs memory, and a scheduler may rest for hours.
///
/// # Errors
/// The system has no thread for it.
pub(crate) fn give_back() -> io::Result<()> {
    let give_back = || loop {
        std::thread::sleep(GIVE_BACK_EVERY);
        #[expect(
            unsafe_code,
            reason = "a function of C; it may be called at any time, by any thread"
        )]
        // SAFETY: it takes no pointer and has no precondition.
        unsafe {
            libmimalloc_sys::mi_collect(true);
        }
    };
    std::thread::Builder::new().name("memory".to_owned()).spawn(give_back).map(drop)
}
