"""One version of a paper as rows of the edition's tables."""

from typing import Any

from skinproof.model.links import IdRow
from skinproof.model.paper import Paper
from skinproof.studies.paper_kinds import PaperKind

_AUTHORS = 200
"""Names kept of one paper; consortia list thousands."""


def id_rows(ids: list[IdRow]) -> list[tuple[Any, ...]]:
    """Rows of `ids`, without the key."""
    return [(i.place, i.register, i.given, i.id, i.note, i.field, i.start, i.end, i.quote) for i in ids]


def paper_row(
    paper: Paper,
    kinds: tuple[PaperKind, ...],
    answers: tuple[Any, ...],
    *,
    completeness: str,
    registry_date: str | None,
    body_size: int,
    issue_count: int,
    text_id: int,
) -> tuple[Any, ...]:
    """The row of `papers` for one version, without the key, in the table's column order; answers: `answer_values`."""
    days = (paper.published_online, paper.first_published, paper.published)
    told = [day for day in days if day is not None]
    first = min(told, key=lambda day: (day.latest(), -len(day.text))) if told else None
    number = paper.pmid_version or ""
    return (
        completeness,
        registry_date,
        body_size,
        paper.pmid,
        int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1,
        paper.doi,
        paper.pmcid,
        paper.title,
        paper.journal,
        first.text if first is not None else None,
        paper.published_text,
        paper.year,
        [author.name for author in paper.authors[:_AUTHORS]],
        paper.publication_types,
        paper.status,
        paper.deleted,
        [kind.kind for kind in kinds],
        [kind.reason for kind in kinds],
        [kind.field for kind in kinds],
        [kind.start for kind in kinds],
        [kind.end for kind in kinds],
        [kind.quote for kind in kinds],
        *answers,
        issue_count,
        text_id,
    )
