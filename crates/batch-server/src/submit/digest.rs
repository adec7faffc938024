//! What makes two starts with one request key the same.

use amt_protocol::JobAction;
use sha2::{Digest, Sha256};

/// A hash of everything in a start but its key. Task values are hashed, not stored, so no content leaks.
pub(super) fn digest(action: &JobAction) -> Option<String> {
    let content = JobAction { request_key: None, ..action.clone() };
    // Declared order and omitted defaults make the text the same for the same content.
    let text = serde_json::to_vec(&content).ok()?;
    Some(crate::hex::hex(&Sha256::digest(text)))
}
