//! Users with few rights.

use serde_json::{Value, json};

use crate::{Api, PASSWORD, Site};

impl Site {
    /// Makes a role, whose members may do what `role` says, with one user, and logs on as it.
    pub async fn user(&self, name: &str, role: Value) -> Api {
        let mut role = role;
        role["name"] = json!(name);
        let (status, answer) = self.api.post("/control/v1/roles", role).await;
        assert_eq!(status, 201, "{answer}");
        let user = json!({"name": name, "password": PASSWORD, "roles": [name]});
        let (status, answer) = self.api.post("/control/v1/users", user).await;
        assert_eq!(status, 201, "{answer}");
        Api::new(&self.api.base).logon(name, PASSWORD).await
    }
}
