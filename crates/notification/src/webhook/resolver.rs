//! Names of hosts, without those that lead inside.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_private;

/// Asks the system and leaves private addresses out. The check stands here, where the connection gets its addresses from, so that a
/// name cannot lead elsewhere between check and call.
#[derive(Debug)]
pub(crate) struct PublicOnly;

/// A name that leads inside only.
#[derive(Debug, thiserror::Error)]
#[error("its name leads to a private address")]
pub(crate) struct OnlyPrivate;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (private, public): (Vec<SocketAddr>, Vec<SocketAddr>) =
                found.partition(|address| is_private(address.ip()));
            if public.is_empty() && !private.is_empty() {
                return Err(OnlyPrivate.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
