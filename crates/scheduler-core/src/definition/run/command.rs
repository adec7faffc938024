//! A command line on a machine (`opcon-domain 1.3`, `1.7`).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::{At, Visit};
use crate::name::BatchUserName;

/// A command line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// The command line, which may hold tokens such as [[AMTPath]].
    #[schemars(length(min = 1, max = 4000), extend("format" = "token-text"))]
    pub line: String,
    /// The folder in which it runs. Without it the agent's own.
    #[schemars(length(max = 1024), extend("format" = "token-text"))]
    pub working_directory: Option<String>,
    /// The operating system's user under whom it runs. Without it the agent's own.
    pub batch_user: Option<BatchUserName>,
    /// Variables of its environment, beside those of the agent.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// A command that must succeed first; while it fails it is tried again every 180 seconds.
    pub pre_run: Option<PreRun>,
    /// Texts in the output that set the exit code; the first rule that applies counts.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub output_rules: Vec<OutputRule>,
}

/// A command before the job's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreRun {
    /// The command line.
    #[schemars(length(min = 1, max = 4000), extend("format" = "token-text"))]
    pub line: String,
}

/// A text in the output that sets the exit code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputRule {
    /// The text that is looked for.
    #[schemars(length(min = 1, max = 1024), extend("format" = "token-text"))]
    pub text: String,
    /// Whether the rule applies when the text is there (the default) or when it is not.
    #[serde(default = "yes")]
    pub contains: bool,
    /// The exit code that it sets.
    pub exit_code: i32,
}

fn yes() -> bool {
    true
}

impl Command {
    /// Its texts, with where they stand in it.
    pub fn texts<'d>(&'d self, visit: &mut Visit<'_, 'd>) {
        let Self { line, working_directory, batch_user: _, environment, pre_run, output_rules } =
            self;
        let fields = [("line", Some(line)), ("working_directory", working_directory.as_ref())];
        super::texts::fields(&fields, visit);
        for (name, value) in environment {
            visit(&[At::Field("environment"), At::Field(name)], value);
        }
        if let Some(PreRun { line }) = pre_run {
            visit(&[At::Field("pre_run"), At::Field("line")], line);
        }
        for (index, OutputRule { text, contains: _, exit_code: _ }) in
            output_rules.iter().enumerate()
        {
            visit(&[At::Field("output_rules"), At::Index(index), At::Field("text")], text);
        }
    }
}
