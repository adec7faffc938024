//! Calls that must be refused, made from the description of an interface: each route with each kind of damage.

use serde_json::{Map, Value, json};

/// Longer than any member may be, and small enough for a body.
const LONG: usize = 300_000;
/// Longer than a body may be.
const TOO_LONG: usize = 3 << 20;
/// Deeper than anything is nested.
const DEPTH: usize = 20_000;

/// A call and what its refusal must name.
pub(crate) struct Case {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    /// The member, parameter or header that is wrong; none where no single one is.
    pub(crate) field: Option<String>,
    /// What is wrong with it, for the report.
    pub(crate) what: String,
}

/// An operation of a description.
pub(crate) struct Operation<'a> {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Whether members and parameters that it does not know are refused.
    pub(crate) is_strict: bool,
    document: &'a Value,
    described: &'a Value,
}

/// All operations of a description, in the order of their paths.
pub(crate) fn operations(document: &Value, is_strict: bool) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &'_ Value)| {
        let methods = item.as_object().unwrap();
        let known = methods
            .keys()
            .filter(|name| ["get", "post", "put", "delete", "patch"].contains(&name.as_str()));
        known
            .map(|method| (method.to_uppercase(), path.clone(), method.clone()))
            .collect::<Vec<_>>()
    };
    let all = paths.iter().flat_map(of_path);
    all.map(|(method, path, key)| {
        let described = &document["paths"][&path][&key];
        Operation { method, path, is_strict, document, described }
    })
    .collect()
}

