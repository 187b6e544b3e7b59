"""Reads the vocabulary files into one checked `Vocabulary`; refuses anything that is not in order.

A file of terms is YAML with `kind`, `source` (name -> what it is) and `terms`; see docs/reference/vocabulary.md.
`codes.csv` lists the outside codes that terms may carry.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from importlib import resources

import yaml

from skinproof.errors import VocabularyError
from skinproof.model.tags import AGENT_CLASSES
from skinproof.vocabulary.forms import normal_form, plural
from skinproof.vocabulary.term import FLAGS, KINDS, Code, Surface, Term, Vocabulary
from skinproof.vocabulary.yaml_nodes import Where, at, compose, first_value, mapping, text, texts

__all__ = ["Surface", "Term", "Vocabulary", "bundled_files", "load_bundled", "load_vocabulary"]

CODES_FILE = "codes.csv"
_FILE_KEYS = frozenset({"kind", "source", "terms"})
_TERM_KEYS = frozenset(
    {
        "id",
        "label",
        "parents",
        "group",
        "codes",
        "synonyms",
        "exact",
        "needs",
        "unless",
        "also",
        "plurals",
        "source",
    }
)
_BOOL = ("true", "false")
_KIND_KEYS = {"agent": frozenset({"class"}), "indication": frozenset({"cutaneous", "aesthetic"})}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SOURCE_ID = re.compile(
    r"NCT\d{8}|EudraCT \d{4}-\d{6}-\d{2}|ACTRN\d{14}|IRCT\w+|UMIN\d{9}|TCTR\d{11}|CTRI/\d{4}/\d\d/\d{6}"
    r"|PMID \d{1,8}|PMC\d+|10\.\d{4,}/\S+"
)
"""A term's source may be a registry id, a PubMed id or a DOI instead of a name listed in its file."""


class _Draft:
    """A term as written, with the places of its parts, before inheritance."""

    def __init__(self, where: Where, term: Term, lines: dict[str, int]) -> None:
        self.where = where
        self.term = term
        self.lines = lines

    def at(self, part: str) -> Where:
        return Where(self.where.file, self.lines.get(part, self.where.line), self.term.id)


def load_vocabulary(files: Mapping[str, bytes]) -> Vocabulary:
    """The checked vocabulary of `files` (name -> content): `codes.csv` and any number of `.yml` files.

    Raises:
        VocabularyError: with file, line and term, for duplicate ids, keys or forms, unknown keys, codes,
            parents or values, cycles, a missing label or source, an empty form, `needs` of an unlisted form.
    """
    codes = _read_codes(files.get(CODES_FILE, b""))
    drafts: dict[str, _Draft] = {}
    for name in sorted(files):
        if name == CODES_FILE:
            continue
        for draft in _read_file(name, files[name], codes):
            first = drafts.setdefault(draft.term.id, draft)
            if first is not draft:
                raise draft.at("id").error(f"id stands twice, first at {first.where.file}:{first.where.line}")
    if not drafts:
        raise VocabularyError("no vocabulary terms: the files given hold none")
    order = _parents_first(drafts)
    _check_forms(drafts)
    filled: dict[str, Term] = {}
    for term_id in order:
        filled[term_id] = _inherit(drafts[term_id], filled)
    return Vocabulary((filled[term_id] for term_id in drafts), codes.values())


def bundled_files() -> dict[str, bytes]:
    """The vocabulary files shipped inside the package, by name."""
    room = resources.files("skinproof.vocabulary")
    found = {CODES_FILE: (room / CODES_FILE).read_bytes()}
    for entry in (room / "terms").iterdir():
        if entry.name.endswith(".yml"):
            found[f"terms/{entry.name}"] = entry.read_bytes()
    return found


def load_bundled() -> Vocabulary:
    """The vocabulary shipped inside the package."""
    return load_vocabulary(bundled_files())


