//! What a wrong name was perhaps meant to be.

/// Adds `did you mean` to serde's text about an unknown member, which lists the known ones.
pub(super) fn with_suggestion(text: &str) -> String {
    let Some(rest) =
        text.strip_prefix("unknown field `").or_else(|| text.strip_prefix("unknown variant `"))
    else {
        return text.to_owned();
    };
    let Some((name, known)) = rest.split_once('`') else { return text.to_owned() };
    let known = known.split('`').skip(1).step_by(2);
    match batch_core::names::nearest(name, known) {
        Some(nearest) => format!("{text}; did you mean `{nearest}`?"),
        None => text.to_owned(),
    }
}
