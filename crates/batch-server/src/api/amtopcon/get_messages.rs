//! `GET /GetMessages`.

use std::sync::Arc;

use amt_protocol::MessagePage;
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use kit::Secret;

use super::wire::WireQuery;
use crate::api;
use crate::api::extract::{Authenticated, Token};
use crate::api::last_event_id::LastEventId;
use crate::api::problem::{Answer, Problem};
use crate::monitor::{self, Page, Part};
use crate::server::{Server, SharedServer};

/// Messages of a page when no limit is given.
const LIMIT_DEFAULT: i64 = 1000;

/// The job log of a request and its children: as JSON, as plain lines, or as an event stream while it grows.
#[utoipa::path(get, path = "/GetMessages", tag = "AMTOpCon", params(
    ("BatchRequestId" = i64, Query, description = "The request"),
    ("After" = Option<i64>, Query, description = "Only messages after this sequence"),
    ("Limit" = Option<i64>, Query, description = "At most so many, 1 to 10000; 1000 without it. A page of JSON ends earlier after 4 MiB of text: ask after `Last` until `Complete`, or until nothing comes"),
    ("Follow" = Option<bool>, Query, description = "Answer with an event stream until the request has ended"),
    ("Last-Event-ID" = Option<i64>, Header, description = "With `Follow`, in place of `After`: clients of event streams send it when they connect again")),
    responses((status = 200, description = "`application/json`, `text/plain` or `text/event-stream`, as asked for in `Accept`",
    body = MessagePage), (status = 404, body = Problem), (status = "default", body = Problem)))]
pub(crate) async fn get_messages(
    State(server): State<SharedServer>,
    Authenticated(caller): Authenticated,
    Token(token): Token,
    LastEventId(last): LastEventId,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer<Response> {
    let query = WireQuery::new(pairs);
    let limit = query.value("Limit", "a number from 1 to 10000")?.unwrap_or(LIMIT_DEFAULT);
    if !(1..=10_000).contains(&limit) {
        return Err(Problem::invalid("Limit", format!("`Limit` is 1 to 10000, not {limit}")));
    }
    let asked = Page {
        request_id: query.id()?,
        after: query.value("After", "a number")?.unwrap_or(0),
        limit,
    };
    if query.value("Follow", "true or false")?.unwrap_or(false) {
        let after = last.unwrap_or(asked.after);
        let asked = Page { after, ..asked };
        return api::follow::follow(server, token, asked, std::convert::identity).await;
    }
    let part = monitor::page(&server, &caller, asked).await?;
    if wants_text(&headers) {
        return Ok(text(server, token, asked, &part));
    }
    Ok(Json(part.page).into_response())
}

fn wants_text(headers: &HeaderMap) -> bool {
    let accept =
        headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/plain") && !accept.contains("application/json")
}

/// Plain lines cannot say that there are more, so all that was asked for comes, part after part as it is read.
fn text(server: SharedServer, token: Secret, asked: Page, first: &Part) -> Response {
    let rest = stream::unfold(first.rest(asked), move |asked| {
        let (server, token) = (Arc::clone(&server), token.clone());
        async move {
            let asked = asked?;
            let (text, then) = match part(&server, &token, asked).await {
                Ok(part) => (Ok(lines(&part)), part.rest(asked)),
                // Who reads sees that the answer was broken off.
                Err(error) => (Err(error), None),
            };
            Some((text, then))
        }
    });
    let first = stream::once(std::future::ready(Ok(lines(first))));
    let body = Body::from_stream(first.chain(rest));
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

/// A slow reader may take so long that the caller has to be found anew.
async fn part(server: &Server, token: &Secret, asked: Page) -> crate::error::Result<Part> {
    let caller = server.auth.authenticate(server, token.expose()).await?;
    monitor::page(server, &caller, asked).await
}

fn lines(part: &Part) -> String {
    part.page.messages.iter().flat_map(|message| [message.text.as_str(), "\n"]).collect()
}
