//! Certificates, ports, and a word about what is left out.

use std::io::Write as _;
use std::net::TcpListener;

/// Names the file that collects what was skipped.
const SKIPPED: &str = "RINGMASTER_TEST_SKIPPED";

/// A certificate for one name that an authority of its own has signed, in PEM form.
pub(crate) struct Certificate {
    pub(crate) ca: String,
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Certificate {
    pub(crate) fn new(name: &str) -> Self {
        let make = || -> Result<Self, rcgen::Error> {
            let mut ca = rcgen::CertificateParams::new(Vec::new())?;
            ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            ca.distinguished_name.push(rcgen::DnType::CommonName, "a test authority");
            let ca_key = rcgen::KeyPair::generate()?;
            let ca_file = ca.self_signed(&ca_key)?.pem();
            let issuer = rcgen::Issuer::new(ca, ca_key);
            let key = rcgen::KeyPair::generate()?;
            let leaf = rcgen::CertificateParams::new(vec![name.to_owned()])?;
            let leaf = leaf.signed_by(&key, &issuer)?;
            Ok(Self { ca: ca_file, chain: leaf.pem(), key: key.serialize_pem() })
        };
        make().expect("a certificate")
    }
}

/// A port of this machine that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bound");
    listener.local_addr().expect("an address").port()
}

/// Says that a test is left out, and why.
pub(crate) fn skip(reason: &str) {
    eprintln!("SKIPPED {reason}");
    if let Some(path) = std::env::var_os(SKIPPED) {
        let file = std::fs::File::options().create(true).append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "notification by mail: {reason}"));
        written.expect("add a line to the file that RINGMASTER_TEST_SKIPPED names");
    }
}
