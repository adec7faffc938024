//! Where a test has its archive, and how it looks at the objects behind the archive's back.

use std::path::{Path, PathBuf};

use job_archive::{Archive, S3, Settings};
use kit::Secret;
use tempfile::TempDir;
use testkit::S3Server;

/// A folder or a bucket.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) settings: Settings,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Folder {
        /// Removed when dropped.
        _folder: TempDir,
    },
    Bucket(S3Server, String),
}

impl Place {
    pub(crate) fn folder() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings::new(folder.path().join("logs").to_str().expect("UTF-8"));
        Self { settings, kind: Kind::Folder { _folder: folder } }
    }

    /// None when no server can be had.
    pub(crate) fn bucket() -> Option<Self> {
        let server = S3Server::find()?;
        let bucket = server.make_bucket();
        let s3 = S3 {
            endpoint: Some(server.url.clone()),
            key_id: Some("id".to_owned()),
            secret: Some(Secret::new("secret")),
            ..S3::default()
        };
        let settings = Settings { s3, ..Settings::new(format!("s3://{bucket}/some/prefix")) };
        Some(Self { settings, kind: Kind::Bucket(server, bucket) })
    }

    /// Opens it as a new process would.
    pub(crate) async fn open(&self) -> Archive {
        Archive::open(&self.settings).await.expect("the archive opens")
    }

    /// Opens it under another instance's name.
    pub(crate) async fn open_as(&self, instance: &str) -> Archive {
        let settings = Settings { instance: instance.to_owned(), ..self.settings.clone() };
        Archive::open(&settings).await.expect("the archive opens")
    }

    /// The keys of all packs of all instances.
    pub(crate) fn packs(&self) -> Vec<String> {
        let mut keys = match &self.kind {
            Kind::Folder { .. } => files(&self.root(), &self.root()),
            Kind::Bucket(server, bucket) => {
                let keys = server.keys(bucket).into_iter();
                keys.filter_map(|key| key.strip_prefix("some/prefix/").map(str::to_owned)).collect()
            }
        };
        keys.retain(|key| key.strip_suffix(".pack").is_some());
        keys.sort();
        keys
    }

    pub(crate) fn object(&self, key: &str) -> Vec<u8> {
        match &self.kind {
            Kind::Folder { .. } => std::fs::read(self.root().join(key)).expect("there"),
            Kind::Bucket(server, bucket) => server.request("GET", &at(bucket, key), b"").1,
        }
    }

    pub(crate) fn replace(&self, key: &str, bytes: &[u8]) {
        match &self.kind {
            Kind::Folder { .. } => std::fs::write(self.root().join(key), bytes).expect("written"),
            Kind::Bucket(server, bucket) => server.put(&at(bucket, key), bytes),
        }
    }

    pub(crate) fn remove(&self, key: &str) {
        match &self.kind {
            Kind::Folder { .. } => std::fs::remove_file(self.root().join(key)).expect("there"),
            Kind::Bucket(server, bucket) => {
                assert_eq!(server.request("DELETE", &at(bucket, key), b"").0, 204);
            }
        }
    }

    /// Takes the whole place away: the folder is empty like a mount point, the bucket is gone.
    pub(crate) fn lose(&self) {
        match &self.kind {
            Kind::Folder { .. } => {
                std::fs::remove_dir_all(self.root()).expect("removed");
                std::fs::create_dir(self.root()).expect("made");
            }
            Kind::Bucket(server, bucket) => server.remove_bucket(bucket),
        }
    }

    /// Somebody makes an empty bucket where the one was that is lost; of a folder that is what is left.
    pub(crate) fn make_anew(&self) {
        if let Kind::Bucket(server, bucket) = &self.kind {
            server.put(&format!("/{bucket}"), b"");
        }
    }

    /// The folder of an archive in a folder.
    pub(crate) fn root(&self) -> PathBuf {
        PathBuf::from(&self.settings.url)
    }
}

fn at(bucket: &str, key: &str) -> String {
    format!("/{bucket}/some/prefix/{key}")
}

/// All files below a folder, with their paths from `root`.
fn files(root: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(root, &path));
        } else {
            let path = path.strip_prefix(root).expect("below it");
            found.push(path.to_str().expect("UTF-8").replace('\\', "/"));
        }
    }
    found
}
