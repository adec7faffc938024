//! Windows paths, read without Windows.

use std::fmt;

use crate::text::shown;

/// Where a Windows path begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// A drive, as an upper-case letter.
    Drive(char),
    /// A share on a server.
    Unc { server: String, share: String },
}

/// An absolute Windows path without `.`, `..` and empty components: a drive (`F:\Amt`) or a share
/// (`\\server\share\Amt`), with either slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowsPath {
    root: Root,
    components: Vec<String>,
}

/// What is wrong with a Windows path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWindowsPath {
    /// It begins neither with a drive nor with a share.
    #[error(
        "`{0}` is not an absolute Windows path: begin it with a drive (`F:\\`) or a share (`\\\\server\\share\\`)"
    )]
    NotAbsolute(String),
    /// `F:name` depends on a current folder that nobody knows here.
    #[error("`{0}` is relative to the current folder of a drive: put a `\\` after the colon")]
    DriveRelative(String),
    /// `\\?\` and `\\.\` bypass the rules of names.
    #[error("`{0}` is a device path: use a drive or a share")]
    Device(String),
    /// More `..` than folders.
    #[error("`{0}` leads out of its drive or share: remove the surplus `..`")]
    AboveRoot(String),
    /// A component that Windows reads differently from how it is written, or not at all.
    #[error("`{path}` has the component `{component}`, which is not a file name: correct it")]
    Component {
        /// The whole path.
        path: String,
        /// The component.
        component: String,
    },
}

/// Whether a text is meant as a Windows path: it begins with a drive letter and a colon, or with
/// two slashes of a share.
pub fn is_windows_style(path: &str) -> bool {
    let bytes = path.as_bytes();
    let has_drive = bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    has_drive || (bytes.len() >= 2 && is_slash(bytes[0].into()) && is_slash(bytes[1].into()))
}

fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

impl WindowsPath {
    /// Reads and normalises an absolute Windows path.
    ///
    /// # Errors
    /// [`BadWindowsPath`], which says what to correct.
    pub fn parse(path: &str) -> Result<Self, BadWindowsPath> {
        let shown_path = || shown(path);
        if !is_windows_style(path) {
            return Err(BadWindowsPath::NotAbsolute(shown_path()));
        }
        let (root, rest) = match path.as_bytes()[1] {
            b':' => drive(path)?,
            _ => share(path)?,
        };
        let mut components: Vec<String> = Vec::new();
        for component in rest.split(is_slash) {
            match component {
                "" | "." => {}
                ".." if components.is_empty() => {
                    return Err(BadWindowsPath::AboveRoot(shown_path()));
                }
                ".." => {
                    components.pop();
                }
                name => {
                    check_component(path, name)?;
                    components.push(name.to_owned());
                }
            }
        }
        Ok(Self { root, components })
    }

    /// The folders and the file below the drive or share.
    pub fn components(&self) -> &[String] {
        &self.components
    }

    /// The drive or share alone, as it is written in a mapping: `F:` or `\\server\share`.
    pub fn root(&self) -> String {
        match &self.root {
            Root::Drive(letter) => format!("{letter}:"),
            Root::Unc { server, share } => format!(r"\\{server}\{share}"),
        }
    }

    /// The folder that this path is in; none for a drive or share itself.
    pub fn parent(&self) -> Option<Self> {
        let (_, folders) = self.components.split_last()?;
        Some(Self { root: self.root.clone(), components: folders.to_vec() })
    }

