//! Where the archive is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kit::secret::Secret;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{Certificate, ClientOptions};
use object_store::{BackoffConfig, RetryConfig};
use serde::Deserialize;

use crate::error::Error;
use crate::key;

/// How often a request to a store of objects is repeated after a failure that may pass. Every request does the same when it is repeated.
const REPEATS: usize = 3;

/// The settings of an archive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A folder (`/var/lib/ringmaster/logs`, `file:/var/lib/ringmaster/logs`), taken as it is written, or `s3://bucket/prefix`.
    pub url: String,
    /// Who writes here, 1 to 64 letters, digits, `-` and `_`: two schedulers may share a folder or a bucket under different names.
    #[serde(default = "main")]
    pub instance: String,
    /// The mark of the archive that there was before, as it was made by [`crate::Archive::open`]. With it an empty mount point or a wrong
    /// bucket is refused ([`Error::Lost`]) instead of being made an archive. `ringmaster serve` knows it from its database.
    #[serde(default)]
    pub known: Option<String>,
    /// How an S3-compatible store is reached; of no meaning for a folder.
    #[serde(default)]
    pub s3: S3,
    /// The longest that one operation of the store may take, in seconds, 1 to 600; 30 unless told.
    #[serde(default = "thirty")]
    pub timeout_seconds: u64,
}

/// How an S3-compatible store is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct S3 {
    /// `https://host:port`; none for Amazon's own. With `http://` everything is sent in the clear.
    pub endpoint: Option<String>,
    /// The region; `us-east-1` unless told.
    pub region: Option<String>,
    /// The id of the access key; without one the role of the machine is used, where there is one.
    pub key_id: Option<String>,
    /// The secret of the access key.
    pub secret: Option<Secret>,
    /// Whether the bucket stands in the path of addresses (`https://host/bucket/…`), as most servers want it, or before the host.
    /// Unless told: in the path when there is an endpoint.
    pub path_style: Option<bool>,
    /// A PEM file with the authorities that the server's certificate may be from, besides those of the system.
    pub ca_file: Option<PathBuf>,
}

/// What a URL means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Folder(PathBuf),
    Bucket { bucket: String, prefix: String },
}

