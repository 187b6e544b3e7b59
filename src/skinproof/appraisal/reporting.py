"""How much of what should be reported is reported: a score per preparation and per study, and the gaps.

A registry has no place for most items: scores name the kind of document, and those of two kinds are never pooled.
Items that cannot be asked of a product are left out of the denominator.

Source: MISEV2018/2023 items as listed in `misev_items.yml`; denominators as in EV-METRIC
(10.1080/20013078.2019.1699367).
"""

from collections.abc import Iterable, Sequence

import msgspec

from skinproof.appraisal.answers import Answer, answer
from skinproof.appraisal.items import REQUIREMENTS, Item, load_items
from skinproof.errors import UsageError
from skinproof.model.findings import Preparation, Span

RULE = "reporting_score/1"

DOCUMENTS = ("registry", "paper", "certificate")
_WORST = ("not_reported", "unclear", "reported", "not_applicable")


class ItemScore(msgspec.Struct, frozen=True, kw_only=True):
    """One item for one preparation or study.

    state: reported | not_reported | not_applicable | unclear; spans: the words that decided; missing: what is still
    to be said; asks: what would satisfy it.
    """

    id: str
    group: str
    label: str
    requirement: str
    asks: str
    basis: str
    state: str
    reason: str
    spans: tuple[Span, ...] = ()
    missing: tuple[str, ...] = ()


class ReportingScore(msgspec.Struct, frozen=True, kw_only=True):
    """All items for one preparation (number 1, 2, ...) or for a whole study (number 0).

    document: one of DOCUMENTS; n_applicable: items without the not applicable ones; share: n_reported / n_applicable,
    None where no item applies. unclear items count as applicable and not as reported.
    """

    document: str
    number: int
    agent_class: str
    role: str
    n_reported: int
    n_unclear: int
    n_applicable: int
    share: float | None
    items: tuple[ItemScore, ...]

    def item(self, name: str) -> ItemScore:
        """The score of one item.

        Raises: KeyError for an id that is no item.
        """
        for found in self.items:
            if found.id == name:
                return found
        raise KeyError(name)

    def counts(self, requirement: str) -> tuple[int, int]:
        """(reported, applicable) of the items with this requirement."""
        asked = [i for i in self.items if i.requirement == requirement and i.state != "not_applicable"]
        return sum(i.state == "reported" for i in asked), len(asked)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One item that is still to be reported. already: the words that answer a part of it."""

    id: str
    label: str
    requirement: str
    state: str
    missing: tuple[str, ...]
    asks: str
    basis: str
    already: tuple[Span, ...] = ()


class ItemCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often one item is reported among many scores of one kind of document; share_not_reported of the applicable."""

    id: str
    label: str
    requirement: str
    n_reported: int
    n_unclear: int
    n_not_reported: int
    n_applicable: int
    share_not_reported: float | None


def score_preparation(preparation: Preparation, document: str = "registry") -> ReportingScore:
    """The reporting score of one preparation.

    Raises: UsageError for a kind of document that is not in DOCUMENTS.
    """
    items = tuple(_item(item, preparation) for item in load_items().items)
    return _score(items, document, preparation.number, preparation.agent_class, preparation.role)


def score_study(preparations: Sequence[Preparation], document: str = "registry") -> ReportingScore:
    """The score of a study: an item is as well reported as in the preparation that reports it worst.

    Comparators count only where nothing else is given. Of no preparation: no item applies.

    Raises: UsageError for a kind of document that is not in DOCUMENTS.
    """
    counted = [p for p in preparations if p.role != "comparator"] or list(preparations)
    scores = [score_preparation(p, document) for p in counted]
    if not scores:
        none = Answer("not_applicable", "no preparation was read")
        return _score(tuple(_made(item, none) for item in load_items().items), document, 0, "", "")
    items = tuple(
        min(column, key=lambda one: _WORST.index(one.state))
        for column in zip(*(score.items for score in scores), strict=True)
    )
    return _score(items, document, 0, scores[0].agent_class, scores[0].role)


def gaps(score: ReportingScore) -> tuple[Gap, ...]:
    """What is still to be reported, mandatory items first, in the order of the items."""
    open_items = [item for item in score.items if item.state in ("not_reported", "unclear")]
    open_items.sort(key=lambda item: REQUIREMENTS.index(item.requirement))
    return tuple(
        Gap(
            id=item.id,
            label=item.label,
            requirement=item.requirement,
            state=item.state,
            missing=item.missing or (("which of the readings holds",) if item.state == "unclear" else ()),
            asks=item.asks,
            basis=item.basis,
            already=item.spans,
        )
        for item in open_items
    )


def item_counts(scores: Iterable[ReportingScore]) -> tuple[ItemCount, ...]:
    """How often each item is reported in these scores; empty for no scores.

    Raises: UsageError where scores of two kinds of document are mixed.
    """
    listed = list(scores)
    documents = sorted({score.document for score in listed})
    if len(documents) > 1:
        raise UsageError(f"scores of {' and '.join(documents)} are not pooled")
    return tuple(_count(column) for column in zip(*(score.items for score in listed), strict=True))


def _count(column: Sequence[ItemScore]) -> ItemCount:
    states = [item.state for item in column]
    applicable = len(states) - states.count("not_applicable")
    missing = states.count("not_reported")
    return ItemCount(
        id=column[0].id,
        label=column[0].label,
        requirement=column[0].requirement,
        n_reported=states.count("reported"),
        n_unclear=states.count("unclear"),
        n_not_reported=missing,
        n_applicable=applicable,
        share_not_reported=missing / applicable if applicable else None,
    )


def _item(item: Item, preparation: Preparation) -> ItemScore:
    if preparation.agent_class not in item.classes:
        return _made(item, Answer("not_applicable", "not asked of this kind of product"))
    if preparation.role == "measured" and not item.measured:
        return _made(item, Answer("not_applicable", "vesicles are only measured, not given"))
    return _made(item, answer(item.id, preparation))


def _made(item: Item, found: Answer) -> ItemScore:
    return ItemScore(
        id=item.id,
        group=item.group,
        label=item.label,
        requirement=item.requirement,
        asks=item.asks,
        basis=item.basis,
        state=found.state,
        reason=found.reason,
        spans=found.spans,
        missing=found.missing,
    )


def _score(
    items: tuple[ItemScore, ...], document: str, number: int, agent_class: str, role: str
) -> ReportingScore:
    if document not in DOCUMENTS:
        raise UsageError(f"unknown kind of document {document!r}; known: {', '.join(DOCUMENTS)}")
    states = [item.state for item in items]
    applicable = len(states) - states.count("not_applicable")
    reported = states.count("reported")
    return ReportingScore(
        document=document,
        number=number,
        agent_class=agent_class,
        role=role,
        n_reported=reported,
        n_unclear=states.count("unclear"),
        n_applicable=applicable,
        share=reported / applicable if applicable else None,
        items=items,
    )
