-- The batch server's tables. Times are microseconds since 1970 UTC; JSON is opaque and never queried inside.

CREATE TABLE server_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    is_halted INTEGER NOT NULL,
    halted_by TEXT,
    halted_at INTEGER,
    catalog_version INTEGER NOT NULL
) STRICT;
INSERT INTO server_state (id, is_halted, catalog_version) VALUES (1, FALSE, 1);

CREATE TABLE application (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    base_path TEXT NOT NULL,
    script_path TEXT NOT NULL,
    report_path TEXT NOT NULL,
    extract_path TEXT NOT NULL,
    default_user TEXT,
    settings TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    application_id INTEGER REFERENCES application (id),
    is_default INTEGER NOT NULL,
    priority TEXT NOT NULL CHECK (priority IN ('high', 'normal', 'low')),
    window_start TEXT,
    window_end TEXT,
    time_zone TEXT NOT NULL,
    concurrency INTEGER NOT NULL CHECK (concurrency > 0),
    same_report_twice INTEGER NOT NULL,
    is_held INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX queue_application ON queue (application_id);

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    application_id INTEGER NOT NULL REFERENCES application (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('report', 'script', 'executable')),
    file TEXT NOT NULL,
    arguments TEXT NOT NULL,
    revision TEXT NOT NULL,
    queue_id INTEGER REFERENCES queue (id),
    run_as TEXT,
    report_parameter TEXT,
    global_parameter TEXT,
    description TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('file', 'disk', 'control_center')),
    version INTEGER NOT NULL,
    UNIQUE (application_id, name_key)
) STRICT;
CREATE INDEX job_queue ON job (queue_id);

