//! The poll loop from the start of the job's process to its end.

use std::io::{self, ErrorKind, Read};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mio::windows::NamedPipe;
use mio::{Events, Poll, Waker};

use super::super::bare;
use super::door::Door;
use super::family::{FORCED, Family};
use super::messages::{self, Socket};
use super::{DESK, DOOR, ENDED, OUTPUT, Prepared, child};
use crate::runner::claim::Claim;
use crate::runner::demands::{Demands, Due};
use crate::runner::desk::Desk;
use crate::runner::keeper::Keeper;
use crate::runner::now;
use crate::spool::Spool;
use crate::{End, ExitRecord, Order, RunnerSignal};

/// As much as is read in one turn, and more than the pipe can hold (64 KiB).
const DRAIN_BYTES: usize = 128 * 1024;
/// How long the end of the output is waited for when no process is left that could hold it open.
const SILENCE_MAX: Duration = Duration::from_secs(1);
/// What a process that was ended by force is said to have been ended by, as on Linux.
const SIGKILL: i32 = 9;

/// A running job.
pub(crate) struct Job {
    poll: Poll,
    events: Events,
    ready: Ready,
    door: Door,
    desk: Desk<Socket>,
    keeper: Keeper,
    output: NamedPipe,
    /// Whether the other end of the output is closed.
    is_silent: bool,
    buffer: Vec<u8>,
    family: Family,
    /// Process id of the job's own process, and number of its group.
    pid: u32,
    ended: Receiver<Ended>,
    is_suspended: bool,
    started_at: Timestamp,
    demands: Demands,
}

/// How and when the job's own process ended.
struct Ended {
    status: io::Result<ExitStatus>,
    at: Timestamp,
    seen: Instant,
}

