//! What a store may rely on, on both databases.

mod claim;
mod commit;
mod conflict;
mod failure;
mod migration;
mod notification;
mod read;
mod table;
