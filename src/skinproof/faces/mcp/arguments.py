"""What each tool can be asked, with bounds: the input schemas of the tools are made from these types."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from skinproof.faces.options import FILTER_NAMES

Word = Annotated[str, Meta(max_length=300)]
Words = Annotated[tuple[Word, ...], Meta(max_length=20)]
Date = Annotated[str, Meta(max_length=10, description="YYYY, YYYY-MM or YYYY-MM-DD")]
Detail = Annotated[
    Literal["counts", "rows", "full"],
    Meta(description="how much: only numbers, the first rows, or everything that fits; begin with the least"),
]


class AsOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every tool about studies takes."""

    as_of: Annotated[
        Date | None, Meta(description="as it stood on a day; a month or year means its last day")
    ] = None
    detail: Detail = "rows"


class Filtered(AsOf, frozen=True, kw_only=True):
    """The filters of the commands: several values of one mean OR, different filters mean AND."""

    agent: Annotated[Words, Meta(description="agents or classes: exosome, PRP, ev")] = ()
    role: Annotated[Words, Meta(description="what the agent does: given, carrier, comparator, measured")] = ()
    indication: Annotated[Words, Meta(description="complaints, with all below: scar, hair loss")] = ()
    cutaneous: Annotated[bool | None, Meta(description="about skin, hair or nails, or not")] = None
    aesthetic: Annotated[bool | None, Meta(description="about appearance, or not")] = None
    phase: Annotated[Words, Meta(description="1, 2, early 1, NA")] = ()
    status: Annotated[Words, Meta(description="completed, recruiting")] = ()
    country: Annotated[Words, Meta(description="country of a site")] = ()
    start_from: Annotated[Date | None, Meta(description="started on or after")] = None
    start_to: Annotated[Date | None, Meta(description="started on or before")] = None
    posted_from: Annotated[Date | None, Meta(description="first posted on or after")] = None
    posted_to: Annotated[Date | None, Meta(description="first posted on or before")] = None

    def typed(self) -> dict[str, object]:
        """The filters as the command line would have them."""
        return {name: getattr(self, name) for name in FILTER_NAMES}


class Paged(Filtered, frozen=True, kw_only=True):
    """A question with rows."""

    limit: Annotated[int, Meta(ge=1, le=200, description="most rows")] = 20
    offset: Annotated[int, Meta(ge=0, le=10_000_000, description="rows to pass over first")] = 0


class Find(Paged, frozen=True, kw_only=True):
    """A full-text question."""

    query: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2_000,
            description='words (all must occur), "a phrase", prefix*, AND, OR, NOT, brackets, title:word; or a record id',
        ),
    ]


class Show(AsOf, frozen=True, kw_only=True):
    """One study."""

    record_id: Annotated[
        str, Meta(min_length=1, max_length=60, description="id of the registry, as NCT03437759")
    ]


class Changes(Paged, frozen=True, kw_only=True):
    """Two states of the evidence: since a day, or of two editions."""

    since: Annotated[
        Word | None, Meta(description="compare with a day, or a time such as 2026-11-23T18:00 (UTC)")
    ] = None
    by: Annotated[
        Literal["seen", "registry"] | None,
        Meta(description="with since: when versions were stored here (default), or posted by the registry"),
    ] = None
    from_edition: Annotated[
        Word | None, Meta(description="compare with this edition; default the one before")
    ] = None
    to_edition: Annotated[Word | None, Meta(description="the newer edition; default the current one")] = None


class Claim(AsOf, frozen=True, kw_only=True):
    """A claim, and what was misread in it."""

    text: Annotated[str, Meta(min_length=1, max_length=1_000, description="the claim as it was said")]
    agent: Annotated[Words, Meta(description="instead of what was read as given; none = nothing")] = ()
    indication: Annotated[Words, Meta(description="instead of the complaint that was read")] = ()
    route: Annotated[Words, Meta(description="instead of the procedure or route that was read")] = ()
    comparator: Annotated[
        Words, Meta(description="instead of the comparator that was read: placebo, sham, PRP")
    ] = ()


class AboutTerm(AsOf, frozen=True, kw_only=True):
    """An agent or complaint."""

    term: Annotated[
        str,
        Meta(
            min_length=1, max_length=300, description="an agent, a class of agents (ev, prp) or a complaint"
        ),
    ]


class Given(Paged, frozen=True, kw_only=True):
    """Preparations."""

    fact: Annotated[Words, Meta(description="only these facts: source, dose, route; default all")] = ()
    measured: Annotated[bool, Meta(description="also vesicles that are only measured")] = False


class Doses(Filtered, frozen=True, kw_only=True):
    """Doses."""

    convert: Annotated[
        Literal["particles", "protein"] | None, Meta(description="convert doses to this kind, through stated ratios only")
    ] = None  # fmt: skip
    ratio: Annotated[
        Word | None, Meta(description="NAME=2e9 {particles}/ug{protein} (source), for convert")
    ] = None


class Gaps(Filtered, frozen=True, kw_only=True):
    """Reporting gaps."""

    record_id: Annotated[
        Words, Meta(description="only these studies; default all that meet the filters")
    ] = ()


class Pooled(AsOf, frozen=True, kw_only=True):
    """Pooled questions."""

    agent: Annotated[Words, Meta(description="classes of agents: ev, msc, prp")] = ()
    indication: Annotated[Words, Meta(description="complaints, with all below")] = ()
    outcome: Annotated[Words, Meta(description="serious, any, deaths, or measured; default each")] = ()
    words: Annotated[Word | None, Meta(description="of what was measured only outcomes with these words")] = (
        None
    )


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms of the vocabulary."""

    words: Annotated[Word, Meta(description="part of an id, label, synonym or code; empty = all")] = ""
    kind: Annotated[Word | None, Meta(description="agent, indication, procedure, route, ...")] = None
    limit: Annotated[int, Meta(ge=1, le=200, description="most rows")] = 20
    offset: Annotated[int, Meta(ge=0, le=1_000_000, description="rows to pass over first")] = 0
    detail: Detail = "rows"
