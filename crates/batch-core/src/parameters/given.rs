//! The parameters of a start, checked.

use amt_protocol::{ExtractFile, JobAction, LIST_ITEMS_MAX};

use super::limits::{file_id_fault, is_key, required_fault, value_fault};
use super::{Fault, Field, ParameterError};
use crate::names::key;
use crate::text::shown;

/// Key of the first task value without a name; the next ones are `TASKVALUE2`, `TASKVALUE3`, …
const BARE_KEY: &str = "TASKVALUE";

/// A keyed value of a run (`amt-domain 6.6`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskValue {
    /// Key, in upper case: keys do not differ by case.
    pub key: String,
    /// Value, as it was given.
    pub value: String,
}

/// The parameters of a start. Every value fits its limits and holds neither a line break nor a zero
/// byte.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// Task values with distinct keys, in the order of their first mention; of one key the last
    /// value counts.
    pub task_values: Vec<TaskValue>,
    /// Arguments of the script, each exactly as it was given, quotes, `name=` and empty ones included
    /// (`amt-domain 6.6`, quoting). They are also its variables `AMTPARAM_1`, `AMTPARAM_2`, …
    pub script_arguments: Vec<String>,
    /// Parameter of a report.
    pub report_parameter: Option<String>,
    /// Global parameter, unsplit.
    pub global_parameter: Option<String>,
    /// Extract files with distinct ids.
    pub extract_files: Vec<ExtractFile>,
}

impl Parameters {
    /// Checks the parameters of a start.
    ///
    /// # Errors
    /// [`ParameterError`] for the first that is refused.
    pub fn from_action(action: &JobAction) -> Result<Self, ParameterError> {
        let report_parameter = action.report_parameter.clone();
        let global_parameter = action.global_parameter.clone();
        single(Field::ReportParameter, report_parameter.as_deref())?;
        single(Field::GlobalParameter, global_parameter.as_deref())?;
        list(Field::ScriptParameter, &action.script_parameters, value_fault)?;
        Ok(Self {
            task_values: task_values(&action.task_values)?,
            script_arguments: action.script_parameters.clone(),
            report_parameter,
            global_parameter,
            extract_files: extract_files(&action.extract_files)?,
        })
    }

    /// The words of the global parameter, split on blanks: `PARM1`, `PARM2`, … Without any there is
    /// one, empty (`amt-domain 6.4`).
    pub fn global_words(&self) -> Vec<&str> {
        let text = self.global_parameter.as_deref().unwrap_or_default();
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        if words.is_empty() { vec![""] } else { words }
    }
}

/// Reads task values: `name=value`, or a bare value (the sources show both). A bare value gets the
/// key `TASKVALUE`, the next bare one `TASKVALUE2` and so on, after the Unisys attribute of that
/// name (`amt-domain 15.1`). What begins with a quote is bare, whatever it holds; so is an empty one,
/// which keeps its number.
fn task_values(items: &[String]) -> Result<Vec<TaskValue>, ParameterError> {
    list(Field::TaskValue, items, value_fault)?;
    let mut values: Vec<TaskValue> = Vec::new();
    let mut bare = 0;
    for (index, item) in items.iter().enumerate() {
        let (name, value) = match item.split_once('=') {
            Some((name, value)) if !item.starts_with(['\'', '"']) => {
                let name = name.trim();
                if !is_key(name) {
                    return Err(refused(Field::TaskValue, Some(index), item, Fault::Key));
                }
                (key(name), value)
            }
            _ => {
                bare += 1;
                let number = if bare == 1 { String::new() } else { bare.to_string() };
                (format!("{BARE_KEY}{number}"), item.as_str())
            }
        };
        match values.iter_mut().find(|known| known.key == name) {
            Some(known) => value.clone_into(&mut known.value),
            None => values.push(TaskValue { key: name, value: value.to_owned() }),
        }
    }
    Ok(values)
}

