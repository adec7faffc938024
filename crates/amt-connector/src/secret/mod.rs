//! Secrets in `Connector.config`: the old encoding, and sealed values that a key file protects.

mod credential;
mod keyfile;
mod legacy;
mod seal;

pub use credential::{Form, open};
pub use keyfile::{KeyFileError, SealKey};
pub use legacy::{decode, encode};
pub use seal::{SealError, is_sealed, seal, unseal};
