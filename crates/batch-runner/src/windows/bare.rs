//! The calls of the operating system that this crate needs and nobody wraps safely.
//!
//! Handles come in and go out as the standard library's types, so that none is used after it was closed, or closed twice.
#![expect(unsafe_code, reason = "there is no safe wrapper for these calls")]

use std::io;
use std::mem::size_of;
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;

use jiff::Timestamp;
use win32job::Job;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, FILETIME, HANDLE, HANDLE_FLAG_INHERIT,
    INVALID_HANDLE_VALUE, SetHandleInformation, WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::JobObjects::TerminateJobObject;
use windows_sys::Win32::System::Threading::{
    GetProcessTimes, OpenProcess, OpenThread, PROCESS_QUERY_LIMITED_INFORMATION,
    PROCESS_SYNCHRONIZE, ResumeThread, THREAD_SUSPEND_RESUME, WaitForSingleObject,
};

/// From 1601, where the system's time begins, to 1970, in microseconds.
const EPOCH_MICROSECONDS: i64 = 11_644_473_600_000_000;

/// Keeps this process's standard handles from the processes it starts: they were made to be inherited when they were handed to
/// this one, and stay so.
pub(super) fn keep_standard_handles() {
    let handles =
        [io::stdin().as_raw_handle(), io::stdout().as_raw_handle(), io::stderr().as_raw_handle()];
    for handle in handles {
        // SAFETY: changes a flag of a handle of this process. It fails for one that is missing.
        let _ = unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) };
    }
}

/// Sends `CTRL_BREAK` to the process group `group`, which must have been started in this process's console.
pub(super) fn send_break(group: u32) -> io::Result<()> {
    // Zero would mean everybody in the console, this process too.
    if group == 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: takes numbers alone.
    checked(unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, group) })
}

/// Ends every process of `job`; each ends with `code`.
pub(super) fn terminate(job: &Job, code: u32) -> io::Result<()> {
    // SAFETY: the handle is open as long as `job` is borrowed.
    checked(unsafe { TerminateJobObject(job.handle() as HANDLE, code) })
}

/// Lets a process go on that was started suspended. Its caller has it open, so the number is its own.
pub(super) fn resume(pid: u32) -> io::Result<()> {
    // SAFETY: a snapshot of threads needs no memory of ours; what comes back is a new handle.
    let snapshot = unsafe { owned(CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0)) }?;
    let size = u32::try_from(size_of::<THREADENTRY32>()).map_err(io::Error::other)?;
    let mut entry = THREADENTRY32 { dwSize: size, ..THREADENTRY32::default() };
    let mut is_resumed = false;
    // SAFETY: `entry` says its own size, and the snapshot is open.
    let mut is_there = unsafe { Thread32First(snapshot.as_raw_handle(), &raw mut entry) } != 0;
    while is_there {
        if entry.th32OwnerProcessID == pid {
            // SAFETY: takes numbers alone; what comes back is a new handle.
            let thread =
                unsafe { owned(OpenThread(THREAD_SUSPEND_RESUME, 0, entry.th32ThreadID)) }?;
            // SAFETY: the handle is open.
            if unsafe { ResumeThread(thread.as_raw_handle()) } == u32::MAX {
                return Err(io::Error::last_os_error());
            }
            is_resumed = true;
        }
        // SAFETY: as for the first one.
        is_there = unsafe { Thread32Next(snapshot.as_raw_handle(), &raw mut entry) } != 0;
    }
    if is_resumed { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// Opens a process to wait for it. `None` when there is none with this number, or one that is not ours to look at.
pub(super) fn open(pid: u32) -> io::Result<Option<OwnedHandle>> {
    let access = PROCESS_SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION;
    // SAFETY: takes numbers alone; what comes back is a new handle.
    match unsafe { owned(OpenProcess(access, 0, pid)) } {
        Ok(process) => Ok(Some(process)),
        Err(error) => match error.raw_os_error().map(i32::cast_unsigned) {
            Some(ERROR_INVALID_PARAMETER | ERROR_ACCESS_DENIED) => Ok(None),
            _ => Err(error),
        },
    }
}

/// Waits until a process has ended, at most `limit`; whether it has.
pub(super) fn wait(process: &impl AsHandle, limit: Duration) -> io::Result<bool> {
    // The largest number would mean for ever.
    let limit = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).min(u32::MAX - 1);
    // SAFETY: the handle is open as long as it is borrowed.
    match unsafe { WaitForSingleObject(process.as_handle().as_raw_handle(), limit) } {
        WAIT_OBJECT_0 => Ok(true),
        WAIT_TIMEOUT => Ok(false),
        _ => Err(io::Error::last_os_error()),
    }
}

/// When a process was started, to the microsecond. With its number this is what no other process has.
pub(super) fn started_at(process: &impl AsHandle) -> io::Result<Timestamp> {
    let zero = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    let (mut created, mut ended, mut kernel, mut user) = (zero, zero, zero, zero);
    let handle = process.as_handle().as_raw_handle();
    // SAFETY: the handle is open as long as it is borrowed, and the four times are ours to be written.
    let got = unsafe {
        let (created, ended) = (&raw mut created, &raw mut ended);
        GetProcessTimes(handle, created, ended, &raw mut kernel, &raw mut user)
    };
    checked(got)?;
    let ticks = (u64::from(created.dwHighDateTime) << 32) | u64::from(created.dwLowDateTime);
    let microseconds = i64::try_from(ticks / 10).map_err(io::Error::other)? - EPOCH_MICROSECONDS;
    Timestamp::from_microsecond(microseconds).map_err(io::Error::other)
}

fn checked(is_done: i32) -> io::Result<()> {
    if is_done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// # Safety
/// `handle` must be new: nobody else closes it.
unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open and, as the caller promises, nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