-- A controller is one process that runs jobs on one host. Its lease says that it lives, its fence which of its lives it is in.
CREATE TABLE controller (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    instance TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- Which controllers serve a queue; a queue without rows is served by all of them.
CREATE TABLE queue_controller (
    queue_id INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    controller_id INTEGER NOT NULL REFERENCES controller (id) ON DELETE CASCADE,
    PRIMARY KEY (queue_id, controller_id)
) STRICT;
CREATE INDEX queue_controller_controller ON queue_controller (controller_id);

CREATE TABLE role (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    shows_all_jobs INTEGER NOT NULL,
    rights TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE role_job (
    role_id INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    PRIMARY KEY (role_id, job_id)
) STRICT;
CREATE INDEX role_job_job ON role_job (job_id);

CREATE TABLE batch_user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    station TEXT,
    password_hash TEXT,
    is_approved INTEGER NOT NULL,
    is_locked_out INTEGER NOT NULL,
    failed_logons INTEGER NOT NULL,
    last_logon_at INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE user_role (
    user_id INTEGER NOT NULL REFERENCES batch_user (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, role_id)
) STRICT;
CREATE INDEX user_role_role ON user_role (role_id);

CREATE TABLE station (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- Logon tokens; only their hash is stored.
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES batch_user (id) ON DELETE CASCADE,
    issued_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX token_user ON token (user_id);
CREATE INDEX token_used ON token (used_at);

CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    application_id INTEGER NOT NULL REFERENCES application (id),
    queue_id INTEGER NOT NULL REFERENCES queue (id),
    job_id INTEGER,
    job_name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('report', 'script', 'executable')),
    report_key TEXT,
    batch_id INTEGER NOT NULL,
    parent_id INTEGER,
    root_id INTEGER NOT NULL,
    recovers_id INTEGER,
    submit_user TEXT NOT NULL,
    station TEXT NOT NULL,
    run_as TEXT NOT NULL,
    token_id INTEGER,
    request_key TEXT,
    request_digest TEXT,
    spec TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'queued', 'window', 'suspended', 'running', 'ended')),
    start_kind TEXT NOT NULL CHECK (start_kind IN ('normal', 'manual', 'forced', 'debug', 'recover')),
    activity TEXT NOT NULL CHECK (activity IN ('working', 'file', 'input', 'job', 'report', 'debugger')),
    ending TEXT NOT NULL CHECK (ending IN ('none', 'kill', 'stop', 'abort', 'abort_recover', 'abort_restart')),
    final_code INTEGER,
    description TEXT NOT NULL,
    exit_code INTEGER,
    attempt INTEGER NOT NULL,
    restarts INTEGER NOT NULL,
    critical_point INTEGER NOT NULL,
    critical_data TEXT,
    waits_for_id INTEGER,
    accept_line INTEGER NOT NULL,
    questions INTEGER NOT NULL,
    controller_id INTEGER,
    fence INTEGER NOT NULL,
    place TEXT,
    spool_offset INTEGER NOT NULL,
    last_message INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    start_by INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX request_by_key ON request (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX request_queued ON request (queue_id, id) WHERE state = 'queued';
CREATE INDEX request_by_hand ON request (id) WHERE state = 'queued' AND start_kind IN ('manual', 'forced');
CREATE INDEX request_window ON request (queue_id, id) WHERE state = 'window';
CREATE INDEX request_start_by ON request (start_by) WHERE start_by IS NOT NULL AND state IN ('queued', 'window');
CREATE INDEX request_running ON request (controller_id, id) WHERE state = 'running';
CREATE INDEX request_report ON request (report_key) WHERE state = 'running' AND report_key IS NOT NULL;
CREATE INDEX request_parent ON request (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX request_waits_for ON request (waits_for_id) WHERE waits_for_id IS NOT NULL;
CREATE INDEX request_ended ON request (ended_at) WHERE state = 'ended';
CREATE INDEX request_token ON request (token_id) WHERE token_id IS NOT NULL AND state <> 'ended';

CREATE TABLE message (
    root_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    request_id INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('O', 'I', 'W', 'E')),
    text TEXT NOT NULL,
    PRIMARY KEY (root_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_request ON message (request_id, sequence);

CREATE TABLE task_value (
    request_id INTEGER NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (request_id, name)
) STRICT;

-- What a job asked the batch server, by the id that it keeps when it asks again after a lost connection.
CREATE TABLE job_call (
    request_id INTEGER NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    answer TEXT,
    PRIMARY KEY (request_id, call_id)
) STRICT;

CREATE TABLE operator_request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id INTEGER NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'timed_out', 'cancelled')),
    answer TEXT,
    answered_by TEXT,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER,
    answered_at INTEGER,
    version INTEGER NOT NULL,
    UNIQUE (request_id, call_id)
) STRICT;
CREATE INDEX operator_request_open ON operator_request (id) WHERE state = 'open';

-- Wake-ups that their sleeper has not taken yet.
CREATE TABLE wake_up (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id INTEGER NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    data TEXT,
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX wake_up_request ON wake_up (request_id);

CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('error', 'warning', 'information')),
    text TEXT NOT NULL,
    request_id INTEGER,
    raised_at INTEGER NOT NULL,
    acknowledged_by TEXT,
    acknowledged_at INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE schedule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    job_id INTEGER NOT NULL REFERENCES job (id),
    is_enabled INTEGER NOT NULL,
    rule TEXT NOT NULL,
    start_within_seconds INTEGER NOT NULL,
    report_parameter TEXT,
    global_parameter TEXT,
    queue_id INTEGER REFERENCES queue (id),
    run_as TEXT,
    planned_until INTEGER NOT NULL,
    file_seen_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX schedule_job ON schedule (job_id);
CREATE INDEX schedule_queue ON schedule (queue_id);

-- Exactly one outcome for each planned instant of a schedule.
CREATE TABLE schedule_run (
    schedule_id INTEGER NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
    due_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('submitted', 'missed', 'superseded', 'refused')),
    reason TEXT NOT NULL,
    request_id INTEGER,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, due_at)
) STRICT;
