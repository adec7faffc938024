//! How a script is named in a start (`amt-domain 6.2`).

use super::Interpreters;
use crate::path_map::{BadWindowsPath, WindowsPath, is_windows_style};
use crate::text::shown;

/// Longest script name, in characters.
pub const SCRIPT_NAME_CHARS_MAX: usize = 1024;

/// A script as a start names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptName {
    /// An absolute path of a Unix machine.
    Unix(String),
    /// A path with a drive or on a share.
    Windows(WindowsPath),
    /// A name below the application's script folder, its components separated by `/`.
    Relative(String),
}

/// A text that names no script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScript {
    /// No character.
    #[error("the script name is empty: give a file name or a full path")]
    Empty,
    /// More than [`SCRIPT_NAME_CHARS_MAX`] characters.
    #[error("script name `{0}` is too long: use at most {SCRIPT_NAME_CHARS_MAX} characters")]
    TooLong(String),
    /// A control character.
    #[error("script name `{0}` holds a control character: remove it")]
    Control(String),
    /// It leads out of the script folder.
    #[error(
        "script name `{0}` holds `..`: name the script below the script folder, or by its full path"
    )]
    Parent(String),
    /// `\name` depends on a current drive that nobody knows here.
    #[error("script name `{0}` begins with a single backslash: begin it with a drive or a share")]
    NoDrive(String),
    /// A character that no file name has on Windows.
    #[error("script name `{name}` holds `{character}`: remove it")]
    Character {
        /// The name.
        name: String,
        /// The character.
        character: char,
    },
    /// It names a folder.
    #[error("script name `{0}` names a folder: add the script's file name")]
    Folder(String),
    /// A Windows path that cannot be understood.
    #[error("the script name is not usable")]
    Windows(#[from] BadWindowsPath),
}

impl ScriptName {
    /// Reads a script name.
    ///
    /// # Errors
    /// [`BadScript`], which says what to correct.
    pub fn parse(text: &str) -> Result<Self, BadScript> {
        if text.is_empty() {
            return Err(BadScript::Empty);
        }
        if text.chars().nth(SCRIPT_NAME_CHARS_MAX).is_some() {
            return Err(BadScript::TooLong(shown(text)));
        }
        if text.chars().any(char::is_control) {
            return Err(BadScript::Control(shown(text)));
        }
        if text.ends_with(['/', '\\']) {
            return Err(BadScript::Folder(shown(text)));
        }
        if is_windows_style(text) {
            let path = WindowsPath::parse(text)?;
            return match path.components() {
                [] => Err(BadScript::Folder(shown(text))),
                _ => Ok(Self::Windows(path)),
            };
        }
        if text.starts_with('\\') {
            return Err(BadScript::NoDrive(shown(text)));
        }
        if text.starts_with('/') {
            return match text.rsplit('/').next() {
                Some("." | "..") => Err(BadScript::Folder(shown(text))),
                _ => Ok(Self::Unix(text.to_owned())),
            };
        }
        relative(text)
    }

    /// The file names to look for, in order. A bare name may leave its extension out: then those of
    /// the interpreters are tried in their order, and the name itself at the end. With an extension
    /// that no interpreter has, the name itself comes first, since `RUN.V2` may be a file or stand
    /// for `RUN.V2.ps1`.
    pub fn candidates(&self, interpreters: &Interpreters) -> Vec<String> {
        let name = match self {
            Self::Unix(path) => return vec![path.clone()],
            Self::Windows(path) => return vec![path.to_string()],
            Self::Relative(name) => name,
        };
        if interpreters.of(name).is_some() {
            return vec![name.clone()];
        }
        let mut names: Vec<String> =
            interpreters.extensions().map(|extension| format!("{name}{extension}")).collect();
        let place = if extension(name).is_some() { 0 } else { names.len() };
        names.insert(place, name.clone());
        names
    }

    /// The file's name without folder and extension, as it stands in messages: `RUN_PARAMETERTEST`.
    pub fn stem(&self) -> &str {
        let file = match self {
            Self::Unix(path) | Self::Relative(path) => path.rsplit('/').next().unwrap_or(path),
            Self::Windows(path) => path.components().last().map_or("", String::as_str),
        };
        extension(file).map_or(file, |extension| &file[..file.len() - extension.len()])
    }
}

fn relative(text: &str) -> Result<ScriptName, BadScript> {
    if let Some(character) = text.chars().find(|c| r#":*?"<>|"#.contains(*c)) {
        return Err(BadScript::Character { name: shown(text), character });
    }
    let components: Vec<&str> =
        text.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    // Windows drops blanks and full stops at the end of a name, so `.. ` could be `..`.
    if components.iter().any(|part| part.trim().chars().all(|c| c == '.')) {
        return Err(BadScript::Parent(shown(text)));
    }
    if components.is_empty() || text.ends_with("/.") || text.ends_with("\\.") {
        return Err(BadScript::Folder(shown(text)));
    }
    Ok(ScriptName::Relative(components.join("/")))
}

