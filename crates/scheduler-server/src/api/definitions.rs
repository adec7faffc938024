//! `/definitions`: what is stored, what would change, storing it.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use scheduler_api::{Applied, Apply, Changed, DayMoves, Move, Moves, Place};
use scheduler_app::App;
use scheduler_app::definitions::{self, Taken, What};
use scheduler_core::definition::Definitions;
use scheduler_core::frequency::BuildStatus;
use scheduler_core::plan::Shape;

use super::caller::Caller;
use super::extract::Body;
use super::failure::Failure;

/// Dates of which a plan says which jobs move, where nothing else is asked for: today and tomorrow.
const DAYS: u16 = 2;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/definitions", get(export).put(apply))
        .route("/definitions/plan", post(plan))
}

async fn export(State(app): State<App>) -> Result<Json<Definitions>, Failure> {
    Ok(Json(definitions::export(&app).await?))
}

async fn plan(
    State(app): State<App>,
    Body(asked): Body<Apply<Definitions>>,
) -> Result<Json<Applied>, Failure> {
    let new = asked.definitions;
    let planned = definitions::plan(&app, new.clone()).await?;
    let days = asked.days.unwrap_or(DAYS);
    let found = if planned.changes.is_empty() {
        definitions::Moves::default()
    } else {
        definitions::moves(&app, new, days).await?
    };
    Ok(Json(Applied { moves: Some(moves(found)), ..applied(&planned) }))
}

async fn apply(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(asked): Body<Apply<Definitions>>,
) -> Result<Json<Applied>, Failure> {
    let (expected, reason) = (asked.expected_revision, asked.reason);
    let new = asked.definitions;
    let done = definitions::apply(&app, &caller, new, expected, reason.as_deref()).await?;
    Ok(Json(applied(&done)))
}

fn applied(of: &definitions::Applied) -> Applied {
    let changes = of.changes.changes.iter().map(|change| Changed {
        what: match change.what {
            What::Added => "added",
            What::Changed => "changed",
            What::Removed => "removed",
        }
        .to_owned(),
        kind: change.kind.clone(),
        name: change.name.clone(),
        fields: change.fields.clone(),
    });
    Applied {
        revision: of.revision,
        changes: changes.collect(),
        is_moved: of.changes.is_moved(),
        moves: None,
    }
}

fn moves(of: definitions::Moves) -> Moves {
    let day = |day: definitions::DayMoves| DayMoves {
        date: day.date,
        appear: day.appear,
        vanish: day.vanish,
        change: day.change,
    };
    Moves {
        days: of.days.into_iter().map(day).collect(),
        jobs: of.jobs.into_iter().map(moved).collect(),
    }
}

fn moved(definitions::Move { date, job, taken }: definitions::Move) -> Move {
    let (word, taken_at) = match taken {
        Taken::Built => ("built", None),
        Taken::At(at) => ("automatic", Some(at)),
        Taken::ByHand => ("by_hand", None),
        Taken::Gone => ("gone", None),
    };
    Move {
        date,
        schedule: job.schedule,
        job: job.job,
        time_zone: job.time_zone,
        before: job.before.map(place),
        after: job.after.map(place),
        no_longer: job.no_longer,
        newly: job.newly,
        taken: word.to_owned(),
        taken_at,
    }
}

fn place(of: Shape) -> Place {
    let built = match of.status {
        BuildStatus::OnHold => "on_hold",
        BuildStatus::ToBeSkipped => "to_be_skipped",
        BuildStatus::Released | BuildStatus::DoNotSchedule | BuildStatus::DisableFrequency => {
            "released"
        }
    };
    let Shape { start, expected, latest, further, status: _ } = of;
    Place { start, expected, latest, further, built: built.to_owned() }
}
