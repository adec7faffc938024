//! What agents answer may repeat what was sent to them. Every secret that was opened is taken out of it before it is stored.

use std::sync::{PoisonError, RwLock};

use kit::Secret;

use super::STARS;

/// Values that are remembered at most; those that were opened the longest ago are forgotten.
const VALUES_MAX: usize = 1000;
/// Shorter values are not looked for: they would make every text unreadable, and be seen from that.
const BYTES_MIN: usize = 4;

/// Values that must not be stored in the clear.
#[derive(Debug, Default)]
pub(crate) struct Masks(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The longest first: a value that is part of another one is looked for after it.
    values: Vec<Value>,
    /// How often a value was opened.
    opened: u64,
}

#[derive(Debug)]
struct Value {
    secret: Secret,
    /// When it was opened last, counted by [`Known::opened`].
    opened: u64,
}

impl Masks {
    /// Remembers a value that was opened.
    pub(crate) fn add(&self, value: &Secret) {
        if value.expose().len() < BYTES_MIN {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.opened += 1;
        let opened = known.opened;
        let is_it = |each: &&mut Value| each.secret.expose() == value.expose();
        if let Some(found) = known.values.iter_mut().find(is_it) {
            found.opened = opened;
            return;
        }
        if known.values.len() >= VALUES_MAX {
            let places = known.values.iter().enumerate();
            let oldest = places.min_by_key(|(_, each)| each.opened).map_or(0, |(place, _)| place);
            known.values.remove(oldest);
        }
        let longer = |each: &Value| each.secret.expose().len() >= value.expose().len();
        let place = known.values.partition_point(longer);
        known.values.insert(place, Value { secret: value.clone(), opened });
    }

    /// Puts stars in the place of all values, and takes out the sign that PostgreSQL cannot store.
    pub(crate) fn apply(&self, text: &mut String) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for value in known.values.iter().map(|value| value.secret.expose()) {
            if text.contains(value) {
                *text = text.replace(value, STARS);
            }
        }
        if text.contains('\0') {
            *text = text.replace('\0', "\u{fffd}");
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
        // Those that are longer are no older.
        masks.add(&Secret::new("a value that is long and is opened again and again"));
        masks.add(&Secret::new("old one"));
        for number in 0..VALUES_MAX - 1 {
            masks.add(&Secret::new("a value that is long and is opened again and again"));
            masks.add(&Secret::new(format!("value {number:05}")));
        }
        assert_eq!(masks.0.read().unwrap().values.len(), VALUES_MAX);
        let last = VALUES_MAX - 2;
        let mut text = format!(
            "a value that is long and is opened again and again, old one, value 00000, value {last:05}"
        );
        masks.apply(&mut text);
        assert_eq!(text, "***, old one, ***, ***");
    }

    #[test]
    fn the_sign_that_a_database_refuses_is_replaced() {
        let mut text = "a\0b".to_owned();
        Masks::default().apply(&mut text);
        assert_eq!(text, "a\u{fffd}b");
    }
}
