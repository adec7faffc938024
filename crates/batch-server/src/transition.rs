//! One step of a request's lifecycle, with everything that belongs to it in the same transaction.

use batch_core::request::{Activity, Event, FinalCode, Refusal, State, Verdict};

use crate::error::{Error, Result};
use crate::server::{CHANNEL, Server};
use crate::store::request::change::Also;
use crate::store::request::{Request, change, read};
use crate::store::{message, operator_request};

/// What a step needs to know of its surroundings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Automatic restarts allowed.
    pub(crate) restarts_max: u32,
    /// Whether the messages of a killed job stay.
    pub(crate) keeps_messages_of_killed: bool,
    /// Whether other processes want to be told.
    pub(crate) tells_others: bool,
    /// Microseconds.
    pub(crate) now: i64,
}

impl Rules {
    /// The rules of this server at this instant.
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            restarts_max: server.options.restarts_max,
            keeps_messages_of_killed: server.options.keep_messages_of_killed,
            tells_others: server.has_peers(),
            now: sql::to_micros(server.clock.now()),
        }
    }
}

/// What a step has done.
#[derive(Debug, Clone)]
pub(crate) struct Stepped {
    /// The requests of which there is news: this one, the root of its family, and parents that waited for it.
    pub(crate) changed: Vec<i64>,
    /// Whether the runner has to be told: an end was asked for, or a debugger has come.
    pub(crate) wants_signal: bool,
    /// Why nothing could change.
    pub(crate) refused: Option<Refusal>,
}

impl Stepped {
    /// Nothing has changed.
    fn unchanged(refused: Option<Refusal>) -> Self {
        Self { changed: Vec::new(), wants_signal: false, refused }
    }
}

/// Applies an event to a locked request.
pub(crate) async fn step(
    tx: &mut sql::Tx<'_>,
    request: &Request,
    event: Event,
    also: Also,
    rules: Rules,
) -> sql::Result<Stepped> {
    let lifecycle = request.lifecycle(rules.restarts_max)?;
    let change = match lifecycle.on(event) {
        Verdict::Advance(change) => change,
        Verdict::Stale => return Ok(Stepped::unchanged(None)),
        Verdict::Refused(refusal) => return Ok(Stepped::unchanged(Some(refusal))),
    };
    change::apply(tx, request, &change, &also, rules.now).await?;
    // Who follows the family's job log waits for its root.
    let mut changed = vec![request.id];
    changed.extend(request.parent_id.map(|_| request.root()));
    if request.questions > 0 && !change.state.is_running() {
        operator_request::cancel_of(tx, request.id, rules.now).await?;
    }
    if let State::Ended(code) = change.state {
        if code == FinalCode::Killed && !rules.keeps_messages_of_killed {
            message::forget(tx, request.root(), request.id).await?;
        }
        // Only a member of the same family waits for a request, so an end without a parent releases nobody.
        if request.parent_id.is_some() {
            changed.extend(release_parents(tx, request.id, rules).await?);
        }
    }
    if rules.tells_others {
        let ids: Vec<_> = changed.iter().map(i64::to_string).collect();
        sql::notify(tx, CHANNEL, &format!("requests:{}", ids.join(","))).await?;
    }
    tracing::debug!(
        request.id = request.id,
        request.attempt = request.attempt,
        from = lifecycle.state.code().name(),
        to = change.state.code().name(),
        ?event,
        "request {} goes from {} to {}",
        request.id,
        lifecycle.state.code(),
        change.state.code()
    );
    let wants_signal = change.state.is_running()
        && (change.ending != lifecycle.ending || event == Event::DebuggerAttached);
    Ok(Stepped { changed, wants_signal, refused: None })
}

/// Parents that waited for this request go on.
async fn release_parents(tx: &mut sql::Tx<'_>, id: i64, rules: Rules) -> sql::Result<Vec<i64>> {
    let mut released = Vec::new();
    for parent in read::lock_waiting_for(tx, id).await? {
        let waits = matches!(parent.state()?, State::Running(_, Activity::Job | Activity::Report));
        if let (true, Verdict::Advance(change)) =
            (waits, parent.lifecycle(rules.restarts_max)?.on(Event::Unblock))
        {
            change::apply(tx, &parent, &change, &Also::default(), rules.now).await?;
            released.push(parent.id);
        }
    }
    Ok(released)
}

