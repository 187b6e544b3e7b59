-- The latest versionHolder that the same content came with: where a record goes back to what it said before, within one
-- day of the registry, only this tells which content is the newest.
alter table seen_again add column latest_holder text;
