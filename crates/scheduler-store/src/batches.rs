//! Many rows as JSON arrays of rows, each small enough for one statement.

use serde_json::Value;

/// Bytes of JSON that one statement carries, about: a batch ends with the row that passes it.
const BATCH_BYTES: usize = 1024 * 1024;

/// The items as rows, in order, in as few arrays as may be. Made one by one, so that only one of them is in memory.
pub(crate) fn batches<'i, T, R>(
    items: &'i [T],
    row: R,
) -> impl Iterator<Item = String> + use<'i, T, R>
where
    R: Fn(&'i T) -> Value,
{
    let mut rest = items.iter();
    std::iter::from_fn(move || {
        let mut batch = String::new();
        for item in rest.by_ref() {
            batch.push(if batch.is_empty() { '[' } else { ',' });
            batch.push_str(&row(item).to_string());
            if batch.len() > BATCH_BYTES {
                break;
            }
        }
        if batch.is_empty() {
            return None;
        }
        batch.push(']');
        Some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_in_one_batch_in_order_and_no_batch_is_empty() {
        for count in [0_usize, 1, 2, 3, 100] {
            let items: Vec<String> =
                (0..count).map(|number| format!("{number}{}", "x".repeat(20_000))).collect();
            let all: Vec<String> = batches(&items, |item| Value::from(item.as_str())).collect();
            let read: Vec<Vec<String>> =
                all.iter().map(|batch| serde_json::from_str(batch).unwrap()).collect();
            assert!(read.iter().all(|batch| !batch.is_empty()));
            assert!(all.iter().all(|batch| batch.len() < BATCH_BYTES + 30_000));
            assert_eq!(all.len(), (count * 20_000).div_ceil(BATCH_BYTES));
            assert_eq!(read.concat(), items);
        }
    }
}
