-- A new file may have the time of modification of the one before it.
ALTER TABLE schedule ADD COLUMN file_seen_bytes BIGINT;
ALTER TABLE schedule ADD COLUMN file_seen_made BIGINT;
