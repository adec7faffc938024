//! The query fragments that differ between the two databases. [`both!`](crate::both) brings them into scope under
//! their plain names; the table in its documentation is the reference.

/// The SQLite form of each fragment.
pub mod sqlite {
    #[doc(hidden)]
    pub use crate::{
        __sqlite_analyze as analyze, __sqlite_change_lock as change_lock, __sqlite_item as item,
        __sqlite_items as items, __sqlite_key_lock as key_lock, __sqlite_lock as lock,
        __sqlite_one_of_ids as one_of_ids, __sqlite_one_of_texts as one_of_texts,
        __sqlite_row_lock as row_lock, __sqlite_share_lock as share_lock,
    };
}

/// The PostgreSQL form of each fragment.
pub mod postgres {
    #[doc(hidden)]
    pub use crate::{
        __postgres_analyze as analyze, __postgres_change_lock as change_lock,
        __postgres_item as item, __postgres_items as items, __postgres_key_lock as key_lock,
        __postgres_lock as lock, __postgres_one_of_ids as one_of_ids,
        __postgres_one_of_texts as one_of_texts, __postgres_row_lock as row_lock,
        __postgres_share_lock as share_lock,
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_lock {
    () => {
        ""
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_lock {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_row_lock {
    () => {
        ""
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_row_lock {
    () => {
        " FOR UPDATE"
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_key_lock {
    () => {
        ""
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_key_lock {
    () => {
        " FOR KEY SHARE"
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_change_lock {
    ($($table:literal)?) => {
        ""
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_change_lock {
    () => {
        " FOR NO KEY UPDATE"
    };
    ($table:literal) => {
        concat!(" FOR NO KEY UPDATE OF ", $table)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_share_lock {
    ($($table:literal)?) => {
        ""
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_share_lock {
    () => {
        " FOR SHARE"
    };
    ($table:literal) => {
        concat!(" FOR SHARE OF ", $table)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_one_of_ids {
    ($placeholder:literal) => {
        concat!(" IN (SELECT value FROM json_each(", $placeholder, "))")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_one_of_ids {
    ($placeholder:literal) => {
        concat!(
            " = ANY(ARRAY(SELECT item::bigint FROM json_array_elements_text(",
            $placeholder,
            "::json) AS items(item)))"
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_one_of_texts {
    ($placeholder:literal) => {
        concat!(" IN (SELECT value FROM json_each(", $placeholder, "))")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_one_of_texts {
    ($placeholder:literal) => {
        concat!(
            " = ANY(ARRAY(SELECT item FROM json_array_elements_text(",
            $placeholder,
            "::json) AS items(item)))"
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_analyze {
    ($table:literal) => {
        "PRAGMA optimize"
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_analyze {
    ($table:literal) => {
        concat!("ANALYZE ", $table)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_items {
    ($placeholder:literal) => {
        concat!("json_each(", $placeholder, ")")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_items {
    ($placeholder:literal) => {
        concat!("jsonb_array_elements(CAST(", $placeholder, " AS jsonb)) AS items(value)")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sqlite_item {
    ($index:literal, $type:literal) => {
        concat!("CAST(json_extract(value, '$[", $index, "]') AS ", $type, ")")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __postgres_item {
    ($index:literal, $type:literal) => {
        concat!("CAST(value->>", $index, " AS ", $type, ")")
    };
}
