//! The fake as a connector.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::way::FakeConnection;
use super::{APPLICATION, Fake, TASK_TYPE};
use crate::{
    CallError, Connector, Fault, Form, FormRequest, Info, Integration, SettingsProblem, Target,
    TaskType,
};

impl Connector for Fake {
    fn info(&self) -> Info {
        let world = self.world();
        Info {
            name: "fake".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            applications: world.manners.applications.clone(),
            task_types: vec![TaskType { name: TASK_TYPE.into(), title: "Fake".into() }],
            languages: vec!["en".into()],
            can_find: world.manners.can_find,
            can_cancel: world.manners.can_cancel,
            is_local: world.manners.is_local,
        }
    }

    fn form<'a>(&'a self, request: &'a FormRequest) -> BoxFuture<'a, Result<Form, CallError>> {
        let schema = match request.task_type.as_deref() {
            None => Ok(json!({"type": "object", "properties": {}})),
            Some(TASK_TYPE) => Ok(json!({"type": "object", "properties": {
                "code": {"type": "integer", "title": "Code that it ends with"},
                "watches": {"type": "integer", "minimum": 0, "title": "Watches until it ends"},
                "at_once": {"type": "boolean", "title": "Ends at once"},
                "refuse": {"type": "string", "title": "Why it is refused"},
                "log": {"type": "string", "title": "Log"},
            }})),
            Some(other) => Err(CallError::new(
                Fault::NotFound,
                format!("the fake has no task type `{other}`; it has `{TASK_TYPE}`"),
            )),
        };
        let form = schema.map(|schema| Form {
            schema,
            ui: json!({}),
            extra_errors: json!({}),
            may_change: false,
        });
        Box::pin(async move { form })
    }

    fn connect(&self, target: Target) -> Result<Arc<dyn Integration>, Vec<SettingsProblem>> {
        if !self.world().manners.applications.contains(&target.application) {
            return Err(vec![SettingsProblem {
                field: "application".into(),
                message: format!("is `{}`; the fake knows `{APPLICATION}`", target.application),
            }]);
        }
        Ok(Arc::new(FakeConnection::new(self.clone(), target.agent)))
    }
}
