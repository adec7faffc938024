//! The mapping itself.

use super::{BadWindowsPath, WindowsPath, is_windows_style};
use crate::text::shown;

/// The family of systems that the batch server runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Paths begin with `/`; environment names differ by case.
    Unix,
    /// Paths begin with a drive or a share; environment names do not differ by case.
    Windows,
}

impl Host {
    /// The family this program was built for.
    pub const fn current() -> Self {
        if cfg!(windows) { Self::Windows } else { Self::Unix }
    }
}

/// Where drives and shares are on this machine. The longest prefix that fits decides; case and the
/// kind of slash do not count in it. What follows the prefix keeps its spelling, which counts where
/// the file system says so.
#[derive(Debug, Clone)]
pub struct PathMap {
    mappings: Vec<Mapping>,
    host: Host,
}

#[derive(Debug, Clone)]
struct Mapping {
    prefix: WindowsPath,
    folder: String,
}

/// A mapping that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMapping {
    /// The left side is not a drive or share.
    #[error("the prefix of a path mapping is not usable")]
    Prefix(#[source] BadWindowsPath),
    /// The right side is not an absolute folder of this machine without `..`.
    #[error(
        "`{prefix}` is mapped to `{folder}`, which is not an absolute path on this machine: give the full path of a folder, without `..`"
    )]
    Folder {
        /// The left side.
        prefix: String,
        /// The right side.
        folder: String,
    },
    /// The same prefix twice.
    #[error("`{0}` is mapped twice: remove one of the mappings")]
    Twice(String),
}

/// Why a path cannot be found on this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A Windows path on another system, and no mapping covers it.
    #[error(
        "`{path}` is a Windows path and `{prefix}` is not mapped to a folder: add a mapping for `{prefix}`"
    )]
    Unmapped {
        /// The path.
        path: String,
        /// The drive or share to map.
        prefix: String,
    },
    /// A Windows path that cannot be understood.
    #[error(transparent)]
    Windows(#[from] BadWindowsPath),
    /// Neither a Windows path nor one of this machine.
    #[error("`{0}` is not an absolute path: give the full path")]
    NotAbsolute(String),
    /// A zero byte, which no system has in a path.
    #[error("`{0}` holds a zero byte: remove it")]
    ZeroByte(String),
}

impl PathMap {
    /// A map from (prefix, folder) pairs, for example (`F:\Amt`, `/srv/amt`).
    ///
    /// # Errors
    /// [`BadMapping`] for the first pair that cannot be used.
    pub fn new<P: AsRef<str>, F: Into<String>>(
        pairs: impl IntoIterator<Item = (P, F)>,
        host: Host,
    ) -> Result<Self, BadMapping> {
        let mut mappings: Vec<Mapping> = Vec::new();
        for (prefix, folder) in pairs {
            let prefix = WindowsPath::parse(prefix.as_ref()).map_err(BadMapping::Prefix)?;
            let folder = folder.into();
            if !is_local_folder(&folder, host) {
                let folder = shown(&folder);
                return Err(BadMapping::Folder { prefix: prefix.to_string(), folder });
            }
            if mappings.iter().any(|other| is_same(&other.prefix, &prefix)) {
                return Err(BadMapping::Twice(prefix.to_string()));
            }
            mappings.push(Mapping { prefix, folder });
        }
        mappings.sort_by_key(|mapping| std::cmp::Reverse(mapping.prefix.components().len()));
        Ok(Self { mappings, host })
    }

    /// The path on this machine. A path of this machine stays as it is; a Windows path is
    /// normalised first, so that `..` cannot lead out of a mapped folder, and then mapped. On
    /// Windows a path without a mapping stays as it is.
    ///
    /// # Errors
    /// [`PathError`], which says what to do.
    pub fn resolve(&self, path: &str) -> Result<String, PathError> {
        if path.contains('\0') {
            return Err(PathError::ZeroByte(shown(path)));
        }
        if !is_windows_style(path) {
            return if self.host == Host::Unix && path.starts_with('/') {
                Ok(path.to_owned())
            } else {
                Err(PathError::NotAbsolute(shown(path)))
            };
        }
        let windows = WindowsPath::parse(path)?;
        let mapped = self
            .mappings
            .iter()
            .find_map(|mapping| Some(self.join(&mapping.folder, windows.below(&mapping.prefix)?)));
        match (mapped, self.host) {
            (Some(local), _) => Ok(local),
            (None, Host::Windows) => Ok(windows.to_string()),
            (None, Host::Unix) => {
                Err(PathError::Unmapped { path: shown(path), prefix: windows.root() })
            }
        }
    }

    fn join(&self, folder: &str, components: &[String]) -> String {
        let (separator, trimmed) = match self.host {
            Host::Unix => ("/", folder.trim_end_matches('/')),
            Host::Windows => ("\\", folder.trim_end_matches(['/', '\\'])),
        };
        if components.is_empty() {
            return folder.to_owned();
        }
        components.iter().fold(trimmed.to_owned(), |path, component| path + separator + component)
    }
}

