//! Floods, nonsense, and being replaced.

use super::super::connection::{Shared, live};
use super::*;

#[tokio::test(start_paused = true)]
async fn a_flood_of_lines_ends_the_plug_in_and_says_so() {
    for line in ["", "nonsense", "{\"id\":4711,\"answer\":\"delete\"}"] {
        let mut stage = Stage::new(Handle::default()).await;
        let start = stage.start("K1");
        let text = format!("{line}\n");
        let playing = async {
            stage.life.id().await;
            // Until nobody reads it any more.
            while stage.life.answers.write_all(text.as_bytes()).await.is_ok() {
                tokio::task::yield_now().await;
            }
            stage.life.ended.cancelled().await;
        };
        let (started, ()) = join(start, playing).await;
        let why = why(&started);
        // The first line that makes no sense fails the call; the others have it fail by their number.
        let expected = if line == "nonsense" { "is no JSON" } else { "has flooded" };
        assert!(why.contains(expected), "{line}: {why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_without_end_ends_the_plug_in() {
    let mut stage = Stage::new(Handle::default()).await;
    let start = stage.start("K1");
    let playing = async {
        stage.life.id().await;
        while stage.life.answers.write_all(&[b'x'; 1024]).await.is_ok() {}
        stage.life.ended.cancelled().await;
    };
    let (started, ()) = join(start, playing).await;
    assert!(why(&started).contains("without end"), "{started:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_wrong_is_told_until_a_call_is_answered() {
    let mut stage = Stage::new(Handle::default()).await;
    assert_eq!(stage.plug_in.trouble(), None);
    let start = stage.start("K1");
    let playing = async {
        stage.life.id().await;
        stage.life.say("nonsense").await;
    };
    join(start, playing).await;
    let trouble = stage.plug_in.trouble().expect("it was wrong");
    assert!(trouble.contains("is no JSON"), "{trouble}");
    stage.lives_on().await;
    assert_eq!(stage.plug_in.trouble(), None);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_replaced_ends_who_waits_for_news_and_finishes_what_acts() {
    let mut stage = Stage::new(Handle::default()).await;
    let integration = Arc::clone(&stage.integration);
    let watch = Watch { tasks: Vec::new(), cursor: None, wait: Duration::from_secs(60) };
    let watching = integration.watch(watch.clone());
    let start = stage.start("K1");
    let plug_in = &stage.plug_in;
    let life = &mut stage.life;
    let playing = async {
        let first = life.request().await.expect("a request");
        let second = life.request().await.expect("a request");
        plug_in.retire();
        let start = if first["call"].get("start").is_some() { first } else { second };
        // The other one is told to the plug-in as dropped.
        assert!(life.request().await.is_some_and(|request| request.get("drop").is_some()));
        life.answer(start["id"].as_u64().expect("an id"), running()).await;
    };
    let before = tokio::time::Instant::now();
    let ((told, started), ()) = join(join(watching, start), playing).await;
    assert!(told.expect_err("it is replaced").message.contains("is replaced"));
    assert!(matches!(started, Started::Running { .. }), "{started:?}");
    // Who asks it by mistake is told at once, too.
    assert!(integration.watch(watch).await.is_err());
    assert!(before.elapsed() < TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn one_that_lives_on_is_not_replaced_while_it_may_finish_a_start() {
    let Stage { integration, life, mut lives, plug_in } = Stage::new(Handle::default()).await;
    let Life { mut requests, answers, ended } = life;
    let call = Fake::task(&key_of("K1"));
    let start = integration.start(call.clone());
    let playing = async {
        requests.next().await.unwrap();
        // It cannot answer any more, and goes on with the start.
        drop(answers);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let found = integration.find(call.clone()).await;
        assert!(matches!(&found, crate::Found::NotNow { .. }), "{found:?}");
        assert!(lives.try_recv().is_err(), "a second one is beside it");
        ended.cancelled().await;
    };
    let (started, ()) = tokio::select! {
        both = join(start, playing) => both,
        () = tokio::time::sleep(LIMIT) => panic!("it is not ended"),
    };
    assert!(why(&started).contains("has closed its standard output"), "{started:?}");
    let find = integration.find(call);
    let playing = async {
        let mut life = lives.recv().await.expect("it is started again");
        let id = life.id().await;
        life.answer(id, json!({"find": {"find": "never"}})).await;
        life
    };
    let (found, _life) = join(find, playing).await;
    assert_eq!(found, crate::Found::Never);
    drop(plug_in);
}

#[tokio::test(start_paused = true)]
async fn a_plug_in_that_closes_its_standard_error_first_ends_in_good_order() {
    let (send, mut lives) = mpsc::unbounded_channel();
    let pipes = Played(send).launch().unwrap();
    let life = lives.recv().await.unwrap();
    let (_lines, waiting) = mpsc::channel(1);
    let (shared, masked) = (Arc::new(Shared::new("played")), Arc::default());
    let whole = live(pipes, waiting, 4096, shared, masked, CancellationToken::new());
    let playing = async {
        // By then the end of its standard error has been seen.
        tokio::time::sleep(Duration::from_secs(1)).await;
        life.ended.cancel();
    };
    join(whole, playing).await;
}