/// The extension with its full stop. A name that only begins with a full stop has none.
pub(super) fn extension(path: &str) -> Option<&str> {
    let file = path.rsplit(['/', '\\']).next()?;
    let dot = file.rfind('.').filter(|dot| *dot > 0)?;
    (dot + 1 < file.len()).then(|| &file[dot..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type IsFault = fn(&BadScript) -> bool;

    #[test]
    fn the_names_of_the_seeds_are_understood() {
        let script = ScriptName::parse(r"F:\Amt\Scripts\DEMO2\RUN_FILENAMETEST.ps1").unwrap();
        assert_eq!(script.stem(), "RUN_FILENAMETEST");
        assert!(matches!(&script, ScriptName::Windows(path) if path.root() == "F:"));
        assert_eq!(
            script.candidates(&Interpreters::default()),
            [r"F:\Amt\Scripts\DEMO2\RUN_FILENAMETEST.ps1"]
        );
        let share = ScriptName::parse(r"\\server\scripts\x\RUN.ps1").unwrap();
        assert!(matches!(&share, ScriptName::Windows(path) if path.root() == r"\\server\scripts"));
        let unix = ScriptName::parse("/srv/scripts/run.v2.sh").unwrap();
        assert_eq!(
            (unix.stem(), &unix),
            ("run.v2", &ScriptName::Unix("/srv/scripts/run.v2.sh".into()))
        );
        let bare = ScriptName::parse("RUN_PARAMETERSTEST.ps1").unwrap();
        assert_eq!(bare, ScriptName::Relative("RUN_PARAMETERSTEST.ps1".into()));
        assert_eq!(
            ScriptName::parse(r".\nightly\\run").unwrap(),
            ScriptName::Relative("nightly/run".into())
        );
    }

    #[test]
    fn a_missing_extension_is_tried_in_the_order_of_the_interpreters() {
        let interpreters = Interpreters::default();
        let candidates = |name| ScriptName::parse(name).unwrap().candidates(&interpreters);
        assert_eq!(
            candidates("a/RUN"),
            [
                "a/RUN.ps1",
                "a/RUN.sh",
                "a/RUN.py",
                "a/RUN.cmd",
                "a/RUN.bat",
                "a/RUN.js",
                "a/RUN.vbs",
                "a/RUN"
            ]
        );
        assert_eq!(candidates("RUN.V2")[..2], ["RUN.V2", "RUN.V2.ps1"]);
        assert_eq!(candidates("RUN.Sh"), ["RUN.Sh"]);
        assert_eq!(candidates(".profile")[0], ".profile.ps1");
        assert_eq!(candidates("RUN.")[0], "RUN..ps1");
    }

    #[test]
    fn what_names_no_script_is_refused() {
        let long = "x".repeat(1025);
        let cases: [(&str, IsFault); 15] = [
            ("", |e| matches!(e, BadScript::Empty)),
            (&long, |e| matches!(e, BadScript::TooLong(_))),
            ("a\nb", |e| matches!(e, BadScript::Control(_))),
            ("../x.sh", |e| matches!(e, BadScript::Parent(_))),
            (r"a\..\x.sh", |e| matches!(e, BadScript::Parent(_))),
            ("a/.. /x.sh", |e| matches!(e, BadScript::Parent(_))),
            (r"\x.ps1", |e| matches!(e, BadScript::NoDrive(_))),
            ("x.ps1:stream", |e| matches!(e, BadScript::Character { character: ':', .. })),
            ("a/", |e| matches!(e, BadScript::Folder(_))),
            ("a/.", |e| matches!(e, BadScript::Folder(_))),
            (".", |e| matches!(e, BadScript::Folder(_))),
            ("/a/..", |e| matches!(e, BadScript::Folder(_))),
            (r"F:\a\..", |e| matches!(e, BadScript::Folder(_))),
            ("F:x.ps1", |e| matches!(e, BadScript::Windows(_))),
            (r"\\?\F:\x.ps1", |e| matches!(e, BadScript::Windows(_))),
        ];
        for (name, expected) in cases {
            let error = ScriptName::parse(name).unwrap_err();
            assert!(expected(&error), "{name:?}: {error:?}");
        }
    }

    proptest! {
        #[test]
        fn a_relative_name_stays_below_the_script_folder(text in r"[a.\\/ :]{1,9}") {
            if let Ok(ScriptName::Relative(name)) = ScriptName::parse(&text) {
                prop_assert!(!name.starts_with('/') && !name.contains(['\\', ':']));
                prop_assert!(name.split('/').all(|part| !part.is_empty() && part.trim() != ".." && part != "."));
            }
        }
    }
}
