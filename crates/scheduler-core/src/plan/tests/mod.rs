//! Planning: tables of what a day consists of, and random definitions against an oracle that is written differently.

mod added;
mod compare;
mod containers;
mod days;
mod dependencies;
mod estimates;
mod excludes;
mod instants;
mod oracle;
mod random;
mod times;
