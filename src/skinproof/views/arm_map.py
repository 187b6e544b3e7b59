"""Which groups of a record's results are the same arm: one map per record, and a list of what a person must look at.

A registry repeats its groups in every section, under new ids and sometimes new words. Groups are one arm where their
titles or descriptions are the same words; by place in the list only where nothing speaks against it, with a note.
Groups that count the same people twice (courses, crossover, totals) are marked, so that nobody adds them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from skinproof.model.record import ArmGroup, StudyRecord
from skinproof.model.results import EventGroup, FlowGroup, MeasureGroup

_ARMS = "protocolSection.armsInterventionsModule.armGroups"
_FLOW = "resultsSection.participantFlowModule.groups"
_EVENTS = "resultsSection.adverseEventsModule.eventGroups"
_OUTCOMES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"

_PARTS = re.compile(
    r"\b(course|cycle|period|phase|stage|extension|follow up|(first|second) intervention)s?\b"
)
_TOTAL = re.compile(
    r"^(total|overall|combined|pooled|entire study)\b|^all( \w+)?$|\ball (participants|patients|subjects|arms|groups)\b"
)
_CONTROL = re.compile(r"\b(placebo|sham|control|vehicle|saline|comparator)\b")
_FILLER = re.compile(r"\b(group|arm|experimental|active comparator|placebo comparator)s?\b")

CROSSOVER = "crossover: the same people stand in several groups"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group as one section of the results lists it. path: JSON path of the group in the record."""

    path: str
    id: str
    title: str
    description: str = ""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a group is.

    arm: place in the registered arms, None where that cannot be told. how: title | description | flow (as in another
    section) | place | only | part (of the only arm) | "". overlap: why its people may stand in other groups too, or "".
    note: what a reader must know of the match, or why there is none.
    """

    group: Group
    arm: int | None
    how: str
    overlap: str = ""
    note: str = ""


class ArmMap(msgspec.Struct, frozen=True, kw_only=True):
    """The registered arms (their labels) and what each group of the flow, the events and the outcomes is."""

    arms: tuple[str, ...]
    flow: tuple[Match, ...]
    events: tuple[Match, ...]
    outcomes: tuple[tuple[Match, ...], ...]

    @property
    def review(self) -> tuple[Match, ...]:
        """Groups of which it cannot be told which arm they are: for a person to decide."""
        return tuple(m for part in (self.flow, self.events, *self.outcomes) for m in part if m.arm is None)


def arm_map(record: StudyRecord) -> ArmMap:
    """The one map of a record; every part is empty where it was not posted."""
    protocol, results = record.protocol_section, record.results_section
    module = protocol.arms_interventions_module if protocol else None
    arms = module.arm_groups if module else ()
    flow = results.participant_flow_module if results else None
    events = results.adverse_events_module if results else None
    outcomes = results.outcome_measures_module if results else None
    crossed = _crossover(record)
    found = _Mapper(arms)
    flow_groups = _groups(_FLOW, flow.groups if flow else ())
    flow_matches = found.section(flow_groups, crossed=False)
    found.flow = frozenset(same_words(group.title) for group in flow_groups)
    event_matches = found.section(_groups(_EVENTS, events.event_groups if events else ()), crossed=crossed)
    measured = outcomes.outcome_measures if outcomes else ()
    return ArmMap(
        arms=tuple(arm.label or f"arm {place + 1}" for place, arm in enumerate(arms)),
        flow=flow_matches,
        events=event_matches,
        outcomes=tuple(
            found.section(_groups(f"{_OUTCOMES}[{place}].groups", one.groups), crossed=crossed)
            for place, one in enumerate(measured)
        ),
    )


def _crossover(record: StudyRecord) -> bool:
    design = record.protocol_section.design_module if record.protocol_section else None
    info = design.design_info if design else None
    return info is not None and info.intervention_model == "CROSSOVER"


def _groups(path: str, given: Iterable[FlowGroup | EventGroup | MeasureGroup]) -> tuple[Group, ...]:
    return tuple(
        Group(path=f"{path}[{place}]", id=one.id or "", title=one.title or "", description=one.description or "")
        for place, one in enumerate(given)
    )  # fmt: skip


def same_words(text: str) -> str:
    """A title or description without case, marks and words that say nothing ("group", "arm").

    >>> same_words("PRP Group"), same_words("2×10^6 MSCs/kg") == same_words("2x10^6 MSCs / kg")
    ('prp', True)
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("×", "x").replace("µ", "μ")
    words = re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w.]+", " ", plain).strip()
    return " ".join(_FILLER.sub(" ", words).split()) or words


