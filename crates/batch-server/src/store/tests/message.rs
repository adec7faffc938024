use super::submitted;
use crate::planner::world::open;
use crate::store::message::{append, of_requests, sizes_of_requests};

testkit::both_databases!(
    the_messages_of_some_requests_of_a_family_are_read_in_order,
    |db| async move {
        let world = open(db).await;
        let (ids, _) = submitted(&world, 3).await;
        let (root, child, other) = (ids[0], ids[1], ids[2]);
        for (request, text) in
            [(root, "one"), (child, "two"), (other, "hidden"), (child, "dreißig"), (root, "four")]
        {
            transact!(world, |tx| append(tx, root, request, &[(1, "O", text.to_owned())])).unwrap();
        }
        // What belongs to another family is not read.
        transact!(world, |tx| append(tx, other, child, &[(1, "O", "away".to_owned())])).unwrap();

        for (after, limit, expected) in [
            (0, 10, &["one", "two", "dreißig", "four"][..]),
            (1, 10, &["two", "dreißig", "four"]),
            (1, 2, &["two", "dreißig"]),
            (5, 10, &[]),
        ] {
            let both = transact!(world, |tx| of_requests(tx, root, &[child, root], after, limit));
            let texts: Vec<_> = both.unwrap().into_iter().map(|message| message.text).collect();
            assert_eq!(texts, expected);
            let sizes =
                transact!(world, |tx| sizes_of_requests(tx, root, &[child, root], after, limit));
            let bytes: Vec<_> =
                expected.iter().map(|text| i64::try_from(text.len()).unwrap()).collect();
            assert_eq!(sizes.unwrap(), bytes);
        }
    }
);
