//! PostgreSQL over TLS, with a server of this test's own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use sqlx::AssertSqlSafe;
use testkit::Certificate;
use testkit::postgres::{Cluster, Durability};

/// A server that has a certificate, until it is dropped.
struct Server {
    cluster: Cluster,
    url: String,
    dir: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("an open folder");
        let cluster = Cluster::in_dir(&dir.path().join("server")).expect("PostgreSQL");
        cluster.start(Durability::None).expect("a first start");
        cluster.stop().expect("a stop");
        let authority = certify(&dir.path().join("server/data"));
        fs::write(dir.path().join("ca.pem"), authority).expect("the client's copy");
        let url = cluster.start(Durability::None).expect("a start with TLS");
        Self { cluster, url, dir }
    }

    fn url(&self, mode: &str, root: &str) -> String {
        let root = self.dir.path().join(root);
        format!("{}?sslmode={mode}&sslrootcert={}", self.url, root.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.cluster.stop();
    }
}

/// Gives the server of a data folder a certificate, and returns its authority.
fn certify(data: &Path) -> String {
    let Certificate { ca_pem, chain_pem, key_pem } = Certificate::new(&["127.0.0.1"]);
    let owner = fs::metadata(data).expect("the data folder");
    for (name, text) in [("server.crt", chain_pem), ("server.key", key_pem)] {
        let path = data.join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        chown(&path, Some(owner.uid()), Some(owner.gid())).expect("an owner");
    }
    let settings = data.join("postgresql.conf");
    let text = fs::read_to_string(&settings).expect("the settings");
    fs::write(&settings, format!("{text}\nssl = on\n")).expect("the settings");
    ca_pem
}

async fn is_encrypted(url: &str) -> sql::Result<bool> {
    let db = sql::Db::connect(url, sql::Options::default()).await?;
    let statement = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = db
        .read(|tx| {
            Box::pin(async move {
                let sql::Tx::Postgres(conn) = &mut *tx else { panic!("not PostgreSQL") };
                Ok::<(bool,), sql::Error>(
                    sqlx::query_as(AssertSqlSafe(statement)).fetch_one(&mut **conn).await?,
                )
            })
        })
        .await?;
    db.close().await;
    Ok(row.0)
}

#[tokio::test]
async fn the_address_says_how_the_connection_is_secured() {
    let is_installed = Cluster::in_dir(Path::new("/")).is_ok();
    if !is_installed && std::env::var_os(testkit::postgres::SERVER_VARIABLE).is_some() {
        eprintln!(
            "the server is given from outside, and this test needs one that it may configure"
        );
        return;
    }
    let server = tokio::task::spawn_blocking(Server::start).await.expect("a server");
    assert!(is_encrypted(&server.url("verify-full", "ca.pem")).await.expect("a connection"));
    assert!(is_encrypted(&server.url).await.expect("TLS wherever the server has it"));
    let plain = format!("{}?sslmode=disable", server.url);
    assert!(!is_encrypted(&plain).await.expect("a connection"));
    // A server that somebody else put there.
    let other = Certificate::new(&["127.0.0.1"]).ca_pem;
    fs::write(server.dir.path().join("other.pem"), other).expect("a file");
    let error = is_encrypted(&server.url("verify-full", "other.pem")).await.expect_err("refused");
    assert!(matches!(error, sql::Error::Unavailable { .. }), "{error:?}");
}
