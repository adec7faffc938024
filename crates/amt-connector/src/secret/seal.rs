//! Sealed values: XChaCha20-Poly1305 under the key of a key file.
//!
//! `sealed:v1:` and then base64url, without padding, of a random nonce of 24 bytes and the ciphertext with its tag. The
//! prefix is authenticated, so a value cannot be passed off as another version. Values are not bound to a key of the
//! configuration: a value sealed for USER opens as PASSWORD, which gains an attacker who may write the file nothing.

use super::keyfile::SealKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const PREFIX: &str = "sealed:v1:";
const NONCE_BYTES: usize = 24;

/// A sealed value that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A version that this program does not know.
    #[error(
        "it is sealed in a form that this version cannot read; seal it again with `encrypt --seal`"
    )]
    Version,
    /// Not base64url, or too short.
    #[error(
        "it is cut off or has a wrong character; paste the whole output of `encrypt --seal` again"
    )]
    Form,
    /// Another key, or a changed value.
    #[error(
        "the key file does not open it; use the key file it was sealed with, or seal it again with `encrypt --seal`"
    )]
    Key,
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    Random,
}

/// True if a value claims to be sealed, in whatever version.
pub fn is_sealed(value: &str) -> bool {
    value.starts_with("sealed:")
}

/// Seals a text; the same text gives another value each time.
pub fn seal(text: &str, key: &SealKey) -> Result<String, SealError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
    let payload = Payload { msg: text.as_bytes(), aad: PREFIX.as_bytes() };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Form)?;
    let bytes = [nonce.as_slice(), &sealed].concat();
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// Opens a sealed value.
pub fn unseal(value: &str, key: &SealKey) -> Result<String, SealError> {
    let rest = value.strip_prefix(PREFIX).ok_or(SealError::Version)?;
    let bytes = URL_SAFE_NO_PAD.decode(rest).map_err(|_| SealError::Form)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Form)?;
    let payload = Payload { msg: sealed, aad: PREFIX.as_bytes() };
    let text = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Key)?;
    String::from_utf8(text).map_err(|_| SealError::Form)
}

fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key.bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_with_its_key_only() {
        let (key, other) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
        let value = seal("hush-hush", &key).unwrap();
        assert!(is_sealed(&value) && !value.contains("hush"));
        assert_eq!(unseal(&value, &key).as_deref(), Ok("hush-hush"));
        assert_eq!(unseal(&value, &other), Err(SealError::Key));
        assert_ne!(seal("hush-hush", &key), Ok(value));
    }

    #[test]
    fn a_changed_value_does_not_open() {
        let key = SealKey::generate().unwrap();
        let value = seal("x", &key).unwrap();
        let last = if value.ends_with('A') { "B" } else { "A" };
        let middle = value.len() - 10;
        let changed = format!("{}{last}{}", &value[..middle], &value[middle + 1..]);
        assert!(changed == value || unseal(&changed, &key) == Err(SealError::Key));
        assert_eq!(unseal(&value[..20], &key), Err(SealError::Form));
        assert_eq!(unseal(&value.replace("v1", "v2"), &key), Err(SealError::Version));
        assert_eq!(unseal("sealed:v1:!", &key), Err(SealError::Form));
    }
}
