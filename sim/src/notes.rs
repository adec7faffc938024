//! What the database itself notes of each change, by triggers that only the simulation has: so that what is looked at after
//! a step is what was stored, in the order in which it was, whoever has stored it and however.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use sql::{Db, Tx};

/// The tables, with the columns that are looked at.
const TABLES: &[(&str, &[&str])] = &[
    (
        "daily_job",
        &[
            "id",
            "schedule_id",
            "job",
            "name",
            "definition_id",
            "start_at",
            "latest_start",
            "life",
            "due_at",
            "waits_for",
            "open_edges",
            "further_runs",
            "runs_on",
            "agent",
        ],
    ),
    (
        "daily_schedule",
        &[
            "id",
            "date",
            "schedule",
            "name",
            "life",
            "open_jobs",
            "failed_jobs",
            "completed_at",
            "parent_job_id",
        ],
    ),
    ("attempt", &["job_id", "number", "agent", "ended_at", "ending", "wanted", "resources"]),
    ("outcome", &["date", "schedule", "job", "planned_at", "outcome", "job_id"]),
    ("agent_state", &["agent", "communication", "status", "running"]),
    ("threshold_value", &["threshold", "value"]),
    ("resource_value", &["resource", "maximum", "used", "lock_job_id"]),
    ("server_state", &["paused_by"]),
    ("definition", &["id", "kind", "name", "body", "until"]),
    ("build_day", &["date", "schedule", "what", "instants"]),
];

/// A change of a row.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) id: i64,
    /// Whether the row is gone.
    pub(crate) is_delete: bool,
    /// The row as it is now, or was before it went.
    pub(crate) row: Row,
}

