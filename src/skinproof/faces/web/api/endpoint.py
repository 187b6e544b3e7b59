"""What an address of the API is made of: its parameters, its answer, and the function that finds it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import read_filters, said
from skinproof.faces.web.asking import Question
from skinproof.faces.web.live import Live
from skinproof.model.summary import Filters
from skinproof.model.tags import ROLES
from skinproof.views.design import DESIGNS

LIMIT, MOST = 100, 1000
"""Rows of one answer: by default, and at most."""

Kind = str
"""`text`, `date`, `flag` (true or false) or `whole` (a whole number)."""

LONGEST = 1000
"""Letters of a value that is asked for, as the description says."""

OFTEN = 20
"""Values of one parameter that may be given again, as the description says."""


class Param(NamedTuple):
    """A parameter. many: may be given again. choices: the only words it may be."""

    name: str
    about: str
    kind: Kind = "text"
    many: bool = False
    choices: tuple[str, ...] = ()
    example: str | None = None
    needed: bool = False
    least: int = 0
    most: int = 0


FILTERS = (
    Param("agent", "Agent or class of agents, by id, label or synonym.", many=True, example="ev"),
    Param("role", f"What the agent does: {', '.join(ROLES)}.", many=True, example="given"),
    Param("indication", "Complaint, with all below it, by id, label or synonym.", many=True, example="scar"),
    Param("cutaneous", "About skin, hair or nails.", "flag"),
    Param("aesthetic", "About appearance.", "flag"),
    Param("phase", "Phase: 1, 2, early 1, NA...", many=True),
    Param("status", "Status: completed, recruiting...", many=True),
    Param("country", "Country of a site.", many=True),
    Param("from", "Started on or after.", "date"),
    Param("to", "Started on or before.", "date"),
    Param("posted_from", "First posted on or after.", "date"),
    Param("posted_to", "First posted on or before.", "date"),
)
"""As the options of the commands; `--posted-from` is `posted_from`, or `posted-from`."""

MORE_FILTERS = (
    Param(
        "route",
        "Route of what is given, with all below it, by id, label or synonym.",
        many=True,
        example="topical",
    ),
    Param("design", "Design, as the map ranks it.", many=True, choices=tuple(reversed(DESIGNS))),
    Param("results", "Whether results are posted in the registry.", "flag"),
    Param("overdue", "true: only studies that owe results by the WHO's 12 months.", "flag"),
    Param("year", "Year of the first-posted day, or not_reported.", many=True, example="2018"),
)
"""What the explorer asks beside FILTERS, where phase, status and country can be not_reported, too."""

AS_OF = Param(
    "as_of",
    "As it stood on a day: YYYY-MM-DD, YYYY-MM or YYYY; its last day counts.",
    "date",
    example="2020-12-31",
)
FORMAT = Param("format", "How the answer is written.", choices=("json", "csv"))
PAGING = (
    Param("limit", "Rows of this answer.", "whole", least=1, most=MOST),
    Param("offset", "Rows passed over first.", "whole", least=0, most=10_000_000),
)


class Reply(NamedTuple):
    """An answer before it is written. total: rows in all, where it is given in parts.

    csv: header and rows, made only where CSV is asked for; filters: what was meant, repeated in the answer; keep: whether the
    answer hangs on the edition alone, so that the next one who asks may have it.
    """

    answer: msgspec.Struct
    csv: Callable[[], tuple[Sequence[str], Iterable[Sequence[object]]]] | None = None
    total: int | None = None
    filters: Mapping[str, Any] = {}
    keep: bool = True


class Asked(NamedTuple):
    """A question to an address of the API, its parameters checked. name: what stands in the address itself."""

    live: Live
    question: Question
    name: str = ""

    @property
    def as_of(self) -> str | None:
        """The day asked for."""
        return self.question.as_of

    @property
    def limit(self) -> int:
        """Rows asked for."""
        return self.question.number("limit", LIMIT, 1, MOST)

    @property
    def offset(self) -> int:
        """Rows to pass over."""
        return self.question.number("offset", 0, 0, 10_000_000)

    def filters(self, without: Collection[str] = ()) -> Filters:
        """The filters that are meant. without: names that mean something else here. Raises: UsageError for a word that means nothing."""
        asked = self.question
        many = {p.name: asked.all(p.name) for p in FILTERS if p.many}
        one = {"start_from": "from", "start_to": "to", "posted_from": "posted_from", "posted_to": "posted_to"}
        typed = {
            **many,
            "cutaneous": asked.flag("cutaneous"),
            "aesthetic": asked.flag("aesthetic"),
            **{name: asked.one(own) if own not in without else None for name, own in one.items()},
        }
        return read_filters(typed, self.live.workspace)

    def part(self, rows: Sequence[Any]) -> tuple[Any, ...]:
        """The rows asked for."""
        return tuple(rows[self.offset : self.offset + self.limit])


class Endpoint(NamedTuple):
    """An address. path: below BASE, `{id}` for a name in it; answers: type of the answer; rows: its field that is paged."""

    path: str
    title: str
    about: str
    read: Callable[[Asked], Reply]
    answers: type[msgspec.Struct]
    params: tuple[Param, ...] = ()
    csv: bool = True
    paged: bool = False
    example: str | None = None

    @property
    def all_params(self) -> tuple[Param, ...]:
        """Every parameter, those of all addresses last."""
        return (*self.params, *(PAGING if self.paged else ()), *((FORMAT,) if self.csv else ()))

    @property
    def operation(self) -> str:
        """Its name in the description: `studies`, `studies_id`."""
        return self.path.strip("/").replace("/", "_").replace("{", "").replace("}", "")

    def check(self, asked: Question) -> None:
        """Refuse what no parameter stands for: a misspelt filter would give the wrong number. Raises: UsageError."""
        if asked.empty:
            raise UsageError(f"{min(asked.empty)[:60]!r} has no value; leave it out")
        known = {param.name: param for param in self.all_params}
        for name, values in asked.values.items():
            param = known.get(name)
            if param is None:
                near = get_close_matches(name[:60], known, 1, 0.6)
                hint = (
                    f"; did you mean {near[0]!r}?" if near else f" (there are {', '.join(known) or 'none'})"
                )
                raise UsageError(f"there is no parameter {name[:60]!r} here{hint}")
            if len(values) > 1 and not param.many:
                raise UsageError(f"{name} is given {len(values)} times; give it once")
            if len(values) > OFTEN:
                raise UsageError(f"{name} is given {len(values)} times; {OFTEN} at most")
            if any(len(value) > LONGEST for value in values):
                raise UsageError(f"{name} has more than {LONGEST:,} letters")
            if param.choices and (wrong := next((v for v in values if v not in param.choices), None)):
                raise UsageError(f"{name} {wrong[:60]!r} is none of {', '.join(param.choices)}")
        missing = [param.name for param in self.all_params if param.needed and param.name not in asked.values]
        if missing:
            raise UsageError(f"{missing[0]} is missing")


def told(filters: Filters) -> dict[str, Any]:
    """The filters under the names of the parameters."""
    names = {"start_from": "from", "start_to": "to"}
    return {names.get(name, name): value for name, value in said(filters).items()}
