"""Papers that are evidence beside the studies of a map: how many, of what, and what is said of them."""

from collections.abc import Collection, Iterable
from typing import Protocol

import msgspec

from skinproof.views.words import plural


class Named(Protocol):
    """What names the same agents (`term|role`) and complaints, and so stands at the same places of a map."""

    @property
    def combo(self) -> int: ...
    @property
    def agents(self) -> tuple[str, ...]: ...
    @property
    def indications(self) -> tuple[str, ...]: ...
    @property
    def cutaneous(self) -> str: ...


class PaperGroup(Named, Protocol):
    """Papers that name the same agents and complaints, added up (see PaperTally for the numbers)."""

    @property
    def papers(self) -> int: ...
    @property
    def human(self) -> int: ...
    @property
    def animal(self) -> int: ...
    @property
    def laboratory(self) -> int: ...
    @property
    def unclear(self) -> int: ...


NOT_TOLD = (
    "Papers beside the studies are not told with these filters, or none is held: a paper has no phase, status, route, design, country, "
    "registered results or day of posting."
)


class PaperTally(msgspec.Struct, frozen=True, kw_only=True):
    """How many papers are evidence beside the studies: they report something of their own and are linked to no study held.

    One paper can be of people, of animals and of the laboratory at once; unclear: nothing tells what was studied.
    """

    papers: int = 0
    human: int = 0
    animal: int = 0
    laboratory: int = 0
    unclear: int = 0


PAPERS_RULE = (
    "Papers beside the studies: papers held here that report something of their own in people, in animals or in the laboratory and "
    "are linked to no study held. Reviews, protocols, notices and retracted papers are left out. What a paper is was decided by "
    "rules; a paper can be of people and of animals at once. No number of studies or participants includes them."
)

STUDIES_RULE = (
    "Studies are records of registers of research in people: choosing evidence in people leaves all of them in and leaves out the "
    "papers on animals and the laboratory. A few such records test samples of people outside the body, and expanded access is "
    "no trial: each study's page tells."
)


def paper_tally(groups: Iterable[PaperGroup]) -> PaperTally:
    """Groups of papers added up; each must be there once."""
    found = tuple(groups)
    return PaperTally(
        **{name: sum(getattr(group, name) for group in found) for name in PaperTally.__struct_fields__}
    )


def paper_words(found: PaperTally, evidence: Collection[str] = ()) -> str:
    """The papers beside the studies in words: "12 papers beside the studies: 7 in people, 3 in animals, 4 in the laboratory".

    evidence: what was asked for alone.
    """
    parts = [
        f"{n:,} {words}"
        for name, n, words in (
            ("human", found.human, "in people"),
            ("animal", found.animal, "in animals"),
            ("laboratory", found.laboratory, "in the laboratory"),
            ("unclear", found.unclear, "of which nothing tells what was studied"),
        )
        if n and (not evidence or name in evidence)
    ]
    return f"{plural(found.papers, 'paper')} beside the studies: {', '.join(parts)}"


def paper_figures(found: PaperTally | None) -> tuple[int | None, ...]:
    """The numbers as columns of a table; empty where papers were not told."""
    names = PaperTally.__struct_fields__
    return tuple(None if found is None else getattr(found, name) for name in names)
