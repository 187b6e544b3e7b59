"""Write the whole site: every page rendered from one edition, then the finished folder put in place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from skinproof.faces.site.about_pages import about_context
from skinproof.faces.site.changes_page import FEED, PAGE, changes_context, changes_feed
from skinproof.faces.site.environment import environment, static_file
from skinproof.faces.site.files import EveryStudy, Joined, Later, WithPapers
from skinproof.faces.site.gaps_page import gaps_context, vesicle_report
from skinproof.faces.site.judged_page import judgements_context
from skinproof.faces.site.landscape_page import Scene, landscape_context, picture_file, picture_name, scenes
from skinproof.faces.site.list_page import list_context
from skinproof.faces.site.map_pages import cell_context, index_context, map_file, map_places
from skinproof.faces.site.names import about_href, cell_href, paper_href
from skinproof.faces.site.outcome_pages import (
    EXAMPLE,
    example_files,
    example_page,
    outcome_files_of,
    outcome_hrefs,
    outcome_page,
)
from skinproof.faces.site.paper_pages import paper_context, papers_context, study_papers_context
from skinproof.faces.site.pooled_pages import (
    INDEX,
    pooled_context,
    pooled_files,
    question_context,
    question_href,
)
from skinproof.faces.site.preparation_pages import preparations_context
from skinproof.faces.site.reference_pages import (
    issue_groups,
    method_context,
    stamp_facts,
    vocabulary_context,
)
from skinproof.faces.site.rows import ListRow, list_row, study_href
from skinproof.faces.site.study_pages import study_context
from skinproof.faces.site.tables import gaps_csv, landscape_csv, preparations_csv
from skinproof.model.summary import StudySummary
from skinproof.views.gapmap import Cell
from skinproof.views.gaps import GapReport
from skinproof.views.paper_page import PaperPage
from skinproof.views.svg_bubbles import BUBBLE_CSS
from skinproof.views.svg_landscape_style import DOSE_CSS
from skinproof.views.svg_map import MAP_CSS
from skinproof.views.svg_plot import PLOT_CSS
from skinproof.views.svg_timeline import TIMELINE_CSS
from skinproof.workflows.about import about_names, about_term
from skinproof.workflows.once import once
from skinproof.workflows.query import Workspace
from skinproof.workflows.site import SiteReport, SiteSource, Study, put_in_place

MENU = (
    ("index.html", "Map"),
    ("studies.html", "Studies"),
    ("papers.html", "Papers"),
    ("preparations.html", "Preparations"),
    ("landscape.html", "Doses"),
    ("gaps.html", "Gaps"),
    ("pooled.html", "Pooled"),
    ("claim.html", "Claim"),
    ("changes.html", "Changes"),
    ("method.html", "Method"),
    ("judgements.html", "Judgements"),
    ("vocabulary.html", "Vocabulary"),
    ("issues.html", "Oddities"),
)

ISSUES_SHOWN = 500
"""Oddities of one kind that the page lists; the command lists all."""

CELL_SHOWN = 500
"""Studies that a server lists on the page of a tile; it has a list with filters for more."""

SCRIPTS = ("studies.js", "pooled.js")
LIVE_SCRIPTS = ("live.js",)
"""Scripts of pages that only a server has."""
STATIC = ("static/site.css", *(f"static/{name}" for name in SCRIPTS))

Progress = Callable[[int, int], None]
"""Called with (files written, files in all)."""


def write_site(
    workspace: Workspace, out_dir: Path, as_of: str | None = None, progress: Progress | None = None
) -> SiteReport:
    """Write the site of the edition to a new or empty folder, or over an older site.

    as_of: show the studies as they stood on that day. The same edition and day give the same bytes.
    Raises: UsageError for an impossible day, or a folder with files that skinproof did not write.
    """
    site = Site(SiteSource(workspace, as_of))
    total = site.n_files
    told = (lambda done: progress(done, total)) if progress else None
    return put_in_place(out_dir, site.files(), site.stamp.edition, site.stamp.as_of, told)


Made = tuple[str, dict[str, Any]]
"""Name of a template, and what it prints."""


class Site:
    """The pages of one edition, each made when it is asked for; `files` gives all one by one, so that memory stays small.

    live: the pages come from a server, which has a page for every study and can do what a folder of files cannot.
    """

    def __init__(self, source: SiteSource, *, live: bool = False) -> None:
        self.source = source
        self.stamp = source.stamp
        self.live = live
        self._pages = environment()

    @property
    def n_files(self) -> int:
        """How many files the site has, without its manifest."""
        return len(self._plain) + len(self._made) + len(self.source.listed) + len(self.source.papers.listed)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the site: name relative to its top, content."""
        for name in (*self._plain, *self._made):
            body = self.file(name)
            if body is not None:
                yield name, body
        for study in self.source.each():
            yield study_href(study.summary.record_id), self.study(study)
        for paper in self.source.papers.each():
            yield paper_href(paper.record_id), self.paper(paper)

    def file(self, name: str) -> bytes | None:
        """The content of a file that is no study's page, None where the site has none of that name."""
        if name in self._plain:
            return self._plain[name]()
        if name in self._made:
            return self.page(name, *self._made[name]())
        return None

    def has_page(self, name: str) -> bool:
        """Whether the site has a page of that name that is not of one study."""
        return name in self._made

    def study(self, study: Study, **more: object) -> bytes:
        """A study's page. more: what only the page of one reader prints."""
        context = study_context(study, self.source.vocabulary, self.stamp, self.records)
        found = self.source.papers.of_study(study.summary.record_id)
        context["papers"] = study_papers_context(found, self.records)
        return self.page(study_href(study.summary.record_id), "study.html", context | more)

    def paper(self, page: PaperPage) -> bytes:
        """A paper's page."""
        context = paper_context(page, self.records)
        return self.page(paper_href(page.record_id), "paper.html", context)

    @once
    def rows(self) -> Mapping[str, ListRow]:
        """The listed studies as table rows, by id."""
        return self.rows_of(sorted(self.source.listed, key=_interest))

    def rows_of(self, studies: Iterable[StudySummary]) -> dict[str, ListRow]:
        """Studies as table rows, by id, in the order given."""
        vocabulary, (down, across) = self.source.vocabulary, self._places
        return {
            study.record_id: list_row(
                study, vocabulary, down.get(study.record_id, ()), across.get(study.record_id, ())
            )
            for study in studies
        }

    @once
    def hrefs(self) -> Mapping[str, str]:
        """The pages of studies, by id."""
        return EveryStudy() if self.live else {i: row.href for i, row in self.rows.items()}

    @once
    def records(self) -> Mapping[str, str]:
        """The pages of studies and papers, by id."""
        return WithPapers(self.hrefs, self.source.papers.has_page)

    @once
    def _places(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        gap = self.source.gap
        down = map_places(gap, (axis.id for axis in gap.rows))
        return down, map_places(gap, (axis.id for axis in gap.columns))

    @once
    def dose_scenes(self) -> tuple[Scene, ...]:
        """Doses, class by class of agents."""
        return scenes(self.source.given, self.source.vocabulary, self.stamp)

    @once
    def _gaps(self) -> GapReport:
        return vesicle_report(self.source.given, self.stamp)

    @once
    def _plain(self) -> Mapping[str, Callable[[], bytes]]:
        """Files that are no pages."""
        return Joined(
            {
                name: partial(static_bytes, name)
                for name in (*STATIC, *(f"static/{name}" for name in LIVE_SCRIPTS if self.live))
            },
            {
                "map.svg": lambda: map_file(self.source.gap).encode("utf-8"),
                "preparations.csv": lambda: self._table(preparations_csv),
                "landscape.csv": lambda: self._table(landscape_csv),
                FEED: lambda: changes_feed(self.source.changes),
                "gaps.csv": lambda: gaps_csv(self._gaps).encode("utf-8"),
            },
            Later("doses-", self._pictures),
            Later("pooled", self._pooled_files),
        )

    @once
    def _made(self) -> Mapping[str, Callable[[], Made]]:
        """Pages that are not of one study."""
        return Joined(
            self._front(),
            Later("cells/", self._cells),
            Later("pooled/", self._pooled_pages),
            Later("agent/", partial(self._about, "agent/")),
            Later("indication/", partial(self._about, "indication/")),
        )

    def _table(self, write: Callable[..., str]) -> bytes:
        source = self.source
        return write(source.given, source.vocabulary, self.stamp).encode("utf-8")

    def _pictures(self) -> dict[str, Callable[[], bytes]]:
        drawn = [scene for scene in self.dose_scenes if scene.found.points]
        return {picture_name(s): lambda s=s: picture_file(s).encode("utf-8") for s in drawn}  # type: ignore[misc]

    def _pooled_files(self) -> dict[str, Callable[[], bytes]]:
        found = self.source.pooled
        files = (*pooled_files(found), *outcome_files_of(found), *example_files())
        return {name: lambda body=body: body for name, body in files}  # type: ignore[misc]

    def _front(self) -> dict[str, Callable[[], Made]]:
        source = self.source
        return {
            "index.html": lambda: (
                "index.html",
                index_context(source.gap, source.counts, self.stamp, source.n_paged),
            ),
            "studies.html": lambda: (
                "studies.html",
                list_context(source.listed, source.studies, source.gap, tuple(self.rows.values())),
            ),
            "preparations.html": lambda: (
                "preparations.html",
                preparations_context(source.given, source.vocabulary, source.gap, self.hrefs),
            ),
            "landscape.html": lambda: (
                "landscape.html",
                landscape_context(self.dose_scenes, self.hrefs, self.stamp),
            ),
            "gaps.html": lambda: ("gaps.html", gaps_context(self._gaps, self.hrefs, self._partial())),
            INDEX: lambda: ("pooled.html", pooled_context(source.pooled)),
            PAGE: lambda: ("changes.html", changes_context(source.changes, self.records)),
            "papers.html": lambda: ("papers.html", papers_context(source.papers, self.hrefs)),
            "method.html": lambda: (
                "method.html",
                method_context(self.stamp, source.vocabulary.version, source.scores),
            ),
            "vocabulary.html": lambda: ("vocabulary.html", vocabulary_context(source.vocabulary, self._made)),
            "claim.html": lambda: ("claim_static.html", {}),
            "judgements.html": lambda: ("judgements.html", judgements_context(source.judged)),
            "issues.html": lambda: (
                "issues.html",
                {"groups": issue_groups(source.issues, self.records, ISSUES_SHOWN)},
            ),
        }

    def _partial(self) -> set[str]:
        """Studies of the page of gaps that are known from a partial record only."""
        return {row.study.record_id for row in self.source.given if row.study.completeness == "partial"}

    def _cells(self) -> dict[str, Callable[[], Made]]:
        held = (cell for cell in self.source.gap.cells if cell.numbers.studies)
        return {cell_href(cell.row, cell.column): partial(self._cell, cell) for cell in held}

    def _cell(self, cell: Cell) -> Made:
        rows = self.rows if not self.live else self._some(cell.numbers.record_ids)
        return "cell.html", cell_context(cell, self.source.gap, rows)

    def _some(self, record_ids: Sequence[str]) -> Mapping[str, ListRow]:
        return self.rows_of(self.source.some(record_ids[:CELL_SHOWN]))

    def _pooled_pages(self) -> dict[str, Callable[[], Made]]:
        found, hrefs = self.source.pooled, self.hrefs
        made: dict[str, Callable[[], Made]] = {
            question_href(question): lambda q=question: (  # type: ignore[misc]
                "pooled_question.html",
                question_context(q, self.stamp, hrefs, found.years),
            )
            for question in found.answered
        }
        for place, href in outcome_hrefs(found).items():
            made[href] = lambda p=place, h=href: ("pooled_outcome.html", outcome_page(found, p, h, hrefs))  # type: ignore[misc]
        made[EXAMPLE] = lambda: example_page()[1:]
        return made

    def _about(self, folder: str) -> dict[str, Callable[[], Made]]:
        names = ((name, about_href(name)) for name in about_names(self.source.evidence))
        return {href: partial(self._about_page, name) for name, href in names if href.startswith(folder)}

    def _about_page(self, name: str) -> Made:
        evidence = self.source.evidence
        pooled = outcome_hrefs(self.source.pooled) if evidence.whole else {}
        return "about.html", about_context(about_term(evidence, name), self._made, self.records, pooled)

    def page(self, name: str, template: str, context: dict[str, Any]) -> bytes:
        """A page as bytes. name: where it stands, seen from the top; template: its file; context: what it prints."""
        text = self._pages.get_template(template).render(
            context,
            root="../" * name.count("/"),
            here=name,
            menu=MENU,
            live=self.live,
            as_of=self.stamp.as_of,
            n_judged=self.stamp.judged + self.stamp.to_look_at,
            stamp_facts=stamp_facts(self.stamp, self.source.n_paged),
        )
        return text.encode("utf-8")


def static_bytes(name: str) -> bytes:
    """A file of STATIC: the style sheet with the styles of the pictures, or a script."""
    text = static_file(name.removeprefix("static/"))
    if name == "static/site.css":
        text = f"{text}\n{MAP_CSS}\n{BUBBLE_CSS}\n{DOSE_CSS}\n{PLOT_CSS}\n{TIMELINE_CSS}"
    return text.encode("utf-8")


def _interest(study: StudySummary) -> tuple[bool, bool, str]:
    """Order of the list: about skin and giving an agent, about skin, giving an agent, the rest; then by id."""
    return (study.cutaneous != "yes", not set(study.agent_classes_given) - {"other"}, study.record_id)
