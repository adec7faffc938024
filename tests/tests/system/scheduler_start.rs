//! A scheduler that is started on the wrong thing says so, and begins nothing.

use std::fs;

use e2e::{Database, Scheduler};

#[test]
fn a_data_folder_whose_database_is_away_is_not_given_an_empty_one() {
    let mut scheduler = Scheduler::prepare(&Database::Sqlite, &[]);
    let database = scheduler.file("scheduler.db");
    scheduler.options = vec!["--database".to_owned(), format!("sqlite:{}", database.display())];
    scheduler.launch();
    scheduler.kill();
    let named = std::mem::take(&mut scheduler.options);

    // Whoever forgets where it is would begin another one in the data folder.
    assert_eq!(scheduler.launch_in_vain(), Some(5), "{}", scheduler.log());
    let missing = scheduler.file("data/scheduler.db");
    let says = format!("the database {} is not there, though the data folder", missing.display());
    assert!(scheduler.log().contains(&says), "{}", scheduler.log());
    assert!(!missing.exists());

    let mounted = scheduler.file("mounted.db");
    fs::rename(&database, &mounted).unwrap();
    scheduler.options = named;
    assert_eq!(scheduler.launch_in_vain(), Some(5), "{}", scheduler.log());
    assert!(!database.exists());

    fs::rename(&mounted, &database).unwrap();
    scheduler.launch();
    scheduler.must(&["status"]);
}
