//! The JSON form of failure criteria: the property `#opconExitCodeCriteria` of plug-in jobs
//! (`opcon-domain 3.5`).

use serde::{Deserialize, Serialize};

use super::{Advanced, Join, Operator, Outcome, ROWS_MAX, Row};

/// The property that holds it.
pub const PROPERTY_NAME: &str = "#opconExitCodeCriteria";

/// A text that is no failure criteria.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCriteria {
    /// Not JSON, or not of that form.
    #[error("{PROPERTY_NAME} cannot be read: {0}")]
    Form(String),
    /// Too few or too many.
    #[error("{PROPERTY_NAME} has {0} rows; expected 1 to {ROWS_MAX}")]
    Count(usize),
    /// A range without an end, or backwards.
    #[error("row {row} of {PROPERTY_NAME} is a range from {from} {to}")]
    Range {
        /// Which, from 1.
        row: usize,
        /// First number.
        from: i32,
        /// What is wrong with the last one.
        to: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonRow {
    operator: JsonOperator,
    value: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_value: Option<i32>,
    result: JsonResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boolean_operator: Option<JsonJoin>,
}

#[derive(Serialize, Deserialize)]
struct JsonOperator {
    value: JsonLetters,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum JsonLetters {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Rg,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum JsonResult {
    #[serde(rename = "Finish OK")]
    FinishOk,
    #[serde(rename = "Fail")]
    Fail,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum JsonJoin {
    And,
    Or,
}

/// Reads the JSON form. The result of the first row is that of all rows; the last number of anything but a
/// range is ignored, because forms leave it in.
///
/// # Errors
/// What is wrong with it.
pub fn from_json(text: &str) -> Result<Advanced, BadCriteria> {
    let rows: Vec<JsonRow> =
        serde_json::from_str(text).map_err(|error| BadCriteria::Form(error.to_string()))?;
    let result = match rows.first() {
        Some(first) if rows.len() <= ROWS_MAX => match first.result {
            JsonResult::FinishOk => Outcome::FinishOk,
            JsonResult::Fail => Outcome::Fail,
        },
        _ => return Err(BadCriteria::Count(rows.len())),
    };
    let rows = rows.iter().enumerate().map(|(index, row)| read(index + 1, row));
    Ok(Advanced { result, rows: rows.collect::<Result<_, _>>()? })
}

fn read(number: usize, row: &JsonRow) -> Result<Row, BadCriteria> {
    let operator = match row.operator.value {
        JsonLetters::Eq => Operator::Eq,
        JsonLetters::Ne => Operator::Ne,
        JsonLetters::Lt => Operator::Lt,
        JsonLetters::Le => Operator::Le,
        JsonLetters::Gt => Operator::Gt,
        JsonLetters::Ge => Operator::Ge,
        JsonLetters::Rg => Operator::Rg,
    };
    let end_value = row.end_value.filter(|_| operator == Operator::Rg);
    let bad = |to| Err(BadCriteria::Range { row: number, from: row.value, to });
    match end_value {
        None if operator == Operator::Rg => {
            return bad("without its last number; give `endValue`".to_owned());
        }
        Some(end) if end < row.value => return bad(format!("to {end}, which is less")),
        None | Some(_) => {}
    }
    let then = match row.boolean_operator {
        Some(JsonJoin::And) => Join::And,
        Some(JsonJoin::Or) | None => Join::Or,
    };
    Ok(Row { operator, value: row.value, end_value, then })
}

/// The JSON form, as the vendor's forms write it.
pub fn to_json(advanced: &Advanced) -> String {
    let result = match advanced.result {
        Outcome::FinishOk => JsonResult::FinishOk,
        Outcome::Fail => JsonResult::Fail,
    };
    let rows: Vec<JsonRow> = advanced.rows.iter().map(|row| written(row, result)).collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

fn written(row: &Row, result: JsonResult) -> JsonRow {
    let letters = match row.operator {
        Operator::Eq => JsonLetters::Eq,
        Operator::Ne => JsonLetters::Ne,
        Operator::Lt => JsonLetters::Lt,
        Operator::Le => JsonLetters::Le,
        Operator::Gt => JsonLetters::Gt,
        Operator::Ge => JsonLetters::Ge,
        Operator::Rg => JsonLetters::Rg,
    };
    let join = match row.then {
        Join::And => JsonJoin::And,
        Join::Or => JsonJoin::Or,
    };
    JsonRow {
        operator: JsonOperator { value: letters, sign: Some(row.operator.sign().to_owned()) },
        value: row.value,
        end_value: row.end_value,
        result,
        boolean_operator: Some(join),
    }
}
