//! The rules that every connector must keep, as tests.
//!
//! Whoever writes a connector implements [`Harness`] for it, with a target that the tests control, and writes
//! `connector::conformance_tests!(MyHarness::new().await);` into a test file: that makes one test per rule. The crate needs `tokio` with its
//! macros among its dev-dependencies. [`run`] checks all rules in a row instead.
//!
//! Some rules make the way between the connector and its target faulty ([`WayFault`]). A harness says which faults it can produce, and
//! [`Coverage`] which are exercised; a rule is broken where a fault that can be produced has not happened. The test of the rule
//! `faults_that_are_left_out_have_a_reason` prints them.

mod acts;
mod faulty_acts;
mod faulty_starts;
mod faulty_watches;
mod follow;
mod harness;
mod logs;
mod messages;
mod starts;
mod suffering;
mod watches;
mod way;

use futures_util::future::BoxFuture;

pub use self::harness::Harness;
pub use self::way::{CALLS, Coverage, WayFault};

/// Why a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// Whether a rule is kept.
pub type Kept = Result<(), Broken>;

/// A rule.
pub struct Rule {
    /// Its name: what it says.
    pub name: &'static str,
    /// Checks it.
    pub check: for<'a> fn(&'a dyn Harness) -> BoxFuture<'a, Kept>,
}

/// Calls another macro with the names of all rules, and what stands before them.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_rules {
    ($then:path, $($before:tt)*) => {
        $then! { $($before)*
            a_key_starts_one_task_however_often_it_is_sent,
            a_key_starts_one_task_when_it_is_sent_many_times_at_once,
            a_start_whose_answer_was_lost_is_found_running,
            a_key_that_was_never_sent_is_not_found,
            a_refused_start_runs_nothing,
            a_start_over_a_broken_way_hides_no_running_task,
            an_ended_task_is_not_started_again,
            a_watch_tells_the_end_with_its_code,
            a_watch_tells_of_all_tasks_at_first,
            a_watch_tells_in_full_of_a_task_that_joins_late,
            a_watch_with_an_unknown_cursor_tells_of_all_tasks,
            a_watch_that_is_dropped_loses_no_news,
            a_watch_without_news_answers_within_its_wait,
            a_watch_of_an_unknown_task_harms_no_other,
            an_end_stays_as_it_is,
            states_are_short,
            a_watch_over_a_broken_way_fails_and_ends_nothing,
            a_cancel_kills_or_is_refused_as_the_info_says,
            a_repeated_cancel_changes_nothing,
            a_cancel_after_the_end_is_too_late,
            a_delete_may_be_repeated,
            a_deleted_task_is_not_started_again,
            a_log_read_in_parts_is_the_log_read_as_a_whole,
            a_log_that_is_followed_ends,
            a_log_that_is_not_there_is_not_found,
            a_heartbeat_follows_the_way_to_the_target,
            what_the_info_says_has_forms,
            an_unknown_task_type_has_no_form,
            an_unknown_kind_of_agent_is_no_connection,
            faults_that_are_left_out_have_a_reason,
            calls_and_answers_survive_json,
            a_start_over_a_slow_way_runs_once,
            a_start_that_an_error_answers_is_not_failed_where_it_may_run,
            a_start_whose_answers_are_all_lost_runs_once_and_is_found,
            a_start_that_arrives_twice_runs_once,
            a_start_that_hangs_runs_once_or_never,
            a_start_over_a_flapping_way_runs_at_most_once,
            a_watch_over_a_slow_way_tells_the_end,
            a_watch_that_an_error_answers_ends_nothing_and_goes_on,
            a_watch_whose_answers_are_lost_loses_no_news,
            a_watch_that_arrives_twice_tells_one_end,
            a_watch_that_hangs_is_given_up_and_loses_no_news,
            a_watch_over_a_flapping_way_ends_nothing_and_goes_on,
            a_search_over_a_faulty_way_hides_no_running_task,
            a_cancel_over_a_faulty_way_ends_its_task_and_no_other,
            a_log_over_a_faulty_way_is_whole_or_goes_on,
        }
    };
}

macro_rules! rules {
    ($($name:ident,)*) => {
        /// All rules.
        pub const RULES: &[Rule] = &[$(Rule { name: stringify!($name), check: |harness| Box::pin($name(harness)) }),*];
    };
}

