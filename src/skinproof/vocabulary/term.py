"""The vocabulary as a value: terms, the forms people write, and the way up and down the hierarchy."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import msgspec

from skinproof.vocabulary.forms import normal_form, plural

KINDS = (
    "agent", "indication", "procedure", "process",
    "source", "species", "donor", "culture", "separation", "marker", "storage", "route", "potency",
)  # fmt: skip
"""What a term can be.

The first four (TAGGED_KINDS) are tagged in every study. The others are read in studies with an agent: `source` = the cell or tissue
a preparation was made from, `donor` = how the donor is related to the patient, `culture`, `separation`, `storage` =
how it was made and kept, `marker` = a protein that shows what it is, `potency` = a test of what it does.
"""

TAGGED_KINDS = KINDS[:4]
"""Kinds found in every study; only these widen a search."""

FLAGS = ("yes", "no", "context")
"""Values of `cutaneous` and `aesthetic`; `context` = the term alone does not decide."""


class Surface(msgspec.Struct, frozen=True, gc=False):
    """One written form of one term.

    case_sensitive: the form counts only exactly as written.
    needs: the form counts only if one of these words or phrases occurs in the record (empty = always).
    """

    text: str
    term_id: str
    case_sensitive: bool
    needs: tuple[str, ...] = ()


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the vocabulary, with inherited values filled in.

    id: `kind:name`; parents: ids of the same kind; group: the label is a heading nobody writes, not a form;
    agent_class: one of model.tags.AGENT_CLASSES for agents, else None;
    synonyms: forms that count in any case; exact: forms that count only in this case;
    needs: form -> context words, one of which must occur in the record for the form to count;
    unless: longer phrases, plurals included, inside which no form of this term counts ("EGF receptor" is not EGF);
    also: ids searched together with this term (a reader who types exosome means extracellular vesicle too);
    cutaneous, aesthetic: `yes` | `no` | `context` for indications, else None;
    source: where the label and forms were seen (source names of the file, or registry ids and DOIs).
    """

    id: str
    kind: str
    label: str
    parents: tuple[str, ...] = ()
    group: bool = False
    agent_class: str | None = None
    codes: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    needs: dict[str, tuple[str, ...]] = {}
    unless: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    plurals: bool = True
    cutaneous: str | None = None
    aesthetic: str | None = None
    source: tuple[str, ...] = ()

    def forms(self) -> tuple[str, ...]:
        """Forms that count in any case, as listed: the label (unless a heading), then the synonyms."""
        return self.synonyms if self.group else (self.label, *self.synonyms)


class Code(msgspec.Struct, frozen=True):
    """One code of an outside vocabulary with the label its source prints."""

    curie: str
    label: str
    source: str


