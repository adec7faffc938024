//! Finding requests.

use amt_protocol::CompletionCode;
use batch_core::rights::Right;
use serde::Deserialize;
use sql::to_micros;
use utoipa::ToSchema;

use super::view::{Request, shown};
use crate::caller::Caller;
use crate::configure::{Page, PageOf, by_name};
use crate::error::{Error, Result};
use crate::monitor;
use crate::server::Server;
use crate::store::request_list::{self, Filter};

/// A state to filter by.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateFilter {
    /// Held back by an operator.
    Held,
    /// In an open queue.
    Queued,
    /// In a queue outside of its window.
    Window,
    /// Not started on time.
    Suspended,
    /// Running, or waiting in the middle of its run.
    Running,
    /// Over.
    Ended,
}

impl StateFilter {
    const fn stored(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Window => "window",
            Self::Suspended => "suspended",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}

/// In which order a list goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// The newest request first.
    #[default]
    Newest,
    /// The oldest request first.
    Oldest,
}

/// Which requests are asked for, by names.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) application: Option<String>,
    pub(crate) queue: Option<String>,
    pub(crate) job: Option<String>,
    pub(crate) state: Option<StateFilter>,
    pub(crate) code: Option<u16>,
    pub(crate) parent_id: Option<i64>,
    pub(crate) since: Option<jiff::Timestamp>,
    pub(crate) until: Option<jiff::Timestamp>,
    pub(crate) order: Order,
}

/// The requests of the jobs that the caller may use, and those that it has submitted itself.
pub(crate) async fn list(
    server: &Server,
    caller: &Caller,
    page: PageOf,
    asked: Asked,
) -> Result<Page<Request>> {
    caller.require(Right::Monitor)?;
    let catalog = server.catalog.get();
    let filter = Filter {
        application_id: match &asked.application {
            Some(name) => Some(by_name("application", name, &catalog.applications)?.id),
            None => None,
        },
        queue_id: match &asked.queue {
            Some(name) => Some(by_name("queue", name, &catalog.queues)?.id),
            None => None,
        },
        job_name: asked.job,
        state: asked.state.map(StateFilter::stored),
        code: asked.code.map(known_code).transpose()?,
        parent_id: asked.parent_id,
        since: asked.since.map(to_micros),
        until: asked.until.map(to_micros),
        visible: (!caller.sees_all_jobs)
            .then(|| (caller.jobs.iter().copied().collect(), caller.token_id)),
        after: page.after,
        is_newest_first: asked.order == Order::Newest,
        limit: page.fetch(),
    };
    let rows =
        server.db.read(|tx| Box::pin(async move { request_list::find(tx, &filter).await })).await?;
    Ok(Page::of(page, rows, |row| row.id).map(|row| shown(server, &catalog, row)))
}

fn known_code(code: u16) -> Result<u16> {
    match CompletionCode::try_from(code) {
        Ok(known) => Ok(known.number()),
        Err(_) => Err(Error::invalid("code", format!("{code} is no completion code"))),
    }
}

/// One request that the caller may see.
pub(crate) async fn read(server: &Server, caller: &Caller, id: i64) -> Result<Request> {
    caller.require(Right::Monitor)?;
    let row = monitor::read_visible(server, caller, id).await?;
    Ok(shown(server, &server.catalog.get(), row))
}
