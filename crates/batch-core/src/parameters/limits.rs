//! The limits of single values.

use super::Fault;

/// Longest value, in characters.
pub const ITEM_CHARS_MAX: usize = 4096;
/// Longest key of a task value, in characters.
pub const KEY_CHARS_MAX: usize = 128;
/// Longest id of an extract file, in characters.
pub const FILE_ID_CHARS_MAX: usize = 64;

/// What is wrong with any value at all.
pub(super) fn value_fault(value: &str) -> Option<Fault> {
    if value.contains(['\0', '\n', '\r']) {
        Some(Fault::LineBreak)
    } else if value.chars().nth(ITEM_CHARS_MAX).is_some() {
        Some(Fault::TooLong)
    } else {
        None
    }
}

/// What is wrong with a value that must be there.
pub(super) fn required_fault(value: &str) -> Option<Fault> {
    if value.is_empty() { Some(Fault::Empty) } else { value_fault(value) }
}

/// Whether a text can be the key of a task value.
pub(super) fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
        && text.chars().nth(KEY_CHARS_MAX).is_none()
}

/// What is wrong with the id of an extract file.
pub(super) fn file_id_fault(id: &str) -> Option<Fault> {
    let is_good = (1..=FILE_ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (!is_good).then_some(Fault::FileId)
}
