//! Stores that fail at any step, slowly or at once.

mod faulty;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, date};

use crate::archive::Archive;
use crate::error::{Again, Error};
use crate::settings::Settings;
use faulty::{Fault, Faulty};

const DAY: Date = date(2026, 12, 24);

async fn open() -> (Archive, Arc<Faulty>) {
    let store = Arc::new(Faulty::default());
    let settings = Settings { timeout_seconds: 5, ..Settings::new("memory") };
    let archive = Archive::over(Arc::clone(&store) as _, &settings, None, 2).await;
    (archive.expect("opens"), store)
}

async fn write(archive: &Archive, text: &str) -> Result<crate::LogIndex, Error> {
    let mut writer = archive.write(DAY)?;
    writer.append(text).await?;
    writer.finish().await
}

async fn text(archive: &Archive, index: &crate::LogIndex) -> String {
    archive.read(index, 0, crate::READ_BYTES).await.expect("readable").text
}

#[tokio::test]
async fn a_call_that_failed_is_made_again_without_losing_or_doubling_text() {
    let (archive, store) = open().await;
    let mut writer = archive.write(DAY).unwrap();
    writer.append("one ").await.unwrap();
    for fault in [Fault::Full, Fault::Denied, Fault::Broken, Fault::StoredButNoAnswer] {
        store.next_put(fault);
        writer.append("more ").await.unwrap();
        let before = writer.index().clone();
        let error = writer.flush().await.unwrap_err();
        assert_eq!(*writer.index(), before, "{error}");
        writer.flush().await.unwrap();
    }
    store.next_put(Fault::Broken);
    writer.append("end").await.unwrap();
    writer.finish().await.unwrap_err();
    assert!(!writer.index().is_complete);
    let index = writer.finish().await.unwrap();
    assert_eq!(text(&archive, &index).await, "one more more more more end");
}

#[tokio::test]
async fn a_long_append_that_failed_goes_on_where_the_writer_says() {
    let (archive, store) = open().await;
    let whole: String = (0..120_000).map(|number| format!("{number} ä\n")).collect();
    let mut writer = archive.write(DAY).unwrap();
    let mut failures = 0;
    for puts in [0, 1, 0, 2, 0] {
        store.put_after(puts, Fault::Broken);
        let from = usize::try_from(writer.bytes()).unwrap();
        failures += usize::from(writer.append(&whole[from..]).await.is_err());
    }
    store.put_after(0, Fault::None);
    let from = usize::try_from(writer.bytes()).unwrap();
    writer.append(&whole[from..]).await.unwrap();
    let index = writer.finish().await.unwrap();
    assert!(failures >= 3, "{failures} failures");
    let mut read = String::new();
    while read.len() < whole.len() {
        read += &archive.read(&index, read.len() as u64, crate::READ_BYTES).await.unwrap().text;
    }
    assert!(read == whole, "the log is the text");
}