/// A row.
#[derive(Debug)]
pub(crate) enum Row {
    Job(JobRow),
    Schedule(ScheduleRow),
    Attempt(AttemptRow),
    Outcome(OutcomeRow),
    Agent(AgentRow),
    Threshold { threshold: String, value: i64 },
    Resource(ResourceRow),
    Server { is_paused: bool },
    Definition(DefinitionRow),
    BuildDay(BuildDayRow),
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobRow {
    pub(crate) id: i64,
    pub(crate) schedule_id: i64,
    pub(crate) job: String,
    pub(crate) name: String,
    pub(crate) definition_id: i64,
    pub(crate) start_at: i64,
    pub(crate) latest_start: Option<i64>,
    pub(crate) life: String,
    pub(crate) due_at: Option<i64>,
    pub(crate) waits_for: Option<String>,
    pub(crate) open_edges: i64,
    pub(crate) further_runs: Option<String>,
    pub(crate) runs_on: Option<String>,
    pub(crate) agent: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ScheduleRow {
    pub(crate) id: i64,
    pub(crate) date: String,
    pub(crate) schedule: String,
    pub(crate) name: String,
    pub(crate) life: String,
    pub(crate) open_jobs: i64,
    pub(crate) failed_jobs: i64,
    pub(crate) completed_at: Option<i64>,
    pub(crate) parent_job_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AttemptRow {
    pub(crate) job_id: i64,
    pub(crate) number: i64,
    pub(crate) agent: String,
    pub(crate) ended_at: Option<i64>,
    pub(crate) ending: Option<String>,
    pub(crate) wanted: Option<String>,
    pub(crate) resources: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OutcomeRow {
    pub(crate) date: String,
    pub(crate) schedule: String,
    pub(crate) job: String,
    pub(crate) planned_at: i64,
    pub(crate) outcome: String,
    pub(crate) job_id: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AgentRow {
    pub(crate) agent: String,
    pub(crate) communication: String,
    pub(crate) status: String,
    pub(crate) running: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ResourceRow {
    pub(crate) resource: String,
    pub(crate) maximum: i64,
    pub(crate) used: i64,
    pub(crate) lock_job_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DefinitionRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) body: String,
    pub(crate) until: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BuildDayRow {
    pub(crate) date: String,
    pub(crate) schedule: String,
    pub(crate) what: String,
    pub(crate) instants: i64,
}

#[derive(Deserialize)]
struct ThresholdRow {
    threshold: String,
    value: i64,
}

#[derive(Deserialize)]
struct ServerRow {
    paused_by: Option<String>,
}

/// Lets the database note changes from now on.
pub(crate) async fn begin(db: &Db) -> Result<()> {
    let is_postgres = db.is_postgres();
    let script = if is_postgres { postgres() } else { sqlite() };
    db.write(move |tx| {
        let script = script.clone();
        Box::pin(async move {
            // Made of the constants above alone.
            let script = sqlx::AssertSqlSafe(script);
            match tx {
                Tx::Sqlite(conn) => {
                    sqlx::raw_sql(script).execute(&mut **conn).await?;
                }
                Tx::Postgres(conn) => {
                    sqlx::raw_sql(script).execute(&mut **conn).await?;
                }
            }
            Ok::<_, sql::Error>(())
        })
    })
    .await?;
    Ok(())
}

fn sqlite() -> String {
    let mut script =
        "CREATE TABLE sim_note (id INTEGER PRIMARY KEY AUTOINCREMENT, is_delete INTEGER NOT NULL, \
        kind TEXT NOT NULL, row TEXT NOT NULL) STRICT;"
            .to_owned();
    for (table, columns) in TABLES {
        for (event, of) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
            let fields: Vec<String> =
                columns.iter().map(|column| format!("'{column}', {of}.{column}")).collect();
            let is_delete = i32::from(event == "DELETE");
            script.push_str(&format!(
                "CREATE TRIGGER sim_{table}_{event} AFTER {event} ON {table} BEGIN INSERT INTO sim_note (is_delete, kind, row) \
                 VALUES ({is_delete}, '{table}', json_object({})); END;",
                fields.join(", ")
            ));
        }
    }
    script
}

fn postgres() -> String {
    let mut script = "CREATE TABLE sim_note (id BIGSERIAL PRIMARY KEY, is_delete BIGINT NOT NULL, kind TEXT NOT NULL, \
        row TEXT NOT NULL);\
        CREATE FUNCTION sim_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF TG_OP = 'DELETE' THEN INSERT INTO sim_note (is_delete, kind, row) VALUES (1, TG_TABLE_NAME, row_to_json(OLD)::text); \
        ELSE INSERT INTO sim_note (is_delete, kind, row) VALUES (0, TG_TABLE_NAME, row_to_json(NEW)::text); END IF; \
        RETURN NULL; END $$;"
        .to_owned();
    for (table, _) in TABLES {
        script.push_str(&format!(
            "CREATE TRIGGER sim_note AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION sim_note();"
        ));
    }
    script
}

/// What was noted after a number, oldest first.
pub(crate) async fn after(db: &Db, id: i64) -> Result<Vec<Note>> {
    let rows = db.read(move |tx| Box::pin(async move { read(tx, id).await })).await?;
    rows.into_iter().map(note).collect()
}

sql::both! {
    async fn read(conn, id: i64) -> sql::Result<Vec<(i64, i64, String, String)>> {
        Ok(sqlx::query_as::<Db, (i64, i64, String, String)>(
            "SELECT id, is_delete, kind, row FROM sim_note WHERE id > $1 ORDER BY id")
            .bind(id).fetch_all(&mut *conn).await?)
    }
}

fn note((id, is_delete, kind, row): (i64, i64, String, String)) -> Result<Note> {
    let text = row.as_str();
    let row = match kind.as_str() {
        "daily_job" => Row::Job(parse(text)?),
        "daily_schedule" => Row::Schedule(parse(text)?),
        "attempt" => Row::Attempt(parse(text)?),
        "outcome" => Row::Outcome(parse(text)?),
        "agent_state" => Row::Agent(parse(text)?),
        "threshold_value" => {
            let ThresholdRow { threshold, value } = parse(text)?;
            Row::Threshold { threshold, value }
        }
        "resource_value" => Row::Resource(parse(text)?),
        "server_state" => Row::Server { is_paused: parse::<ServerRow>(text)?.paused_by.is_some() },
        "definition" => Row::Definition(parse(text)?),
        "build_day" => Row::BuildDay(parse(text)?),
        other => anyhow::bail!("a note of the table `{other}`"),
    };
    Ok(Note { id, is_delete: is_delete != 0, row })
}

pub(crate) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).with_context(|| format!("reading {text}"))
}
