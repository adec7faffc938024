//! Sealing: each secret has a key of its own, and that key is sealed with one of the key file.
//!
//! A byte for the form, then a nonce of 24 bytes with the sealed data key (32 bytes and a tag of 16), then a nonce with the sealed
//! secret. Both are authenticated with the form, the kind, the name and the key's id, so that no row opens in the place of
//! another one.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kit::Secret;
use zeroize::Zeroizing;

/// The first byte of what this program seals.
const FORM: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Most bytes of a secret.
pub(super) const SECRET_BYTES_MAX: usize = 16 * 1024;

/// The bytes of a key, which are wiped when they are dropped.
pub(super) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// Whose a secret is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'o> {
    pub(super) kind: &'o str,
    pub(super) name: &'o str,
    pub(super) key_id: &'o str,
}

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotOpened {
    /// Another version has written them.
    #[error("another version of this program has sealed it")]
    Form,
    /// They are cut, changed, of another row, or of another key.
    #[error("it was damaged, or moved from another row of the database")]
    Changed,
}

/// The system gave no random numbers, or the secret is too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotSealed {
    /// No random numbers.
    #[error("the system gave no random numbers")]
    Random,
    /// Too long.
    #[error("it has {0} bytes; at most {SECRET_BYTES_MAX} can be kept")]
    TooLong(usize),
}

/// A new random key.
pub(super) fn new_key() -> Result<KeyBytes, NotSealed> {
    let mut key = KeyBytes::default();
    getrandom::fill(&mut *key).map_err(|_| NotSealed::Random)?;
    Ok(key)
}

/// Seals a secret; the same one gives other bytes each time.
pub(super) fn seal(key: &KeyBytes, of: Owner<'_>, secret: &Secret) -> Result<Vec<u8>, NotSealed> {
    let text = secret.expose().as_bytes();
    if text.len() > SECRET_BYTES_MAX {
        return Err(NotSealed::TooLong(text.len()));
    }
    let data_key = new_key()?;
    let wrapped = encrypt(key, &bound(of, "key"), &*data_key)?;
    let sealed = encrypt(&data_key, &bound(of, "secret"), text)?;
    Ok([&[FORM][..], &wrapped, &sealed].concat())
}

/// Opens what [`seal`] has made for the same owner with the same key.
pub(super) fn open(key: &KeyBytes, of: Owner<'_>, bytes: &[u8]) -> Result<Secret, NotOpened> {
    const WRAPPED: usize = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
    let (form, rest) = bytes.split_first().ok_or(NotOpened::Changed)?;
    if *form != FORM {
        return Err(NotOpened::Form);
    }
    let (wrapped, sealed) = rest.split_at_checked(WRAPPED).ok_or(NotOpened::Changed)?;
    let unwrapped = decrypt(key, &bound(of, "key"), wrapped)?;
    let mut data_key = KeyBytes::default();
    if unwrapped.len() != KEY_BYTES {
        return Err(NotOpened::Changed);
    }
    data_key.copy_from_slice(&unwrapped);
    let text = decrypt(&data_key, &bound(of, "secret"), sealed)?;
    let text = std::str::from_utf8(&text).map_err(|_| NotOpened::Changed)?;
    Ok(Secret::new(text))
}

/// A nonce and what is encrypted with it.
fn encrypt(key: &KeyBytes, bound: &[u8], text: &[u8]) -> Result<Vec<u8>, NotSealed> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| NotSealed::Random)?;
    let payload = Payload { msg: text, aad: bound };
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| NotSealed::TooLong(text.len()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn decrypt(key: &KeyBytes, bound: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(NotOpened::Changed)?;
    let payload = Payload { msg: sealed, aad: bound };
    let text =
        cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| NotOpened::Changed)?;
    Ok(Zeroizing::new(text))
}

fn cipher(key: &KeyBytes) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(**key).into())
}

/// What the sealed bytes are bound to. Each part is preceded by its length, so that no two owners have the same bytes.
fn bound(of: Owner<'_>, part: &str) -> Vec<u8> {
    let mut bytes = vec![FORM];
    for text in ["ringmaster secret", part, of.kind, of.name, of.key_id] {
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Owner<'static> = Owner { kind: "batch_user", name: "anna", key_id: "k1" };

    #[test]
    fn a_secret_opens_for_its_owner_with_its_key_and_never_looks_the_same() {
        let key = new_key().unwrap();
        for text in ["", "x", "Grüezi\n", &"a".repeat(SECRET_BYTES_MAX)] {
            let secret = Secret::new(text);
            let (one, two) =
                (seal(&key, ANNA, &secret).unwrap(), seal(&key, ANNA, &secret).unwrap());
            assert_eq!(open(&key, ANNA, &one).unwrap().expose(), text);
            assert_eq!(open(&key, ANNA, &two).unwrap().expose(), text);
            assert_ne!(one, two);
            assert!(text.len() < 4 || !one.windows(text.len()).any(|part| part == text.as_bytes()));
        }
        let long = Secret::new("a".repeat(SECRET_BYTES_MAX + 1));
        assert_eq!(seal(&key, ANNA, &long), Err(NotSealed::TooLong(SECRET_BYTES_MAX + 1)));
    }

    #[test]
    fn sealed_bytes_open_neither_for_another_owner_nor_with_another_key() {
        let (key, other) = (new_key().unwrap(), new_key().unwrap());
        let sealed = seal(&key, ANNA, &Secret::new("hush")).unwrap();
        assert_eq!(open(&other, ANNA, &sealed).unwrap_err(), NotOpened::Changed);
        for owner in [
            Owner { name: "bert", ..ANNA },
            Owner { name: "", ..ANNA },
            Owner { kind: "property", ..ANNA },
            Owner { key_id: "k2", ..ANNA },
            // The same letters, cut elsewhere.
            Owner { kind: "batch_usera", name: "nna", ..ANNA },
        ] {
            assert_eq!(open(&key, owner, &sealed).unwrap_err(), NotOpened::Changed, "{owner:?}");
        }
    }

    #[test]
    fn sealed_bytes_that_are_cut_or_changed_anywhere_do_not_open() {
        let key = new_key().unwrap();
        let sealed = seal(&key, ANNA, &Secret::new("hush")).unwrap();
        for length in 0..sealed.len() {
            assert!(open(&key, ANNA, &sealed[..length]).is_err(), "{length} bytes");
        }
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            let expected = if place == 0 { NotOpened::Form } else { NotOpened::Changed };
            assert_eq!(open(&key, ANNA, &changed).unwrap_err(), expected, "byte {place}");
        }
        let longer = [sealed.as_slice(), &[0]].concat();
        assert_eq!(open(&key, ANNA, &longer).unwrap_err(), NotOpened::Changed);
    }

    #[test]
    fn halves_of_two_secrets_of_one_owner_do_not_open_together() {
        let key = new_key().unwrap();
        let of = |text: &str| seal(&key, ANNA, &Secret::new(text)).unwrap();
        let (old, new) = (of("old password"), of("new password"));
        let cut = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES;
        let mixed = [&old[..cut], &new[cut..]].concat();
        assert_eq!(open(&key, ANNA, &mixed).unwrap_err(), NotOpened::Changed);
    }
}
