//! Loops that have many calls under way at the same time and store their answers together.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use kit::Wake;
use scheduler_store::attempt::Attempt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::pace::Pace;
use crate::places::{Place, Places};

/// Which one an attempt is.
pub(crate) fn place_of(attempt: &Attempt) -> Place {
    (attempt.job_id, attempt.number)
}

/// What a call brings back.
pub(crate) trait Answer: Send + Sync + Clone + 'static {
    /// Of which attempt.
    fn place(&self) -> Place;
}

/// A call that is to be made for an attempt. It holds no connection to the database: many calls that wait for one would starve
/// who stores the answers.
pub(crate) struct Call<A> {
    pub(crate) place: Place,
    pub(crate) agent: String,
    pub(crate) answer: BoxFuture<'static, A>,
}

/// What such a loop does.
pub(crate) trait Calls: Send + 'static {
    /// What a call brings back.
    type Answer: Answer;
    /// Calls under way at the same time at most.
    const CALLS_MAX: usize;
    /// Calls to one agent at the same time at most: one that hangs takes no place from others.
    const AGENT_CALLS_MAX: usize;
    /// How often it is looked for what is wanted, where a signal is lost.
    const LOOK_EVERY: Duration;
    /// Whether an answer that is stored makes a further call wanted.
    const LEADS_ON: bool;
    /// What is said when answers could not be stored; why follows.
    const NOT_STORED: &'static str;
    /// What is said when it could not be read what is wanted; why follows.
    const NOT_READ: &'static str;

    /// The signal that something is wanted.
    fn wake(&self) -> Wake;

    /// The calls that are wanted, `room` at most, for attempts that can take a place; and whether there may be more, also behind
    /// what is wanted of agents that have no place left.
    fn wanted(
        &mut self,
        places: &Places,
        room: usize,
    ) -> impl Future<Output = Result<(Vec<Call<Self::Answer>>, bool)>> + Send;

    /// Stores what calls have brought back.
    fn store(&self, answers: Arc<Vec<Self::Answer>>) -> impl Future<Output = Result<()>> + Send;
}

/// Makes calls and stores what they bring back. It remembers only what is under way.
pub(crate) struct Turns<C: Calls> {
    what: C,
    calls: FuturesUnordered<BoxFuture<'static, C::Answer>>,
    /// Attempts with a call under way, or an answer that is not stored yet: for these nothing is sent.
    busy: Places,
    answered: Vec<C::Answer>,
    /// An answer has made room for what had found none.
    has_room: bool,
}

impl<C: Calls> Turns<C> {
    /// Nothing is under way.
    pub(crate) fn new(what: C) -> Self {
        let busy = Places::new(C::AGENT_CALLS_MAX);
        let (calls, answered) = (FuturesUnordered::new(), Vec::new());
        Self { what, calls, busy, answered, has_room: false }
    }

    /// Takes up what is wanted and stores what has been answered; waits for the first answer where calls are under way. Says how many
    /// answers there were; 0 when nothing is under way.
    pub(crate) async fn pass(&mut self) -> Result<usize> {
        self.store().await?;
        self.take_up().await?;
        if self.calls.is_empty() {
            return Ok(0);
        }
        self.hear().await;
        self.collect();
        self.store().await
    }

    /// Goes on until it is asked to end; calls that are under way then end with the process.
    pub(crate) async fn run(mut self, soft: CancellationToken) -> anyhow::Result<()> {
        let wake = self.what.wake();
        let (mut stores, mut looks) = (Pace::default(), Pace::default());
        let (mut has_more, mut look_at) = (true, Instant::now());
        while !soft.is_cancelled() {
            self.collect();
            has_more |= std::mem::take(&mut self.has_room);
            // First what is wanted: agents work on it while the answers of others are stored.
            if look_at <= Instant::now() || (has_more && looks.is_ready()) {
                let taken = self.take_up().await;
                looks.wrote(Duration::ZERO, taken.is_ok());
                (has_more, look_at) = (false, Instant::now() + C::LOOK_EVERY);
                if let Err(error) = taken {
                    tracing::error!("{}: {error}", C::NOT_READ);
                }
            }
            if !self.answered.is_empty() && stores.is_ready() {
                // Or of what there was no room for.
                has_more |= C::LEADS_ON || self.busy.has_full();
                let since = Instant::now();
                let written = self.store().await;
                stores.wrote(since.elapsed(), written.is_ok());
                if let Err(error) = written {
                    tracing::error!("{}: {error}", C::NOT_STORED);
                }
            }
            let mut next = look_at;
            if !self.answered.is_empty() {
                next = next.min(stores.next());
            }
            if has_more {
                next = next.min(looks.next());
            }
            tokio::select! {
                biased;
                () = soft.cancelled() => break,
                () = self.hear() => {}
                () = wake.woken(), if !has_more => has_more = true,
                () = tokio::time::sleep_until(next) => {}
            }
        }
        Ok(())
    }

    /// Takes up what is wanted and not under way.
    pub(crate) async fn take_up(&mut self) -> Result<()> {
        // Each round but the last one takes all places of an agent, or all the room that there is.
        loop {
            let room = C::CALLS_MAX.saturating_sub(self.calls.len());
            let room = room.min(C::AGENT_CALLS_MAX);
            if room == 0 {
                return Ok(());
            }
            let (calls, has_more) = self.what.wanted(&self.busy, room).await?;
            for call in calls {
                if self.busy.take(call.place, &call.agent) {
                    self.calls.push(call.answer);
                }
            }
            if !has_more {
                return Ok(());
            }
        }
    }

    /// Stores what has been answered, and waits for nothing.
    #[cfg(test)]
    pub(crate) async fn take_answered(&mut self) -> Result<usize> {
        self.collect();
        self.store().await
    }

    /// Waits for an answer; for ever, where nothing is under way. Dropping it loses nothing.
    async fn hear(&mut self) {
        match self.calls.next().await {
            Some(answer) => self.note(answer),
            None => pending().await,
        }
    }

    /// What else has been answered already is stored with it.
    fn collect(&mut self) {
        while let Some(Some(answer)) = self.calls.next().now_or_never() {
            self.note(answer);
        }
    }

    fn note(&mut self, answer: C::Answer) {
        self.has_room |= self.busy.answered(answer.place()) || self.calls.len() + 1 >= C::CALLS_MAX;
        self.answered.push(answer);
    }

    /// What cannot be stored is kept and stored later; until then its attempt counts as under way, so that nothing is sent again.
    async fn store(&mut self) -> Result<usize> {
        if self.answered.is_empty() {
            return Ok(0);
        }
        let answered = Arc::new(std::mem::take(&mut self.answered));
        if let Err(error) = self.what.store(Arc::clone(&answered)).await {
            self.answered = Arc::try_unwrap(answered).unwrap_or_else(|shared| shared.to_vec());
            return Err(error);
        }
        for answer in answered.iter() {
            self.busy.give_back(answer.place());
        }
        Ok(answered.len())
    }
}
