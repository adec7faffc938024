//! Group commit: chunks that are to be stored at the same moment go into one object.
//!
//! There is no task of its own. Whoever has something to store puts it into the queue and waits for an answer or for a free lane. Who gets a
//! lane stores what is in the queue, for all. While that takes its time the next group gathers, so that groups grow with the load and a
//! single writer waits for nobody. A leader that is given up answers nobody; then the others put theirs into the queue again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use tokio::sync::{Semaphore, oneshot};

use crate::backend::Backend;
use crate::error::Error;
use crate::key::Key;

/// The most stored bytes in one object, unless a single chunk has more.
const PACK_BYTES: usize = 4 << 20;

/// The most chunks in one object.
const PACK_CHUNKS: usize = 1024;

/// Where a chunk was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) key: String,
    pub(crate) at: u64,
}

#[derive(Debug)]
struct Item {
    day: Date,
    bytes: Arc<Vec<u8>>,
    answer: oneshot::Sender<Result<Placed, Error>>,
}

/// The queue and its lanes.
#[derive(Debug)]
pub(crate) struct Group {
    backend: Arc<Backend>,
    life: String,
    number: AtomicU64,
    queue: Mutex<Vec<Item>>,
    lanes: Semaphore,
}

impl Group {
    /// `life` is a random number of this process' own, `lanes` how many objects are stored at once.
    pub(crate) fn new(backend: Arc<Backend>, life: String, lanes: usize) -> Self {
        let (queue, lanes) = (Mutex::default(), Semaphore::new(lanes));
        Self { backend, life, number: AtomicU64::new(0), queue, lanes }
    }

    /// Stores a chunk of a log that is kept until `day`. When this returns it survives a power cut.
    pub(crate) async fn store(&self, day: Date, bytes: Vec<u8>) -> Result<Placed, Error> {
        let bytes = Arc::new(bytes);
        loop {
            let (answer, mut answered) = oneshot::channel();
            self.queue().push(Item { day, bytes: Arc::clone(&bytes), answer });
            let result = loop {
                tokio::select! {
                    biased;
                    result = &mut answered => break result,
                    lane = self.lanes.acquire() => {
                        let batch = self.take();
                        if batch.is_empty() {
                            // Another lane has mine already.
                            drop(lane);
                            break (&mut answered).await;
                        }
                        self.commit(batch).await;
                    }
                }
            };
            if let Ok(result) = result {
                return result;
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Vec<Item>> {
        // Nothing that holds it can panic between two changes.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes into the next object: chunks of the day of the first of them, in their order.
    fn take(&self) -> Vec<Item> {
        let mut queue = self.queue();
        queue.retain(|item| !item.answer.is_closed());
        let Some(day) = queue.first().map(|item| item.day) else { return Vec::new() };
        let (mut bytes, mut chunks) = (0, 0);
        let taken = queue.extract_if(.., |item| {
            let fits =
                chunks == 0 || (chunks < PACK_CHUNKS && bytes + item.bytes.len() <= PACK_BYTES);
            let is_taken = item.day == day && fits;
            if is_taken {
                bytes += item.bytes.len();
                chunks += 1;
            }
            is_taken
        });
        taken.collect()
    }

    async fn commit(&self, batch: Vec<Item>) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let (instance, day) = (&self.backend.instance, batch[0].day);
        let key = Key::new(instance, day, &self.life, number, batch.len() == 1).text();
        let mut pack = Vec::with_capacity(batch.iter().map(|item| item.bytes.len()).sum());
        let mut places = Vec::with_capacity(batch.len());
        for item in &batch {
            places.push(Placed { key: key.clone(), at: pack.len() as u64 });
            pack.extend_from_slice(&item.bytes);
        }
        let result = self.backend.put(&key, pack).await;
        for (item, place) in batch.into_iter().zip(places) {
            // Who does not wait any more has left an unused piece behind.
            let _ = item.answer.send(result.clone().map(|()| place));
        }
    }
}
