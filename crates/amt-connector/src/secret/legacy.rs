//! The encoding of the older connector: lower-case hexadecimal of the base64 of the text (`amt-domain 13.1.3`).
//!
//! It hides a value from a glance and protects nothing: anybody can decode it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Encodes a text; UTF-8 beyond ASCII.
pub fn encode(text: &str) -> String {
    STANDARD.encode(text).bytes().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Decodes a value in either case, or none if it is not of this form.
pub fn decode(value: &str) -> Option<String> {
    if value.is_empty() || !value.len().is_multiple_of(2) || !value.is_ascii() {
        return None;
    }
    let ascii: Option<Vec<u8>> = (0..value.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&value[at..at + 2], 16).ok())
        .collect();
    String::from_utf8(STANDARD.decode(ascii?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_values_are_met_byte_for_byte() {
        for (text, value) in [
            ("ocadm", "62324e685a47303d"),
            ("opconxps", "6233426a6232353463484d3d"),
            ("abcdefg", "59574a6a5a47566d5a773d3d"),
        ] {
            assert_eq!(encode(text), value);
            assert_eq!(decode(value).as_deref(), Some(text));
            assert_eq!(decode(&value.to_uppercase()).as_deref(), Some(text));
        }
    }

    #[test]
    fn plain_text_is_not_taken_for_an_encoded_value() {
        for value in ["", "ocadm", "secret12", "+1+2", "zz", "6", "62324e68", "ffff", "6232ä"] {
            // `62324e68` decodes to `oca`, which is a valid value.
            assert_eq!(decode(value).is_some(), value == "62324e68", "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in ".{1,60}") {
            let value = encode(&text);
            prop_assert!(value.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
            prop_assert_eq!(decode(&value), Some(text));
        }

        #[test]
        fn no_value_breaks_the_decoder(value in ".{0,60}") {
            let _ = decode(&value);
        }
    }
}