/// What there is to do.
#[derive(Default)]
struct Ready {
    output: bool,
    desk: bool,
    door: bool,
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
        let Prepared { poll, door } = prepared;
        let desk = messages::open(order, poll.registry())?;
        let family = Family::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), ENDED)?);
        let address = messages::address(&desk);
        let mut started = child::spawn(order, &address, &family, poll.registry())?;
        child::note(claim, &started.child);
        let is_suspended = order.is_stopped_for_debugger;
        if !is_suspended {
            child::resume(&mut started.child)?;
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(64),
            // Whatever came before the loop began.
            ready: Ready { output: true, desk: true, door: true },
            door,
            desk,
            keeper: Keeper::open(spool, order),
            output: started.output,
            is_silent: false,
            buffer: vec![0; 64 * 1024],
            family,
            pid: started.child.id(),
            ended: wait_for(started.child, waker)?,
            is_suspended,
            started_at,
            demands: Demands::new(order, Instant::now()),
        })
    }

    /// Until nothing of the job is left.
    pub(crate) fn run(mut self) -> ExitRecord {
        loop {
            if let Ok(ended) = self.ended.try_recv() {
                return self.conclude(ended);
            }
            self.turn();
        }
    }

    fn turn(&mut self) {
        let is_behind = self.ready.output || self.ready.desk || self.ready.door;
        let next = self.demands.next().into_iter().chain(self.door.next()).min();
        let timeout = next.map(|at| at.saturating_duration_since(Instant::now()));
        self.wait(if is_behind { Some(Duration::ZERO) } else { timeout });
        if self.ready.output {
            self.read_output();
        }
        if self.ready.desk {
            self.serve_desk();
        }
        let is_door_due = self.door.next().is_some_and(|at| Instant::now() >= at);
        if std::mem::take(&mut self.ready.door) || is_door_due {
            self.take_signals();
        }
        match self.demands.due(Instant::now()) {
            Due::Nothing => {}
            Due::End => self.end_now(),
            Due::Count(_) => self.count_processes(),
        }
    }

    /// Waits for anything to do, and notes what it is: the system says it once only.
    fn wait(&mut self, timeout: Option<Duration>) {
        if let Err(error) = self.poll.poll(&mut self.events, timeout)
            && error.kind() != ErrorKind::Interrupted
        {
            // Cannot happen to a queue that is open; then everything is looked at.
            self.ready = Ready { output: true, desk: true, door: true };
            thread::sleep(Duration::from_millis(20));
            return;
        }
        for event in &self.events {
            match event.token() {
                OUTPUT => self.ready.output = true,
                DOOR => self.ready.door = true,
                DESK => self.ready.desk = true,
                // The end is in its channel.
                _ => {}
            }
        }
    }

    /// Reads what there is, but not for ever: the others have their turn too.
    fn read_output(&mut self) -> usize {
        let mut read = 0;
        while read < DRAIN_BYTES && !self.is_silent {
            match self.output.read(&mut self.buffer) {
                Ok(0) => self.is_silent = true,
                Ok(len) => {
                    self.keeper.output(&self.buffer[..len]);
                    read += len;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.ready.output = false;
                    return read;
                }
                Err(_) => self.is_silent = true,
            }
        }
        self.ready.output = !self.is_silent;
        read
    }

    /// Reads what is in the pipe at this moment, and not more than fits it: a busy writer adds to it meanwhile.
    fn drain_output(&mut self) {
        let mut read = 0;
        while read < DRAIN_BYTES && !self.is_silent {
            self.wait(Some(Duration::ZERO));
            match self.read_output() {
                0 if !self.ready.output => return,
                len => read += len,
            }
        }
    }

    /// Reads to the end of the output. Only a handle that was given to a process outside of the job can keep it from coming.
    fn finish_output(&mut self) {
        let until = Instant::now() + SILENCE_MAX;
        loop {
            self.drain_output();
            let left = until.saturating_duration_since(Instant::now());
            if self.is_silent || left.is_zero() {
                return;
            }
            self.wait(Some(left));
        }
    }

    fn serve_desk(&mut self) {
        self.ready.desk = false;
        if self.desk.receive() {
            self.drain_output();
            self.desk.apply(&mut self.keeper);
        }
        self.ready.desk |= self.desk.is_behind();
    }

    fn take_signals(&mut self) {
        for signal in self.door.receive() {
            let is_to_end = match signal {
                RunnerSignal::Kill => self.demands.kill(Instant::now()),
                RunnerSignal::Stop => self.demands.stop(Instant::now()),
                RunnerSignal::Interrupt => {
                    self.send_break();
                    false
                }
                RunnerSignal::Attach => {
                    self.attach();
                    false
                }
            };
            if is_to_end && self.is_suspended {
                // What has not begun has nothing to put in order, and could not hear of it.
                self.end_now();
            } else if is_to_end {
                self.send_break();
            }
        }
    }

    /// A job without a console does not hear it, and has its grace all the same.
    fn send_break(&self) {
        let _ = bare::send_break(self.pid);
    }

    fn attach(&mut self) {
        if std::mem::take(&mut self.is_suspended) {
            // Its handle is open in the thread that waits for it. It fails when it was ended meanwhile.
            let _ = bare::resume(self.pid);
        }
    }

    fn end_now(&mut self) {
        self.family.end_all(self.pid);
        self.demands.ended(Instant::now());
    }

    fn count_processes(&mut self) {
        if self.demands.counted(self.family.count(), Instant::now()) {
            self.end_now();
        }
    }

    /// The job's process has ended: takes what it left in the pipe and ends what it left running. A background process
    /// of the job ends with it; nothing waits for one that keeps the output open.
    fn conclude(mut self, ended: Ended) -> ExitRecord {
        self.drain_output();
        // Reads after the drain, so that a message sent last is not lost.
        self.wait(Some(Duration::ZERO));
        self.serve_desk();
        let (escaped_ended, undying) = self.family.end_all(self.pid);
        self.finish_output();
        self.keeper.finish(undying);
        let end = match ended.status.map(|status| status.code()) {
            Ok(Some(code)) if code.cast_unsigned() != FORCED => End::Exited { code },
            _ => End::Signalled { signal: SIGKILL },
        };
        let mut record = self.keeper.record(end, self.started_at, ended.at, escaped_ended);
        self.demands.enter(&mut record, ended.seen);
        record
    }
}

/// Waits for the end of the process in a thread of its own and wakes the loop with it.
fn wait_for(mut child: Child, waker: Arc<Waker>) -> io::Result<Receiver<Ended>> {
    let (sender, receiver) = channel();
    thread::Builder::new().name("end".to_owned()).spawn(move || {
        let status = child.wait();
        // The loop ends with what it receives here, so it is there to receive.
        let _ = sender.send(Ended { status, at: now(), seen: Instant::now() });
        let _ = waker.wake();
    })?;
    Ok(receiver)
}
