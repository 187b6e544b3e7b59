"""A count of studies that somebody published, made again: by our definition, by those it may have used, and with the ids.

The claim is never called wrong: what counts as "a trial on vesicles" is a choice, and only what was imported can be counted.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.counts import ALL, count_studies
from skinproof.views.words import plural
from skinproof.vocabulary.term import Vocabulary

SCOPE_LABELS = {"all": "", "cutaneous": "about skin, hair or nails", "aesthetic": "about appearance"}


class Queried(msgspec.Struct, frozen=True, kw_only=True):
    """The ids that a named query gave at its source, by its newest run on or before a day."""

    name: str
    source: str
    asked_on: str
    ids: tuple[str, ...]


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One way of counting. difference: claimed minus counted; missed, extra: ids against our own definition."""

    label: str
    n: int
    difference: int
    record_ids: tuple[str, ...]
    missed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


class Recount(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed number beside the numbers counted here. definitions: ours first; closest: place of the nearest one.

    query: what is said of named queries; undated: studies that a dated count cannot place.
    """

    claimed: int
    quote: str
    about: str
    as_of: str | None
    definitions: tuple[Definition, ...]
    closest: int
    sentence: str
    query: str
    undated: int


def recount(
    claimed: int,
    quote: str,
    studies: Iterable[StudySummary],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    agents: Collection[str],
    label: str,
    scope: str = ALL,
    about: Sequence[str] = (),
    queried: Queried | None = None,
    undated: Sequence[StudySummary] = (),
) -> Recount:
    """The number made again. studies: all of the edition as of the day; scope: all | cutaneous | aesthetic; about: ids of complaints,
    those below included; queried: ids of a named query, where one was run."""
    inside = [s for s in studies if not about or set(about) & set(s.indications)]
    counts = count_studies(inside, vocabulary, stamp, agents=agents, agent_label=label, undated=undated)

    def ids(*wanted: tuple[str, str]) -> tuple[str, ...]:
        found = {i for role, kind in wanted for i in counts.count(scope, role, kind).record_ids}
        return tuple(sorted(found))

    own = ids((ALL, ALL))
    ways: list[tuple[str, tuple[str, ...]]] = [
        ("our count: given, a carrier, in a comparison arm, or measured", own),
        ("of these, interventional studies", ids((ALL, "INTERVENTIONAL"))),
        ("given to people or a drug carrier", ids(("given", ALL), ("carrier", ALL))),
        ("given to people or a drug carrier, interventional", ids(("given", "INTERVENTIONAL"), ("carrier", "INTERVENTIONAL"))),
        ("named anywhere, as a search by words finds them", ids((ALL, ALL), ("mentioned", ALL))),
    ]  # fmt: skip
    if queried is not None and scope == ALL and not about:
        ways.append(
            (
                f"ids that {queried.source} gave for the query {queried.name!r} on {queried.asked_on[:10]}",
                queried.ids,
            )
        )
    definitions = tuple(
        Definition(
            label=words, n=len(found), difference=claimed - len(found), record_ids=found,
            missed=tuple(sorted(set(own) - set(found))), extra=tuple(sorted(set(found) - set(own))),
        )
        for words, found in ways
    )  # fmt: skip
    closest = min(range(len(definitions)), key=lambda at: (abs(definitions[at].difference), at))
    what = f"{label}{f', {SCOPE_LABELS[scope]}' if SCOPE_LABELS[scope] else ''}"
    if about:
        what += f", {' or '.join(dict.fromkeys(vocabulary.label(name).lower() for name in about[:1]))}"
    return Recount(
        claimed=claimed, quote=quote, about=what, as_of=stamp.as_of, definitions=definitions, closest=closest,
        sentence=_sentence(claimed, what, definitions, closest, stamp), query=_query_words(queried, scope, about), undated=len(counts.undated),
    )  # fmt: skip


def _sentence(
    claimed: int, what: str, definitions: Sequence[Definition], closest: int, stamp: EditionStamp
) -> str:
    day = f"as of {stamp.as_of}" if stamp.as_of else "in the newest versions held"
    own, near = definitions[0], definitions[closest]
    said = f"The claim says {claimed:,}; {day}, the records held here have {plural(own.n, 'study', 'studies')} of {what}"
    if own.difference == 0:
        return f"{said}: the same number, which does not prove that the same studies were counted."
    if closest:
        said += f". The nearest way of counting gives {near.n:,} ({near.label})"
    return f"{said}. Only what was imported is counted, so a lower number here may mean that records are missing."


def _query_words(queried: Queried | None, scope: str, about: Sequence[str]) -> str:
    if queried is None:
        return "No named query for this was run here, so what a search at the registry gave is not known: `skinproof sync` runs them."
    if scope != ALL or about:
        return f"The query {queried.name!r} asks for all studies; of a part of them its source gave no ids."
    return f"The query {queried.name!r} gave {len(queried.ids):,} ids at {queried.source} on {queried.asked_on[:10]}."