fn is_same(a: &WindowsPath, b: &WindowsPath) -> bool {
    a.below(b).is_some_and(<[String]>::is_empty)
}

fn is_local_folder(folder: &str, host: Host) -> bool {
    let is_plain =
        !folder.contains('\0') && !folder.split(['/', '\\']).any(|component| component == "..");
    is_plain
        && match host {
            Host::Unix => folder.starts_with('/') && !folder.starts_with("//"),
            Host::Windows => WindowsPath::parse(folder).is_ok(),
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map() -> PathMap {
        let pairs = [
            ("F:", "/srv/f"),
            (r"F:\Amt", "/srv/amt/"),
            ("f:/AMT/Scripts/DEMO2", "/scripts"),
            (r"\\files\extracts", "/mnt/extracts"),
        ];
        PathMap::new(pairs, Host::Unix).unwrap()
    }

    #[test]
    fn the_longest_prefix_wins_in_any_case_and_with_either_slash() {
        let cases = [
            (r"F:\Amt\Scripts\DEMO2\RUN.ps1", "/scripts/RUN.ps1"),
            ("f:/amt/SCRIPTS/demo2/run.ps1", "/scripts/run.ps1"),
            (r"F:\Amt\Scripts\DEMO3\RUN.ps1", "/srv/amt/Scripts/DEMO3/RUN.ps1"),
            (r"F:\Amtools\x", "/srv/f/Amtools/x"),
            (r"F:\AMT", "/srv/amt/"),
            ("F:", "/srv/f"),
            (r"\\FILES\Extracts\a b.txt", "/mnt/extracts/a b.txt"),
            (r"F:\Amt\Scripts\DEMO2\..\..\Log", "/srv/amt/Log"),
            ("/srv/own/../path", "/srv/own/../path"),
        ];
        for (path, local) in cases {
            assert_eq!(map().resolve(path).as_deref(), Ok(local), "{path}");
        }
    }

    #[test]
    fn a_path_without_a_mapping_names_the_prefix_to_add() {
        let refused = |path| map().resolve(path).unwrap_err().to_string();
        assert_eq!(
            refused(r"G:\x\y"),
            r"`G:\x\y` is a Windows path and `G:` is not mapped to a folder: add a mapping for `G:`"
        );
        assert!(refused(r"\\files\other\x").ends_with(r"add a mapping for `\\files\other`"));
        assert!(refused("Scripts/x").ends_with("is not an absolute path: give the full path"));
        assert!(refused("/a\0b").ends_with("holds a zero byte: remove it"));
        assert!(refused(r"F:\..\x").contains("leads out of its drive"));
    }

    #[test]
    fn windows_keeps_its_own_paths_and_can_map_others() {
        let map = PathMap::new([("X:", r"D:\Data\")], Host::Windows).unwrap();
        assert_eq!(map.resolve("c:/amt/x").as_deref(), Ok(r"C:\amt\x"));
        assert_eq!(map.resolve(r"x:\y\z").as_deref(), Ok(r"D:\Data\y\z"));
        assert_eq!(map.resolve("/srv/x"), Err(PathError::NotAbsolute("/srv/x".into())));
    }

    #[test]
    fn a_mapping_that_cannot_be_used_is_refused() {
        let refused = |prefix: &str, folder: &str, host| {
            PathMap::new(
                [("F:", "/ok"), (prefix, folder)]
                    .into_iter()
                    .skip(usize::from(host == Host::Windows)),
                host,
            )
            .unwrap_err()
        };
        assert!(matches!(refused("amt", "/x", Host::Unix), BadMapping::Prefix(_)));
        for folder in ["x", "", r"F:\x", "//server/x", "/a/../b", "/a\0"] {
            assert!(
                matches!(refused("G:", folder, Host::Unix), BadMapping::Folder { .. }),
                "{folder}"
            );
        }
        assert!(matches!(refused("G:", "/x", Host::Windows), BadMapping::Folder { .. }));
        assert_eq!(refused(r"f:\", "/x", Host::Unix), BadMapping::Twice(r"F:\".into()));
    }

    proptest! {
        #[test]
        fn nothing_leads_out_of_a_mapped_folder(
            parts in prop::collection::vec(prop::sample::select(vec!["..", ".", "a", "B.", ".. ", "", "Amt"]), 0..8),
            slash in prop::sample::select(vec!["/", "\\"]),
        ) {
            let map = PathMap::new([(r"F:\Amt", "/srv/amt")], Host::Unix).unwrap();
            let path = format!("F:{slash}Amt{slash}{}", parts.join(slash));
            if let Ok(local) = map.resolve(&path) {
                prop_assert!(local == "/srv/amt" || local.starts_with("/srv/amt/"), "{local}");
                prop_assert!(!local.split('/').any(|part| part == ".."));
            }
        }
    }
}
