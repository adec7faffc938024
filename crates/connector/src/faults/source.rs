//! Where troubles come from.

use std::collections::HashMap;

use super::Trouble;
use crate::call::{Call, CallKind};

/// Says what trouble the next call gets.
pub trait Source: Send {
    /// Asked once for each call, in the order in which they are made.
    fn next(&mut self, call: &Call) -> Trouble;
}

impl<F: FnMut(&Call) -> Trouble + Send> Source for F {
    fn next(&mut self, call: &Call) -> Trouble {
        self(call)
    }
}

/// Troubles that are written down.
#[derive(Debug, Clone, Default)]
pub struct Script {
    troubles: HashMap<(CallKind, u64), Trouble>,
    counts: HashMap<CallKind, u64>,
}

impl Script {
    /// No trouble.
    pub fn new() -> Self {
        Self::default()
    }

    /// The `number`-th call of a kind, from 1 on, gets this trouble.
    pub fn at(mut self, kind: CallKind, number: u64, trouble: Trouble) -> Self {
        self.troubles.insert((kind, number), trouble);
        self
    }

    /// The first calls of a kind get these troubles, in order.
    pub fn in_order(self, kind: CallKind, troubles: impl IntoIterator<Item = Trouble>) -> Self {
        troubles
            .into_iter()
            .zip(1..)
            .fold(self, |script, (trouble, number)| script.at(kind, number, trouble))
    }
}

impl Source for Script {
    fn next(&mut self, call: &Call) -> Trouble {
        let count = self.counts.entry(call.kind()).or_default();
        *count += 1;
        self.troubles.get(&(call.kind(), *count)).copied().unwrap_or(Trouble::None)
    }
}

/// Troubles that are drawn: the same ones for the same seed and order of calls.
#[derive(Debug, Clone)]
pub struct Seeded {
    state: u64,
    per_mille: u16,
    troubles: Vec<Trouble>,
}

impl Seeded {
    /// `per_mille` of 1,000 calls get one of `troubles`, each as often as the others. What stands in the list twice comes twice as often.
    pub fn new(seed: u64, per_mille: u16, troubles: impl IntoIterator<Item = Trouble>) -> Self {
        Self { state: seed, per_mille, troubles: troubles.into_iter().collect() }
    }

    /// `SplitMix64`: small, and its sequence is part of no other package's version.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Source for Seeded {
    fn next(&mut self, _: &Call) -> Trouble {
        let (chance, which) = (self.draw() % 1000, self.draw());
        let Ok(count) = u64::try_from(self.troubles.len()) else { return Trouble::None };
        if count == 0 || chance >= u64::from(self.per_mille) {
            return Trouble::None;
        }
        usize::try_from(which % count)
            .ok()
            .and_then(|index| self.troubles.get(index).copied())
            .unwrap_or(Trouble::None)
    }
}
