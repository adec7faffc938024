//! Loops in a graph of numbered points.

use std::collections::VecDeque;

/// Loops that are named of points that all lead to each other. They can have more loops than there are atoms; those who
/// mend a few of them see the next ones.
const LOOPS_MAX: usize = 16;

/// Loops among `len` points, of which each leads to those that `next` lists. Every point that is on a loop is on one that
/// is named, up to 16 for points that all lead to each other; each is a shortest one through its first point, and they are in order. Takes
/// time and memory in proportion to points and links.
pub fn loops(len: usize, next: impl Fn(usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    let (groups, group_of) = groups(len, &next);
    let mut found = Vec::new();
    let mut is_named = vec![false; len];
    for mut group in groups {
        group.sort_unstable();
        let mut left = LOOPS_MAX;
        for point in group {
            if left == 0 || is_named[point] {
                continue;
            }
            let within = |from| {
                let mut points = next(from);
                points.retain(|to| group_of[*to] == group_of[point]);
                points
            };
            let Some(way) = shortest(point, within) else { break };
            for point in &way {
                is_named[*point] = true;
            }
            found.push(way);
            left -= 1;
        }
    }
    found.sort_unstable();
    found
}

/// The shortest way from a point to itself.
fn shortest(point: usize, next: impl Fn(usize) -> Vec<usize>) -> Option<Vec<usize>> {
    let mut from = std::collections::HashMap::new();
    let mut open = VecDeque::from([point]);
    while let Some(at) = open.pop_front() {
        for to in next(at) {
            if to == point {
                let mut way = vec![at];
                while let Some(before) = way.last().and_then(|last| from.get(last)) {
                    way.push(*before);
                }
                way.reverse();
                return Some(way);
            }
            from.entry(to).or_insert_with(|| {
                open.push_back(to);
                at
            });
        }
    }
    None
}

/// A point on the way of the search.
struct Step {
    point: usize,
    next: Vec<usize>,
    done: usize,
}

/// Groups of points that all lead to each other (Tarjan's algorithm, without recursion: ways may be very long), and for
/// each point the number of its group.
pub(crate) fn groups(
    len: usize,
    next: impl Fn(usize) -> Vec<usize>,
) -> (Vec<Vec<usize>>, Vec<usize>) {
    const NONE: usize = usize::MAX;
    let (mut order, mut low, mut group_of) = (vec![NONE; len], vec![NONE; len], vec![NONE; len]);
    let (mut groups, mut pile, mut count) = (Vec::new(), Vec::new(), 0);
    for start in 0..len {
        let mut way: Vec<Step> = Vec::new();
        let mut enter = (order[start] == NONE).then_some(start);
        loop {
            if let Some(point) = enter.take() {
                (order[point], low[point]) = (count, count);
                count += 1;
                pile.push(point);
                way.push(Step { point, next: next(point), done: 0 });
            }
            let Some(step) = way.last_mut() else { break };
            let point = step.point;
            if let Some(to) = step.next.get(step.done).copied() {
                step.done += 1;
                if order[to] == NONE {
                    enter = Some(to);
                } else if group_of[to] == NONE {
                    low[point] = low[point].min(order[to]);
                }
                continue;
            }
            way.pop();
            if let Some(before) = way.last() {
                low[before.point] = low[before.point].min(low[point]);
            }
            if low[point] == order[point] {
                let from = pile.iter().rposition(|piled| *piled == point).unwrap_or(0);
                let group = pile.split_off(from);
                for point in &group {
                    group_of[*point] = groups.len();
                }
                groups.push(group);
            }
        }
    }
    (groups, group_of)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(links: &[&[usize]]) -> Vec<Vec<usize>> {
        loops(links.len(), |point| links[point].to_vec())
    }

    #[test]
    fn each_loop_is_named_from_its_first_point_on() {
        assert_eq!(of(&[&[1], &[2], &[]]), Vec::<Vec<usize>>::new());
        assert_eq!(of(&[&[0]]), [[0]]);
        assert_eq!(of(&[&[1], &[2], &[0, 1]]), [vec![0, 1, 2]]);
        // A point between two loops is on none; one that is on two is named with both.
        assert_eq!(of(&[&[1], &[0, 2], &[3], &[4], &[3]]), [[0, 1], [3, 4]]);
        assert_eq!(of(&[&[1, 2], &[0], &[0]]), [[0, 1], [2, 0]]);
    }

    #[test]
    fn a_very_long_way_does_not_exhaust_the_stack() {
        let len = 300_000;
        let found = loops(len, |point| vec![(point + 1) % len]);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [len]);
    }

    proptest! {
        /// The oracle: who reaches whom, by trying every stop on the way.
        #[test]
        fn exactly_the_points_on_loops_are_named(
            links in (1usize..9).prop_flat_map(|len| {
                prop::collection::vec(prop::collection::vec(0..len, 0..3), len)
            })
        ) {
            let len = links.len();
            let mut reaches: Vec<Vec<bool>> =
                links.iter().map(|to| (0..len).map(|other| to.contains(&other)).collect()).collect();
            for stop in 0..len {
                for from in 0..len {
                    for to in 0..len {
                        reaches[from][to] |= reaches[from][stop] && reaches[stop][to];
                    }
                }
            }
            let found = loops(len, |point| links[point].clone());
            for way in &found {
                for (from, to) in way.iter().zip(way.iter().cycle().skip(1)) {
                    prop_assert!(links[*from].contains(to), "{way:?}");
                }
            }
            for (point, reaches) in reaches.iter().enumerate() {
                let is_named = found.iter().any(|way| way.contains(&point));
                prop_assert_eq!(is_named, reaches[point], "{}", point);
            }
        }
    }
}
