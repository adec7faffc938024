//! Definition types describe themselves: every field and choice has a sentence for editors, and nothing
//! unknown is accepted.

use scheduler_core::criteria::Criteria;
use scheduler_core::dependency::{
    JobDependency, ResourceDependency, ResourceUpdate, ThresholdDependency, ThresholdUpdate,
};
use scheduler_core::event::EventDefinition;
use scheduler_core::job::{Recurrence, Retry};
use schemars::{JsonSchema, schema_for};
use serde_json::Value;

/// What in a schema has no description, or lets unknown fields pass.
fn faults(at: &str, schema: &Value, found: &mut Vec<String>) {
    let Some(object) = schema.as_object() else { return };
    if object.get("type").and_then(Value::as_str) == Some("object")
        && object.get("additionalProperties") != Some(&Value::Bool(false))
    {
        found.push(format!("{at}: takes unknown fields"));
    }
    for (name, field) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
        // A choice with data is described where its alternative is.
        let is_described = field.get("description").is_some() || object.contains_key("description");
        if !is_described {
            found.push(format!("{at}.{name}: has no description"));
        }
        faults(&format!("{at}.{name}"), field, found);
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for one in object.get(key).and_then(Value::as_array).into_iter().flatten() {
            if key == "oneOf" && one.get("description").is_none() {
                found.push(format!("{at}: {one} has no description"));
            }
            faults(at, one, found);
        }
    }
    for (name, one) in object.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        faults(name, one, found);
    }
    if let Some(items) = object.get("items") {
        faults(&format!("{at}[]"), items, found);
    }
}

fn check<T: JsonSchema>(name: &str) {
    let schema = schema_for!(T).to_value();
    let mut found = Vec::new();
    faults(name, &schema, &mut found);
    assert!(found.is_empty(), "{found:#?}\n{schema:#}");
    assert!(schema.get("description").is_some(), "{name} has no description");
}

#[test]
fn every_field_has_a_sentence_and_nothing_unknown_passes() {
    check::<Criteria>("criteria");
    check::<JobDependency>("job_dependency");
    check::<ThresholdDependency>("threshold_dependency");
    check::<ResourceDependency>("resource_dependency");
    check::<ThresholdUpdate>("threshold_update");
    check::<ResourceUpdate>("resource_update");
    check::<EventDefinition>("event");
    check::<Retry>("retry");
    check::<Recurrence>("recurrence");
}
