"""From words as people type them to filters: vocabulary ids, registry words, countries; unknown words are refused."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from skinproof.errors import UsageError
from skinproof.faces.options import Asked
from skinproof.faces.services import Services
from skinproof.model.fields import OverallStatus, Phase
from skinproof.model.summary import Filters
from skinproof.model.tags import AGENT_CLASSES, ROLES
from skinproof.views.counts import ROLE_GROUPS
from skinproof.views.words import AGENT_CLASS_LABELS, ROLE_WORDS, lower_first
from skinproof.vocabulary.forms import normal_form
from skinproof.vocabulary.term import Vocabulary

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

_ROLE_SAYINGS = {
    **{words: (role,) for role, words in ROLE_WORDS.items()},
    **{role: (role,) for role in ROLES},
    "therapeutic": ("given",), "treatment": ("given",),
    "drug carrier": ("carrier",), "vehicle": ("carrier",),
    "biomarker": ("measured",), "only measured": ("measured",),
    "mentioned": ROLE_GROUPS["mentioned"], "only mentioned": ROLE_GROUPS["mentioned"],
}  # fmt: skip

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}

_COUNTRY_SAYINGS = {
    "usa": "united states", "us": "united states", "u.s.": "united states", "united states of america": "united states",
    "uk": "united kingdom", "great britain": "united kingdom", "england": "united kingdom",
    "korea": "korea, republic of", "south korea": "korea, republic of", "russia": "russian federation",
    "iran": "iran, islamic republic of", "turkey": "turkey (türkiye)", "türkiye": "turkey (türkiye)",
    "vietnam": "viet nam", "czech republic": "czechia", "taiwan": "taiwan, province of china",
}  # fmt: skip
"""Names the registry has used for the same place; either spelling finds both."""


def open_asked(services: Services, asked: Asked) -> "closing[Workspace]":
    """The workspace the question goes to, closed when the `with` block ends."""
    folder = services.data_dir(asked.data)
    if asked.seen is not None:
        return closing(services.open_seen(folder, asked.seen))
    return closing(services.open_workspace(folder))


@contextmanager
def no_cycles() -> Iterator[None]:
    """Let the collector of reference cycles rest: a hundred thousand new rows, none of them in a cycle, make it
    walk through all again and again (a third of the time of `map`).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_filters(typed: Mapping[str, Any], workspace: "Workspace") -> Filters:
    """The filters that are meant. Raises: UsageError naming near matches for a word that means nothing."""
    vocabulary = workspace.vocabulary
    return Filters(
        agent=tuple(agent_id(word, vocabulary) for word in typed["agent"]),
        role=tuple(role for word in typed["role"] for role in role_names(word)),
        indication=tuple(term_id(word, "indication", vocabulary) for word in typed["indication"]),
        cutaneous=_yes_no(typed["cutaneous"]),
        aesthetic=_yes_no(typed["aesthetic"]),
        phase=tuple(phase for word in typed["phase"] for phase in _phases(word)),
        status=tuple(_status(word) for word in typed["status"]),
        country=tuple(name for word in typed["country"] for name in _countries(word, workspace)),
        start_from=typed["start_from"],
        start_to=typed["start_to"],
        posted_from=typed["posted_from"],
        posted_to=typed["posted_to"],
    )


def said(filters: Filters) -> dict[str, Any]:
    """The filters that are set, as an answer repeats them."""
    pairs = ((name, getattr(filters, name)) for name in filters.__struct_fields__)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs if value}


def agent_id(word: str, vocabulary: Vocabulary) -> str:
    """An agent class or the id of an agent. Raises: UsageError."""
    key = word.strip().lower()
    if key in AGENT_CLASSES:
        return key
    for name, label in AGENT_CLASS_LABELS.items():
        if normal_form(label) == normal_form(word):
            return name
    return term_id(word, "agent", vocabulary, AGENT_CLASSES)


