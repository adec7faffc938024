//! How much a text may ask for. Every limit is refused with a sentence that names it.

/// Longest text that is read, and longest result, in bytes: 1 MiB. What definitions hold is far
/// shorter; a script with tokens in it fits.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// How deep tokens may stand in one another, counting tokens in the values of properties.
pub const DEPTH_MAX: usize = 64;

/// Tokens that are resolved for one text, counting those in values of properties.
pub const TOKENS_MAX: usize = 10_000;

/// Bytes that are put together on the way to one result, in all: values of tokens, texts that
/// expressions make. It bounds time and memory whatever a text asks for.
pub const WORK_BYTES_MAX: usize = 16 << 20;

/// Steps that the expressions of one text may take in all.
pub const STEPS_MAX: usize = 1_000_000;

/// Longest value of a property, in characters (`opcon-domain 1.9`).
pub const VALUE_CHARS_MAX: usize = 4_000;

/// Longest text of property definitions (`P1=v1;P2=v2`), in bytes.
pub const DEFINITIONS_BYTES_MAX: usize = 64 * 1024;

/// Mistakes that are reported of one text; the rest are counted.
pub const PROBLEMS_MAX: usize = 100;

/// Names that are compared for "did you mean" in one text, in all; after that, messages do without.
pub const COMPARED_NAMES_MAX: usize = 20_000;

/// Longest date format, in characters.
pub const DATE_FORMAT_CHARS_MAX: usize = 255;
