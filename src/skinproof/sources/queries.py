"""Named queries: what a source is asked, as shipped in `data/queries.yml` or written by a user.

Words of a group are joined with OR, groups with AND, in each source's own syntax; or a source's `terms` are given
whole. Source: Essie expressions (ClinicalTrials.gov), PubMed Help on field tags, Europe PMC's search syntax.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Annotated

import msgspec
import yaml

from skinproof.errors import InputError, NotFoundError
from skinproof.model.exchange import Query
from skinproof.sources.query_faults import query_place, shape_fault, yaml_fault

SOURCES = ("ctgov", "pubmed", "europepmc")
"""Sources that can be asked, registries first."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_ONLY_IDS = re.compile(r"[\s,()]*(NCT\d{8}[\s,()]*)+", re.IGNORECASE)
_OWN = frozenset(
    {
        "format",
        "query.term",
        "pageSize",
        "pageToken",
        "countTotal",
        "fields",
        "term",
        "query",
        "api_key",
        "email",
    }
)
"""Parameters that the program sets itself."""
_FIELD = re.compile(r"[a-zA-Z][a-zA-Z0-9\-. ]*", re.ASCII)


class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one source is asked in its own words. terms: instead of the groups; fields: whole records where empty."""

    terms: str = ""
    params: dict[str, str] = {}
    fields: tuple[str, ...] = ()


class Compare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which studies of ours stand beside a query's ids: filters as `skinproof count` has them."""

    agent: tuple[str, ...] = ()
    indication: tuple[str, ...] = ()
    cutaneous: bool | None = None


class NamedQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One named query.

    written: the day its words were chosen; chosen: sources it is asked of, by default all, or those that have words of
    their own where there are no groups.
    """

    name: str
    title: str
    written: date
    groups: tuple[Annotated[tuple[str, ...], msgspec.Meta(min_length=1)], ...] = ()
    chosen: tuple[str, ...] = msgspec.field(name="sources", default=())
    compare: Compare | None = None
    ctgov: Own | None = None
    pubmed: Own | None = None
    europepmc: Own | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources it is asked of."""
        if self.chosen or self.groups:
            return self.chosen or SOURCES
        return tuple(source for source in SOURCES if getattr(self, source) is not None)

    def own(self, source: str) -> Own:
        """What is said for one source alone."""
        found: Own | None = getattr(self, source)
        return found or Own()

    def asked(self, source: str) -> Query:
        """The query as a source is asked it."""
        own = self.own(source)
        return Query(
            name=self.name,
            source=source,
            title=self.title,
            terms=" ".join(own.terms.split()) or _WRITTEN[source](self.groups),
            params=tuple(sorted(own.params.items())),
            fields=own.fields,
            written=self.written.isoformat(),
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    queries: tuple[NamedQuery, ...]
    skin: tuple[str, ...] = ()


def fingerprint(query: Query) -> str:
    """Digest of what is asked: queries that ask the same have the same, whatever their title."""
    asked = (query.source, query.terms, query.params, query.fields)
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


@lru_cache(maxsize=1)
def shipped() -> tuple[NamedQuery, ...]:
    """The queries inside the package."""
    body = (resources.files("skinproof.data") / "queries.yml").read_bytes()
    return read_queries(body, "queries.yml of skinproof")


def read_queries(body: bytes, where: str) -> tuple[NamedQuery, ...]:
    """The queries of a YAML file. where: what the file is called in an error.

    Raises: InputError where it is no YAML, lacks a key, has an unknown one, or holds a query nobody can be asked.
    """
    try:
        tree = yaml.safe_load(body)
        if tree is None:
            raise InputError(
                f"{where} is empty: write `queries:` with a list of queries below it, or remove it"
            )
        found = msgspec.convert(tree, _File)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}, {yaml_fault(error)}") from error
    except msgspec.ValidationError as error:
        raise InputError(f"{where}, {shape_fault(body, error)}") from error
    seen: set[str] = set()
    for number, query in enumerate(found.queries):
        fault = _fault(query) or ("the name is there twice" if query.name in seen else None)
        if fault:
            head = query_place(body, number) or f"query {query.name[:60]!r}: "
            raise InputError(f"{where}, {head}{fault}")
        seen.add(query.name)
    return found.queries


def with_own(own: Iterable[NamedQuery], where: str) -> tuple[NamedQuery, ...]:
    """The shipped queries and a user's. Raises: InputError for a name that ships."""
    own = tuple(own)
    names = {query.name for query in shipped()}
    for query in own:
        if query.name in names:
            raise InputError(
                f"{where}: a query named {query.name!r} ships with skinproof; give yours another name"
            )
    return (*shipped(), *own)


def named(queries: Iterable[NamedQuery], name: str) -> NamedQuery:
    """The query of that name. Raises: NotFoundError."""
    queries = tuple(queries)
    for query in queries:
        if query.name == name:
            return query
    known = ", ".join(query.name for query in queries)
    raise NotFoundError(
        f"there is no query {name[:60]!r}; known: {known}; `skinproof sync --queries` shows them"
    )


def _fault(query: NamedQuery) -> str | None:
    if not _NAME.fullmatch(query.name) or len(query.name) > 40:
        return "a name has small letters, digits and single hyphens, at most 40"
    if not query.sources:
        return "asks nothing; give groups of words, or terms for a source"
    for source in query.sources:
        if source not in SOURCES:
            return f"unknown source {source!r}; known: {', '.join(SOURCES)}"
    for source in SOURCES:
        if source in query.sources and (fault := _fault_at(query, source)):
            return fault
    for word in (word for group in query.groups for word in group):
        if not word.strip() or not word.isprintable() or '"' in word:
            return f"a word should be printable text without quotation marks, found {word[:40]!r}"
    return None


def _fault_at(query: NamedQuery, source: str) -> str | None:
    own = query.own(source)
    if not own.terms.strip() and not query.groups and not own.params:
        return f"asks {source} for everything; give groups of words, or terms or params for {source}"
    if source == "ctgov" and _ONLY_IDS.fullmatch(own.terms):
        return "terms that are nothing but NCT ids make the API leave out every filter; use params: {filter.ids: ...}"
    if clash := sorted(_OWN.intersection(own.params)):
        return f"{source}: the parameter {clash[0]} is set by skinproof itself"
    if wrong := [name for name in own.fields if not _FIELD.fullmatch(name)]:
        return f"{source}: {wrong[0][:40]!r} is not the name of a field"
    return None


def _essie(groups: tuple[tuple[str, ...], ...]) -> str:
    return _joined(groups, lambda word: word if word.isalnum() else f'"{word}"')


def _pubmed(groups: tuple[tuple[str, ...], ...]) -> str:
    return _joined(groups, lambda word: f'"{word}"[tiab]')


def _europepmc(groups: tuple[tuple[str, ...], ...]) -> str:
    return _joined(groups, lambda word: f'TITLE_ABS:"{word}"')


def _joined(groups: tuple[tuple[str, ...], ...], written: Callable[[str], str]) -> str:
    return " AND ".join(f"({' OR '.join(map(written, group))})" for group in groups)


_WRITTEN = {"ctgov": _essie, "pubmed": _pubmed, "europepmc": _europepmc}