#[tokio::test]
async fn errors_say_whether_trying_again_helps() {
    let (archive, store) = open().await;
    for (fault, name, again) in [
        (Fault::Full, "Full", Again::AfterRepair),
        (Fault::Denied, "Denied", Again::AfterRepair),
        (Fault::NoBucket, "Lost", Again::AfterRepair),
        (Fault::Broken, "Unavailable", Again::Later),
    ] {
        store.next_put(fault);
        let error = write(&archive, "x").await.unwrap_err();
        assert!(format!("{error:?}").starts_with(name), "{error:?}");
        assert_eq!(error.again(), again, "{error}");
        assert!(error.to_string().contains("memory"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_waited_for_no_longer_than_the_limit() {
    let (archive, store) = open().await;
    store.next_put(Fault::Hang);
    let error = write(&archive, "x").await.unwrap_err();
    assert_eq!(error.again(), Again::Later);
    let Error::Slow { limit, .. } = error else { panic!("{error}") };
    assert_eq!(limit, Duration::from_secs(5));
    write(&archive, "x").await.unwrap();
}

#[tokio::test]
async fn one_failure_is_the_answer_to_all_of_its_group() {
    let (archive, store) = open().await;
    store.put_after(0, Fault::Full);
    let results = futures_util::future::join_all((0..50).map(|_| write(&archive, "x"))).await;
    let failed = results.iter().filter(|result| result.is_err()).count();
    assert!((1..=50).contains(&failed));
    for index in results.into_iter().flatten() {
        assert_eq!(text(&archive, &index).await, "x");
    }
}

/// Whoever stores for a group may be given up at any moment: a request that was closed, a shutdown.
#[tokio::test]
async fn who_leads_a_group_may_be_given_up_and_the_others_are_stored() {
    let (archive, store) = open().await;
    store.next_put(Fault::Hang);
    store.put_after(1, Fault::Hang);
    // Two lanes, both taken by leaders that hang.
    let mut leaders = Vec::new();
    for number in 1..=2 {
        let archive = archive.clone();
        let mut leader = Box::pin(async move { write(&archive, "leader").await });
        assert!(futures_util::poll!(&mut leader).is_pending());
        store.until_puts(number).await;
        leaders.push(leader);
    }
    let others = (0..20).map(|number| {
        let archive = archive.clone();
        async move {
            let text = format!("log {number}");
            (write(&archive, &text).await.unwrap(), text)
        }
    });
    let mut others = Box::pin(futures_util::future::join_all(others));
    assert!(futures_util::poll!(&mut others).is_pending(), "no lane is free");
    drop(leaders);
    for (index, expected) in others.await {
        assert_eq!(text(&archive, &index).await, expected);
    }
}

/// Every member of a group that a leader takes with it puts its chunk into the queue again.
#[tokio::test]
async fn a_group_whose_leader_is_given_up_is_stored_by_another() {
    let (archive, store) = open().await;
    let group = Arc::new(crate::group::Group::new(Arc::clone(&archive.backend), "0".repeat(16), 1));
    let member = |text: &'static str| {
        let group = Arc::clone(&group);
        Box::pin(async move { group.store(DAY, text.as_bytes().to_vec()).await })
    };
    store.next_put(Fault::Hang);
    let (mut first, mut second, mut third) = (member("first"), member("second"), member("third"));
    assert!(futures_util::poll!(&mut first).is_pending(), "it leads and hangs, alone");
    assert!(futures_util::poll!(&mut second).is_pending());
    assert!(futures_util::poll!(&mut third).is_pending());
    store.next_put(Fault::Hang);
    drop(first);
    assert!(futures_util::poll!(&mut second).is_pending(), "it leads both and hangs");
    drop(second);
    let placed = third.await.unwrap();
    let object = archive.backend.get(&placed.key).await.unwrap().unwrap();
    let at = usize::try_from(placed.at).unwrap();
    assert_eq!(&object[at..at + 5], b"third");
}

#[tokio::test]
async fn logs_of_different_days_never_share_an_object() {
    let (archive, _store) = open().await;
    let days = [DAY, date(2026, 12, 25), date(2027, 1, 1)];
    let writes = (0..60).map(|number| {
        let archive = archive.clone();
        async move {
            let mut writer = archive.write(days[number % 3]).unwrap();
            writer.append("x").await.unwrap();
            (days[number % 3], writer.finish().await.unwrap())
        }
    });
    for (day, index) in futures_util::future::join_all(writes).await {
        assert!(index.chunks[0].key.starts_with(&format!("main/{day}/")), "{index:?}");
    }
}

#[tokio::test]
async fn reads_that_fail_are_not_taken_for_damage() {
    let (archive, store) = open().await;
    let index = write(&archive, "x").await.unwrap();
    store.reads(Fault::Broken);
    let error = archive.read(&index, 0, 10).await.unwrap_err();
    assert_eq!(error.again(), Again::Later, "{error}");
    store.reads(Fault::Denied);
    let error = archive.read(&index, 0, 10).await.unwrap_err();
    assert_eq!(error.again(), Again::AfterRepair, "{error}");
    store.reads(Fault::None);
    assert_eq!(text(&archive, &index).await, "x");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_emptied_is_lost_ten_seconds_after_its_marker_was_seen_or_after_a_failure()
{
    for fails in [false, true] {
        let (archive, store) = open().await;
        write(&archive, "before").await.unwrap();
        store.empty().await;
        tokio::time::advance(Duration::from_millis(9999)).await;
        if fails {
            store.next_put(Fault::Broken);
            write(&archive, "while").await.unwrap_err();
        } else {
            write(&archive, "while").await.unwrap();
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        let error = write(&archive, "after").await.unwrap_err();
        assert!(matches!(error, Error::Lost { .. }), "{error}");
    }
}
