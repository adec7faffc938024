CREATE TABLE queue (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE job (
    id       INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    state    TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
    due_at   INTEGER NOT NULL,
    is_held  INTEGER NOT NULL DEFAULT 0,
    claims   INTEGER NOT NULL DEFAULT 0,
    note     TEXT
) STRICT;

CREATE INDEX job_waiting ON job (queue_id, due_at, id) WHERE state = 'waiting';
