-- The fields that a source says its records can have.

create table source_fields (
    source text primary key,
    data_version text,              -- of the source's data when it was asked
    at text not null,               -- ISO date and time, UTC
    fields text not null,           -- JSON list of paths, sorted
    vanished text not null          -- JSON list of paths that are read here and that it does not name any more
);
