-- A new file may have the time of modification of the one before it.
ALTER TABLE schedule ADD COLUMN file_seen_bytes INTEGER;
ALTER TABLE schedule ADD COLUMN file_seen_made INTEGER;
