//! Properties and the tokens that stand for their values (`opcon-domain 1.9`).
//!
//! A text may hold tokens, `[[name]]` or `{{name}}`. [`Template`] is a text that has been read,
//! [`resolve`] puts the values in their place, [`Context`] is what is known while that happens.
//! Nothing falls through from one scope to another: `[[Rate]]` is a global property and nothing else.

mod context;
mod cursor;
mod date_format;
mod date_offset;
mod date_qualifier;
mod definition;
pub mod given;
pub mod limits;
mod place;
mod problem;
mod reference;
mod resolve;
mod scope;
mod secret;
mod system;
mod system_value;
mod tables;
mod target;
mod template;
mod text;

pub use context::{
    Audience, Context, Current, Find, JobFacts, JobKey, MachineFacts, NamedInstance, Regional,
    ResourceUnits, ScheduleFacts, ScheduleKey, Store,
};
pub use date_format::{BadFormat, DateFormat, Moment};
pub use date_offset::{DateOffset, OffsetError, OffsetUnit};
pub use definition::{
    Definition, PropertyValue, awkward, global_name_fault, instance_name_fault, parse_definitions,
};
pub(crate) use definition::{global_value_fault, is_date_name};
pub use place::Place;
pub use problem::{Problem, Problems, Span};
pub use reference::Reference;
pub use resolve::{Resolution, resolve, resolve_template};
pub use scope::Scope;
pub use secret::{Resolved, Secret};
pub use system::{SYSTEM_PROPERTIES, SystemProperty, table};
pub(crate) use system::{derived_from, is_derived, is_reserved};
pub use tables::{date_formats_table, offset_units_table, scopes_table};
pub use target::{Assignment, Target, target};
pub use template::Template;
pub use text::TokenText;

pub(crate) use problem::Fault;
pub(crate) use resolve::Resolver;
pub(crate) use template::{Kind, Parser, Part, Token, collect};