class _Stored(msgspec.Struct, frozen=True):
    version: str
    terms: tuple[Term, ...]
    codes: tuple[Code, ...]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Second parts by the first, each once, in the order given."""
    found: dict[str, dict[str, None]] = {}
    for form, term_id in pairs:
        found.setdefault(form, {})[term_id] = None
    return {form: tuple(ids) for form, ids in found.items()}


class Vocabulary:
    """All terms, read-only. Make one with `load_vocabulary` or `Vocabulary.from_json`."""

    def __init__(self, terms: Iterable[Term], codes: Iterable[Code] = (), version: str | None = None) -> None:
        self.terms: Mapping[str, Term] = {term.id: term for term in terms}
        self.codes: Mapping[str, Code] = {code.curie: code for code in codes}
        self.version = version or _version(self.terms.values())
        """sha256 over the terms; comments, line breaks and the split into files do not change it."""

    def to_json(self) -> bytes:
        """The whole vocabulary as compact JSON, the same bytes for the same terms."""
        stored = _Stored(self.version, tuple(self.terms.values()), tuple(self.codes.values()))
        return msgspec.json.encode(stored)

    @classmethod
    def from_json(cls, body: bytes) -> "Vocabulary":
        """The vocabulary that `to_json` wrote; no check beyond types, an edition carries a checksum of it."""
        stored = _DECODER.decode(body)
        return cls(stored.terms, stored.codes, stored.version)

    def surfaces(self) -> tuple[Surface, ...]:
        """Every form to look for, regular plurals included, in a fixed order."""
        return self._surfaces

    def label(self, term_id: str) -> str:
        """The label readers see; an id that is not in the vocabulary is returned as it is."""
        term = self.terms.get(term_id)
        return term.label if term else term_id

    def ancestors(self, term_id: str) -> tuple[str, ...]:
        """Ids above `term_id`, nearest first, each once, without itself."""
        return _walk(term_id, lambda key: self.terms[key].parents if key in self.terms else ())

    def children(self, term_id: str) -> tuple[str, ...]:
        """Ids directly below `term_id`, in file order."""
        return self._children.get(term_id, ())

    def descendants(self, term_id: str) -> tuple[str, ...]:
        """Ids below `term_id`, itself first; empty if the id is unknown."""
        return (term_id, *_walk(term_id, self.children)) if term_id in self.terms else ()

    def meant_by(self, term_id: str) -> tuple[str, ...]:
        """Ids a person who asks for `term_id` means: it and what lies below, and what is named in `also` with what
        lies below that ("exosome" in a title is often any vesicle, and the other way round).
        """
        found = dict.fromkeys(self.descendants(term_id))
        for other in self.terms[term_id].also if term_id in self.terms else ():
            found.update(dict.fromkeys(self.descendants(other)))
        return tuple(found)

    def top_level(self, kind: str) -> tuple[str, ...]:
        """Ids of `kind` that have no parent, in file order."""
        return tuple(term.id for term in self.terms.values() if term.kind == kind and not term.parents)

    def terms_for(self, form: str) -> tuple[str, ...]:
        """Ids of the terms that have `form`, or `form` as a regular plural, among their forms, in any case."""
        wanted = normal_form(form)
        return self._by_form.get(wanted) or self._by_plural.get(wanted, ())

    def synonyms_of_word(self, word: str) -> tuple[str, ...]:
        """What a search for `word` should also look for: normal forms of its terms, of what lies below them,
        and of the terms named in `also`; sorted, without `word`, without forms that need context, and without
        forms that a shorter one of them (or `word`) already finds.
        """
        ids: dict[str, None] = {}
        for term_id in self.terms_for(word):
            if self.terms[term_id].kind not in TAGGED_KINDS:
                continue
            for other in (term_id, *self.terms[term_id].also):
                ids.update(dict.fromkeys(self.descendants(other)))
        pairs = (pair for term_id in ids for pair in _written(self.terms[term_id], frozenset()))
        forms = {normal for surface, normal in pairs if not surface.needs}
        wanted = normal_form(word)
        return tuple(sorted(form for form in forms - {wanted} if not _holds_shorter(form, forms | {wanted})))

    @cached_property
    def _surfaces(self) -> tuple[Surface, ...]:
        listed = frozenset((term.kind, normal) for normal, term in self._listed)
        return tuple(surface for term in self.terms.values() for surface, _ in _written(term, listed))

    @cached_property
    def _listed(self) -> tuple[tuple[str, Term], ...]:
        """Every form in the files as `normal_form` gives it, with its term."""
        return tuple((normal_form(f), t) for t in self.terms.values() for f in (*t.forms(), *t.exact))

    @cached_property
    def _by_form(self) -> dict[str, tuple[str, ...]]:
        """Ids by the normal form of what is listed."""
        return _grouped((normal, term.id) for normal, term in self._listed)

    @cached_property
    def _by_plural(self) -> dict[str, tuple[str, ...]]:
        """Ids by the regular plural of what is listed."""
        return _grouped(
            (many, term.id)
            for normal, term in self._listed
            if term.plurals and (many := plural(normal)) is not None
        )

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for term in self.terms.values():
            for parent in term.parents:
                found.setdefault(parent, []).append(term.id)
        return {parent: tuple(ids) for parent, ids in found.items()}


_DECODER = msgspec.json.Decoder(_Stored)


def _written(term: Term, listed: frozenset[tuple[str, str]]) -> Iterable[tuple[Surface, str]]:
    """Surfaces of `term` with their normal forms; a regular plural gives way to a form among `listed`."""
    for form in term.forms():
        needs = term.needs.get(form, ())
        normal = normal_form(form)
        yield Surface(form, term.id, False, needs), normal
        more = plural(normal) if term.plurals and "," not in form else None
        if more and (term.kind, more) not in listed:
            kept = form[:-1] if more.endswith("ies") else form
            yield Surface(kept + more[len(normal) - len(form) + len(kept) :], term.id, False, needs), more
    for form in term.exact:
        yield Surface(form, term.id, True, term.needs.get(form, ())), normal_form(form)


def _holds_shorter(form: str, forms: set[str]) -> bool:
    """Whether some other of `forms` stands in `form` as whole words."""
    words = form.split()
    parts = ((i, j) for i in range(len(words)) for j in range(i + 1, len(words) + 1) if j - i < len(words))
    return any(" ".join(words[i:j]) in forms for i, j in parts)


def _walk(start: str, step: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    queue = list(step(start))
    for key in queue:
        if key not in seen:
            seen[key] = None
            queue.extend(step(key))
    return tuple(seen)


def _version(terms: Iterable[Term]) -> str:
    ordered = sorted(terms, key=lambda term: term.id)
    return hashlib.sha256(msgspec.json.encode(ordered, order="sorted")).hexdigest()
