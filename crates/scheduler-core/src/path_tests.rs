//! How paths are written.

use super::*;

#[test]
fn a_path_reads_one_way_only() {
    let jobs = Path::default().field("schedules").field("Nightly").field("jobs");
    assert_eq!(
        jobs.field("Load").field("depends_on").index(0).field("job").to_string(),
        "schedules.Nightly.jobs.Load.depends_on[0].job"
    );
    assert_eq!(jobs.field("Load 1").to_string(), r#"schedules.Nightly.jobs."Load 1""#);
    assert_ne!(jobs.field("a.b").to_string(), jobs.field("a").field("b").to_string());
    assert_ne!(jobs.field("a[0]").to_string(), jobs.field("a").index(0).to_string());
}

#[test]
fn steps_are_added_and_taken_off_at_the_end() {
    let mut path = Path::default();
    assert!(path.is_empty());
    path.push(Step::Field("jobs".into()));
    path.push(Step::Index(3));
    assert_eq!(path, Path::default().field("jobs").index(3));
    assert_eq!(path.steps().iter().cloned().collect::<Path>(), path);
    path.pop();
    assert_eq!(path.to_string(), "jobs");
}

#[test]
fn the_field_of_a_problem_becomes_steps() {
    let problem = crate::problem::Problem::new("dates[2].from", "is wrong");
    let at = problem.at(&Path::default().field("calendars").field("C"));
    let expected =
        Path::default().field("calendars").field("C").field("dates").index(2).field("from");
    assert_eq!((at.path, at.message.as_str(), at.missing), (expected, "is wrong", None));
}
