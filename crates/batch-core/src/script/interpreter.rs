//! Which program runs a script, by its extension.

use serde::{Deserialize, Serialize};

use super::name::extension;

/// Where the script's path goes in a template of arguments.
const SCRIPT: &str = "{script}";

/// The program for one kind of script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpreter {
    /// Extension of the script with its full stop, in any case: `.ps1`.
    pub extension: String,
    /// Program, looked for in the `PATH` of the job when it has no slash.
    pub program: String,
    /// Arguments before those of the script. `{script}` in one of them is replaced by the script's
    /// path; when none has it, the path follows them.
    #[serde(default)]
    pub arguments: Vec<String>,
}

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptCommand {
    /// Program.
    pub program: String,
    /// Its arguments, those of the script at the end.
    pub arguments: Vec<String>,
}

/// The interpreters in the order in which they are tried for a script named without extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Interpreter>", into = "Vec<Interpreter>")]
pub struct Interpreters(Vec<Interpreter>);

/// An interpreter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInterpreter {
    /// An extension is a full stop and at least one letter or digit.
    #[error("`{0}` is not an extension: begin it with a full stop, as in `.ps1`")]
    Extension(String),
    /// No program.
    #[error("the interpreter for `{0}` has no program: name one")]
    NoProgram(String),
    /// The same extension twice.
    #[error("extension `{0}` has two interpreters: remove one of them")]
    Twice(String),
}

impl Interpreters {
    /// A table of interpreters.
    ///
    /// # Errors
    /// [`BadInterpreter`] for the first that cannot be used.
    pub fn new(table: Vec<Interpreter>) -> Result<Self, BadInterpreter> {
        for (index, entry) in table.iter().enumerate() {
            let name = entry.extension.strip_prefix('.').unwrap_or_default();
            if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
                return Err(BadInterpreter::Extension(crate::text::shown(&entry.extension)));
            }
            if entry.program.is_empty() {
                return Err(BadInterpreter::NoProgram(entry.extension.clone()));
            }
            if table[..index].iter().any(|other| is_same(&other.extension, &entry.extension)) {
                return Err(BadInterpreter::Twice(entry.extension.clone()));
            }
        }
        Ok(Self(table))
    }

    /// The extensions, in order.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|entry| entry.extension.as_str())
    }

    /// The interpreter of a script; none means that the file itself is executed.
    pub fn of(&self, script: &str) -> Option<&Interpreter> {
        let wanted = extension(script)?;
        self.0.iter().find(|entry| is_same(&entry.extension, wanted))
    }

    /// How to start the script at `path` (a path of this machine), with its own arguments at the
    /// end.
    pub fn command(&self, path: &str, script_arguments: &[String]) -> ScriptCommand {
        let Some(interpreter) = self.of(path) else {
            return ScriptCommand {
                program: path.to_owned(),
                arguments: script_arguments.to_vec(),
            };
        };
        let template = &interpreter.arguments;
        let mut arguments: Vec<String> =
            template.iter().map(|argument| argument.replace(SCRIPT, path)).collect();
        if !template.iter().any(|argument| argument.contains(SCRIPT)) {
            arguments.push(path.to_owned());
        }
        arguments.extend_from_slice(script_arguments);
        ScriptCommand { program: interpreter.program.clone(), arguments }
    }
}

fn is_same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

impl Default for Interpreters {
    /// PowerShell first, as at the vendor's (`amt-domain 6.2`), then what migrated sites add.
    fn default() -> Self {
        let entry = |extension: &str, program: &str, arguments: &[&str]| Interpreter {
            extension: extension.to_owned(),
            program: program.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        };
        Self(vec![
            entry(".ps1", "pwsh", &["-NoLogo", "-NoProfile", "-NonInteractive", "-File"]),
            entry(".sh", "sh", &[]),
            entry(".py", "python3", &[]),
            entry(".cmd", "cmd", &["/c"]),
            entry(".bat", "cmd", &["/c"]),
            entry(".js", "node", &[]),
            entry(".vbs", "cscript", &["//nologo"]),
        ])
    }
}

impl TryFrom<Vec<Interpreter>> for Interpreters {
    type Error = BadInterpreter;

    fn try_from(table: Vec<Interpreter>) -> Result<Self, BadInterpreter> {
        Self::new(table)
    }
}

impl From<Interpreters> for Vec<Interpreter> {
    fn from(interpreters: Interpreters) -> Self {
        interpreters.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(interpreters: &Interpreters, path: &str, arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        let command = interpreters.command(path, &arguments);
        [vec![command.program], command.arguments].concat().join(" ")
    }

    #[test]
    fn the_extension_chooses_the_program() {
        let cases = [
            ("/s/RUN.ps1", "pwsh -NoLogo -NoProfile -NonInteractive -File /s/RUN.ps1 a=1"),
            ("/s/RUN.PS1", "pwsh -NoLogo -NoProfile -NonInteractive -File /s/RUN.PS1 a=1"),
            ("/s/run.sh", "sh /s/run.sh a=1"),
            ("/s/run.py", "python3 /s/run.py a=1"),
            (r"C:\s\run.cmd", r"cmd /c C:\s\run.cmd a=1"),
            (r"C:\s\run.bat", r"cmd /c C:\s\run.bat a=1"),
            ("/s/run.js", "node /s/run.js a=1"),
            ("/s/run.vbs", "cscript //nologo /s/run.vbs a=1"),
            ("/s/run.exe", "/s/run.exe a=1"),
            ("/s.sh/run", "/s.sh/run a=1"),
            ("/s/.sh", "/s/.sh a=1"),
        ];
        for (path, expected) in cases {
            assert_eq!(line(&Interpreters::default(), path, &["a=1"]), expected);
        }
    }

    #[test]
    fn a_template_can_place_the_script() {
        let table =
            r#"[{"extension":".sql","program":"psql","arguments":["--file={script}","--quiet"]}]"#;
        let interpreters: Interpreters = serde_json::from_str(table).unwrap();
        assert_eq!(line(&interpreters, "/s/x.sql", &["y"]), "psql --file=/s/x.sql --quiet y");
        assert_eq!(serde_json::to_string(&interpreters).unwrap(), table);
    }

    #[test]
    fn a_table_that_cannot_be_used_is_refused() {
        let entry = |extension: &str, program: &str| Interpreter {
            extension: extension.to_owned(),
            program: program.to_owned(),
            arguments: Vec::new(),
        };
        for extension in ["ps1", "", ".", ".a/b", "..a"] {
            let error = Interpreters::new(vec![entry(extension, "x")]).unwrap_err();
            assert_eq!(error, BadInterpreter::Extension(extension.to_owned()));
        }
        assert_eq!(
            Interpreters::new(vec![entry(".a", "")]),
            Err(BadInterpreter::NoProgram(".a".into()))
        );
        let twice = vec![entry(".a", "x"), entry(".A", "y")];
        assert_eq!(Interpreters::new(twice), Err(BadInterpreter::Twice(".A".into())));
        assert!(Interpreters::new(Interpreters::default().into()).is_ok());
    }
}
