-- The journal of people's judgements: lines are added, never changed or deleted (triggers below hold that).

create table journal (
    id integer primary key,         -- from 1, without gaps
    at text not null,               -- ISO date and time, UTC
    who text not null,
    kind text not null,             -- what is judged: link, ...
    subject text not null,          -- which one, as its kind names it
    verdict text not null,          -- accept | correct | reject | withdraw
    value text,                     -- of correct: the right answer; of withdraw: number of the line taken back
    reason text not null,
    fingerprint text not null,      -- of the machine's answer the person saw
    chain text not null             -- sha256 over the chain of the line before and this line
);
create index journal_subject on journal (kind, subject);

create trigger journal_is_kept before delete on journal
begin select raise(abort, 'journal lines are never deleted'); end;
create trigger journal_stays before update on journal
begin select raise(abort, 'journal lines are never changed'); end;
