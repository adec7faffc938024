//! What agents answer may repeat what was sent to them. The values of encrypted properties are taken out of it before it is stored.

use std::sync::{PoisonError, RwLock};

use kit::Secret;

use super::STARS;

/// Values that are remembered at most; the oldest are forgotten.
const VALUES_MAX: usize = 1000;
/// Shorter values are not looked for: they would make every text unreadable, and be seen from that.
const BYTES_MIN: usize = 4;

/// Values that must not be stored in the clear.
#[derive(Debug, Default)]
pub(crate) struct Masks(RwLock<Vec<Secret>>);

impl Masks {
    /// Remembers a value.
    pub(crate) fn add(&self, value: &Secret) {
        let is_known = |known: &[Secret]| known.iter().any(|each| each.expose() == value.expose());
        if value.expose().len() < BYTES_MIN
            || is_known(&self.0.read().unwrap_or_else(PoisonError::into_inner))
        {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !is_known(&known) {
            if known.len() >= VALUES_MAX {
                known.remove(0);
            }
            known.push(value.clone());
            // A value that is part of another one is looked for after it.
            known.sort_by_key(|each| std::cmp::Reverse(each.expose().len()));
        }
    }

    /// Puts stars in the place of all values.
    pub(crate) fn apply(&self, text: &mut String) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for value in known.iter().filter(|value| text.contains(value.expose())).collect::<Vec<_>>()
        {
            *text = text.replace(value.expose(), STARS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_of_texts_the_longest_first_and_short_ones_are_left() {
        let masks = Masks::default();
        for value in ["hush", "hush-hush", "", "abc"] {
            masks.add(&Secret::new(value));
        }
        let mut text = "hush, hush-hush and abc".to_owned();
        masks.apply(&mut text);
        assert_eq!(text, "***, *** and abc");
        assert!(!format!("{masks:?}").contains("hush"));
    }

    #[test]
    fn no_more_values_are_remembered_than_there_is_room_for() {
        let masks = Masks::default();
        for number in 0..=VALUES_MAX {
            masks.add(&Secret::new(format!("value {number:05}")));
        }
        assert_eq!(masks.0.read().unwrap().len(), VALUES_MAX);
    }
}
