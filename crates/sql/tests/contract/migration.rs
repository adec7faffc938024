use sqlx::migrate::Migrator;
use testkit::{both_databases, databases};

use crate::table::{self, MIGRATIONS};

both_databases!(several_processes_may_migrate_at_once, |db| async move {
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let other = sql::Db::connect(db.url(), sql::Options::default()).await.expect("opens");
        tasks.push(tokio::spawn(async move {
            other.migrate(&MIGRATIONS).await.expect("migrated");
            other.close().await;
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    db.migrate(&MIGRATIONS).await.expect("nothing left to do");
    assert_eq!(table::jobs(&db).await, 0);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_schemas_have_no_differences() {
    let (sqlite, postgres) = (databases::sqlite().await, databases::postgres().await);
    sqlite.migrate(&MIGRATIONS).await.expect("migrated");
    postgres.migrate(&MIGRATIONS).await.expect("migrated");
    let lines = sql::parity::describe(&sqlite).await.expect("described");
    for expected in [
        "table job",
        "column job.is_held: integer, not null",
        "column job.note: text",
        "primary key of job: (id)",
        "unique key of queue: (name)",
        "index of job: (queue_id, due_at, id) where …",
        "foreign key of job: (queue_id) references queue (id) on update no action on delete cascade",
    ] {
        assert!(lines.contains(expected), "{expected} is not in {lines:#?}");
    }
    let none: Vec<String> = Vec::new();
    assert_eq!(sql::parity::differences(&sqlite, &postgres).await.expect("compared"), none);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_difference_is_found() {
    static EMPTY: Migrator = Migrator::DEFAULT;
    let (sqlite, postgres) = (databases::sqlite().await, databases::postgres().await);
    sqlite.migrate(&MIGRATIONS).await.expect("migrated");
    postgres.migrate(&sql::Migrations { sqlite: &EMPTY, ..MIGRATIONS }).await.expect("migrated");
    postgres
        .write(|tx| {
            Box::pin(async move {
                let sql::Tx::Postgres(conn) = tx else { panic!("it is PostgreSQL") };
                sqlx::raw_sql(
                    "ALTER TABLE job ALTER COLUMN note SET NOT NULL, ALTER COLUMN claims TYPE INTEGER,
                           DROP CONSTRAINT job_queue_id_fkey;
                     ALTER TABLE queue DROP CONSTRAINT queue_name_key;
                     CREATE INDEX extra ON job ((lower(note)), id);
                     CREATE TABLE more (id BIGINT PRIMARY KEY)",
                )
                .execute(&mut **conn)
                .await?;
                Ok::<_, sql::Error>(())
            })
        })
        .await
        .expect("changed");
    let found = sql::parity::differences(&sqlite, &postgres).await.expect("compared");
    let expected = [
        "only on SQLite: column job.claims: integer, not null",
        "only on SQLite: column job.note: text",
        "only on SQLite: foreign key of job: (queue_id) references queue (id) on update no action on delete cascade",
        "only on SQLite: unique key of queue: (name)",
        "only on PostgreSQL: column job.claims: integer with 32 bits, not null",
        "only on PostgreSQL: column job.note: text, not null",
        "only on PostgreSQL: column more.id: integer, not null",
        "only on PostgreSQL: index of job: (<expression>, id)",
        "only on PostgreSQL: primary key of more: (id)",
        "only on PostgreSQL: table more",
    ];
    assert_eq!(found, expected);
}
