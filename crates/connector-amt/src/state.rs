//! What the scheduler keeps of a task: its request, and what the head of its job log needs.
//!
//! `amt1 <BatchRequestId> <JSON>`, so that a question about many tasks reads only numbers. The JSON holds no secret: values are
//! masked as in the log. What does not fit into [`State::BYTES_MAX`] is left out from the end of the values on, and
//! counted; then long names are cut.

use amt_client::observe::masked_value;
use connector::{BatchUser, State};
use kit::Secret;
use serde::{Deserialize, Serialize};

use crate::task::{Runs, Task};

/// What stands before everything else: the version of this format.
const MARK: &str = "amt1 ";
/// Shortest password that is looked for in values; a shorter one would mask what has nothing to do with it.
const PASSWORD_CHARS_MIN: usize = 4;

/// A state, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The request; 0 where the server has none.
    pub(crate) id: i64,
    /// The rest.
    pub(crate) about: About,
}

/// What ran, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct About {
    #[serde(rename = "a")]
    pub(crate) application: String,
    #[serde(rename = "u")]
    pub(crate) submit_user: String,
    #[serde(rename = "t")]
    pub(crate) station: String,
    #[serde(rename = "q", default, skip_serializing_if = "String::is_empty")]
    pub(crate) queue: String,
    /// The job or the script.
    #[serde(rename = "n")]
    pub(crate) name: String,
    #[serde(rename = "s", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_script: bool,
    /// Masked.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    /// How many values did not fit.
    #[serde(rename = "m", default, skip_serializing_if = "is_zero")]
    pub(crate) more: usize,
    /// The code with which it ended, once that is known.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u16>,
    /// What there is to say about the end.
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl About {
    /// Of a task that is to be started by `user`.
    pub(crate) fn of(task: &Task, user: &BatchUser, secrets: &[Secret]) -> Self {
        let shown = |text: &str| without(text, secrets);
        let (name, is_script) = match &task.runs {
            Runs::Job(name) => (name, false),
            Runs::Script(name) => (name, true),
        };
        Self {
            application: shown(&task.application),
            submit_user: shown(&task.submit_user),
            station: shown(&task.station),
            queue: shown(task.queue.as_deref().unwrap_or_default()),
            name: shown(name),
            is_script,
            values: task.values.iter().map(|value| shown(&without_password(value, user))).collect(),
            ..Self::default()
        }
    }

    /// The state of this task as the request `id`, 0 for none.
    pub(crate) fn state(&self, id: i64) -> State {
        let mut about = self.clone();
        loop {
            let json = serde_json::to_string(&about).expect("texts and numbers are JSON");
            let text = format!("{MARK}{id} {json}");
            if text.len() <= State::BYTES_MAX {
                return State(text);
            }
            about.shorten(text.len() - State::BYTES_MAX);
        }
    }

    /// Takes something away, so that the state becomes about `bytes` shorter.
    fn shorten(&mut self, bytes: usize) {
        if self.values.pop().is_some() {
            self.more += 1;
            return;
        }
        let texts = [
            &mut self.application,
            &mut self.submit_user,
            &mut self.station,
            &mut self.queue,
            &mut self.name,
            &mut self.description,
        ];
        if let Some(longest) = texts.into_iter().max_by_key(|text| text.len()) {
            let mut keep = longest.len().saturating_sub(bytes.clamp(8, 128));
            while !longest.is_char_boundary(keep) {
                keep -= 1;
            }
            longest.truncate(keep);
            longest.push('…');
        }
    }
}

/// A text with stars in the place of secrets. Short ones are left: they would hide what has nothing to do with them.
fn without(text: &str, secrets: &[Secret]) -> String {
    let long = secrets
        .iter()
        .map(Secret::expose)
        .filter(|text| text.chars().count() >= PASSWORD_CHARS_MIN);
    long.fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

fn without_password(value: &str, user: &BatchUser) -> String {
    let password = user.password.expose();
    let masked = masked_value(value);
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return masked.into_owned();
    }
    masked.replace(password, "***")
}

/// The request of a state that this connector wrote; 0 where the server has none.
pub(crate) fn id_of(state: &State) -> Option<i64> {
    let (id, _) = state.0.strip_prefix(MARK)?.split_once(' ')?;
    id.parse().ok().filter(|id| *id >= 0)
}

/// Reads a state that this connector wrote.
pub(crate) fn read(state: &State) -> Option<Kept> {
    let (_, json) = state.0.strip_prefix(MARK)?.split_once(' ')?;
    Some(Kept { id: id_of(state)?, about: serde_json::from_str(json).ok()? })
}

#[cfg(test)]
mod tests {
    use kit::Secret;

    use super::*;

    fn user() -> BatchUser {
        BatchUser { identifier: "API".into(), password: Secret::new("hush-hush") }
    }

    fn task(values: &[&str]) -> Task {
        Task {
            application: "DEMO2".into(),
            submit_user: "BATCH".into(),
            user: None,
            station: "OPCON".into(),
            queue: None,
            runs: Runs::Job("REPORTTEST01".into()),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    #[test]
    fn a_state_reads_back_as_it_was_written() {
        let mut about = About::of(&task(&["DAY=1", "", "\"ä\n"]), &user(), &[]);
        let state = about.state(4711);
        assert_eq!(
            (id_of(&state), read(&state)),
            (Some(4711), Some(Kept { id: 4711, about: about.clone() }))
        );
        about.code = Some(11);
        about.description = "File not found".into();
        assert_eq!(read(&about.state(0)).unwrap().about, about);
    }

    #[test]
    fn no_secret_is_kept() {
        let about = About::of(&task(&["PASSWORD=x1", "url=http://API:hush-hush@b"]), &user(), &[]);
        let state = about.state(1).0;
        assert!(!state.contains("x1") && !state.contains("hush"), "{state}");
        let told = [Secret::new("4711-key")];
        let about = About::of(&task(&["KEY=4711-key"]), &user(), &told);
        assert_eq!(about.values, ["KEY=***"]);
    }

    #[test]
    fn the_longest_task_fits_and_says_what_is_left_out() {
        let value = "ä".repeat(100);
        let mut long = task(&[value.as_str(); 20]);
        long.queue = Some("\u{1}".repeat(128));
        let about = About::of(&long, &user(), &[]);
        let kept = read(&about.state(i64::MAX)).unwrap().about;
        assert_eq!(kept.values.len() + kept.more, 20);
        assert_eq!(kept.name, "REPORTTEST01");

        long.runs = Runs::Script("日".repeat(1024));
        long.application = "\u{1}".repeat(128);
        let state = About::of(&long, &user(), &[]).state(i64::MAX);
        assert!(state.0.len() <= State::BYTES_MAX);
        let kept = read(&state).unwrap().about;
        assert!(
            kept.is_script && kept.name.starts_with("日日") && kept.name.ends_with('…'),
            "{kept:?}"
        );
    }

    #[test]
    fn what_somebody_else_wrote_is_no_state() {
        for text in
            ["", "amt1", "amt1 x {}", "amt1 -1 {}", "amt2 1 {}", "conformance: no such state"]
        {
            assert_eq!(id_of(&State(text.into())), None, "{text}");
        }
        assert_eq!(read(&State("amt1 7 {".into())), None);
    }
}
