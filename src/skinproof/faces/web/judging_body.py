"""What a judgement is written as over the API, and what it is answered with."""

from typing import Annotated, Literal

import msgspec

from skinproof.model.journal import JournalLine
from skinproof.views.judged import JudgedRow
from skinproof.workflows.judge_values import LONGEST_NAME, LONGEST_REASON, LONGEST_VALUE

Number = Annotated[int, msgspec.Meta(ge=0, le=999_999_999)]


class NewJudgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /judgements. study, property, verdict (accept, correct, reject), reason; value: of correct; product: of a fact;
    seen: fingerprint of the answer that was looked at. Or undo: number of a line, and reason. who: whose judgement it is, with
    the token; with a session it is whoever is logged in."""

    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)]
    study: Annotated[str, msgspec.Meta(max_length=100)] = ""
    property: Annotated[str, msgspec.Meta(max_length=200)] = ""
    verdict: Literal["accept", "correct", "reject"] | None = None
    value: Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)] = ""
    product: Number | None = None
    seen: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    undo: Number | None = None
    who: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""


class WrittenJudgement(msgspec.Struct, frozen=True):
    """Answer of POST /judgements: the line of the journal, and the answer as it holds now; None where nobody's word stands."""

    line: JournalLine
    holds: JudgedRow | None
