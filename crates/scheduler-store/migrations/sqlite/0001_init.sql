-- The scheduler's tables. Times are microseconds since 1970 UTC, dates are texts such as 2026-11-22; JSON is opaque and never
-- queried inside.

-- What there is once.
CREATE TABLE server_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Names this scheduler in all keys of attempts, for ever.
    instance TEXT NOT NULL,
    -- The current revision of the definitions.
    revision INTEGER NOT NULL,
    -- The one switch that stops every start.
    is_paused INTEGER NOT NULL,
    paused_by TEXT,
    paused_at INTEGER,
    pause_reason TEXT,
    -- The mark of the archive of job output, without which an empty folder would be taken for it.
    archive_id TEXT,
    -- What was stored in the archive before this instant is known to belong to a log, or was removed.
    archive_swept INTEGER,
    -- The last daily job id that was given; the ids of a build are reserved before its rows are made.
    last_job_id INTEGER NOT NULL,
    -- The clock by which it lives, for ever; none before its first process.
    clock TEXT CHECK (clock IN ('machine', 'accelerated')),
    -- What an accelerated clock may have shown: the next process goes on there, so that it never goes back.
    clock_reached INTEGER
) STRICT;

INSERT INTO server_state (id, instance, revision, is_paused, last_job_id) VALUES (1, lower(hex(randomblob(8))), 0, FALSE, 0);

-- A process that runs the scheduler. Its lease says that it lives, its fence which of its lives it is in.
CREATE TABLE node (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    fence INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    -- The data folder that has the name.
    home TEXT
) STRICT;

-- Who did what, each record chained to the one before by its hash.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    caller TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT,
    old_value TEXT,
    new_value TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX audit_subject ON audit (subject, id);

-- One set of changes to the definitions.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    caller TEXT NOT NULL,
    reason TEXT
) STRICT;

-- Every definition in every form that it ever had. A row never changes but for the revision that ends it, so that daily
-- jobs keep the definition with which they were built.
CREATE TABLE definition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- The schedule of a job, else empty.
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The order of the files: of jobs that exclude each other the first one stays.
    place INTEGER NOT NULL,
    body TEXT NOT NULL,
    since INTEGER NOT NULL REFERENCES revision (id),
    until INTEGER REFERENCES revision (id)
) STRICT;
CREATE UNIQUE INDEX definition_current ON definition (kind, parent, name) WHERE until IS NULL;
CREATE INDEX definition_until ON definition (until) WHERE until IS NOT NULL;

