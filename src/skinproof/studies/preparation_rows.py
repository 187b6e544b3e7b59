"""Preparations as rows of the edition's tables `preparations` and `findings`, and back."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from skinproof.model.findings import Finding, Preparation, Quantity, Reading, Span

Rows = dict[str, list[tuple[Any, ...]]]

_NO_QUANTITY = (None,) * 6


def preparation_rows(preparations: Sequence[Preparation]) -> Rows:
    """Rows of both tables, without the key."""
    return {
        "preparations": [
            (p.number, p.agent_class, p.role, p.agents, p.name, p.interventions, p.arms) for p in preparations
        ],
        "findings": [row for p in preparations for finding in p.findings for row in _rows(p.number, finding)],
    }


def read_preparations(
    preparations: Iterable[Sequence[Any]], findings: Iterable[Sequence[Any]]
) -> tuple[Preparation, ...]:
    """The preparations of one text from its rows, both in the order of `seq` and without their key."""
    found: dict[int, list[Finding]] = {}
    for (number, _), rows in groupby(findings, key=lambda row: (row[0], row[1])):
        found.setdefault(number, []).append(_finding(list(rows)))
    return tuple(
        Preparation(
            number=row[0],
            agent_class=row[1],
            role=row[2],
            agents=tuple(row[3] or ()),
            name=row[4],
            interventions=tuple(row[5] or ()),
            arms=tuple(row[6] or ()),
            findings=tuple(found.get(row[0], ())),
        )
        for row in preparations
    )


def _rows(number: int, finding: Finding) -> Iterator[tuple[Any, ...]]:
    head = (number, finding.property, finding.state, finding.reason, finding.looked_in, finding.rule)
    if not finding.readings:
        yield (*head, None, None, None, *_NO_QUANTITY, (), (), (), (), (), ())
    for reading in finding.readings:
        amount = reading.quantity
        yield (
            *head,
            reading.value,
            reading.reason,
            reading.rule,
            *(
                (amount.kind, amount.low, amount.high, amount.per, amount.per_value, amount.bound)
                if amount
                else _NO_QUANTITY
            ),
            reading.arms,
            reading.flags,
            [span.field for span in reading.spans],
            [span.start for span in reading.spans],
            [span.end for span in reading.spans],
            [span.quote for span in reading.spans],
        )


def _finding(rows: list[Sequence[Any]]) -> Finding:
    first = rows[0]
    return Finding(
        property=first[1],
        state=first[2],
        reason=first[3],
        looked_in=tuple(first[4] or ()),
        rule=first[5],
        readings=tuple(_reading(row) for row in rows if row[6] is not None),
    )


def _reading(row: Sequence[Any]) -> Reading:
    kind, low, high, per, per_value, bound = row[9:15]
    return Reading(
        value=row[6],
        reason=row[7],
        rule=row[8],
        quantity=None
        if kind is None
        else Quantity(kind=kind, low=low, high=high, per=per, per_value=per_value, bound=bound),
        arms=tuple(row[15] or ()),
        flags=tuple(row[16] or ()),
        spans=tuple(Span(*parts) for parts in zip(*row[17:21], strict=True)),
    )