class _Mapper:
    """Sections matched one after the other; what an earlier one settled holds for the later ones."""

    def __init__(self, arms: Sequence[ArmGroup]) -> None:
        self._arms = arms
        self._labels = [same_words(arm.label or "") for arm in arms]
        self._texts = [same_words(arm.description or "") for arm in arms]
        self._settled: dict[str, set[int]] = {}
        self.flow: frozenset[str] = frozenset()
        """Titles of the flow, in which everybody stands once."""

    def section(self, groups: Sequence[Group], *, crossed: bool) -> tuple[Match, ...]:
        found = [self._by_words(group) for group in groups]
        found = self._by_place(found)
        found = [self._only(match, len(groups)) for match in found]
        found = _repeated(found)
        for match in found:
            if match.arm is not None:
                self._settled.setdefault(same_words(match.group.title), set()).add(match.arm)
        return tuple(self._overlap(match, crossed=crossed) for match in found)

    def _by_words(self, group: Group) -> Match:
        title, text = same_words(group.title), same_words(group.description)
        for how, words, known in (("title", title, self._labels), ("description", text, self._texts)):
            places = [place for place, one in enumerate(known) if words and one == words]
            if len(places) == 1:
                return Match(group=group, arm=places[0], how=how)
        before = self._settled.get(title, set()) if len(self._arms) > 1 else set()
        if len(before) == 1:
            return Match(group=group, arm=next(iter(before)), how="flow", note="called so in another section")
        return Match(group=group, arm=None, how="", note="no registered arm has these words")

    def _by_place(self, found: list[Match]) -> list[Match]:
        """Where as many groups as arms are listed and every group that has the words of an arm stands in its place, so do the rest."""
        if len(found) != len(self._arms) or len(found) < 2 or all(m.arm is not None for m in found):
            return found
        if any(match.arm not in (None, place) for place, match in enumerate(found)):
            return found
        open_places = [place for place, match in enumerate(found) if match.arm is None]
        if any(self._speaks_against(found[place], place) for place in open_places):
            return found
        for place in open_places:
            label = self._arms[place].label or "no name"
            note = f"matched by place in the list only (registered there: {label})"
            found[place] = Match(group=found[place].group, arm=place, how="place", note=note)
        return found

    def _speaks_against(self, match: Match, place: int) -> bool:
        """One is called a control and the other is not, one is a part or a total, or the words belong to another arm."""
        title, label = same_words(match.group.title), self._labels[place]
        kind = self._arms[place].type or ""
        control = bool(_CONTROL.search(label)) or kind in (
            "PLACEBO_COMPARATOR",
            "SHAM_COMPARATOR",
            "NO_INTERVENTION",
        )
        if _TOTAL.search(title) or _PARTS.search(title) or (bool(_CONTROL.search(title)) and not control):
            return True
        if (
            not _CONTROL.search(title)
            and kind in ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR")
            and not label.isdigit()
        ):
            return not set(title.split()) & set(label.split())
        shared = [len(set(title.split()) & set(one.split())) for one in self._labels]
        return max(shared) > shared[place]

    def _only(self, match: Match, listed: int) -> Match:
        if match.arm is not None or len(self._arms) != 1 or _TOTAL.search(same_words(match.group.title)):
            return match
        if _CONTROL.search(same_words(match.group.title)) and not _CONTROL.search(self._labels[0]):
            note = "called a control, and no control is registered as an arm"
            return Match(group=match.group, arm=None, how="", note=note)
        if listed == 1:
            return Match(
                group=match.group, arm=0, how="only", note="the only group of the only registered arm"
            )
        return Match(group=match.group, arm=0, how="part", note="a part of the only registered arm")

    def _overlap(self, match: Match, *, crossed: bool) -> Match:
        title = same_words(match.group.title)
        why = CROSSOVER if crossed else ""
        if not why and match.how not in ("title", "description"):
            if _TOTAL.search(title):
                why = "stands for several groups at once"
            elif _PARTS.search(title):
                why = "counted by course or period: the same people may stand in several groups"
            elif match.how == "part" and title not in self.flow:
                why = "a part of the arm that the flow does not know: the same people may stand in several groups"
        return msgspec.structs.replace(match, overlap=why) if why else match


def _repeated(found: list[Match]) -> list[Match]:
    """No arm has two groups of one section, unless they are parts of the only arm."""
    whole = sorted(match.arm for match in found if match.arm is not None and match.how != "part")
    twice = {first for first, second in pairwise(whole) if first == second}
    return [
        Match(group=m.group, arm=None, how="", note="several groups of this section look like the same arm")
        if m.arm in twice
        else m
        for m in found
    ]