impl Settings {
    /// An archive at `url` with everything else as it is unless told.
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        Self { url, instance: main(), known: None, s3: S3::default(), timeout_seconds: thirty() }
    }

    /// Refuses what can be seen to be wrong.
    pub(crate) fn check(&self) -> Result<Place, Error> {
        if !key::is_instance(&self.instance) {
            return Err(self.error(format!(
                "{:?} cannot be the name of an instance: use 1 to 64 letters, digits, - and _",
                self.instance
            )));
        }
        if !(1..=600).contains(&self.timeout_seconds) {
            let reason = format!("a time-out of {} s is not in 1 to 600", self.timeout_seconds);
            return Err(self.error(reason));
        }
        self.place()
    }

    fn place(&self) -> Result<Place, Error> {
        let wrong = |reason: &str| Err(self.error(reason.to_owned()));
        if let Some(rest) = self.url.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let is_bucket_letter = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            if bucket.is_empty() || !bucket.bytes().all(is_bucket_letter) {
                return wrong("name the bucket: s3://bucket/prefix");
            }
            let prefix = prefix.trim_end_matches('/');
            // What `Path` would leave out at the start is a part without a name too.
            let is_path =
                !prefix.starts_with('/') && object_store::path::Path::parse(prefix).is_ok();
            if !prefix.is_empty() && !is_path {
                return wrong(
                    "the prefix has an empty part, `.`, `..` or a letter that keys cannot have",
                );
            }
            return Ok(Place::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() });
        }
        let path = match self.url.strip_prefix("file:") {
            Some(path) => match path.strip_prefix("//") {
                Some(path) if path.starts_with('/') => path,
                Some(_) => return wrong("a file: URL names no host: use file:/folder"),
                None => path,
            },
            None if self.url.contains("://") => {
                return wrong("use a folder, file:/folder or s3://bucket/prefix");
            }
            None => self.url.as_str(),
        };
        if path.is_empty() {
            return wrong("name a folder, or s3://bucket/prefix");
        }
        Ok(Place::Folder(PathBuf::from(path)))
    }

    /// A client of the bucket.
    pub(crate) fn bucket(&self, bucket: &str) -> Result<AmazonS3, Error> {
        kit::tls::install_provider();
        let S3 { endpoint, region, key_id, secret, path_style, ca_file } = &self.s3;
        let limit = Duration::from_secs(self.timeout_seconds);
        let mut client = ClientOptions::new().with_timeout(limit).with_connect_timeout(limit / 3);
        if let Some(file) = ca_file {
            client = self.authorities(client, file)?;
        }
        let is_path_style = path_style.unwrap_or(endpoint.is_some());
        let backoff = BackoffConfig::default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(region.as_deref().unwrap_or("us-east-1"))
            .with_virtual_hosted_style_request(!is_path_style)
            .with_retry(RetryConfig { backoff, max_retries: REPEATS, retry_timeout: limit });
        if let Some(endpoint) = endpoint {
            client = client.with_allow_http(endpoint.starts_with("http://"));
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        match (key_id, secret) {
            (Some(key_id), Some(secret)) => {
                builder =
                    builder.with_access_key_id(key_id).with_secret_access_key(secret.expose());
            }
            (None, None) => {}
            _ => return Err(self.error("give both, the id of the key and its secret".to_owned())),
        }
        builder
            .with_client_options(client)
            .build()
            .map_err(|error| self.error(crate::error::reason(&error)))
    }

    fn authorities(&self, mut client: ClientOptions, file: &Path) -> Result<ClientOptions, Error> {
        let named = |error: String| self.error(format!("{}: {error}", file.display()));
        let pem = std::fs::read(file).map_err(|error| named(error.to_string()))?;
        let all = Certificate::from_pem_bundle(&pem).map_err(|error| named(error.to_string()))?;
        for certificate in all {
            client = client.with_root_certificate(certificate);
        }
        Ok(client)
    }

    pub(crate) fn error(&self, reason: String) -> Error {
        Error::Settings { place: self.url.clone(), reason }
    }
}

fn main() -> String {
    "main".to_owned()
}

fn thirty() -> u64 {
    30
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> Result<Place, Error> {
        Settings::new(url).check()
    }

    #[test]
    fn urls_name_folders_and_buckets() {
        let folder = |path: &str| Ok(Place::Folder(path.into()));
        assert_eq!(place("/var/logs"), folder("/var/logs"));
        assert_eq!(place("logs"), folder("logs"));
        assert_eq!(place("file:/var/logs"), folder("/var/logs"));
        assert_eq!(place("file:///var/logs"), folder("/var/logs"));
        let bucket = |bucket: &str, prefix: &str| {
            Ok(Place::Bucket { bucket: bucket.into(), prefix: prefix.into() })
        };
        assert_eq!(place("s3://b"), bucket("b", ""));
        assert_eq!(place("s3://b/c/d/"), bucket("b", "c/d"));
    }

    #[test]
    fn what_cannot_be_an_archive_is_refused_with_its_reason() {
        for url in [
            "",
            "file:",
            "file://host/x",
            "s3://",
            "s3:///x",
            "s3://b/../c",
            "s3://b//c",
            "ftp://x",
        ] {
            assert!(matches!(place(url), Err(Error::Settings { .. })), "{url}");
        }
        for instance in ["", "a/b", "..", "a b", "ä"] {
            let settings = Settings { instance: instance.to_owned(), ..Settings::new("x") };
            assert!(settings.check().is_err(), "{instance}");
        }
        let half = S3 { key_id: Some("id".to_owned()), ..S3::default() };
        let half = Settings { s3: half, ..Settings::new("s3://b") };
        assert!(half.bucket("b").unwrap_err().to_string().contains("give both"));
    }

    #[test]
    fn settings_never_show_the_secret() {
        let s3 = S3 { secret: Some(Secret::new("hunter2")), ..S3::default() };
        let shown = format!("{:?}", Settings { s3, ..Settings::new("s3://b") });
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
