//! Addresses of webhooks: what of them may be shown, and which may be called.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

/// Most bytes of an address.
const URL_BYTES_MAX: usize = 4_096;

/// An address that can be called.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) url: Url,
    /// For people.
    pub(crate) shown: String,
}

/// Scheme, host and port: what may be shown of an address.
pub(crate) fn shown(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if url.has_host() => origin(&url),
        _ => "(not a web address)".to_owned(),
    }
}

fn origin(url: &Url) -> String {
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Why it cannot be called, without what may be secret.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > URL_BYTES_MAX {
            return Err(format!("the webhook address is longer than {URL_BYTES_MAX} bytes"));
        }
        let url = Url::parse(text).map_err(|error| {
            format!("the webhook address is not a URL ({error}); write it as https://host/path")
        })?;
        let shown = shown(text);
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = url.scheme();
            return Err(format!("{shown}: webhooks are called by https or http, not by {scheme}"));
        }
        Ok(Self { url, shown })
    }

    /// The host when it is written as a number.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        match self.url.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// Whether this is below a prefix: the same scheme, host and port, and the beginning of the path in whole parts.
    pub(crate) fn is_below(&self, prefix: &Url) -> bool {
        if origin(&self.url) != origin(prefix) {
            return false;
        }
        let start = prefix.path().trim_end_matches('/');
        let rest = self.url.path().strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// `text` without the parts of the address that may be secret: a server may repeat them in its answer.
    pub(crate) fn mask(&self, text: &str) -> String {
        let url = &self.url;
        let mut parts: Vec<String> = vec![url.path().to_owned()];
        parts.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
        parts.extend(url.query().map(str::to_owned));
        parts.extend(url.query_pairs().flat_map(|(name, value)| [name.into(), value.into()]));
        parts.extend([url.username().to_owned()]);
        parts.extend(url.password().map(str::to_owned));
        // The longest first, or a short one would spoil a long one.
        parts.sort_unstable_by_key(|part| std::cmp::Reverse(part.len()));
        let parts = parts.iter().filter(|part| part.len() >= 4);
        parts.fold(text.to_owned(), |text, part| text.replace(part.as_str(), "…"))
    }
}

/// Whether an address belongs to this machine, a private network, or anything else that is not a host of the open Internet.
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let inner = v6.to_ipv4_mapped().or_else(|| translated(v6.octets()));
            inner.is_some_and(is_private_v4)
                || v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
        }
    }
}

/// The IPv4 address inside of one of NAT64 (`64:ff9b::/96`).
fn translated(octets: [u8; 16]) -> Option<Ipv4Addr> {
    let rest = octets.strip_prefix(&[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])?;
    let &[a, b, c, d] = rest else { return None };
    Some(Ipv4Addr::new(a, b, c, d))
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Shared between a provider and its customers.
        || a == 100 && (64..128).contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn only_scheme_host_and_port_are_shown() {
        assert_eq!(shown("https://u:p@h.example:8443/a?b=c#d"), "https://h.example:8443");
        assert_eq!(shown("https://h.example/"), "https://h.example");
        assert_eq!(shown("nothing of this"), "(not a web address)");
        assert_eq!(shown("data:text/plain,secret"), "(not a web address)");
    }

    #[test]
    fn what_cannot_be_called_is_refused_without_showing_it() {
        for text in ["t0ken", "ftp://h/t0ken", "https:///", "http://[::1/t0ken", "file:///t0ken"] {
            let error = Address::parse(text).map(|_| ()).unwrap_err();
            assert!(!error.contains("t0ken"), "{error}");
        }
        assert!(Address::parse(&format!("https://h/{}", "x".repeat(5000))).is_err());
    }

    #[test]
    fn a_prefix_counts_in_whole_parts_of_the_same_server() {
        let prefix = Url::parse("https://h.example/hooks").unwrap();
        for (text, expected) in [
            ("https://h.example/hooks", true),
            ("https://h.example/hooks/a", true),
            ("https://h.example/hooks?a", true),
            ("https://H.example:443/hooks/", true),
            ("https://h.example/hooksb", false),
            ("https://h.example/", false),
            ("http://h.example/hooks", false),
            ("https://h.example:8443/hooks", false),
            ("https://h.example.evil.example/hooks", false),
            ("https://h.example@evil.example/hooks", false),
            ("https://h.example/other/../hooks/a", true),
        ] {
            assert_eq!(address(text).is_below(&prefix), expected, "{text}");
        }
        let all = Url::parse("https://h.example").unwrap();
        assert!(address("https://h.example/x").is_below(&all));
    }

    #[test]
    fn an_answer_that_repeats_the_address_is_masked() {
        let address = address("https://h.example/services/T0KEN-1?key=s3cr%65t&a=b");
        let text = address.mask("Cannot POST /services/T0KEN-1?key=s3cr%65t&a=b (s3cret), T0KEN-1");
        for secret in ["T0KEN", "s3cr"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(address.mask("no such hook"), "no such hook");
    }

    #[test]
    fn private_addresses_are_known_in_all_their_forms() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "ff02::1",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "64:ff9b::808:808"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
        // The URL standard reads numbers in many ways, and all of them are looked at.
        for text in ["http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://[::1]/"] {
            assert!(address(text).literal().is_some_and(is_private), "{text}");
        }
    }
}
