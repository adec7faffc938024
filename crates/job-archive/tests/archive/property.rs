//! Random writers and readers beside a plain vector of bytes.

use job_archive::{LogIndex, Settings};
use proptest::prelude::*;

use crate::contract::DAY;
use crate::texts::text;

#[derive(Debug, Clone)]
enum Step {
    Append(u64, usize),
    Flush,
    /// The process dies, another goes on from the last index that was stored.
    Die,
    Read(u64, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![6 => 0usize..300, 2 => 300usize..30_000, 1 => 200_000usize..600_000];
    prop_oneof![
        6 => (any::<u64>(), bytes).prop_map(|(seed, bytes)| Step::Append(seed, bytes)),
        4 => Just(Step::Flush),
        1 => Just(Step::Die),
        4 => (any::<u64>(), 0usize..400_000).prop_map(|(from, max)| Step::Read(from, max)),
    ]
}

/// What a range of the oracle reads as.
fn expected(oracle: &str, from: u64, max: usize) -> (u64, String) {
    let start = oracle.floor_char_boundary(usize::try_from(from).expect("it works"));
    let end = oracle.floor_char_boundary(start + max).max(oracle.ceil_char_boundary(start + 1));
    (start as u64, oracle[start..end].to_owned())
}

async fn run(steps: Vec<Step>) {
    let folder = tempfile::tempdir().expect("it works");
    let settings = Settings::new(folder.path().to_str().expect("it works"));
    let open = async || job_archive::Archive::open(&settings).await.expect("it works");
    let mut archive = open().await;
    let mut writer = archive.write(DAY).expect("it works");
    let (mut oracle, mut stored) = (String::new(), LogIndex::default());
    for step in steps {
        match step {
            Step::Append(seed, bytes) => {
                let text = text(seed, bytes);
                writer.append(&text).await.expect("it works");
                oracle.push_str(&text);
            }
            Step::Flush => {
                stored = writer.flush().await.expect("it works").clone();
                assert_eq!(stored.bytes, oracle.len() as u64);
            }
            Step::Die => {
                archive = open().await;
                oracle.truncate(usize::try_from(stored.bytes).expect("it works"));
                writer = archive.resume(stored.clone(), DAY).expect("it works");
            }
            Step::Read(from, max) => {
                let index = writer.index();
                let from = from % (index.bytes + 1);
                let read = archive.read(index, from, max).await.expect("it works");
                let seen = &oracle[..usize::try_from(index.bytes).expect("it works")];
                assert_eq!((read.from, read.text), expected(seen, from, max));
                assert_eq!(read.next > from, from < index.bytes);
            }
        }
        let index = writer.index();
        let json =
            LogIndex::from_parts(index.bytes, &index.chunks_json(), false).expect("it works");
        assert_eq!(json, *index);
    }
    let index = writer.finish().await.expect("it works");
    let mut whole = String::new();
    while whole.len() < oracle.len() {
        whole += &archive.read(&index, whole.len() as u64, 1 << 20).await.expect("it works").text;
    }
    assert!(whole == oracle && index.is_complete);
    assert_eq!(index.bytes, oracle.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_log_is_the_texts_that_were_appended(steps in prop::collection::vec(step(), 1..40)) {
        tokio::runtime::Runtime::new().expect("it works").block_on(run(steps));
    }

    #[test]
    fn an_index_from_elsewhere_is_refused_or_read_but_never_a_panic(
        bytes: u64, at: u64, from: u64, chunk_bytes: u64, stored: u64, key in ".{0,60}", hash in "[0-9a-f]{0,70}",
    ) {
        let json = serde_json::json!([{ "key": key, "at": at, "from": from, "bytes": chunk_bytes,
            "stored_bytes": stored, "hash": hash }]);
        prop_assert!(LogIndex::from_parts(bytes, &json.to_string(), true).is_err());
    }
}
