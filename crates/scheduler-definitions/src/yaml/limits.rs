//! What a definition file may have at most. A file of 100,000 jobs stays far below all of these.

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 256 << 20;
/// Longest single text, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 << 10;
/// How deep lists and maps may lie in each other.
pub const DEPTH_MAX: usize = 32;
/// Values of one file: texts, lists, maps and their ends. 100,000 jobs have about three millions.
pub const NODES_MAX: usize = 20_000_000;
/// How many values the aliases of one file may add together. A file in which aliases of aliases double
/// each other (a YAML bomb) reaches it at once.
pub const ALIASED_NODES_MAX: usize = 100_000;
/// Values of one file that may be referred to (`&name`). Each is kept a second time.
pub const ANCHORS_MAX: usize = 10_000;
/// Mistakes of one file that are shown, with their messages; the rest is counted, and the count is shown after them.
pub const MISTAKES_MAX: usize = 1_000;