fn extract_files(files: &[ExtractFile]) -> Result<Vec<ExtractFile>, ParameterError> {
    let column =
        |of: fn(&ExtractFile) -> &String| files.iter().map(of).cloned().collect::<Vec<_>>();
    list(Field::FileId, &column(|file| &file.file_id), file_id_fault)?;
    list(Field::FileName, &column(|file| &file.file_name), required_fault)?;
    for (index, file) in files.iter().enumerate() {
        let is_double =
            files[..index].iter().any(|other| other.file_id.eq_ignore_ascii_case(&file.file_id));
        if is_double {
            return Err(refused(Field::FileId, Some(index), &file.file_id, Fault::Twice));
        }
    }
    Ok(files.to_vec())
}

fn single(field: Field, value: Option<&str>) -> Result<(), ParameterError> {
    match value.and_then(|value| Some((value, value_fault(value)?))) {
        None => Ok(()),
        Some((value, fault)) => Err(refused(field, None, value, fault)),
    }
}

fn list(
    field: Field,
    items: &[String],
    fault: fn(&str) -> Option<Fault>,
) -> Result<(), ParameterError> {
    if let Some(item) = items.get(LIST_ITEMS_MAX) {
        return Err(refused(field, Some(LIST_ITEMS_MAX), item, Fault::TooMany));
    }
    for (index, item) in items.iter().enumerate() {
        if let Some(fault) = fault(item) {
            return Err(refused(field, Some(index), item, fault));
        }
    }
    Ok(())
}

fn refused(field: Field, index: Option<usize>, value: &str, fault: Fault) -> ParameterError {
    ParameterError { field, index: index.map(|index| index + 1), value: shown(value), fault }
}

#[cfg(test)]
mod tests {
    use amt_protocol::Action;
    use proptest::prelude::*;

    use super::*;

    fn start() -> JobAction {
        JobAction::new(Action::Start)
    }

    fn texts(items: &[&str]) -> Vec<String> {
        items.iter().map(|&item| item.to_owned()).collect()
    }

    fn file(id: &str, name: &str) -> ExtractFile {
        ExtractFile { file_id: id.to_owned(), file_name: name.to_owned() }
    }

    /// Items, and the keys and values read from them.
    type Case = (&'static [&'static str], &'static [(&'static str, &'static str)]);

    fn values(items: &[&str]) -> Vec<(String, String)> {
        let action = JobAction { task_values: texts(items), ..start() };
        let values = Parameters::from_action(&action).unwrap().task_values;
        values.into_iter().map(|value| (value.key, value.value)).collect()
    }

    #[test]
    fn task_values_have_a_name_or_get_one() {
        let cases: [Case; 7] = [
            (&["START=NOW"], &[("START", "NOW")]),
            (&["25"], &[("TASKVALUE", "25")]),
            (
                &["25", "sw1=TRUE", "26", "27"],
                &[("TASKVALUE", "25"), ("SW1", "TRUE"), ("TASKVALUE2", "26"), ("TASKVALUE3", "27")],
            ),
            (&["A=1", "B=", "a=2=3"], &[("A", "2=3"), ("B", "")]),
            (&["'A=1'", "\"=\""], &[("TASKVALUE", "'A=1'"), ("TASKVALUE2", "\"=\"")]),
            (&["FILE.TITLE = x "], &[("FILE.TITLE", " x ")]),
            (&["", "25"], &[("TASKVALUE", ""), ("TASKVALUE2", "25")]),
        ];
        for (items, expected) in cases {
            let seen = values(items);
            let seen: Vec<_> = seen.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(seen, expected, "{items:?}");
        }
    }

    #[test]
    fn script_parameters_stay_as_they_are() {
        let given = texts(&["PARAM=25", "", "'PARAM'", " x ", "a b"]);
        let action = JobAction { script_parameters: given.clone(), ..start() };
        assert_eq!(Parameters::from_action(&action).unwrap().script_arguments, given);
    }

