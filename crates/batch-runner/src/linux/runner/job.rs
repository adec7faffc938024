//! The poll loop from the start of the job's process to its end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionread, read};
use rustix::process::{Signal, kill_process_group};

use nix::sys::signal::Signal as Received;

use super::Prepared;
use super::child::{self, Started};
use super::ending::Family;
use super::messages::{self, Socket};
use super::signals::Signals;
use crate::runner::claim::Claim;
use crate::runner::demands::{Demands, Due};
use crate::runner::desk::Desk;
use crate::runner::keeper::Keeper;
use crate::spool::Spool;
use crate::{End, ExitRecord, Order};

/// As much as a pipe usually holds.
const READ_BYTES: usize = 64 * 1024;

/// A running job.
pub(crate) struct Job {
    signals: Signals,
    desk: Desk<Socket>,
    keeper: Keeper,
    started: Started,
    started_at: Timestamp,
    /// Whether the other end of the output is closed.
    is_silent: bool,
    buffer: Vec<u8>,
    family: Family,
    demands: Demands,
    is_attached: bool,
}

impl Job {
    /// Starts the job's process; an error is the reason why it could not be started.
    pub(crate) fn start(
        order: &Order,
        spool: &Spool,
        claim: &mut Claim,
        prepared: Prepared,
        started_at: Timestamp,
    ) -> io::Result<Self> {
        let desk = messages::open(order)?;
        let started = child::spawn(order)?;
        child::note(claim, started.pid, started_at);
        Ok(Self {
            signals: prepared.0,
            desk,
            keeper: Keeper::open(spool, order),
            family: Family::new(started.pid, order.is_stopped_for_debugger),
            started,
            started_at,
            is_silent: false,
            buffer: vec![0; READ_BYTES],
            demands: Demands::new(order, Instant::now()),
            is_attached: false,
        })
    }

    /// Until nothing of the job is left.
    pub(crate) fn run(mut self) -> ExitRecord {
        loop {
            if let Some((end, ended_at, ended)) = self.family.ended.take() {
                return self.conclude(end, ended_at, ended);
            }
            self.turn();
        }
    }

    fn turn(&mut self) {
        let ready = self.wait();
        if ready.output {
            self.read_output();
        }
        if ready.desk {
            self.serve_desk();
        }
        if ready.signals {
            self.take_signals();
        }
        match self.demands.due(Instant::now()) {
            Due::Nothing => {}
            Due::End => self.end_now(),
            Due::Count(limit) => self.count_processes(limit),
        }
    }

    /// Waits for anything to do.
    fn wait(&self) -> Ready {
        let signals = self.signals.as_fd();
        let mut fds = vec![PollFd::from_borrowed_fd(signals, PollFlags::IN)];
        if !self.is_silent {
            fds.push(PollFd::new(&self.started.output, PollFlags::IN));
        }
        let desk_from = fds.len();
        fds.extend(messages::fds(&self.desk).map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let timeout =
            self.demands.next().map(|at| timespec(at.saturating_duration_since(Instant::now())));
        // An interrupted wait is a signal, and that is in the pipe.
        if poll(&mut fds, timeout.as_ref()).is_err() {
            return Ready { output: false, desk: false, signals: true };
        }
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        Ready {
            signals: is_ready(&fds[0]),
            output: fds[1..desk_from].iter().any(is_ready),
            desk: fds[desk_from..].iter().any(is_ready),
        }
    }

    /// Reads once; returns how much there was.
    fn read_output(&mut self) -> usize {
        match read(&self.started.output, self.buffer.as_mut_slice()) {
            Ok(0) => self.is_silent = true,
            Ok(len) => {
                self.keeper.output(&self.buffer[..len]);
                return len;
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.is_silent = true,
        }
        0
    }

    /// Reads what is in the pipe at this moment, not what a busy writer adds meanwhile.
    fn drain_output(&mut self) {
        let mut left = bytes_in(&self.started.output);
        while left > 0 && !self.is_silent {
            match self.read_output() {
                0 => return,
                len => left = left.saturating_sub(len as u64),
            }
        }
    }

    fn serve_desk(&mut self) {
        if self.desk.receive() {
            self.drain_output();
            self.desk.apply(&mut self.keeper);
        }
    }

    fn take_signals(&mut self) {
        while let Some(signal) = self.signals.next() {
            match signal {
                Received::SIGTERM => self.kill(),
                Received::SIGINT => self.stop(),
                Received::SIGUSR1 => self.signal_group(Signal::INT),
                Received::SIGUSR2 => self.is_attached = true,
                _ => {}
            }
        }
        self.family.reap();
        if self.is_attached && self.family.is_stopped {
            self.is_attached = false;
            self.signal_group(Signal::CONT);
        }
    }

    fn kill(&mut self) {
        if self.demands.kill(Instant::now()) {
            self.terminate_group();
        }
    }

    fn stop(&mut self) {
        if self.demands.stop(Instant::now()) {
            self.terminate_group();
        }
    }

    /// A process that is stopped must go on to take its signal.
    fn terminate_group(&self) {
        self.signal_group(Signal::TERM);
        self.signal_group(Signal::CONT);
    }

    /// The job's process is not reaped while this can be called, so the group is the job's.
    fn signal_group(&self, signal: Signal) {
        if self.family.ended.is_none() {
            let _ = kill_process_group(self.family.child, signal);
        }
    }

    fn end_now(&mut self) {
        self.family.end_all();
        self.demands.ended(Instant::now());
    }

    fn count_processes(&mut self, limit: usize) {
        if self.demands.counted(Family::count(limit), Instant::now()) {
            self.end_now();
        }
    }

    /// The job's process has ended: takes what it left in the pipe and ends what it left running. A background process
    /// of the job ends with it; nothing waits for one that keeps the output open.
    fn conclude(mut self, end: End, ended_at: Timestamp, ended: Instant) -> ExitRecord {
        // Reads after the drain, so that a message sent last is not lost.
        self.drain_output();
        self.serve_desk();
        let (escaped_ended, undying) =
            if self.family.reap() { self.family.end_all() } else { (0, 0) };
        self.drain_output();
        self.keeper.finish(undying);
        let end = match self.started.start_failure() {
            Some(message) => End::StartFailed { message },
            None => end,
        };
        let mut record = self.keeper.record(end, self.started_at, ended_at, escaped_ended);
        self.demands.enter(&mut record, ended);
        record
    }
}

/// What [`Job::wait`] found.
struct Ready {
    output: bool,
    desk: bool,
    signals: bool,
}

fn bytes_in(pipe: &OwnedFd) -> u64 {
    ioctl_fionread(pipe).unwrap_or(0)
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