    /// What is left of this path below `prefix`, when it is at or below it. Case does not count.
    pub(super) fn below(&self, prefix: &Self) -> Option<&[String]> {
        if !same(&self.root(), &prefix.root()) || self.components.len() < prefix.components.len() {
            return None;
        }
        let (head, tail) = self.components.split_at(prefix.components.len());
        head.iter().zip(&prefix.components).all(|(a, b)| same(a, b)).then_some(tail)
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_uppercase() == b.to_uppercase()
}

fn drive(path: &str) -> Result<(Root, &str), BadWindowsPath> {
    let rest = &path[2..];
    if !rest.is_empty() && !rest.starts_with(is_slash) {
        return Err(BadWindowsPath::DriveRelative(shown(path)));
    }
    let letter = char::from(path.as_bytes()[0]).to_ascii_uppercase();
    Ok((Root::Drive(letter), rest))
}

fn share(path: &str) -> Result<(Root, &str), BadWindowsPath> {
    let not_absolute = || BadWindowsPath::NotAbsolute(shown(path));
    let mut parts = path[2..].splitn(3, is_slash);
    let server = parts.next().filter(|part| !part.is_empty()).ok_or_else(not_absolute)?;
    if matches!(server, "?" | ".") {
        return Err(BadWindowsPath::Device(shown(path)));
    }
    let share = parts.next().filter(|part| !part.is_empty()).ok_or_else(not_absolute)?;
    for part in [server, share] {
        check_component(path, part)?;
    }
    let root = Root::Unc { server: server.to_owned(), share: share.to_owned() };
    Ok((root, parts.next().unwrap_or_default()))
}

/// Windows drops full stops and blanks at the end of a name (so `.. ` could be `..`), and a colon
/// names a stream of a file.
fn check_component(path: &str, name: &str) -> Result<(), BadWindowsPath> {
    let is_bad = name.ends_with(['.', ' '])
        || name.chars().any(|c| c.is_control() || r#":*?"<>|"#.contains(c));
    if is_bad {
        return Err(BadWindowsPath::Component { path: shown(path), component: shown(name) });
    }
    Ok(())
}

impl fmt::Display for WindowsPath {
    /// The normal form, with backslashes; a drive alone ends with one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root())?;
        if self.components.is_empty() && matches!(self.root, Root::Drive(_)) {
            return f.write_str("\\");
        }
        self.components.iter().try_for_each(|component| write!(f, "\\{component}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_path_has_one_normal_form() {
        let cases = [
            (r"F:\Amt\Scripts\DEMO2", r"F:\Amt\Scripts\DEMO2"),
            ("f:/Amt//Scripts/./DEMO2/", r"F:\Amt\Scripts\DEMO2"),
            (r"F:\Amt\Scripts\..\Libraries", r"F:\Amt\Libraries"),
            ("F:", r"F:\"),
            (r"F:\", r"F:\"),
            (r"F:\Amt\..", r"F:\"),
            (r"\\Server\Share\a b", r"\\Server\Share\a b"),
            ("//server/share", r"\\server\share"),
            (r"\\server\share\", r"\\server\share"),
        ];
        for (path, normal) in cases {
            assert_eq!(WindowsPath::parse(path).unwrap().to_string(), normal, "{path}");
        }
    }

    #[test]
    fn what_cannot_be_understood_safely_is_refused() {
        use BadWindowsPath as Bad;
        let is = |path: &str, expected: fn(&Bad) -> bool| {
            let error = WindowsPath::parse(path).unwrap_err();
            assert!(expected(&error), "{path}: {error:?}");
            assert!(error.to_string().contains(path.trim_end()), "{error}");
        };
        for path in ["", "Amt", "/srv/amt", r"\Amt", r"\\", r"\\server", r"\\server\", "ä:\\x"] {
            is(path, |error| matches!(error, Bad::NotAbsolute(_)));
        }
        is("F:Amt", |error| matches!(error, Bad::DriveRelative(_)));
        for path in [r"\\?\F:\Amt", r"\\.\pipe\x", "//./x"] {
            is(path, |error| matches!(error, Bad::Device(_)));
        }
        for path in [r"F:\..", r"F:\a\..\..\b", r"\\server\share\..\other"] {
            is(path, |error| matches!(error, Bad::AboveRoot(_)));
        }
        for path in [
            r"F:\a\.. \b",
            r"F:\a.\b",
            r"F:\...\b",
            r"F:\a:stream",
            r"F:\a*",
            r"\\server\..\x",
            r"\\..\share\x",
        ] {
            is(path, |error| matches!(error, Bad::Component { .. }));
        }
    }
}
