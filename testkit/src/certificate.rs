//! Certificates for servers under test.

/// A certificate that an authority of its own has signed, all in PEM form.
#[derive(Debug)]
pub struct Certificate {
    /// The authority, for who has to trust the server.
    pub ca_pem: String,
    /// The server's certificate.
    pub chain_pem: String,
    /// Its key.
    pub key_pem: String,
}

impl Certificate {
    /// A certificate for these names or addresses.
    pub fn new(names: &[&str]) -> Self {
        Self::try_new(names).expect("make a certificate for the test")
    }

    fn try_new(names: &[&str]) -> Result<Self, rcgen::Error> {
        let mut ca = rcgen::CertificateParams::new(Vec::new())?;
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        ca.distinguished_name.push(rcgen::DnType::CommonName, "a test authority");
        let ca_key = rcgen::KeyPair::generate()?;
        let ca_pem = ca.self_signed(&ca_key)?.pem();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = rcgen::KeyPair::generate()?;
        let leaf = rcgen::CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        Ok(Self { ca_pem, chain_pem: leaf.pem(), key_pem: key.serialize_pem() })
    }
}