    #[test]
    fn the_global_parameter_is_split_on_blanks() {
        let cases: [(Option<&str>, &[&str]); 4] = [
            (None, &[""]),
            (Some("  "), &[""]),
            (Some("one"), &["one"]),
            (Some(" one  two\tthree "), &["one", "two", "three"]),
        ];
        for (text, words) in cases {
            let action = JobAction { global_parameter: text.map(str::to_owned), ..start() };
            assert_eq!(Parameters::from_action(&action).unwrap().global_words(), words);
        }
    }

    #[test]
    fn an_error_names_the_field_the_place_the_value_and_the_fix() {
        let mut action = start();
        action.script_parameters = texts(&["a", "b\nc"]);
        assert_eq!(
            Parameters::from_action(&action).unwrap_err().to_string(),
            "script parameter 2 `b\\nc` holds a line break or zero byte: remove it"
        );
        action = JobAction { task_values: texts(&["x"; 21]), ..start() };
        assert_eq!(
            Parameters::from_action(&action).unwrap_err().to_string(),
            "task value 21 `x` is too many: give at most 20"
        );
        action = JobAction { report_parameter: Some("x\0".to_owned()), ..start() };
        assert_eq!(
            Parameters::from_action(&action).unwrap_err().to_string(),
            "report parameter `x\\0` holds a line break or zero byte: remove it"
        );
    }

    #[test]
    fn each_limit_refuses_what_is_one_over_it() {
        let long = "ä".repeat(4097);
        let at_limit = "ä".repeat(4096);
        let faults = |action: JobAction| {
            Parameters::from_action(&action).map_err(|error| (error.field, error.fault)).err()
        };
        for (value, fault) in [(&long, Some(Fault::TooLong)), (&at_limit, None)] {
            let text = || Some(value.clone());
            let list = || vec![value.clone()];
            let cases = [
                (JobAction { report_parameter: text(), ..start() }, Field::ReportParameter),
                (JobAction { global_parameter: text(), ..start() }, Field::GlobalParameter),
                (JobAction { script_parameters: list(), ..start() }, Field::ScriptParameter),
                (JobAction { task_values: list(), ..start() }, Field::TaskValue),
                (JobAction { extract_files: vec![file("A", value)], ..start() }, Field::FileName),
            ];
            for (action, field) in cases {
                assert_eq!(faults(action), fault.map(|fault| (field, fault)));
            }
        }
        for item in ["=x", "1A=x", "A B=x", &format!("{}=x", "A".repeat(129))] {
            let action = JobAction { task_values: texts(&[item]), ..start() };
            assert_eq!(faults(action), Some((Field::TaskValue, Fault::Key)), "{item}");
        }
        for id in ["", "A-B", "A B", "Ä", &"A".repeat(65)] {
            let action = JobAction { extract_files: vec![file(id, "x")], ..start() };
            assert_eq!(faults(action), Some((Field::FileId, Fault::FileId)), "{id}");
        }
        let twice = vec![file("IN", "x"), file("in", "y")];
        let action = JobAction { extract_files: twice, ..start() };
        assert_eq!(faults(action), Some((Field::FileId, Fault::Twice)));
        let action = JobAction { extract_files: vec![file("IN", "")], ..start() };
        assert_eq!(faults(action), Some((Field::FileName, Fault::Empty)));
    }

    proptest! {
        #[test]
        fn accepted_task_values_have_distinct_keys_and_lose_nothing(
            items in prop::collection::vec("[AB1='\n ]{0,5}", 0..25),
        ) {
            let action = JobAction { task_values: items.clone(), ..start() };
            if let Ok(parameters) = Parameters::from_action(&action) {
                let keys: std::collections::HashSet<_> = parameters.task_values.iter().map(|v| &v.key).collect();
                prop_assert_eq!(keys.len(), parameters.task_values.len());
                prop_assert!(items.len() <= LIST_ITEMS_MAX);
                if let Some(last) = items.last() {
                    prop_assert!(parameters.task_values.iter().any(|value| last.ends_with(&value.value)));
                }
            }
        }
    }
}
