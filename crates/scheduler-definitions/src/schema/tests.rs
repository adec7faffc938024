use scheduler_core::definition::Definitions;

use super::compile;

#[test]
fn the_schema_of_the_definitions_can_be_compiled() {
    let schema = schemars::schema_for!(Definitions);
    if let Err(why) = compile(&schema) {
        panic!("{why}\n{}", serde_json::to_string_pretty(&schema).unwrap());
    }
}