-- What an agent may do and how it is; its settings are a definition.
CREATE TABLE agent_state (
    agent TEXT PRIMARY KEY,
    communication TEXT NOT NULL CHECK (communication IN ('full', 'limited', 'disabled')),
    status TEXT NOT NULL CHECK (status IN ('communicating', 'waiting', 'not_responding')),
    -- Whether it answered when that was last known; it outlives a status that is not known yet.
    network TEXT NOT NULL CHECK (network IN ('unknown', 'up', 'down')),
    -- Why it is so.
    why TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- When it is asked again.
    due_at INTEGER,
    running INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- Passwords of batch users and values of encrypted properties, each sealed with a key of its own that is sealed with one of a file.
CREATE TABLE secret (
    kind TEXT NOT NULL CHECK (kind IN ('batch_user', 'property')),
    name TEXT NOT NULL,
    -- The key of the file.
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    changed_at INTEGER NOT NULL,
    -- Grows with each new value, and not when the same one is sealed anew.
    version INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT;

-- Values as they are now; where there is no row, that of the definition counts.
CREATE TABLE property_value (
    scope TEXT NOT NULL CHECK (scope IN ('global', 'machine')),
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (scope, owner, name)
) STRICT;
CREATE TABLE threshold_value (
    threshold TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
CREATE TABLE resource_value (
    resource TEXT PRIMARY KEY,
    maximum INTEGER NOT NULL,
    used INTEGER NOT NULL,
    -- The job that waits for all of it, and keeps others away.
    lock_job_id INTEGER,
    lock_priority INTEGER
) STRICT;

-- Where each schedule that is built by itself stands: the first date that nobody has built or decided about, and when that is
-- to be done.
CREATE TABLE auto_build (
    schedule TEXT PRIMARY KEY,
    next_date TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    -- Its first date.
    since TEXT NOT NULL,
    -- Why the date could not be built; it is tried again.
    problem TEXT
) STRICT;
CREATE INDEX auto_build_due ON auto_build (due_at);

-- What automatic build has made of each date.
CREATE TABLE build_day (
    date TEXT NOT NULL,
    schedule TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('built', 'empty', 'left', 'superseded', 'missed')),
    reason TEXT NOT NULL,
    -- Planned instants that have an outcome because the date was not built.
    instants INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (date, schedule)
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_schedule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    date TEXT NOT NULL,
    schedule TEXT NOT NULL,
    -- What it is called among those of its date: with its instance and its containers.
    name TEXT NOT NULL,
    definition_id INTEGER NOT NULL REFERENCES definition (id),
    time_zone TEXT NOT NULL,
    -- The container job that runs it.
    parent_job_id INTEGER,
    start_at INTEGER NOT NULL,
    -- When it was released or started, from which relative starts count.
    released_at INTEGER,
    -- The schedule of scheduler-core.
    life TEXT NOT NULL,
    status TEXT NOT NULL,
    open_jobs INTEGER NOT NULL,
    failed_jobs INTEGER NOT NULL,
    -- When time alone changes something.
    due_at INTEGER,
    -- Its properties (scope SI) by name.
    properties TEXT NOT NULL,
    built_at INTEGER NOT NULL,
    completed_at INTEGER,
    -- When it is deleted, once it is completed; none for never.
    delete_at INTEGER,
    -- As in daily_job.
    asked TEXT,
    version INTEGER NOT NULL,
    UNIQUE (date, name)
) STRICT;
CREATE INDEX daily_schedule_due ON daily_schedule (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX daily_schedule_delete ON daily_schedule (delete_at) WHERE delete_at IS NOT NULL AND completed_at IS NOT NULL;
CREATE INDEX daily_schedule_parent ON daily_schedule (parent_job_id) WHERE parent_job_id IS NOT NULL;
CREATE INDEX daily_schedule_definition ON daily_schedule (definition_id);
CREATE INDEX daily_schedule_of ON daily_schedule (schedule, date);
CREATE INDEX daily_schedule_named ON daily_schedule (name, date);

CREATE TABLE daily_job (
    id INTEGER PRIMARY KEY,
    schedule_id INTEGER NOT NULL REFERENCES daily_schedule (id) ON DELETE CASCADE,
    job TEXT NOT NULL,
    -- What it is called: with what distinguishes it from its copies.
    name TEXT NOT NULL,
    definition_id INTEGER NOT NULL REFERENCES definition (id),
    -- Its number among the copies of the job, and the use of a frequency that qualified it, or with which it was added.
    copy INTEGER NOT NULL,
    use_index INTEGER,
    start_at INTEGER NOT NULL,
    latest_start INTEGER,
    -- The job of scheduler-core.
    life TEXT NOT NULL,
    status TEXT NOT NULL,
    -- When it is to be tested, or time alone changes something; none while something else must happen first.
    due_at INTEGER,
    -- What it waits for besides time and other jobs, such as `agent:AMT` or `threshold:ROWS`: who changes that, wakes it.
    waits_for TEXT,
    open_edges INTEGER NOT NULL,
    -- Whether an edge forbids it to run beside another job.
    has_conflicts INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    -- The times of further runs that are fixed beforehand, as a JSON array.
    further_runs TEXT,
    -- The agents on which it may run, as JSON; none where it needs none.
    runs_on TEXT,
    -- The agent to which its last attempt was sent, and what that says of it: `QUEUED`, `WAIT FOR INPUT REQUEST`.
    agent TEXT,
    phase TEXT,
    phase_code INTEGER,
    -- Its properties (scope JI) by name.
    properties TEXT NOT NULL,
    -- When and by whom it was added to a schedule that was there; none for one that was built with it.
    added_at INTEGER,
    added_by TEXT,
    -- What is other on this day than its definition says, as JSON; none for nothing.
    changes TEXT,
    -- Who wanted it to be as it is, and why: `held by local:anna: the tape is late`; none where nobody did.
    asked TEXT,
    version INTEGER NOT NULL,
    UNIQUE (schedule_id, name)
) STRICT;
CREATE INDEX daily_job_of ON daily_job (schedule_id, job);
CREATE INDEX daily_job_due ON daily_job (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX daily_job_waits ON daily_job (waits_for, priority, start_at) WHERE waits_for IS NOT NULL;
CREATE INDEX daily_job_definition ON daily_job (definition_id);

-- What a daily job waits for, or may not run beside.
CREATE TABLE edge (
    successor_id INTEGER NOT NULL REFERENCES daily_job (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    -- The other daily job; none while there is none.
    predecessor_id INTEGER REFERENCES daily_job (id) ON DELETE SET NULL,
    kind TEXT NOT NULL CHECK (kind IN ('requires', 'after', 'conflict')),
    condition TEXT NOT NULL,
    -- Whether the successor still waits for it.
    is_open INTEGER NOT NULL,
    -- Where the other is while it is not there: its schedule, job and date, or `+1` for its next occurrence.
    wanted_schedule TEXT,
    wanted_job TEXT,
    wanted_date TEXT,
    PRIMARY KEY (successor_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_predecessor ON edge (predecessor_id) WHERE predecessor_id IS NOT NULL;
CREATE INDEX edge_wanted ON edge (wanted_schedule, wanted_date) WHERE wanted_schedule IS NOT NULL;

-- One try to run a job: its start, what is to be remembered of it, its end. Written before anything is sent. It stays when its
-- daily job is replaced or deleted: the outcome of that number says what it was called.
CREATE TABLE attempt (
    job_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    agent TEXT NOT NULL,
    -- The planned instant for which it runs.
    planned_at INTEGER NOT NULL,
    requested_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    -- When its logs were in the archive.
    archived_at INTEGER,
    -- What the integration remembers of it.
    handle TEXT,
    code INTEGER,
    ending TEXT,
    description TEXT NOT NULL,
    -- The process that speaks with the agent about it, and in which of its lives.
    node_id INTEGER REFERENCES node (id),
    fence INTEGER NOT NULL,
    -- What is still to be done outside.
    wanted TEXT CHECK (wanted IN ('prepare', 'start', 'find', 'watch', 'archive', 'forget')),
    due_at INTEGER,
    is_kill_wanted INTEGER NOT NULL,
    -- Units of resources that it has taken, by name, as JSON.
    resources TEXT,
    tries INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_kill ON attempt (node_id) WHERE is_kill_wanted = TRUE;
CREATE INDEX attempt_wanted ON attempt (node_id, wanted, due_at, job_id, number) WHERE wanted IS NOT NULL;
-- Of which nobody knows what has become of them.
CREATE INDEX attempt_lost ON attempt (node_id) WHERE wanted IS NULL AND ended_at IS NULL AND agent <> '';

-- Events of a job or a schedule that have been triggered together. They are performed one after the other, each in a transaction
-- that also says how far they have come.
CREATE TABLE firing (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Whose events they are; none once that is deleted.
    job_id INTEGER REFERENCES daily_job (id) ON DELETE SET NULL,
    schedule_id INTEGER REFERENCES daily_schedule (id) ON DELETE SET NULL,
    -- The agent that something is told of; none for those of a job or schedule.
    agent TEXT,
    -- The job of AdHoc that has the events of automatic work, such as `SMA_SKD_BUILD`; it is never a daily job.
    maintenance TEXT,
    -- What is told when all are performed, as JSON; none where nobody waits.
    reply TEXT,
    -- The events, as a JSON array.
    events TEXT NOT NULL,
    -- How many of them are performed or refused, and how many of these were refused.
    performed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    fired_at INTEGER NOT NULL
) STRICT;
CREATE INDEX firing_job ON firing (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX firing_schedule ON firing (schedule_id) WHERE schedule_id IS NOT NULL;

-- Messages to people and other systems. The row is there before anything is sent, and gone when the other side has it.
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- How it is sent: `email`, `webhook`, `command`, `log`.
    kind TEXT NOT NULL,
    -- What it is about, as it is shown.
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    last_error TEXT,
    -- The process on whose machine it happens: no other one goes on with it.
    node_id INTEGER
) STRICT;
CREATE INDEX message_due ON message (due_at);
CREATE INDEX message_kind ON message (kind, due_at);

-- What follows while nobody acknowledges what a notification group was told.
CREATE TABLE escalation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The group that was told first; its steps say who follows.
    notification_group TEXT NOT NULL,
    -- What has happened, as JSON, and to what, as it is shown.
    happening TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- To what it has happened; none once that is deleted.
    job_id INTEGER REFERENCES daily_job (id) ON DELETE SET NULL,
    schedule_id INTEGER REFERENCES daily_schedule (id) ON DELETE SET NULL,
    agent TEXT,
    -- The state of scheduler-core.
    state TEXT NOT NULL,
    -- When a group is told next; none where nobody is.
    due_at INTEGER,
    created_at INTEGER NOT NULL,
    acknowledged_by TEXT,
    -- When nothing followed any more: it was acknowledged, or everybody was told.
    ended_at INTEGER
) STRICT;
CREATE INDEX escalation_due ON escalation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX escalation_ended ON escalation (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX escalation_job ON escalation (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX escalation_schedule ON escalation (schedule_id) WHERE schedule_id IS NOT NULL;

-- Run or reason: for each planned instant of each job what became of it. A job that was built anew for an instant has an
-- outcome beside that of the one which was replaced.
CREATE TABLE outcome (
    date TEXT NOT NULL,
    schedule TEXT NOT NULL,
    job TEXT NOT NULL,
    planned_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- The daily job; 0 where none was built.
    job_id INTEGER NOT NULL,
    attempt INTEGER,
    PRIMARY KEY (date, schedule, job, planned_at, job_id)
) STRICT, WITHOUT ROWID;

-- Archived job output: where the chunks of each log are.
CREATE TABLE job_log (
    job_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- Its place among the logs of the attempt, the main one first.
    place INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    -- The chunks in order, with their sizes and hashes, as JSON.
    chunks TEXT NOT NULL,
    is_complete INTEGER NOT NULL,
    keep_until TEXT NOT NULL,
    PRIMARY KEY (job_id, attempt, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_log_keep ON job_log (keep_until, job_id, attempt, name);
