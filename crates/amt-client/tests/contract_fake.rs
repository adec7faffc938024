//! The contract checks against the fake, so that the fake is held to what the server is held to.

mod contract;
mod fake;

use contract::Target;
use fake::{Fake, PASSWORD, USER};

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    let fake = Fake::start();
    contract::check(&Target {
        base_url: fake.url.clone(),
        user: USER.into(),
        password: PASSWORD.into(),
        application: "DEMO2".into(),
        job: "J".into(),
        unknown_job: "NO_SUCH_JOB".into(),
    })
    .await;
}
