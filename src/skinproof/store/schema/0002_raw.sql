-- What sources were asked over the network, where that stands, and which ids they gave.

create table sync_query (
    id integer primary key,
    source text not null,           -- ctgov | pubmed | europepmc
    name text not null,             -- of the query
    fingerprint text not null,      -- digest of what is asked: other words, other query
    asked text not null             -- the query as JSON
);
create unique index sync_query_identity on sync_query (fingerprint, name);

-- The exact ids of a query on a day; runs that got the same ids share one row.
create table id_set (
    id integer primary key,
    digest text not null unique,    -- sha256 of the sorted ids, one a line
    size integer not null,
    packed blob not null            -- zstd of the sorted ids, one a line
);

create table sync_run (
    id integer primary key,
    query integer not null references sync_query (id),
    kind text not null,             -- full: all pages; changed: what changed since `since`
    since text,                     -- day
    started text not null,          -- ISO date and time, UTC
    finished text,                  -- null: stopped before its end; `place` is where it goes on
    state text not null,            -- running | complete | incomplete
    data_version text,              -- of the source's data when the run began
    place text,                     -- the source's own mark of the next page
    reported integer,               -- records the source says the query has
    stored integer,                 -- of them, records held at the end
    swept integer not null default 0,  -- 1: all ids were asked for, so the set is the source's own
    ids integer references id_set (id),
    missing text                    -- JSON list of ids that are not held, at the end of an incomplete run
);
create index sync_run_query on sync_run (query, id);

-- Ids that came in a run that is not finished.
create table sync_seen (
    run integer not null references sync_run (id),
    record_id text not null,
    primary key (run, record_id)
);

-- What happened to a record at its source that no version of it can say.
create table record_event (
    id integer primary key,
    at text not null,               -- ISO date and time, UTC: when it was noticed
    run integer not null references sync_run (id),
    source text not null,
    record_id text not null,
    kind text not null,             -- gone | alias | left | back
    detail text not null            -- alias: the id it goes by now; left, back: the query
);
create index record_event_record on record_event (record_id, id);
