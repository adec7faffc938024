//! The data folder: tokens, keys, spool and database lie there, so nobody else may write into it.

use std::path::Path;

use anyhow::{Context, bail};

/// Makes the folder, for this user only; one that is there already must not be open to others.
///
/// # Errors
/// It cannot be made, or others may write into it.
pub fn create(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| {
        format!(
            "cannot create the data folder {}; give another one with --data or `data_dir`",
            path.display()
        )
    })?;
    match open_to_others(path) {
        Some(mistake) => bail!(mistake),
        None => Ok(()),
    }
}

/// Why the folder must not be used; none when it is closed to others, or not there yet.
#[cfg(unix)]
pub fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().ok()?.permissions().mode() & 0o7777;
    let shown = path.display();
    (mode & 0o022 != 0).then(|| {
        format!(
            "others may write into the data folder {shown} (its mode is {mode:04o}), where tokens, keys and the spool of jobs lie: \
             `chmod 700 {shown}`"
        )
    })
}

/// Access lists are not looked at.
#[cfg(not(unix))]
pub fn open_to_others(_: &Path) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_may_write_into_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        create(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        for (mode, is_open) in
            [(0o777, true), (0o770, true), (0o702, true), (0o1777, true), (0o755, false)]
        {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let made = create(&path).map_err(|error| error.to_string());
            assert_eq!(made.is_err(), is_open, "{mode:o}");
            if let Err(error) = made {
                assert!(error.contains(&format!("`chmod 700 {}`", path.display())), "{error}");
                assert!(error.contains(&format!("{mode:04o}")), "{error}");
            }
        }
    }
}
