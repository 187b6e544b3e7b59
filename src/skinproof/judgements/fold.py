"""From the journal's lines to what holds of each subject.

Of each person the newest line that is not taken back stands. Where all who have a standing line say the same, that
holds; where two differ, it is disputed and nobody's word holds until they agree or one takes his back. Only one rule
depends on time: a person's newest line; no clock is read.
"""

from collections.abc import Iterable, Mapping

import msgspec

from skinproof.model.journal import JournalLine, Verdict


class Held(msgspec.Struct, frozen=True):
    """What people say of one subject, newest line first.

    verdict: None where it is disputed; value: of `correct`, the right answer
    standing: the lines that stand, one a person
    """

    verdict: Verdict | None
    value: str | None
    standing: tuple[JournalLine, ...]

    @property
    def disputed(self) -> bool:
        """Whether two people say different things."""
        return self.verdict is None

    @property
    def line(self) -> JournalLine:
        """The newest standing line."""
        return self.standing[0]

    def stale(self, fingerprint: str) -> bool:
        """Whether the machine's answer, which has this fingerprint now, is another than the one last judged."""
        return self.line.fingerprint != fingerprint


def fold(lines: Iterable[JournalLine]) -> Mapping[tuple[str, str], Held]:
    """(kind, subject) -> what holds; subjects whose lines are all taken back are not in it.

    lines: oldest first. A `withdraw` that names a line takes back that line, whoever wrote it; without a number it takes
    back the standing line of the same person. What the person said before that line then stands again.
    """
    said: dict[tuple[str, str], list[JournalLine]] = {}
    for line in sorted(lines, key=lambda line: line.id):
        of_subject = said.setdefault((line.kind, line.subject), [])
        if line.verdict != "withdraw":
            of_subject.append(line)
        else:
            of_subject[:] = _without(of_subject, line)
    return {key: _held(left) for key, left in said.items() if left}


def standing_line(lines: Iterable[JournalLine], kind: str, subject: str) -> JournalLine | None:
    """The newest line of a subject that is not taken back: what an undo takes back."""
    held = fold(lines).get((kind, subject))
    return held.line if held is not None else None


def _without(lines: list[JournalLine], withdrawal: JournalLine) -> list[JournalLine]:
    if withdrawal.value is not None:
        return [line for line in lines if str(line.id) != withdrawal.value]
    own = [line for line in lines if line.who == withdrawal.who]
    return [line for line in lines if not own or line.id != own[-1].id]


def _held(lines: list[JournalLine]) -> Held:
    newest: dict[str, JournalLine] = {}
    for line in lines:
        newest[line.who] = line
    standing = tuple(sorted(newest.values(), key=lambda line: -line.id))
    answers = {(line.verdict, line.value if line.verdict == "correct" else None) for line in standing}
    if len(answers) > 1:
        return Held(None, None, standing)
    verdict, value = answers.pop()
    return Held(verdict, value, standing)
