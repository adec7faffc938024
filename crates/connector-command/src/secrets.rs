//! Keeping secrets out of what people read.
//!
//! What is secret is seen by its name: `--password x`, `DB_PASSWORD=x`. Such values are hidden wherever they stand, in the output
//! too, if they have [`CHARS_MIN`] characters: a shorter one would hide what has nothing to do with it.

/// What stands in place of a secret.
const HIDDEN: &str = "***";
/// Shortest secret that is looked for in other texts.
const CHARS_MIN: usize = 4;
/// Parts of names of secrets, in capitals and without `-` and `_`.
const NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "ACCESSKEY",
    "PRIVATEKEY",
    "CREDENTIAL",
];

/// Whether a value of this name is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_uppercase())
        .collect();
    plain.ends_with("PWD") && !matches!(plain.as_str(), "PWD" | "OLDPWD")
        || NAMES.iter().any(|part| plain.contains(part))
}

/// The secrets of a job.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn add(&mut self, value: &str) {
        if value.chars().count() >= CHARS_MIN && !self.0.iter().any(|known| known == value) {
            self.0.push(value.to_owned());
            // The longest first: one may be a part of another.
            self.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        }
    }

    /// Takes the secrets among arguments.
    pub(crate) fn add_arguments(&mut self, arguments: &[String]) {
        for (index, argument) in arguments.iter().enumerate() {
            if let Some((name, value)) = argument.split_once('=')
                && is_secret(name)
            {
                self.add(value);
            }
            if index > 0 && is_secret_option(&arguments[index - 1]) {
                self.add(argument);
            }
        }
    }

    /// Arguments without secrets.
    pub(crate) fn arguments(&self, arguments: &[String]) -> Vec<String> {
        let hide = |(index, argument): (usize, &String)| {
            if index > 0 && is_secret_option(&arguments[index - 1]) {
                return HIDDEN.to_owned();
            }
            match argument.split_once('=') {
                Some((name, _)) if is_secret(name) => format!("{}={HIDDEN}", self.text(name)),
                _ => self.text(argument),
            }
        };
        arguments.iter().enumerate().map(hide).collect()
    }

    /// A variable of the environment as the job log shows it: on one line.
    pub(crate) fn variable(&self, name: &str, value: &str) -> String {
        if is_secret(name) && !value.is_empty() {
            return format!("{name}={HIDDEN}");
        }
        format!("{name}={}", self.text(value).replace(['\n', '\r'], " "))
    }

    /// A text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        text
    }

    /// What the runner hides in the output.
    pub(crate) fn into_masks(self) -> Vec<String> {
        self.0
    }
}

/// `--password`, `-p` is none.
fn is_secret_option(argument: &str) -> bool {
    argument.starts_with('-') && !argument.contains('=') && is_secret(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn names_tell_what_is_secret() {
        for name in ["DB_PASSWORD", "--api-key", "ORA_PWD", "client_secret", "X-Auth-Token"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PWD", "OLDPWD", "PATH", "-p", "USER", "KEY"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_hidden_in_every_place() {
        let arguments = list(&["--password", "hush-hush", "PGPASSWORD=quiet!", "-x", "hush-hush!"]);
        let mut secrets = Secrets::default();
        secrets.add_arguments(&arguments);
        secrets.add("ab");
        assert_eq!(
            secrets.arguments(&arguments),
            list(&["--password", "***", "PGPASSWORD=***", "-x", "***!"])
        );
        assert_eq!(secrets.variable("URL", "db://u:quiet!@h\nx ab"), "URL=db://u:***@h x ab");
        assert_eq!(secrets.variable("TOKEN", "abc"), "TOKEN=***");
        assert_eq!(secrets.into_masks(), list(&["hush-hush", "quiet!"]));
    }
}
