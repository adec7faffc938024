//! Values that definitions write as text: one parser each, one format name in the JSON Schema, one
//! sentence that says what is expected.

use core_kit::text::shown;

/// A value that is written as text in a definition file, in the API and on the command line.
///
/// [`text_value!`] derives from it `FromStr`, `Display`, serde and the JSON Schema. The schema names
/// [`TextValue::FORMAT`], by which the check of definition files finds the parser again: a mistake is
/// found with its position before anything is built from the text.
pub trait TextValue: Sized {
    /// The `format` in the JSON Schema, in kebab-case and unique: `job-name`.
    const FORMAT: &'static str;
    /// What is expected, after "expected": `a time of day such as 06:00`.
    const EXPECTED: &'static str;
    /// A regular expression that editors check with; not the rule itself. Empty for none.
    const PATTERN: &'static str = "";

    /// Reads the text.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence that begins with the value: `has 13 characters more
    /// than 64`. Empty where [`TextValue::EXPECTED`] says it all.
    fn parse(text: &str) -> Result<Self, String>;

    /// The text, in the form in which it is written back.
    fn print(&self) -> String;
}

/// A text that is not the value that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .message)]
pub struct BadText {
    /// The whole sentence: the value, what is wrong, what was expected.
    pub message: String,
}

/// Reads a text as a `T`, with the whole sentence as error.
///
/// # Errors
/// The text is no `T`.
pub fn read<T: TextValue>(text: &str) -> Result<T, BadText> {
    T::parse(text).map_err(|why| BadText {
        message: if why.is_empty() {
            format!("`{}` is not {}", shown(text), T::EXPECTED)
        } else {
            format!("`{}` {why}; expected {}", shown(text), T::EXPECTED)
        },
    })
}

/// Derives text, serde and JSON Schema of types that are [`TextValue`]s.
#[macro_export]
macro_rules! text_value {
    ($($type:ty),+ $(,)?) => {$(
        impl std::str::FromStr for $type {
            type Err = $crate::text_value::BadText;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::text_value::read(text)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&$crate::text_value::TextValue::print(self))
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$crate::text_value::TextValue::print(self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                $crate::text_value::read(&text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                <Self as $crate::text_value::TextValue>::FORMAT.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::text_value::schema::<Self>()
            }
        }
    )+};
}

/// The JSON Schema of a `T`.
pub fn schema<T: TextValue>() -> schemars::Schema {
    let mut schema = schemars::json_schema!({ "type": "string", "format": T::FORMAT });
    if !T::PATTERN.is_empty() {
        schema.insert("pattern".to_owned(), T::PATTERN.into());
    }
    schema
}
