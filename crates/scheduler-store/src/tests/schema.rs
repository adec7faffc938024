use testkit::databases;

use crate::MIGRATIONS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_migrations_of_both_databases_make_the_same_schema() {
    let (sqlite, postgres) = (databases::sqlite().await, databases::postgres().await);
    sqlite.migrate(&MIGRATIONS).await.unwrap();
    postgres.migrate(&MIGRATIONS).await.unwrap();
    let lines = sql::parity::describe(&sqlite).await.unwrap();
    for expected in ["table daily_job", "table edge", "column node.fence: integer, not null"] {
        assert!(lines.contains(expected), "{expected} is not in {lines:#?}");
    }
    let none: Vec<String> = Vec::new();
    assert_eq!(sql::parity::differences(&sqlite, &postgres).await.unwrap(), none);
}
