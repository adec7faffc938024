//! Comparing the schemas of the two databases.
