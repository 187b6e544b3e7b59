"""The vocabulary as a list of terms that can be searched."""

import msgspec

from skinproof.vocabulary.forms import normal_form
from skinproof.vocabulary.term import KINDS, Term, Vocabulary

__all__ = ["KINDS", "TermList", "TermRow", "list_terms"]


class TermRow(msgspec.Struct, frozen=True, kw_only=True):
    """One term: parents are ids, forms are what counts as a mention, exact forms only in their case."""

    id: str
    kind: str
    label: str
    agent_class: str | None
    cutaneous: str | None
    aesthetic: str | None
    parents: tuple[str, ...]
    forms: tuple[str, ...]
    exact: tuple[str, ...]
    codes: tuple[str, ...]


class TermList(msgspec.Struct, frozen=True, kw_only=True):
    """Terms in the order of the files. version: fingerprint of the whole vocabulary."""

    version: str
    total: int
    rows: tuple[TermRow, ...]


def list_terms(vocabulary: Vocabulary, words: str = "", kind: str | None = None) -> TermList:
    """Terms of one kind (None = all) in whose id, label, forms or codes `words` occur (empty = all)."""
    wanted = normal_form(words)
    found = [
        term
        for term in vocabulary.terms.values()
        if (kind is None or term.kind == kind) and (not wanted or _has(term, wanted))
    ]
    return TermList(version=vocabulary.version, total=len(found), rows=tuple(map(_row, found)))


def _has(term: Term, wanted: str) -> bool:
    return any(
        wanted in normal_form(t) for t in (term.id, term.label, *term.synonyms, *term.exact, *term.codes)
    )


def _row(term: Term) -> TermRow:
    return TermRow(
        id=term.id,
        kind=term.kind,
        label=term.label,
        agent_class=term.agent_class,
        cutaneous=term.cutaneous,
        aesthetic=term.aesthetic,
        parents=term.parents,
        forms=term.forms(),
        exact=term.exact,
        codes=term.codes,
    )
