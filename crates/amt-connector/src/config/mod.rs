//! `Connector.config`: every spelling found in the field (`amt-domain 13.1.2`), read by an own line parser.
//!
//! Public INI readers corrupt something: paths with backslashes, `#` inside values, or lines without `=`.

mod error;
mod keys;
mod lines;
mod nearest;
mod read;
mod settings;

pub use error::{ConfigError, Place};
pub use keys::{Key, Section};
pub use lines::{Entry, Line, parse};
pub use nearest::nearest;
pub use read::{Loaded, Raw, locate, read};
pub use settings::{Settings, address};
