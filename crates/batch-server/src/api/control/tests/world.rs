//! A server without controllers, its clock in the test's hand, called through the real router.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use kit::Secret;
use serde_json::{Value, json};
use sql::to_micros;
use testkit::{SimClock, TempDir, TestDb};
use tower::ServiceExt;

use crate::auth::{ensure_administrator, token_hash};
use crate::options::{DatabaseUrl, Options};
use crate::server::SharedServer;
use crate::store::{batch_user, token};

/// Most bytes of an answer that a test reads.
const ANSWER_BYTES_MAX: usize = 8 << 20;

pub(super) struct World {
    pub(super) server: SharedServer,
    pub(super) clock: SimClock,
    pub(super) router: Router,
    /// The token of ADMIN.
    pub(super) token: String,
    /// The password of ADMIN.
    pub(super) password: Secret,
    /// The folder of applications.
    pub(super) folder: TempDir,
    _db: TestDb,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Reply {
    /// The number of what was made or read.
    pub(super) fn id(&self) -> i64 {
        self.body["id"].as_i64().unwrap_or_else(|| panic!("an answer without id: {self:?}"))
    }

    /// The version of what was made or read.
    pub(super) fn version(&self) -> i64 {
        self.body["version"]
            .as_i64()
            .unwrap_or_else(|| panic!("an answer without version: {self:?}"))
    }

    /// Checks the status and returns itself.
    #[track_caller]
    pub(super) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if status >= 400 {
            assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
            assert_eq!(self.body["status"], status);
            assert!(
                self.body["code"].is_string() && self.body["detail"].is_string(),
                "{}",
                self.text
            );
        }
        self
    }

    /// Checks that a value of `field` was refused, with a text that holds `detail`.
    #[track_caller]
    pub(super) fn refuses(self, field: &str, detail: &str) -> Self {
        let reply = self.is(400);
        assert_eq!(reply.body["field"], field, "{}", reply.text);
        assert!(
            reply.body["detail"].as_str().is_some_and(|text| text.contains(detail)),
            "{}",
            reply.text
        );
        reply
    }
}

impl World {
    pub(super) async fn new(db: TestDb) -> Self {
        let folder = testkit::temp_dir();
        let options = Options {
            database: Some(DatabaseUrl::new(db.url())),
            data_dir: folder.path().join("data"),
            ..Options::default()
        };
        let clock = SimClock::default();
        let server = crate::run::build(options, clock.shared()).await.expect("build a server");
        let password = ensure_administrator(&server).await.unwrap().expect("the database is new");
        let router = crate::api::router(server.clone());
        let mut world =
            Self { server, clock, router, token: String::new(), password, folder, _db: db };
        world.token = world.token_of("ADMIN").await;
        world
    }

    /// A token of a user, as a logon would give it but without the time that hashing takes.
    pub(super) async fn token_of(&self, user: &str) -> String {
        let token = kit::secret::random_token(32).unwrap().expose().to_owned();
        let (hash, key, now) =
            (token_hash(&token), batch_core::names::key(user), to_micros(self.server.clock.now()));
        self.server
            .db
            .write(move |tx| {
                let (hash, key) = (hash.clone(), key.clone());
                Box::pin(async move {
                    let user = batch_user::by_key(tx, &key).await?.ok_or(sql::Error::NotFound)?;
                    token::insert(tx, &hash, user.id, now).await
                })
            })
            .await
            .expect("store a token");
        token
    }

    /// A user with one role of these rights; answers its token.
    pub(super) async fn user(&self, name: &str, rights: &[&str], shows_all_jobs: bool) -> String {
        let role = json!({"name": format!("role of {name}"), "rights": rights, "shows_all_jobs": shows_all_jobs});
        self.post("/roles", role).await.is(201);
        self.post("/users", json!({"name": name, "roles": [format!("role of {name}")]}))
            .await
            .is(201);
        self.token_of(name).await
    }

    pub(super) async fn raw(&self, request: Request<Body>) -> Reply {
        let answer = self.router.clone().oneshot(request).await.expect("a router answers");
        let (head, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.expect("read the answer");
        let text = String::from_utf8(bytes.to_vec()).expect("answers are text");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status: head.status, headers: head.headers, text, body }
    }

    /// A call to the Control Center; the path starts after its base.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        if_match: Option<&str>,
        body: Option<&Value>,
    ) -> Reply {
        let mut request =
            Request::builder().method(method).uri(format!("{}{path}", super::super::BASE));
        if let Some(token) = token {
            request = request.header("X-AMT-LogonToken", token);
        }
        if let Some(version) = if_match {
            request = request.header("If-Match", version);
        }
        let body = match body {
            Some(body) => {
                request = request.header("Content-Type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.raw(request.body(body).expect("a request")).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, Some(&self.token), None, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(&self.token), None, Some(&body)).await
    }

    /// A verb without a body.
    pub(super) async fn verb(&self, path: &str) -> Reply {
        self.call(Method::POST, path, Some(&self.token), None, None).await
    }

    pub(super) async fn put(
        &self,
        path: &str,
        version: impl std::fmt::Display,
        body: Value,
    ) -> Reply {
        let version = format!("\"{version}\"");
        self.call(Method::PUT, path, Some(&self.token), Some(&version), Some(&body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, Some(&self.token), None, None).await
    }

    /// `POST /Logon` of the AMTOpCon interface.
    pub(super) async fn logon(&self, user: &str, password: &str) -> Reply {
        let body = json!({"UserName": user, "Password": password}).to_string();
        let request = Request::post("/logon")
            .header("Content-Type", "application/json")
            .body(Body::from(body));
        self.raw(request.expect("a request")).await
    }

    /// An application whose folder exists, with a script `OK.sh`.
    pub(super) async fn application(&self, name: &str) -> Reply {
        let base = self.folder.path().join(name);
        std::fs::create_dir_all(&base).expect("make the application's folder");
        std::fs::write(base.join("OK.sh"), "exit 0\n").expect("write a script");
        self.post(
            "/applications",
            json!({"name": name, "base_path": base, "default_user": "BATCH"}),
        )
        .await
        .is(201)
    }

    /// Application DEMO2 with a default queue, the user BATCH and the job OK.
    pub(super) async fn demo(&self) -> (i64, i64, i64) {
        let application = self.application("DEMO2").await.id();
        let queue =
            self.post("/queues", json!({"name": "DEFAULT", "is_default": true})).await.is(201).id();
        self.post("/users", json!({"name": "BATCH"})).await.is(201);
        let job = json!({"application": "DEMO2", "name": "OK", "kind": "script", "file": "OK.sh"});
        (application, queue, self.post("/jobs", job).await.is(201).id())
    }
}
