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

use crate::error::{Error, Result};
use crate::pace::Pace;
use crate::places::{Place, Places};

/// How long an answer is kept that cannot be stored for what is in it, before that is tried again.
const PUT_OFF: Duration = Duration::from_secs(60);

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

    /// What is stored in the place of an answer that the database refuses, and why it does: that it is not known what has become of the
    /// attempt.
    fn in_place_of(&self, answer: &Self::Answer, why: String) -> Self::Answer;
}

/// Makes calls and stores what they bring back. It remembers only what is under way.
pub(crate) struct Turns<C: Calls> {
    what: C,
    calls: FuturesUnordered<BoxFuture<'static, C::Answer>>,
    /// Attempts with a call under way, or an answer that is not stored yet: for these nothing is sent.
    busy: Places,
    answered: Vec<C::Answer>,
    /// Answers that could not be stored for what is in them, and when that is tried again, the earliest first.
    put_off: Vec<(Instant, C::Answer)>,
    /// An answer has made room for what had found none.
    has_room: bool,
}

impl<C: Calls> Turns<C> {
    /// Nothing is under way.
    pub(crate) fn new(what: C) -> Self {
        let busy = Places::new(C::AGENT_CALLS_MAX);
        let (calls, answered, put_off) = (FuturesUnordered::new(), Vec::new(), Vec::new());
        Self { what, calls, busy, answered, put_off, has_room: false }
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
                match &taken {
                    Ok(()) => looks.looked(),
                    Err(_) => looks.wrote(Duration::ZERO, false),
                }
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
            if let Some((at, _)) = self.put_off.first() {
                next = next.min(*at);
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

    /// What else has been answered already is stored with it, and what was put off until now.
    fn collect(&mut self) {
        while let Some(Some(answer)) = self.calls.next().now_or_never() {
            self.note(answer);
        }
        let now = Instant::now();
        let due = self.put_off.iter().take_while(|(at, _)| *at <= now).count();
        self.answered.extend(self.put_off.drain(..due).map(|(_, answer)| answer));
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
        let stored = self.what.store(Arc::clone(&answered)).await;
        match stored {
            Ok(()) => {
                for answer in answered.iter() {
                    self.busy.give_back(answer.place());
                }
                Ok(answered.len())
            }
            Err(why) => {
                let answered = Arc::try_unwrap(answered).unwrap_or_else(|shared| shared.to_vec());
                if why.is_of_the_work() {
                    return self.store_each(answered).await;
                }
                self.answered = answered;
                Err(why)
            }
        }
    }

    /// One answer that is refused must not hold up the others, which may be of other agents: each is stored alone.
    async fn store_each(&mut self, answered: Vec<C::Answer>) -> Result<usize> {
        let mut count = 0;
        let mut answered = answered.into_iter();
        while let Some(answer) = answered.next() {
            match self.store_one(&answer).await {
                Ok(true) => {
                    self.busy.give_back(answer.place());
                    count += 1;
                }
                Ok(false) => self.put_off.push((Instant::now() + PUT_OFF, answer)),
                Err(why) => {
                    self.answered.push(answer);
                    self.answered.extend(answered);
                    return Err(why);
                }
            }
        }
        Ok(count)
    }

    /// Stores an answer alone, or what says that it could not be stored. Whether it has stored either.
    async fn store_one(&mut self, answer: &C::Answer) -> Result<bool> {
        let Err(why) = self.what.store(Arc::new(vec![answer.clone()])).await else {
            return Ok(true);
        };
        if !why.is_of_the_work() {
            return Err(why);
        }
        let (job, attempt) = answer.place();
        tracing::error!(job, attempt, "{}: {}", C::NOT_STORED, why.told());
        if matches!(&why, Error::Sql(why) if why.is_too_long()) {
            // It may be stored as it is when there is less to do.
            return Ok(false);
        }
        let other = self.what.in_place_of(answer, why.told());
        match self.what.store(Arc::new(vec![other])).await {
            Ok(()) => Ok(true),
            Err(why) if why.is_of_the_work() => Ok(false),
            Err(why) => Err(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What was stored: places, and what was said.
    type Stored = Arc<Mutex<Vec<(Place, &'static str)>>>;

    #[derive(Debug, Clone)]
    struct Said(Place, &'static str);

    impl Answer for Said {
        fn place(&self) -> Place {
            self.0
        }
    }

    /// One call each for these; what is `bad` is refused, of `hopeless` even what stands in its place.
    struct Once(Vec<Said>, Stored);

    impl Calls for Once {
        type Answer = Said;
        const CALLS_MAX: usize = 8;
        const AGENT_CALLS_MAX: usize = 8;
        const LOOK_EVERY: Duration = Duration::from_secs(1);
        const LEADS_ON: bool = false;
        const NOT_STORED: &'static str = "not stored";
        const NOT_READ: &'static str = "not read";

        fn wake(&self) -> Wake {
            Wake::new()
        }

        async fn wanted(&mut self, _: &Places, _: usize) -> Result<(Vec<Call<Said>>, bool)> {
            let calls = self.0.iter().cloned().map(|said| Call {
                place: said.0,
                agent: "A".to_owned(),
                answer: Box::pin(async move { said }),
            });
            Ok((calls.collect(), false))
        }

        async fn store(&self, answers: Arc<Vec<Said>>) -> Result<()> {
            if answers.iter().any(|said| ["bad", "hopeless"].contains(&said.1)) {
                return Err(Error::Refused("no".to_owned()));
            }
            self.1.lock().unwrap().extend(answers.iter().map(|said| (said.0, said.1)));
            Ok(())
        }

        fn in_place_of(&self, said: &Said, why: String) -> Said {
            assert_eq!(why, "no");
            Said(said.0, if said.1 == "bad" { "unknown" } else { "hopeless" })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_refused_holds_up_no_other_and_its_attempt_stays_busy() {
        let said = [Said((1, 1), "hopeless"), Said((2, 1), "good"), Said((3, 1), "bad")];
        let stored = Stored::default();
        let mut turns = Turns::new(Once(said.to_vec(), Arc::clone(&stored)));
        let done = || std::mem::take(&mut *stored.lock().unwrap());
        let mut count = 0;
        for _ in 0..2 {
            turns.take_up().await.unwrap();
            count += turns.take_answered().await.unwrap();
        }
        let mut found = done();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, [((2, 1), "good"), ((3, 1), "unknown")]);
        assert_eq!(count, 4);
        assert!(turns.busy.has((1, 1)) && turns.calls.is_empty());
        // It is tried again after a while.
        turns.what.0.clear();
        assert_eq!(turns.take_answered().await.unwrap(), 0);
        assert_eq!(turns.put_off.len(), 1);
        tokio::time::sleep(PUT_OFF).await;
        turns.put_off[0].1.1 = "good";
        assert_eq!((turns.take_answered().await.unwrap(), done()), (1, vec![((1, 1), "good")]));
        assert!(!turns.busy.has((1, 1)));
    }
}
