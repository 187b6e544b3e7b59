-- Raw versions: rows are added, never changed or deleted (triggers below hold that).

create table import_run (
    id integer primary key,
    started text not null,          -- ISO date and time, UTC
    finished text,                  -- null: stopped before its end; what it had stored by then is stored
    new integer not null default 0,
    changed integer not null default 0,
    unchanged integer not null default 0,
    refused integer not null default 0
);

-- Bodies of records that are read together (one quarter of registry dates), packed together.
create table body_block (
    id integer primary key,
    packed blob not null            -- one zstd frame
);

create table raw_version (
    id integer primary key,
    source text not null,           -- ctgov | ctgov_csv | snapshot
    record_id text not null,
    sha256 blob not null,           -- of the body with versionHolder's value blanked
    completeness text not null,     -- full | partial
    registry_date text,             -- last update posted, with the precision given
    version_holder text,            -- as the body holds it
    quarter text not null,          -- of registry_date: 2021Q3, or undated
    size integer not null,          -- of the body, bytes
    block integer not null references body_block (id),
    start integer not null,         -- of the body in the unpacked block
    run integer not null references import_run (id),
    first_seen text not null
);

create unique index raw_version_identity on raw_version (sha256, source);
create index raw_version_record on raw_version (record_id);

-- The only rows that change: when the same content was last seen, and the earliest versionHolder it was seen with.
create table seen_again (
    version integer primary key references raw_version (id),
    last_seen text not null,
    version_holder text             -- null: not earlier than the body's own
);

create table import_file (
    id integer primary key,
    run integer not null references import_run (id),
    name text not null,
    loaded integer not null,
    refused integer not null,
    remark text not null default ''
);
create index import_file_name on import_file (name, run);

create table refusal (
    id integer primary key,
    run integer not null references import_run (id),
    name text not null,             -- the file
    place text not null,            -- line, byte or member in it; empty: all of it
    reason text not null,
    excerpt text not null
);
create index refusal_run on refusal (run, name);

create trigger raw_version_is_kept before delete on raw_version
begin select raise(abort, 'raw versions are never deleted'); end;
create trigger raw_version_stays before update on raw_version
begin select raise(abort, 'raw versions are never changed'); end;
create trigger body_block_is_kept before delete on body_block
begin select raise(abort, 'raw versions are never deleted'); end;
create trigger body_block_stays before update on body_block
begin select raise(abort, 'raw versions are never changed'); end;