impl Operation<'_> {
    /// Whether it answers without a token.
    pub(crate) fn is_open(&self) -> bool {
        self.described["security"] == json!([{}])
    }

    /// The path with a value in place of each of its parameters.
    pub(crate) fn at(&self, value: &str) -> String {
        let mut path = self.path.clone();
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, value);
        }
        path
    }

    fn case(&self, path: String, body: impl Into<Vec<u8>>, what: &str) -> Case {
        let (method, what) = (self.method.clone(), what.to_owned());
        Case { method, path, body: body.into(), field: None, what }
    }

    /// All calls of this operation that must be refused.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let mut cases = self.unknown_ids();
        cases.extend(self.wrong_queries());
        if let Some(schema) = self.body() {
            cases.extend(self.no_bodies());
            cases.extend(self.wrong_members(schema));
        }
        cases
    }

    /// Ids that nothing has, and texts that are no ids.
    fn unknown_ids(&self) -> Vec<Case> {
        if !self.path.contains('{') {
            return Vec::new();
        }
        let ids = [
            "0",
            "-1",
            "4711",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999",
            "1.5",
            "1e3",
            "x",
            "%00",
            "%ff",
            "%2e%2e",
            "1%20OR%201=1",
            "'",
            "%F0%9F%92%A9",
        ];
        // A body is read only after the path, so that any will do.
        ids.into_iter().map(|id| self.case(self.at(id), "{}", "unknown id")).collect()
    }

    fn wrong_queries(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        let parameters = self.described["parameters"].as_array().into_iter().flatten();
        for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let texts: &[&str] = match kind(self.resolve(&parameter["schema"])) {
                "integer" => &[
                    "x",
                    "1.5",
                    "99999999999999999999",
                    "-99999999999999999999",
                    "%00",
                    "1%3B",
                    "0x10",
                ],
                "boolean" => &["maybe", "%00", "truetrue"],
                _ => &["%00", "a%00b"],
            };
            for text in texts {
                let needed =
                    self.described["parameters"].to_string().contains("\"BatchRequestId\"");
                let before =
                    if needed && name != "BatchRequestId" { "BatchRequestId=1&" } else { "" };
                let path = format!("{}?{before}{name}={text}", self.at("1"));
                let mut case = self.case(path, "", "wrong query");
                case.field = Some(name.to_owned());
                cases.push(case);
            }
        }
        if self.is_strict && self.method == "GET" && !cases.is_empty() {
            let mut case = self.case(format!("{}?nonsense=1", self.at("1")), "", "unknown query");
            case.field = Some("nonsense".to_owned());
            cases.push(case);
        }
        cases
    }

    /// The schema of the body, when there is one.
    fn body(&self) -> Option<&Value> {
        let schema = &self.described["requestBody"]["content"]["application/json"]["schema"];
        (!schema.is_null()).then(|| self.resolve(schema))
    }

    /// What is no JSON, no object, too deep or too long.
    fn no_bodies(&self) -> Vec<Case> {
        let path = self.at("1");
        let deep = |open: &str, close: &str| open.repeat(DEPTH) + &close.repeat(DEPTH);
        let bodies: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", Vec::new()),
            ("no JSON", b"nonsense".to_vec()),
            ("cut off", b"{\"a\": 1".to_vec()),
            ("no UTF-8", b"{\"a\": \"\xff\xfe\"}".to_vec()),
            ("half a surrogate", b"{\"a\": \"\\ud800\"}".to_vec()),
            ("a number", b"5".to_vec()),
            ("a text", b"\"text\"".to_vec()),
            ("null", b"null".to_vec()),
            ("a list", b"[]".to_vec()),
            ("more than one", b"{} {}".to_vec()),
            ("deep lists", deep("[", "]").into_bytes()),
            ("deep objects", deep("{\"a\":", "}").into_bytes()),
            ("too long", vec![b' '; TOO_LONG]),
        ];
        bodies.into_iter().map(|(what, body)| self.case(path.clone(), body, what)).collect()
    }

    fn wrong_members(&self, schema: &Value) -> Vec<Case> {
        let mut cases = Vec::new();
        let none = Map::new();
        let members = schema["properties"].as_object().unwrap_or(&none);
        for (name, member) in members {
            for (what, text) in self.wrong_values(member) {
                let body = format!("{{{}: {text}}}", json!(name));
                let mut case = self.case(self.at("1"), body, &format!("{name}: {what}"));
                // What a text says is looked at after everything that is required is there.
                case.field = (!["NUL", "long"].contains(&what)).then(|| name.clone());
                cases.push(case);
            }
        }
        let mut required = schema["required"].as_array().into_iter().flatten();
        if let Some(first) = required.find_map(Value::as_str) {
            let mut case = self.case(self.at("1"), "{}", "nothing that is required");
            case.field = Some(first.to_owned());
            cases.push(case);
        }
        if self.is_strict {
            let mut case = self.case(self.at("1"), "{\"nonsense\": 1}", "unknown member");
            case.field = Some("nonsense".to_owned());
            cases.push(case);
        }
        cases
    }

    /// Values that a member can never have, as JSON text.
    fn wrong_values(&self, member: &Value) -> Vec<(&'static str, String)> {
        let long = format!("\"{}\"", "x".repeat(LONG));
        let values: &[(&str, &str)] = match kind(self.resolve(member)) {
            "string" => {
                &[("a list", "[]"), ("an object", "{}"), ("NUL", "\"a\\u0000b\""), ("long", &long)]
            }
            "integer" => &[
                ("a text", "\"x\""),
                ("a list", "[1]"),
                ("a fraction", "1.5"),
                ("huge", "1e400"),
                ("too large", "18446744073709551616"),
                ("too small", "-9223372036854775809"),
                ("an object", "{}"),
            ],
            "boolean" => {
                &[("a text", "\"maybe\""), ("a number", "2"), ("a list", "[]"), ("an object", "{}")]
            }
            "array" => &[
                ("a number", "5"),
                ("a truth value", "true"),
                ("nested", "[[[]]]"),
                ("objects", "[{\"nonsense\": []}]"),
            ],
            _ => &[("a number", "5"), ("a truth value", "true"), ("a list", "[5]")],
        };
        values.iter().map(|(what, text)| (*what, (*text).to_owned())).collect()
    }

    /// What a reference, or the one choice that is not null, stands for.
    fn resolve<'v>(&'v self, schema: &'v Value) -> &'v Value {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return self.resolve(&self.document["components"]["schemas"][name]);
        }
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        choices
            .into_iter()
            .find(|choice| choice["type"] != "null")
            .map_or(schema, |one| self.resolve(one))
    }
}

/// The type of a schema, null apart.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("object")
        }
        _ => "object",
    }
}