/// Applies an event to a request in a transaction of its own, then wakes who waits.
///
/// # Errors
/// `NotFound` for an unknown id, `Conflict` with the reason when the event is not possible.
pub(crate) async fn happen(server: &Server, id: i64, event: Event, also: Also) -> Result<Stepped> {
    let rules = Rules::of(server);
    let stepped = server
        .db
        .write(move |tx| {
            let also = also.clone();
            Box::pin(async move {
                let request =
                    read::lock(tx, id).await?.ok_or_else(|| Error::not_found("request", id))?;
                Ok::<_, Error>(step(tx, &request, event, also, rules).await?)
            })
        })
        .await?;
    announce(server, &stepped);
    match stepped.refused {
        Some(refusal) => Err(Error::Conflict(format!("request {id}: {refusal}"))),
        None => Ok(stepped),
    }
}

/// Wakes who waits for what a step has changed. Called after the commit.
pub(crate) fn announce(server: &Server, stepped: &Stepped) {
    if stepped.changed.is_empty() {
        return;
    }
    server.changed(stepped.changed.iter().copied());
    // A slot may be free, or a request may wait to be taken.
    server.wakes.claim.wake();
    if stepped.wants_signal {
        server.wakes.signals.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::world::{World, open};
    use crate::store::request::take_over;
    use crate::submit::Parent;

    /// A running parent and its child that waits in the queue.
    async fn family(world: &World) -> (i64, i64) {
        let parent = world.submit("NIGHTLY", |_, _| {}).await;
        happen(&world.server, parent, Event::Claimed, Also::default()).await.unwrap();
        let of = Some(Parent { id: parent, root_id: parent });
        (parent, world.submit("NIGHTLY", |_, origin| origin.parent = of).await)
    }

    async fn wait_for(world: &World, parent: i64, child: i64) {
        let also = Also { waits_for_id: Some(child), ..Also::default() };
        happen(&world.server, parent, Event::Block(Activity::Job), also).await.unwrap();
    }

    testkit::both_databases!(a_child_can_end_while_its_parent_changes, |db| async move {
        let world = open(db).await;
        for _ in 0..20 {
            let (parent, child) = family(&world).await;
            wait_for(&world, parent, child).await;
            let (server, also) = (&world.server, Also::default);
            let changes = async {
                for _ in 0..5 {
                    happen(server, parent, Event::Unblock, also()).await.unwrap();
                    wait_for(&world, parent, child).await;
                }
            };
            let end = async { happen(server, child, Event::Kill, also()).await.unwrap() };
            tokio::join!(changes, end);
            assert_eq!(world.request(child).await.unwrap().state, "ended");
        }
    });

    testkit::both_databases!(
        the_end_of_a_child_is_news_of_its_parent_and_its_root,
        |db| async move {
            let world = open(db).await;
            let (parent, child) = family(&world).await;
            let of = Some(Parent { id: child, root_id: parent });
            let grandchild = world.submit("NIGHTLY", |_, origin| origin.parent = of).await;
            happen(&world.server, child, Event::Claimed, Also::default()).await.unwrap();
            wait_for(&world, child, grandchild).await;
            let seen = world.server.hub.cursor().to_string();
            happen(&world.server, grandchild, Event::Kill, Also::default()).await.unwrap();
            let news = crate::hub::Changes::Of([parent, child, grandchild].into());
            assert_eq!(world.server.hub.since(&seen), news);
            assert_eq!(world.request(child).await.unwrap().activity, "working");
        }
    );

    async fn lost(server: &Server, known: &Request) -> sql::Result<Stepped> {
        let (known, rules) = (known.clone(), Rules::of(server));
        let write = server.db.write(move |tx| {
            let known = known.clone();
            Box::pin(async move { step(tx, &known, Event::Lost, Also::default(), rules).await })
        });
        write.await
    }

    // The end of a run is stored on the word of the row that was claimed: that row has to be old after each of these.
    testkit::both_databases!(
        a_row_from_before_a_question_a_critical_point_or_a_take_over_is_old,
        |db| async move {
            let world = open(db).await;
            let server = &world.server;
            let id = world.running().await;
            let claimed = world.request(id).await.unwrap();
            let asks = server.db.write(move |tx| Box::pin(change::count_question(tx, id)));
            asks.await.unwrap();
            assert!(matches!(lost(server, &claimed).await, Err(sql::Error::NotFound)));

            let asked = world.request(id).await.unwrap();
            let saves =
                server.db.write(move |tx| Box::pin(change::save_critical_point(tx, id, None)));
            saves.await.unwrap();
            assert!(matches!(lost(server, &asked).await, Err(sql::Error::NotFound)));

            let asked = world.request(id).await.unwrap();
            let controller = asked.controller_id.unwrap();
            let takes =
                server.db.write(move |tx| Box::pin(take_over::take_over(tx, controller, 7)));
            takes.await.unwrap();
            assert!(matches!(lost(server, &asked).await, Err(sql::Error::NotFound)));

            let taken = world.request(id).await.unwrap();
            assert_eq!(lost(server, &taken).await.unwrap().changed, [id]);
        }
    );
}
