//! USER and PASSWORD of a configuration, in either form.

use super::{SealKey, decode, is_sealed, unseal};
use crate::config::{ConfigError, Key, Loaded, Section};
use secrecy::SecretString;
use std::path::Path;

/// How a value is kept in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The old encoding, which protects nothing.
    Encoded,
    /// Sealed under the key file.
    Sealed,
}

/// Opens the value of USER or PASSWORD.
///
/// # Errors
/// Names file, line and key; a value of neither form is taken for plain text, and never shown.
pub fn open(
    loaded: &Loaded,
    key: Key,
    key_file: &Path,
) -> Result<(SecretString, Form), ConfigError> {
    let Some(value) = loaded.value(key) else {
        return Err(ConfigError::Missing {
            place: loaded.place(key),
            key: key.name(),
            section: Section::AmtBatchServer.name(),
            example: "<output of encrypt>",
        });
    };
    if is_sealed(value) {
        let seal_key =
            SealKey::read(key_file).map_err(|error| loaded.bad(key, error.to_string()))?;
        let text = unseal(value, &seal_key).map_err(|error| loaded.bad(key, error.to_string()))?;
        return Ok((text.into(), Form::Sealed));
    }
    match decode(value) {
        Some(text) => Ok((text.into(), Form::Encoded)),
        None => Err(loaded.bad(
            key,
            "it is plain text or was cut off; run `encrypt` (or `encrypt --seal`) on the value and put its output here",
        )),
    }
}