use acts::{
    a_cancel_after_the_end_is_too_late, a_cancel_kills_or_is_refused_as_the_info_says,
    a_delete_may_be_repeated, a_deleted_task_is_not_started_again,
    a_heartbeat_follows_the_way_to_the_target, a_repeated_cancel_changes_nothing,
};
use faulty_acts::{
    a_cancel_over_a_faulty_way_ends_its_task_and_no_other,
    a_log_over_a_faulty_way_is_whole_or_goes_on, a_search_over_a_faulty_way_hides_no_running_task,
};
use faulty_starts::{
    a_start_over_a_flapping_way_runs_at_most_once, a_start_over_a_slow_way_runs_once,
    a_start_that_an_error_answers_is_not_failed_where_it_may_run,
    a_start_that_arrives_twice_runs_once, a_start_that_hangs_runs_once_or_never,
    a_start_whose_answers_are_all_lost_runs_once_and_is_found,
};
use faulty_watches::{
    a_watch_over_a_flapping_way_ends_nothing_and_goes_on, a_watch_over_a_slow_way_tells_the_end,
    a_watch_that_an_error_answers_ends_nothing_and_goes_on,
    a_watch_that_arrives_twice_tells_one_end, a_watch_that_hangs_is_given_up_and_loses_no_news,
    a_watch_whose_answers_are_lost_loses_no_news,
};
use logs::{
    a_log_read_in_parts_is_the_log_read_as_a_whole, a_log_that_is_followed_ends,
    a_log_that_is_not_there_is_not_found,
};
use messages::{
    an_unknown_kind_of_agent_is_no_connection, an_unknown_task_type_has_no_form,
    calls_and_answers_survive_json, what_the_info_says_has_forms,
};
use starts::{
    a_key_starts_one_task_however_often_it_is_sent,
    a_key_starts_one_task_when_it_is_sent_many_times_at_once,
    a_key_that_was_never_sent_is_not_found, a_refused_start_runs_nothing,
    a_start_over_a_broken_way_hides_no_running_task,
    a_start_whose_answer_was_lost_is_found_running, an_ended_task_is_not_started_again,
};
use watches::{
    a_watch_of_an_unknown_task_harms_no_other, a_watch_over_a_broken_way_fails_and_ends_nothing,
    a_watch_tells_in_full_of_a_task_that_joins_late, a_watch_tells_of_all_tasks_at_first,
    a_watch_tells_the_end_with_its_code, a_watch_that_is_dropped_loses_no_news,
    a_watch_with_an_unknown_cursor_tells_of_all_tasks,
    a_watch_without_news_answers_within_its_wait, an_end_stays_as_it_is, states_are_short,
};
use way::faults_that_are_left_out_have_a_reason;

conformance_rules!(rules,);

/// Makes one test of each rule. The argument is an expression that makes a [`Harness`] and may await; it is evaluated once per test.
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr) => {
        $crate::conformance_rules!($crate::conformance_tests_of, $harness;);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests_of {
    ($harness:expr; $($name:ident,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let harness = $harness;
                $crate::conformance::check(&harness, stringify!($name)).await;
            }
        )*
    };
}

/// Checks the rule of this name. Panics when it is broken, or when there is none.
pub async fn check(harness: &dyn Harness, name: &str) {
    let rule = RULES.iter().find(|rule| rule.name == name);
    let rule = rule.unwrap_or_else(|| panic!("there is no rule `{name}`"));
    if let Err(broken) = (rule.check)(harness).await {
        panic!("the connector breaks the rule `{name}`: {broken}");
    }
}

/// Checks all rules, one after the other, and says which faults of the way were exercised. Panics with all that are broken.
pub async fn run(harness: &dyn Harness) -> Coverage {
    let mut broken = Vec::new();
    for rule in RULES {
        if let Err(why) = (rule.check)(harness).await {
            broken.push(format!("{}: {why}", rule.name));
        }
    }
    assert!(
        broken.is_empty(),
        "the connector breaks {} rules:\n{}",
        broken.len(),
        broken.join("\n")
    );
    Coverage::of(harness)
}

/// Breaks the rule, unless something is so.
macro_rules! ensure {
    ($is_so:expr, $($why:tt)+) => {
        if !$is_so {
            return Err($crate::conformance::Broken(format!($($why)+)));
        }
    };
}
use ensure;