def agent_terms(names: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """Every vocabulary id that some agent classes and agent ids stand for."""
    found: set[str] = set()
    for name in names:
        if name in AGENT_CLASSES:
            found.update(
                t.id for t in vocabulary.terms.values() if t.kind == "agent" and t.agent_class == name
            )
        else:
            found.update(vocabulary.meant_by(name))
    return frozenset(found)  # fmt: skip


def agent_label(names: Sequence[str], vocabulary: Vocabulary) -> str:
    """How an answer names what was asked for."""
    if tuple(names) == ("ev",):
        return "extracellular vesicles (EVs)"
    meant = [
        other for n in names for other in (n, *(vocabulary.terms[n].also if n in vocabulary.terms else ()))
    ]
    labels = [lower_first(AGENT_CLASS_LABELS.get(n) or vocabulary.label(n)) for n in meant]
    return " or ".join(dict.fromkeys(labels))


def term_id(word: str, kind: str, vocabulary: Vocabulary, also: Iterable[str] = ()) -> str:
    """The one term that a word means: by id, label or synonym, in any case. Raises: UsageError otherwise."""
    key = word.strip().lower()
    for name in (key, f"{kind}:{key}", f"{kind}:{key.replace('-', '_').replace(' ', '_')}"):
        if name in vocabulary.terms and vocabulary.terms[name].kind == kind:
            return name
    wanted = normal_form(word)
    terms = [term for term in vocabulary.terms.values() if term.kind == kind]
    labelled = [term.id for term in terms if normal_form(term.label) == wanted]
    found = labelled or [name for name in vocabulary.terms_for(word) if vocabulary.terms[name].kind == kind]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{kind} {word!r} can mean {', '.join(found)}; write one of these")
    raise UsageError(f"there is no {kind} {word!r}{_near_terms(word, kind, vocabulary, also)}")


def _near_terms(word: str, kind: str, vocabulary: Vocabulary, also: Iterable[str]) -> str:
    forms = {name: name for name in also}
    for term in vocabulary.terms.values():
        if term.kind == kind:
            forms |= {normal_form(form): term.label for form in (term.label, *term.synonyms, *term.exact)}
    near = get_close_matches(normal_form(word), forms, 5, 0.7)
    within = [form for form in forms if len(word) > 3 and normal_form(word) in form][:5]
    labels = dict.fromkeys(forms[form] for form in (*near, *within))
    hint = f"; did you mean {' or '.join(map(repr, list(labels)[:4]))}?" if labels else ""
    return f"{hint} (`skinproof vocabulary --kind {kind}` lists them)"


def role_names(word: str) -> tuple[str, ...]:
    """The roles a word means. Raises: UsageError."""
    return _ROLE_SAYINGS.get(word.strip().lower()) or _refuse("role", word, _ROLE_SAYINGS, ROLES)


def role_groups(roles: Iterable[str]) -> tuple[str, ...]:
    """The groups of views.counts that some roles fall into."""
    return tuple(group for group, members in ROLE_GROUPS.items() if set(members) & set(roles))


def _phases(word: str) -> tuple[str, ...]:
    known = get_args(Phase)
    key = word.strip().lower().replace("_", " ").replace("/", " ").removeprefix("phase")
    early = "early" in key
    parts = [part for part in key.replace("early", " ").replace("phase", " ").split() if part != "phase"]
    if key.strip() in ("na", "n a", "not applicable"):
        return ("NA",)
    names = tuple(f"{'EARLY_' if early else ''}PHASE{_ROMAN.get(part, part)}" for part in parts)
    if not names or not set(names) <= set(known):
        _refuse("phase", word, known, known)
    return names  # fmt: skip


def _status(word: str) -> str:
    known = get_args(OverallStatus)
    name = "_".join(word.upper().replace(",", " ").replace("-", " ").split())
    return name if name in known else _refuse("status", word, known, known)[0]


def _countries(word: str, workspace: "Workspace") -> tuple[str, ...]:
    """The spellings of one country that the edition holds. Raises: UsageError when it holds none."""
    held = {name.lower(): name for name in workspace.countries}
    key = word.strip().lower()
    same = {key, _COUNTRY_SAYINGS.get(key, key)}
    same |= {alias for alias, name in _COUNTRY_SAYINGS.items() if name in same}
    same |= {name.partition(" (")[0] for name in same}
    found = tuple(held[name] for name in sorted(held) if name in same)
    if found:
        return found
    near = get_close_matches(key, held, 3, 0.6)
    hint = f"; did you mean {' or '.join(repr(held[name]) for name in near)}?" if near else ""
    raise UsageError(f"no study in this edition has a site in {word!r}{hint}")


def _refuse(what: str, word: str, sayings: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    near = get_close_matches(word.strip().lower(), [name.lower() for name in sayings], 1, 0.6)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"there is no {what} {word!r}{hint} ({what}: {', '.join(known)})")


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"
