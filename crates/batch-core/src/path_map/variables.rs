//! Variables in base paths (`amt-domain 2.3`).

use crate::text::shown;

/// Deepest nesting of variables; the two that can hold others cannot nest deeper without a loop.
const DEPTH_MAX: usize = 2;

/// The values of the variables of base paths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BasePaths<'a> {
    /// `%SYSROOT%`: the system base path. May hold the others.
    pub system_root: Option<&'a str>,
    /// `%APPROOT%`: the application's base path. May hold the others.
    pub application_root: Option<&'a str>,
    /// `%APPNAME%`: the application's name.
    pub application: Option<&'a str>,
    /// `%USER%`: the current user.
    pub user: Option<&'a str>,
}

/// Why a base path cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// A name that is no variable.
    #[error(
        "`{path}` holds the unknown variable `%{name}%`: use %SYSROOT%, %APPNAME%, %APPROOT% or %USER%, and %% for a per cent sign"
    )]
    Unknown {
        /// The base path.
        path: String,
        /// The name.
        name: String,
    },
    /// A per cent sign that begins a variable without an end.
    #[error(
        "`{0}` holds a single per cent sign: close the variable, or write %% for a per cent sign"
    )]
    Unclosed(String),
    /// The variable is known, but nothing has set it.
    #[error("`{path}` needs `%{name}%`, which is not set here: configure it or use the full path")]
    Unset {
        /// The base path.
        path: String,
        /// The name.
        name: &'static str,
    },
    /// A base path that is defined by itself.
    #[error("`{path}` leads back to `%{name}%`, which it defines: use a full path in one of them")]
    Loop {
        /// The base path.
        path: String,
        /// The variable that closes the circle.
        name: &'static str,
    },
    /// An application or user name that would change the folder.
    #[error("`{value}` cannot be put in a path for `%{name}%`: it must be one file name")]
    NotAFileName {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

#[derive(Clone, Copy)]
enum Value<'a> {
    /// May hold variables itself.
    Path(&'a str),
    /// Must be one component.
    FileName(&'a str),
}

impl<'a> BasePaths<'a> {
    /// The base path with its variables replaced; names of variables in any case, `%%` is a per
    /// cent sign.
    ///
    /// # Errors
    /// [`VariableError`], which says what to do.
    pub fn expand(&self, path: &str) -> Result<String, VariableError> {
        self.expand_within(path, &mut Vec::new())
    }

    fn expand_within(
        &self,
        path: &str,
        outer: &mut Vec<&'static str>,
    ) -> Result<String, VariableError> {
        let mut expanded = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            let (name, after) =
                after.split_once('%').ok_or_else(|| VariableError::Unclosed(shown(path)))?;
            rest = after;
            if name.is_empty() {
                expanded.push('%');
                continue;
            }
            let (name, value) = self.value(path, name)?;
            expanded.push_str(&self.insert(path, name, value, outer)?);
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn value(&self, path: &str, name: &str) -> Result<(&'static str, Value<'a>), VariableError> {
        let (name, value) = match name.to_ascii_uppercase().as_str() {
            "SYSROOT" => ("SYSROOT", self.system_root.map(Value::Path)),
            "APPROOT" => ("APPROOT", self.application_root.map(Value::Path)),
            "APPNAME" => ("APPNAME", self.application.map(Value::FileName)),
            "USER" => ("USER", self.user.map(Value::FileName)),
            _ => return Err(VariableError::Unknown { path: shown(path), name: shown(name) }),
        };
        let unset = || VariableError::Unset { path: shown(path), name };
        Ok((name, value.ok_or_else(unset)?))
    }

    fn insert(
        &self,
        path: &str,
        name: &'static str,
        value: Value<'_>,
        outer: &mut Vec<&'static str>,
    ) -> Result<String, VariableError> {
        match value {
            Value::FileName(value) if is_file_name(value) => Ok(value.to_owned()),
            Value::FileName(value) => {
                Err(VariableError::NotAFileName { name, value: shown(value) })
            }
            Value::Path(_) if outer.contains(&name) || outer.len() >= DEPTH_MAX => {
                Err(VariableError::Loop { path: shown(path), name })
            }
            Value::Path(value) => {
                outer.push(name);
                let expanded = self.expand_within(value, outer);
                outer.pop();
                expanded
            }
        }
    }
}

/// A user name such as `..` or `DOMAIN\user` must not choose a folder.
fn is_file_name(value: &str) -> bool {
    !value.is_empty()
        && !value.chars().all(|c| c == '.')
        && !value.contains(['/', '\\', ':'])
        && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATHS: BasePaths<'static> = BasePaths {
        system_root: Some(r"F:\Amt"),
        application_root: Some(r"%SYSROOT%\Applications\%APPNAME%"),
        application: Some("DEMO2"),
        user: Some("100%SYSROOT%"),
    };

    #[test]
    fn the_vendors_examples_expand() {
        let cases = [
            (r"%SYSROOT%\Logging", r"F:\Amt\Logging"),
            (r"%sysroot%\Scripts\%AppName%", r"F:\Amt\Scripts\DEMO2"),
            (r"%APPROOT%\Scripts", r"F:\Amt\Applications\DEMO2\Scripts"),
            (
                r"%SYSROOT%\Files\Uploads\%APPNAME%\%USER%",
                r"F:\Amt\Files\Uploads\DEMO2\100%SYSROOT%",
            ),
            ("/srv/100%%", "/srv/100%"),
            ("", ""),
        ];
        for (path, expected) in cases {
            assert_eq!(PATHS.expand(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn an_error_says_what_to_do() {
        let refused = |paths: BasePaths<'_>, path| paths.expand(path).unwrap_err().to_string();
        assert!(
            refused(PATHS, "%HOME%/x")
                .starts_with("`%HOME%/x` holds the unknown variable `%HOME%`: use ")
        );
        assert!(refused(PATHS, "50% of").contains("single per cent sign"));
        assert!(
            refused(BasePaths::default(), "%USER%").contains("needs `%USER%`, which is not set")
        );
        for user in ["..", "a/b", r"DOMAIN\user", "", "C:x", "a\0"] {
            let paths = BasePaths { user: Some(user), ..PATHS };
            assert!(refused(paths, "/x/%USER%").contains("must be one file name"), "{user}");
        }
    }

    #[test]
    fn a_loop_ends_with_an_error() {
        let own = BasePaths { system_root: Some("%SYSROOT%/x"), ..PATHS };
        let each_other = BasePaths { system_root: Some("%APPROOT%"), ..PATHS };
        for paths in [own, each_other] {
            assert!(matches!(paths.expand("%SYSROOT%"), Err(VariableError::Loop { .. })));
            assert!(matches!(paths.expand("%APPROOT%"), Err(VariableError::Loop { .. })));
        }
    }

    proptest! {
        #[test]
        fn any_text_ends(path in "(%|SYSROOT|APPROOT|USER|x){0,9}", root in "(%|SYSROOT|APPROOT|x){0,9}") {
            let paths = BasePaths { system_root: Some(&root), application_root: Some(&path), ..PATHS };
            if let Ok(expanded) = paths.expand(&path) {
                prop_assert!(expanded.len() < 2000);
            }
        }
    }
}
