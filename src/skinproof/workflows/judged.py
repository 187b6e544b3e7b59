"""What people said of the studies of one edition, read together with what the rules said of the version in force."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from skinproof.judgements.answers import Judged, StudyAnswers, by_study, judged_study
from skinproof.judgements.fold import Held
from skinproof.model.findings import Preparation
from skinproof.model.tags import Call, Tag
from skinproof.store.read_judged import ANSWERS, Laid
from skinproof.vocabulary.term import Vocabulary

Read = Callable[
    [Sequence[int]],
    tuple[
        Mapping[int, Sequence[Tag]], Mapping[int, Mapping[str, Call]], Mapping[int, tuple[Preparation, ...]]
    ],
]
"""Tags, calls and preparations by text id, as the rules gave them."""


class Judgements:
    """The judgements of studies' answers, folded; safe to ask from several threads.

    A version's answers are worked out when it is first in force on a day that is asked for, and kept.
    """

    def __init__(self, folded: Mapping[tuple[str, str], Held], vocabulary: Vocabulary, read: Read) -> None:
        self._said = by_study(folded)
        self._vocabulary = vocabulary
        self._read = read
        self._machine: dict[tuple[str, str], StudyAnswers] = {}
        self._found: dict[tuple[str, str], tuple[StudyAnswers, tuple[Judged, ...]]] = {}

    @property
    def record_ids(self) -> tuple[str, ...]:
        """Studies of which anything was said."""
        return tuple(sorted(self._said))

    def lay_over(self, rows: Sequence[tuple[Any, ...]]) -> Laid:
        """What changes in these versions. rows: `store.read_judged.COLUMNS` of each."""
        new = [row for row in rows if (row[0], row[1]) not in self._found]
        tags, calls, preparations = self._read(sorted({row[2] for row in new}))
        for row in new:
            plain: list[Any] = [
                tuple(value or ()) if isinstance(value, list | None) else value for value in row[4:]
            ]
            named: dict[str, Any] = dict(zip(ANSWERS, plain, strict=True))
            machine = StudyAnswers(
                **named, tags=tuple(tags.get(row[2], ())), calls=calls.get(row[2], {}),
                preparations=preparations.get(row[2], ()),
            )  # fmt: skip
            self._machine[row[0], row[1]] = machine
            self._found[row[0], row[1]] = judged_study(row[0], machine, self._said[row[0]], self._vocabulary)
        changed, judged, doubtful = [], 0, 0
        for row in rows:
            now, said = self._found[row[0], row[1]]
            values = tuple(getattr(now, name) for name in ANSWERS)
            if now != self._machine[row[0], row[1]]:
                changed.append((row[0], *values))
            if row[3]:
                judged += sum(one.holds for one in said)
                doubtful += sum(not one.holds for one in said)
        return Laid(changed, judged, doubtful)

    def of(self, record_id: str, sha256: str) -> StudyAnswers | None:
        """The answers of a version as they hold; None where nobody said anything of the study."""
        found = self._found.get((record_id, sha256))
        return found[0] if found else None

    def machine(self, record_id: str, sha256: str) -> StudyAnswers | None:
        """The answers of the rules for a version; None where nobody said anything of the study."""
        return self._machine.get((record_id, sha256))

    def routes_of(self, record_id: str, sha256: str) -> tuple[tuple[str, str], ...] | None:
        """(role, route) of a version's preparations as they hold; None where nobody said anything of the study."""
        held = self.of(record_id, sha256)
        if held is None:
            return None
        return tuple(
            (preparation.role, reading.value)
            for preparation in held.preparations
            for finding in preparation.findings
            if finding.property == "route"
            for reading in finding.readings
        )

    def said_of(self, record_id: str, sha256: str) -> tuple[Judged, ...]:
        """The judged answers of a version."""
        found = self._found.get((record_id, sha256))
        return found[1] if found else ()

    def all(self, versions: Iterable[tuple[str, str]]) -> tuple[Judged, ...]:
        """The judged answers of some versions, the newest first."""
        return tuple(
            sorted((one for key in versions for one in self.said_of(*key)), key=lambda one: -one.line)
        )
