"""Papers and links as text for a terminal."""

from collections.abc import Iterable, Sequence

from skinproof.faces.output import bold
from skinproof.views.links import LinkRow, evidence_words, state_words
from skinproof.views.paper_page import AbstractPart, PaperPage
from skinproof.views.text import clean, cut, pairs, wrap
from skinproof.views.words import plural

AUTHORS_SHOWN, MENTIONS_SHOWN = 6, 3


def paper_lines(page: PaperPage, width: int, full: bool) -> list[str]:
    """The page; how the paper stands comes before its title. full: every author, quote and heading."""
    lines = [bold(line) for banner in page.banner for line in wrap(clean(banner), width)]
    lines += [bold(line) for line in wrap(clean(page.title), width)]
    names = page.authors if full else page.authors[:AUTHORS_SHOWN]
    more = f" and {len(page.authors) - len(names)} more" if len(names) < len(page.authors) else ""
    ids = [page.record_id, *([f"doi:{page.doi}"] if page.doi else []), *([page.pmcid] if page.pmcid else [])]
    facts = [
        ("Paper", "; ".join(ids)),
        ("In", "; ".join(part for part in (page.journal, page.published) if part) or "not said"),
        ("By", f"{', '.join(names)}{more}" if names else "not said"),
        ("Types", "; ".join(page.publication_types) or "not said"),
        ("Record", f"{page.source}, {page.completeness}"),
    ]
    lines += pairs(facts, width)
    kinds = [(k.kind, f"{k.words} - {k.reason}{f': “{k.quote}”' if k.quote else ''}") for k in page.kinds]
    lines += _head("What it is", pairs(kinds, width))
    lines += _head("Studies and papers it belongs to", linked_lines(page.linked, page.record_id, width))
    if page.registry_ids:
        lines += _head("Registry ids its source lists", wrap(clean("; ".join(page.registry_ids)), width))
    lines += _head("Abstract", [line for part in page.abstract for line in _part(part, width)])
    lines += _head(
        "What the tags say", pairs(((c.label, f"{c.words} - {c.reason}") for c in page.calls), width)
    )
    for product in page.preparations:
        name = product.name or "; ".join(product.agents)
        rows = [
            (fact.label, f"{fact.text}: {'; '.join(f'“{q.quote}”' for q in fact.quotes)}")
            for fact in product.facts
        ]
        title = f"What it says of {clean(name)} ({product.role})"
        lines += _head(title, pairs(rows, width) if rows else ["no fact of it is reported"])
    if full:
        for group in page.tags:
            lines += wrap(clean(f"{group.property}: {group.label}"), width)
            for mention in group.mentions:
                words = f"{mention.before}[{mention.quote}]{mention.after}"
                lines += wrap(clean(f"{mention.where}: {words}"), width, "    ")
        lines += _head(
            "Headings and keywords", wrap(clean("; ".join((*page.headings, *page.keywords))), width)
        )
    return [*lines, "", "A paper is a report: no count of studies includes it."]


def linked_lines(rows: Sequence[LinkRow], own: str, width: int) -> list[str]:
    """What a record belongs to: reports, then the rest, each with its reason and the words it rests on."""
    lines: list[str] = []
    for row in sorted(rows, key=lambda row: (row.state != "linked", row.relation != "report", row.from_id)):
        other, title = (row.to_id, row.to_title) if row.from_id == own else (row.from_id, row.from_title)
        if own not in (row.from_id, row.to_id):
            other, title = f"{row.from_id} - {row.to_id}", row.from_title
        marks = f" [{'; '.join(row.marks)}]" if row.marks else ""
        head = f"{row.relation}, {state_words(row).lower()}: {other}{marks} {title or ''}"
        lines += wrap(clean(head), width)
        lines += wrap(clean(row.reason), width, "    ")
        for place in row.evidence:
            lines += wrap(clean(evidence_words(place)), width, "    ")
    return lines or ["none held: no record held names the id of the other"]


def study_links(
    rows: Sequence[LinkRow], registrations: Sequence[str], record_id: str, has_papers: bool, width: int
) -> list[str]:
    """The registrations of a study and the papers about it, reports and background apart."""
    lines: list[str] = []
    if len(registrations) > 1:
        words = f"One trial, counted once, as {registrations[0]}: {', '.join(registrations)}"
        lines += _head("Registrations", wrap(clean(words), width))
    apart = [r for r in rows if r.relation in ("registration", "related")]
    papers = [r for r in rows if r not in apart]
    if apart:
        lines += [
            *([] if lines else _head("Registrations", [" "])[:2]),
            *linked_lines(apart, record_id, width),
        ]
    reports = [r for r in papers if r.relation == "report" and r.state == "linked"]
    if papers or has_papers:
        lines += _head(f"Papers that report it: {len(reports)} held", _some(reports, record_id, width))
    background = [r for r in papers if r.relation == "background"]
    if background:
        lines += _head("Papers it cites as background", linked_lines(background, record_id, width))
    rest = [r for r in papers if r not in reports and r not in background]
    if rest:
        lines += _head(
            f"{plural(len(rest), 'paper')} to review or rejected", linked_lines(rest, record_id, width)
        )
    return lines


def paper_row_lines(record_id: str, title: str, marks: Iterable[str], about: str, width: int) -> list[str]:
    """One paper in a list: id, title, how it stands, what it is."""
    noted = "; ".join(marks)
    head = f"{record_id}  {f'[{noted}] ' if noted else ''}{cut(clean(title), 400)}"
    return [*(bold(line) for line in wrap(clean(head), width)), *wrap(clean(about), width, "  ")]


def _some(rows: Sequence[LinkRow], record_id: str, width: int) -> list[str]:
    if rows:
        return linked_lines(rows, record_id, width)
    return wrap(
        "No held paper names this study's id, nor does its record name a held paper. Unheld papers may.",
        width,
    )


def _part(part: AbstractPart, width: int) -> list[str]:
    """A part of the abstract with the words behind tags in square brackets."""
    text, at = f"{part.label}: " if part.label else "", 0
    for start, end in part.marks:
        text += f"{part.text[at:start]}[{part.text[start:end]}]"
        at = end
    return wrap(clean(text + part.text[at:]), width)


def _head(title: str, body: Sequence[str]) -> list[str]:
    return ["", bold(title), *(body or ["not reported"])]
