"""The evidence map as a server gives it: filters in the address, rows and columns that unfold, a cell's studies beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from skinproof.errors import NotFoundError, UsageError
from skinproof.faces.found_papers import found_paper
from skinproof.faces.output import csv_text
from skinproof.faces.picture_file import picture_bytes
from skinproof.faces.site.map_pages import TITLE
from skinproof.faces.site.names import about_href, paper_href
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.picking import NAMES, SHARED, boxes, chips, clocks_known, kept, picked, picked_papers
from skinproof.views.design import DESIGN_RULE, DESIGN_WORDS, DESIGNS
from skinproof.views.evidence_map import EvidenceMap, Head
from skinproof.views.gapmap import OUTSIDE
from skinproof.views.paper_counts import (
    NOT_TOLD,
    PAPERS_RULE,
    STUDIES_RULE,
    PaperTally,
    paper_figures,
    paper_words,
)
from skinproof.views.stamp import caveats, stamp_line
from skinproof.views.studies import study_row
from skinproof.views.svg_bubbles import (
    PAPER_KINDS,
    Links,
    bubble_cap,
    design_keys,
    draw_bubbles,
    draw_names,
    mark_keys,
    paper_key,
    paper_places,
    tally_words,
)
from skinproof.views.words import NO_STUDIES, NOT_REPORTED, plural
from skinproof.workflows.facets import Picked

if TYPE_CHECKING:
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found

SHOWN = 50
"""Studies of a cell that are listed beside the map."""

MOST_UNFOLDED = 12
"""Rows and columns that can be unfolded at a time."""

BOXES = (
    "agent",
    "role",
    "indication",
    "route",
    "design",
    "phase",
    "status",
    "country",
    "results",
    "overdue",
    "evidence",
)
PAPERS_SHOWN = 10
"""Papers of a cell that are listed beside the map."""
HEADER = (
    "agent", "agent_label", "complaint", "complaint_label", "depth_agent", "depth_complaint", "studies", "participants",
    "planned", "without_enrollment", "best_design", *(f"n_{name}" for name in reversed(DESIGNS)), "completed",
    "with_results", "results_unknown", "overdue_12_months", "papers_beside", "papers_human", "papers_animal",
    "papers_laboratory", "papers_unclear", "edition", "as_of",
)  # fmt: skip

OVERDUE_RULE = (
    "Overdue: results were due twelve months after primary completion by the norm of the WHO and are not posted in the registry; "
    "they may stand in a paper. It is no accusation: each study's page names the rule and what is open."
)


def page(live: "Live", asked: Question) -> "Found | Answer":
    """What the page prints. Raises: UsageError for a word that means nothing, NotFoundError for a cell that is none."""
    from skinproof.faces.web.pages import Found

    want, shown, known = _map(live, asked)
    chosen = _chosen(asked, shown)
    links = _links(asked, shown)
    context: dict[str, Any] = {
        "answer": _answer(shown, asked),
        "count_words": _count_words(shown),
        "caveats": caveats(shown.stamp),
        "boxes": boxes(live, asked, BOXES),
        "kept": kept(asked, ("open", "year", "cutaneous", "aesthetic", "from", "to", "posted_to")),
        "day": asked.as_of or "",
        "posted_from": asked.one("posted_from") or "",
        "chips": chips(live, asked, "index.html"),
        "names_svg": _svg(draw_names(shown, TITLE, links)),
        "paper_key": (_svg(paper_key(want.evidence)[0]), paper_key(want.evidence)[1])
        if shown.papers
        else None,
        "map_svg": _svg(
            draw_bubbles(shown, TITLE, links, names=False, chosen=chosen, evidence=want.evidence)
        ),
        "design_keys": [(_svg(svg), words) for svg, words in design_keys()],
        "mark_keys": [(_svg(svg), words) for svg, words in mark_keys()],
        "cap": bubble_cap(shown),
        "notes": (
            *shown.notes,
            DESIGN_RULE,
            OVERDUE_RULE,
            *_paper_notes(live, shown, want),
            *_empty_below(shown),
        ),
        "papers": _paper_line(shown, asked),
        "evidence": want.evidence,
        "paper_kinds": tuple(PAPER_KINDS.items()),
        "chosen_filters": any(asked.all(name) for name in NAMES) or asked.as_of is not None,
        "known": known,
        "query": asked.changed(cell=None),
        "cells": _lines(shown, links),
        "empty_by_agent": _empty(shown),
        "cell": _cell(live, asked, want, shown, chosen) if chosen else None,
        "n_studies": shown.stamp.n_studies,
    }
    made = Found("map_live.html", context)
    if known:
        return made
    from skinproof.faces.web.pages import HTML, finished

    body = live.site(asked.as_of).page("index.html", made.template, dict(context))
    return Answer(finished("index.html", body, asked).body, HTML, keep=False)


def csv_file(live: "Live", asked: Question) -> Answer:
    """Every pair of the map that is shown, empty ones too, as CSV."""
    _, shown, known = _map(live, asked)
    return Answer(
        csv_text(HEADER, csv_rows(shown, known)).encode(),
        "text/csv; charset=utf-8",
        headers=_attached("csv"),
        keep=known,
    )


def svg_file(live: "Live", asked: Question) -> Answer:
    """The picture alone, with its colours and where it comes from."""
    want, shown, known = _map(live, asked)
    return Answer(
        _picture(shown, ".svg", known, want.evidence), "image/svg+xml", headers=_attached("svg"), keep=known
    )


def png_file(live: "Live", asked: Question) -> Answer:
    """The same in pixels."""
    want, shown, known = _map(live, asked)
    return Answer(
        _picture(shown, ".png", known, want.evidence), "image/png", headers=_attached("png"), keep=known
    )


def csv_rows(shown: EvidenceMap, known: bool) -> list[tuple[object, ...]]:
    """The rows of HEADER. known: whether it is known what is overdue; else that column is empty."""
    made: list[tuple[object, ...]] = []
    for row in shown.rows:
        for column in shown.columns:
            n = shown.cells.get((row.id, column.id))
            head = (row.id, row.label, column.id, column.label, row.depth, column.depth)
            figures: tuple[object, ...] = (0, None, 0, 0, None, *(0 for _ in DESIGNS), 0, 0, 0, 0)
            if n is not None:
                figures = (
                    n.studies, n.participants, n.planned, n.without_enrollment, n.best, *reversed(n.designs), n.completed,
                    n.with_results, n.results_unknown, n.overdue if known else None,
                )  # fmt: skip
            made.append(
                (
                    *head,
                    *figures,
                    *paper_figures(
                        None if shown.papers is None else shown.papers.get((row.id, column.id), PaperTally())
                    ),
                    shown.stamp.edition,
                    shown.stamp.as_of,
                )
            )
    return made


def _attached(kind: str) -> tuple[tuple[str, str], ...]:
    return (("content-disposition", f'attachment; filename="evidence-map.{kind}"'),)


def _picture(shown: EvidenceMap, kind: str, known: bool, evidence: Sequence[str]) -> bytes:
    caption = (
        "Bubble: registered studies. Shade and letter: best design (R randomised controlled, C controlled, U uncontrolled,",
        f"O observational, ? not reported). Tick: results posted. {'Clock: results overdue. ' if known else ''}Dot: {NO_STUDIES}.",
        f"{stamp_line(shown.stamp)}.",
        *caveats(shown.stamp),
        *([f"Below a tile: papers beside the studies, {paper_places(evidence)}."] if shown.papers else []),
    )
    return picture_bytes(
        draw_bubbles(shown, TITLE, Links(), style=True, caption=caption, evidence=evidence),
        kind,
        "evidence-map",
    )


def _map(live: "Live", asked: Question) -> tuple[Picked, EvidenceMap, bool]:
    """The filters, the map, and whether it is known what is overdue."""
    unfolded = asked.all("open")
    if len(unfolded) > MOST_UNFOLDED:
        raise UsageError(f"at most {MOST_UNFOLDED} rows and columns can be unfolded at a time")
    want = picked(live, asked)
    known = clocks_known(live, want, asked.as_of)
    return want, live.facets.map(want, asked.as_of, unfolded), known


def _links(asked: Question, shown: EvidenceMap) -> Links:
    def fold(head: Head) -> str:
        opened = set(asked.all("open")) ^ {head.id}
        pairs = [(n, v) for n, values in asked.values.items() for v in values if n not in ("open", "cell")]
        text = Question([*pairs, *(("open", name) for name in sorted(opened))]).text
        return f"index.html?{text}#map" if text else "index.html#map"

    return Links(
        cell=lambda row, column: f"index.html?{asked.changed(cell=f'{row}~{column}')}#cell",
        name=lambda name: None if name in ("other", OUTSIDE) else about_href(name),
        fold=fold,
    )


def _chosen(asked: Question, shown: EvidenceMap) -> tuple[str, str] | None:
    text = asked.one("cell")
    if text is None:
        return None
    row, mark, column = text.partition("~")
    if not mark or row not in {r.id for r in shown.rows} or column not in {c.id for c in shown.columns}:
        raise NotFoundError(f"the map has no cell {text[:80]!r}; choose one on the map")
    return row, column


def _cell(
    live: "Live", asked: Question, want: Picked, shown: EvidenceMap, chosen: tuple[str, str]
) -> dict[str, Any]:
    names = {head.id: head.label for head in (*shown.rows, *shown.columns)}
    tally = shown.cells.get(chosen)
    ids: list[str] = []
    if tally is not None:
        wanted = live.facets.cell_conditions(want, shown.combos[chosen])
        ids = [name for name, _ in live.facets.ids(wanted, asked.as_of, "posted", SHOWN)]
    held = {study.record_id: study for study in live.workspace.some(ids, asked.as_of)} if ids else {}
    site = live.site(asked.as_of)
    rows = [
        (study_row(held[name], live.workspace.vocabulary), site.hrefs[name]) for name in ids if name in held
    ]
    designs = []
    if tally is not None:
        designs = [
            (DESIGN_WORDS[d].capitalize(), n)
            for d, n in zip(reversed(DESIGNS), reversed(tally.designs), strict=True)
            if n
        ]
    return {
        "title": f"{names[chosen[0]]}: {names[chosen[1]]}",
        "words": (tally_words(tally) if tally else NO_STUDIES).capitalize(),
        "rows": rows,
        "designs": designs,
        "papers": _cell_papers(live, asked, shown, chosen),
        "left": (tally.studies if tally else 0) - len(rows),
        "all": f"studies.html?{asked.changed(cell=f'{chosen[0]}~{chosen[1]}', open=None)}",
        "close": f"index.html?{text}#map" if (text := asked.changed(cell=None)) else "index.html#map",
    }


def _cell_papers(
    live: "Live", asked: Question, shown: EvidenceMap, chosen: tuple[str, str]
) -> dict[str, Any] | None:
    """The papers beside the studies of a cell: how many, the newest, and where all are."""
    found = shown.papers.get(chosen) if shown.papers is not None else None
    if found is None or shown.paper_combos is None:
        return None
    want = msgspec.structs.replace(picked_papers(live, asked, shared=True), apart=True)
    papers = live.facets.papers
    ids = papers.ids(papers.conditions(want, shown.paper_combos[chosen]), "published", PAPERS_SHOWN)
    held = live.workspace.papers_by_id([name for name, _ in ids])
    rows = [(found_paper(held[name], live.workspace), paper_href(name)) for name, _ in ids if name in held]
    query = Question(
        [
            *((name, value) for name in (*SHARED, "as_of") for value in asked.all(name)),
            ("apart", "yes"),
            ("cell", f"{chosen[0]}~{chosen[1]}"),
        ]
    ).text
    return {
        "words": paper_words(found, asked.all("evidence")), "rows": rows, "left": found.papers - len(rows),
        "all": f"papers.html?{query}",
    }  # fmt: skip


def _paper_line(shown: EvidenceMap, asked: Question) -> dict[str, str] | None:
    """How many papers stand beside the studies of the map, and where they are."""
    if shown.paper_total is None or not shown.paper_total.papers:
        return None
    query = Question(
        [*((name, value) for name in (*SHARED, "as_of") for value in asked.all(name)), ("apart", "yes")]
    ).text
    return {"words": paper_words(shown.paper_total, asked.all("evidence")), "href": f"papers.html?{query}"}


def _paper_notes(live: "Live", shown: EvidenceMap, want: Picked) -> tuple[str, ...]:
    if not live.workspace.has_papers():
        return (STUDIES_RULE,) if want.evidence else ()
    if shown.papers is None:
        return (NOT_TOLD,)
    return (PAPERS_RULE, STUDIES_RULE)


def _count_words(shown: EvidenceMap) -> str:
    n = sum(1 for tally in shown.cells.values() if tally.studies)
    pairs = len(shown.rows) * len(shown.columns)
    if not shown.total.studies:
        return "No registered studies meet these filters. That is a gap in what is registered here, not a result."
    return f"{plural(shown.total.studies, 'study', 'studies')} on the map, in {n:,} of {pairs:,} cells."


def _answer(shown: EvidenceMap, asked: Question) -> str:
    pairs = [
        (r.id, c.id)
        for r in shown.rows
        if r.id != "other" and not r.depth
        for c in shown.columns
        if not c.apart and not c.depth
    ]
    filled = sum(1 for pair in pairs if pair in shown.cells)
    best = sum(1 for pair in pairs if pair in shown.cells and shown.cells[pair].best == "randomised")
    if any(asked.all(name) for name in NAMES):
        return (
            f"With these filters, {filled} of {plural(len(pairs), 'pair')} of preparation and skin complaint have a registered study, "
            f"and {best} a randomised one; none meets them for {len(pairs) - filled}."
        )
    return (
        f"Of {plural(len(pairs), 'pair')} of preparation and skin complaint, {filled} have a registered study, "
        f"and {best} a randomised one; for {len(pairs) - filled} there are {NO_STUDIES}."
    )


def _lines(shown: EvidenceMap, links: Links) -> list[dict[str, Any]]:
    made = []
    for row in shown.rows:
        for column in shown.columns:
            n = shown.cells.get((row.id, column.id))
            beside = shown.papers.get((row.id, column.id)) if shown.papers is not None else None
            if n is None and beside is None:
                continue
            if n is None:
                made.append(
                    {
                        "href": links.cell(row.id, column.id), "agent": row.label, "branch": column.label, "studies": 0,
                        "participants": "", "best": NO_STUDIES, "randomised": 0, "results": 0, "overdue": 0,
                        "beside": beside or PaperTally(),
                    }
                )  # fmt: skip
                continue
            results = NOT_REPORTED if n.results_unknown == n.studies else f"{n.with_results:,}"
            made.append(
                {
                    "href": links.cell(row.id, column.id), "agent": row.label, "branch": column.label, "studies": n.studies,
                    "participants": n.participants, "best": DESIGN_WORDS[n.best], "randomised": n.designs[-1],
                    "results": results, "overdue": n.overdue, "beside": beside or PaperTally(),
                }
            )  # fmt: skip
    return made


def _empty(shown: EvidenceMap) -> list[tuple[str, str]]:
    made = []
    for row in shown.rows:
        missing = [column.label for column in shown.columns if (row.id, column.id) not in shown.cells]
        if missing:
            made.append((row.label, ", ".join(missing)))
    return made


def _empty_below(shown: EvidenceMap) -> list[str]:
    return [
        f"Below {head.label} there are {NO_STUDIES} of: {', '.join(head.empty)}."
        for head in (*shown.rows, *shown.columns)
        if head.empty
    ]


def _svg(text: str) -> Markup:
    """Pictures are drawn by `svg_bubbles`, which escapes every label itself."""
    return Markup(text)  # noqa: S704
