//! The OpenAPI documents of both interfaces, generated from the routes and committed under `openapi/`.

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, Info, OpenApi};

/// The description of the AMTOpCon interface, as JSON with a line end.
pub fn amtopcon() -> String {
    let api = super::amtopcon::router().into_openapi();
    let about = "What schedulers and connectors say to a batch server. Paths, member and parameter names are read in any case.";
    document(api, "AMTOpCon", about)
}

/// The description of the Control Center API, as JSON with a line end.
pub fn control_center() -> String {
    let api = super::control::router().into_openapi();
    let about = "What administrators and operators do. Log on with `POST /Logon` of the AMTOpCon interface.";
    document(api, "Control Center", about)
}

fn document(mut api: OpenApi, title: &str, about: &str) -> String {
    let mut info = Info::new(title, "1");
    info.description = Some(about.to_owned());
    api.info = info;
    let components = api.components.get_or_insert_with(Components::new);
    let header = ApiKeyValue::with_description("X-AMT-LogonToken", "The token of a logon");
    components.add_security_scheme("token", SecurityScheme::ApiKey(ApiKey::Header(header)));
    components
        .add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let either = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    api.security = Some(vec![either("token"), either("bearer")]);
    let mut text = api.to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}