def _read_codes(body: bytes) -> dict[str, Code]:
    """Codes by curie; lines that begin with # are notes on source, version and licence."""
    try:
        lines = body.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{CODES_FILE}: not UTF-8 text at byte {error.start}") from error
    codes: dict[str, Code] = {}
    rows = [(number, line) for number, line in enumerate(lines, 1) if not line.startswith("#")]
    for (number, _), row in zip(rows[1:], csv.DictReader(line for _, line in rows), strict=False):
        if set(row) != {"curie", "label", "source"} or not all(row.values()):
            raise VocabularyError(f"{CODES_FILE}:{number}: expected curie,label,source, found {row!r}")
        if row["curie"] in codes:
            raise VocabularyError(f"{CODES_FILE}:{number}: code {row['curie']} stands twice")
        codes[row["curie"]] = Code(**row)
    return codes


def _read_file(name: str, body: bytes, codes: Mapping[str, Code]) -> Iterator[_Draft]:
    top = compose(name, body)
    where = Where(name, 1)
    entries = mapping(top, where, _FILE_KEYS)
    for key in ("kind", "source", "terms"):
        if key not in entries:
            raise where.error(f"missing {key!r} at the top of the file")
    kind = text(entries["kind"], where)
    if kind not in KINDS:
        raise at(where, entries["kind"]).error(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    sources = mapping(entries["source"], at(where, entries["source"]), None)
    for value in sources.values():
        text(value, where)
    if not isinstance(entries["terms"], yaml.SequenceNode):
        raise at(where, entries["terms"]).error("`terms` must be a list")
    for node in entries["terms"].value:
        draft = _read_term(node, at(where, node), kind)
        _check_term(draft, frozenset(sources), codes)
        yield draft


def _read_term(node: yaml.Node, where: Where, kind: str) -> _Draft:
    where = Where(where.file, where.line, f"{kind}:{first_value(node, 'id') or '?'}")
    entries = mapping(node, where, _TERM_KEYS | _KIND_KEYS.get(kind, frozenset()))
    for key in ("id", "label", "source"):
        if key not in entries:
            raise where.error(f"missing {key!r}")
    name = text(entries["id"], where)
    if not _ID.fullmatch(name):
        raise at(where, entries["id"]).error(f"id {name!r} may hold only a-z, 0-9, - and _")

    def several(key: str) -> tuple[str, ...]:
        return texts(entries[key], where) if key in entries else ()

    def one_of(key: str, allowed: tuple[str, ...]) -> str | None:
        if key not in entries:
            return None
        value = text(entries[key], where)
        if value not in allowed:
            raise at(where, entries[key]).error(f"{key} {value!r} is not one of {', '.join(allowed)}")
        return value

    term = Term(
        id=f"{kind}:{name}",
        kind=kind,
        label=text(entries["label"], where),
        parents=tuple(f"{kind}:{value}" for value in several("parents")),
        group=one_of("group", _BOOL) == "true",
        agent_class=one_of("class", AGENT_CLASSES),
        codes=several("codes"),
        synonyms=several("synonyms"),
        exact=several("exact"),
        needs=_read_needs(entries.get("needs"), where),
        unless=_with_plurals(several("unless")),
        also=tuple(f"{kind}:{value}" for value in several("also")),
        plurals=one_of("plurals", _BOOL) != "false",
        cutaneous=one_of("cutaneous", FLAGS),
        aesthetic=one_of("aesthetic", FLAGS),
        source=several("source"),
    )
    return _Draft(where, term, {key: value.start_mark.line + 1 for key, value in entries.items()})


def _with_plurals(phrases: tuple[str, ...]) -> tuple[str, ...]:
    more = (plural(phrase) for phrase in phrases)
    return tuple(dict.fromkeys((*phrases, *(phrase for phrase in more if phrase))))


def _check_term(draft: _Draft, sources: frozenset[str], codes: Mapping[str, Code]) -> None:
    """What can be said of a term without the others: codes, sources, the forms that `needs` names, repeats."""
    term = draft.term
    for code in term.codes:
        if code not in codes:
            raise draft.at("codes").error(
                f"unknown code {code}; add it to {CODES_FILE} with its source first"
            )
    for value in term.source:
        if value not in sources and not _SOURCE_ID.fullmatch(value):
            raise draft.at("source").error(
                f"source {value!r} is neither named at the top of the file nor a registry id, PMID or DOI"
            )
    if not term.source:
        raise draft.at("source").error("source is an empty list")
    listed = {*term.forms(), *term.exact}
    for form in term.needs:
        if form not in listed:
            raise draft.at("needs").error(f"needs {form!r}, which is not among the forms of this term")
    for part, forms in (("synonyms", [normal_form(f) for f in term.forms()]), ("exact", list(term.exact))):
        for form in forms:
            if forms.count(form) > 1:
                raise draft.at(part).error(f"form {form!r} stands twice in this term")


def _read_needs(node: yaml.Node | None, where: Where) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    entries = mapping(node, at(where, node), None)
    found = {form: texts(value, where) for form, value in entries.items()}
    for form, words in found.items():
        if not words:
            raise at(where, node).error(f"needs {form!r} lists no context word")
    return found


def _parents_first(drafts: Mapping[str, _Draft]) -> tuple[str, ...]:
    """Ids so that parents come before children; raises on a dangling parent or a cycle."""
    done: dict[str, None] = {}

    def visit(term_id: str, path: tuple[str, ...]) -> None:
        if term_id in done:
            return
        if term_id in path:
            ring = " > ".join((*path[path.index(term_id) :], term_id))
            raise drafts[term_id].at("parents").error(f"its parents lead back to itself: {ring}")
        for parent in drafts[term_id].term.parents:
            if parent not in drafts:
                raise drafts[term_id].at("parents").error(f"parent {parent} does not exist")
            visit(parent, (*path, term_id))
        done[term_id] = None

    for term_id, draft in drafts.items():
        visit(term_id, ())
        for other in draft.term.also:
            if other not in drafts:
                raise draft.at("also").error(f"also {other} does not exist")
    return tuple(done)


def _check_forms(drafts: Mapping[str, _Draft]) -> None:
    """One written form belongs to one term of a kind, whatever its case, hyphens and spaces."""
    taken: dict[tuple[str, str], _Draft] = {}
    for draft in drafts.values():
        term = draft.term
        for part, forms in (("label", term.forms()), ("exact", term.exact)):
            for form in forms:
                key = (term.kind, normal_form(form))
                if not key[1]:
                    raise draft.at(part).error(f"form {form!r} holds nothing to look for")
                first = taken.setdefault(key, draft)
                if first is not draft:
                    raise draft.at("synonyms" if part == "label" else part).error(
                        f"form {form!r} already belongs to {first.term.id} ({first.where.file}:{first.where.line})"
                    )


def _inherit(draft: _Draft, filled: Mapping[str, Term]) -> Term:
    """The term with class and flags taken from its parents where it states none itself."""
    term = draft.term
    changed: dict[str, str | None] = {}
    wanted = {"agent": ("agent_class",), "indication": ("cutaneous", "aesthetic")}.get(term.kind, ())
    for name in wanted:
        if getattr(term, name) is not None:
            continue  # what a term says of itself outweighs its parents
        values = {getattr(filled[parent], name) for parent in term.parents}
        word = "class" if name == "agent_class" else name
        if len(values) > 1:
            raise draft.at("parents").error(
                f"its parents differ in {word} ({', '.join(sorted(values))}); state it"
            )
        if not values:
            raise draft.at("id").error(f"has no {word} and no parent to take it from")
        changed[name] = values.pop()
    if not changed:
        return term
    return Term(**{**{field: getattr(term, field) for field in Term.__struct_fields__}, **changed})
