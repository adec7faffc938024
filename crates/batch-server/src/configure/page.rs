//! Lists in pages.

use serde::Serialize;
use utoipa::ToSchema;

/// Which page: at most `limit` items after the key `after`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageOf {
    /// The last key of the page before.
    pub(crate) after: Option<i64>,
    /// How many items at most, > 0.
    pub(crate) limit: i64,
}

impl PageOf {
    /// The key after which an ascending list goes on; every id is larger than 0.
    pub(crate) fn start(self) -> i64 {
        self.after.unwrap_or(0)
    }

    /// One more than fits, to see whether there is another page.
    pub(crate) fn fetch(self) -> i64 {
        self.limit + 1
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    items: Vec<T>,
    /// What to send as `after` for the next page; null on the last one.
    next: Option<i64>,
}

impl<T> Page<T> {
    /// A page of what was fetched, which is [`PageOf::fetch`] rows at most.
    pub(crate) fn of(page: PageOf, mut rows: Vec<T>, key: impl Fn(&T) -> i64) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| !is_last).map(key);
        Self { items: rows, next }
    }

    /// The same page with other items.
    pub(crate) fn map<U>(self, map: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(map).collect(), next: self.next }
    }

    /// The same page without some of its items.
    pub(crate) fn filter(mut self, keep: impl FnMut(&T) -> bool) -> Self {
        self.items.retain(keep);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next_even_when_it_is_full() {
        let page = PageOf { after: None, limit: 2 };
        assert_eq!(page.fetch(), 3);
        let of = |rows: Vec<i64>| {
            let page = Page::of(page, rows, |row| *row);
            (page.items, page.next)
        };
        assert_eq!(of(vec![1, 2, 3]), (vec![1, 2], Some(2)));
        assert_eq!(of(vec![1, 2]), (vec![1, 2], None));
        assert_eq!(of(vec![]), (vec![], None));
    }
}
