//! The archive from outside: one set of rules in a folder and in an S3 server that is not ours (moto), writers that are killed, damage, and
//! stores that fail.

mod contract;
mod damage;
#[cfg(unix)]
mod killed;
mod place;
mod property;
mod texts;

/// Runs every rule in a folder and in a bucket.
macro_rules! rules {
    ($($module:ident::$rule:ident)*) => {
        mod folder {
            $(#[tokio::test]
            async fn $rule() {
                crate::$module::$rule(&crate::place::Place::folder()).await;
            })*
        }
        mod bucket {
            $(#[tokio::test]
            async fn $rule() {
                if let Some(place) = crate::place::Place::bucket() {
                    crate::$module::$rule(&place).await;
                }
            })*
        }
    };
}

rules! {
    contract::what_is_finished_is_read_by_another_process
    contract::a_small_log_is_one_object
    contract::a_long_log_is_cut_into_whole_chunks
    contract::ranges_begin_and_end_between_characters
    contract::followers_read_what_was_flushed
    contract::many_flushes_leave_few_chunks
    contract::a_log_goes_on_where_its_writer_died
    contract::logs_that_end_together_share_objects
    contract::deleting_one_log_leaves_the_others
    contract::days_expire_as_a_whole
    contract::a_sweep_removes_what_nobody_refers_to_and_nothing_else
    contract::instances_do_not_touch_each_other
    contract::another_or_an_empty_place_is_not_the_known_archive
    contract::nothing_is_written_to_a_place_that_is_lost
    damage::damage_is_named_and_the_rest_stays_readable
    damage::a_truncated_object_is_named
    damage::a_missing_object_is_named
}
