//! Sets of dates.

use jiff::civil::Date;

use super::DayNumber;

/// A set of dates: sorted, four bytes each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DateSet(Box<[DayNumber]>);

impl DateSet {
    /// How many dates it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has the date.
    pub fn contains(&self, date: impl Into<DayNumber>) -> bool {
        // Most dates lie beyond most calendars, which are kept for a year or two.
        let date = date.into();
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return false };
        *first <= date && date <= *last && self.0.binary_search(&date).is_ok()
    }

    /// Its dates from `first` to `last`, both included, in order.
    pub fn range(&self, first: DayNumber, last: DayNumber) -> &[DayNumber] {
        let start = self.0.partition_point(|date| *date < first);
        let end = self.0.partition_point(|date| *date <= last);
        self.0.get(start..end).unwrap_or_default()
    }

    /// All dates, in order.
    pub fn iter(&self) -> impl Iterator<Item = DayNumber> {
        self.0.iter().copied()
    }
}

impl FromIterator<DayNumber> for DateSet {
    fn from_iter<I: IntoIterator<Item = DayNumber>>(dates: I) -> Self {
        let mut dates: Vec<DayNumber> = dates.into_iter().collect();
        dates.sort_unstable();
        dates.dedup();
        Self(dates.into())
    }
}

impl FromIterator<Date> for DateSet {
    fn from_iter<I: IntoIterator<Item = Date>>(dates: I) -> Self {
        dates.into_iter().map(DayNumber::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_tree_does(
            dates in prop::collection::vec(0i32..60, 0..20), first in -5i32..65, len in -2i32..40,
        ) {
            let start = DayNumber::ymd(2026, 1, 1);
            let tree: BTreeSet<i32> = dates.iter().copied().collect();
            let set: DateSet = dates.iter().map(|days| start.plus(*days)).collect();
            prop_assert_eq!(set.len(), tree.len());
            prop_assert_eq!(set.is_empty(), tree.is_empty());
            for days in -5..65 {
                prop_assert_eq!(set.contains(start.plus(days)), tree.contains(&days));
            }
            let found: Vec<i32> = set.range(start.plus(first), start.plus(first + len)).iter()
                .map(|day| day.since(start)).collect();
            let expected: Vec<i32> = tree.into_iter()
                .filter(|days| (first..=first + len).contains(days)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
