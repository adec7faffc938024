use super::{Filter, list};
use crate::testing::worlds;
use crate::{Caller, Error, operate};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_found_by_who_what_and_when() {
    for world in worlds().await {
        world.build(r#""schedules": {}"#).await;
        let (anna, bert) = (Caller::local("anna"), Caller::local("bert"));
        operate::pause(&world.app, &anna, "disk").await.unwrap();
        world.clock.advance(std::time::Duration::from_secs(60));
        operate::resume(&world.app, &bert, None).await.unwrap();
        let found = async |filter: Filter| -> Vec<String> {
            let all = list(&world.app, &anna, filter).await.unwrap();
            all.into_iter().map(|record| format!("{} {}", record.caller, record.action)).collect()
        };
        let filter = || Filter { max: 10, ..Filter::default() };
        let all = found(filter()).await;
        assert_eq!(
            all[..2],
            ["local:bert scheduler.resume", "local:anna scheduler.pause"],
            "{all:?}"
        );
        let of = |text: &str| Some(text.to_owned());
        for (filter, expected) in [
            (Filter { max: 1, ..filter() }, "local:bert scheduler.resume"),
            (Filter { caller: of("bert"), ..filter() }, "local:bert scheduler.resume"),
            (Filter { action: of("scheduler.p"), ..filter() }, "local:anna scheduler.pause"),
            (
                Filter { since: Some(sql::to_micros(world.app.now())), ..filter() },
                "local:bert scheduler.resume",
            ),
        ] {
            assert_eq!(found(filter.clone()).await, [expected], "{filter:?}");
        }
        assert_eq!(found(Filter { subject: of("no such"), ..filter() }).await, [""; 0]);
        let nobody = Caller::with("carl", vec![]);
        let refused = list(&world.app, &nobody, filter()).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    }
}
