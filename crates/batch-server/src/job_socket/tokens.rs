//! Tokens by which a run is known on the job socket: made from a key, so none has to be stored.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Makes and checks tokens of the form `<request>.<attempt>.<mac>`. Clones share the key.
#[derive(Clone)]
pub(crate) struct JobTokens {
    key: Arc<[u8]>,
    instance: Arc<str>,
}

impl JobTokens {
    /// Reads the key of this data folder, or makes one. It outlives the process, because the jobs do.
    pub(crate) fn load(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join("job.key");
        let text = match fs::read_to_string(&path) {
            // Left by a start that was interrupted before it could write it, so no job has a token of it.
            Ok(text) if text.is_empty() => {
                fs::remove_file(&path)
                    .with_context(|| format!("removing the empty {}", path.display()))?;
                make(&path)?
            }
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&path)?,
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let (instance, key) = text.trim().split_once(':').with_context(|| {
            format!("{} is damaged; remove it while no job runs", path.display())
        })?;
        Ok(Self { key: key.as_bytes().into(), instance: instance.into() })
    }

    /// A name for the sockets of this data folder; not secret.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// The token of a run.
    pub(crate) fn of(&self, request_id: i64, attempt: i64) -> String {
        format!("{request_id}.{attempt}.{}", self.mac(request_id, attempt))
    }

    /// The run that a token belongs to, if it is genuine.
    pub(crate) fn check(&self, token: &str) -> Option<(i64, i64)> {
        let mut parts = token.splitn(3, '.');
        let request_id = parts.next()?.parse().ok()?;
        let attempt = parts.next()?.parse().ok()?;
        let given = parts.next()?;
        let genuine = self.mac(request_id, attempt);
        kit::secret::constant_time_eq(genuine.as_bytes(), given.as_bytes())
            .then_some((request_id, attempt))
    }

    fn mac(&self, request_id: i64, attempt: i64) -> String {
        // HMAC takes keys of every length, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(format!("{request_id}.{attempt}").as_bytes());
        crate::hex::hex(&mac.finalize().into_bytes())
    }
}

/// Makes the key. The file has its content from its first moment, so that no interruption leaves half a key.
fn make(path: &Path) -> anyhow::Result<String> {
    let text = format!("{}:{}", super::random_text(9)?, super::random_text(32)?);
    let beside = path.with_extension(format!("key.new-{}", super::random_text(9)?));
    write(&beside, &text)?;
    let placed = fs::hard_link(&beside, path);
    fs::remove_file(&beside).with_context(|| format!("removing {}", beside.display()))?;
    match placed {
        Ok(()) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .with_context(|| format!("writing {}", folder.display()))?;
            Ok(text)
        }
        // Another process was first.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("creating {}", path.display())),
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("creating {}", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_first_start_does_not_prevent_the_next() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("job.key"), "").unwrap();
        fs::write(folder.path().join("job.key.new-x"), "half").unwrap();
        let tokens = JobTokens::load(folder.path()).unwrap();
        let again = JobTokens::load(folder.path()).unwrap();
        assert_eq!(again.check(&tokens.of(7, 2)), Some((7, 2)));
    }

    #[test]
    fn a_key_is_never_replaced_and_nothing_is_left_beside_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.key");
        let first = make(&path).unwrap();
        assert_eq!(make(&path).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_token_names_its_run_and_cannot_be_forged() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = JobTokens::load(folder.path()).unwrap();
        let token = tokens.of(7, 2);
        assert_eq!(JobTokens::load(folder.path()).unwrap().check(&token), Some((7, 2)));
        for forged in
            [token.replace("7.2", "8.2"), token.replace("7.2", "7.3"), "7.2.".into(), String::new()]
        {
            assert_eq!(tokens.check(&forged), None, "{forged}");
        }
        let other = JobTokens::load(tempfile::tempdir().unwrap().path()).unwrap();
        assert_eq!(other.check(&token), None);
    }
}
