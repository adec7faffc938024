//! Queues: priority, window, which queue a request gets, and in what order queues may start
//! requests.

mod choice;
mod claim;
mod priority;
mod window;

pub use choice::{DoubleDefault, QueueChoice, QueueEntry, Refusal, check_defaults};
pub use claim::{Claim, QueueLoad, claim_order};
pub use priority::{Priority, UnknownPriority};
pub use window::QueueWindow;
