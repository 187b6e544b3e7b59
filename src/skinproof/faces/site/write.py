"""Write the whole site: every page rendered from one edition, then the finished folder put in place."""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from skinproof.faces.site.environment import environment, static_file
from skinproof.faces.site.gaps_page import gaps_context, vesicle_report
from skinproof.faces.site.landscape_page import Scene, landscape_context, picture_file, picture_name, scenes
from skinproof.faces.site.list_page import list_context
from skinproof.faces.site.map_pages import cell_context, cell_href, index_context, map_file, map_places
from skinproof.faces.site.outcome_pages import example_files, example_page, outcome_files_of, outcome_pages
from skinproof.faces.site.pooled_pages import INDEX, pooled_context, pooled_files, question_pages
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
from skinproof.views.gaps import GapReport
from skinproof.views.svg_landscape_style import DOSE_CSS
from skinproof.views.svg_map import MAP_CSS
from skinproof.views.svg_plot import PLOT_CSS
from skinproof.workflows.query import Workspace
from skinproof.workflows.site import SiteReport, SiteSource, put_in_place

MENU = (
    ("index.html", "Map"),
    ("studies.html", "Studies"),
    ("preparations.html", "Preparations"),
    ("landscape.html", "Doses"),
    ("gaps.html", "Gaps"),
    ("pooled.html", "Pooled"),
    ("method.html", "Method"),
    ("vocabulary.html", "Vocabulary"),
    ("issues.html", "Oddities"),
)

ISSUES_SHOWN = 500
"""Oddities of one kind that the page lists; the command lists all."""

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


class Site:
    """The pages of one edition; `files` gives them one by one, so that memory stays small."""

    def __init__(self, source: SiteSource) -> None:
        self.source = source
        self.stamp = source.stamp
        self._stamp_facts = stamp_facts(source.stamp, len(source.listed))
        self._pages = environment()

    @property
    def n_files(self) -> int:
        """How many files the site has, without its manifest."""
        pooled = len(self._pooled_files) + len(self.source.pooled.answered) + len(self.source.pooled.outcomes)
        return len(self.source.listed) + len(self._cells) + len(MENU) + len(self._pictures) + pooled + 8

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the site: name relative to its top, content."""
        yield from self._static()
        shown = chain(self._front(), self._cell_pages(), self._pooled_pages(), self._study_pages())
        for name, template, context in shown:
            yield name, self._render(name, template, context).encode("utf-8")

    @cached_property
    def rows(self) -> dict[str, ListRow]:
        """The listed studies as table rows, by id."""
        gap = self.source.gap
        down = map_places(gap, (axis.id for axis in gap.rows))
        across = map_places(gap, (axis.id for axis in gap.columns))
        return {
            study.record_id: list_row(
                study,
                self.source.vocabulary,
                down.get(study.record_id, ()),
                across.get(study.record_id, ()),
            )
            for study in sorted(self.source.listed, key=_interest)
        }

    @property
    def _cells(self) -> list[Any]:
        return [cell for cell in self.source.gap.cells if cell.numbers.studies]

    @cached_property
    def _scenes(self) -> tuple[Scene, ...]:
        return scenes(self.source.given, self.source.vocabulary, self.stamp)

    @property
    def _pictures(self) -> list[Scene]:
        return [scene for scene in self._scenes if scene.found.points]

    @cached_property
    def _pooled_files(self) -> tuple[tuple[str, bytes], ...]:
        found = self.source.pooled
        return (*pooled_files(found), *outcome_files_of(found), *example_files())

    @cached_property
    def _gaps(self) -> GapReport:
        return vesicle_report(self.source.given, self.stamp)

    def _static(self) -> Iterator[tuple[str, bytes]]:
        yield "static/site.css", f"{static_file('site.css')}\n{MAP_CSS}\n{DOSE_CSS}\n{PLOT_CSS}".encode()
        yield "static/studies.js", static_file("studies.js").encode()
        yield "static/pooled.js", static_file("pooled.js").encode()
        yield "map.svg", map_file(self.source.gap).encode("utf-8")
        for scene in self._pictures:
            yield picture_name(scene), picture_file(scene).encode("utf-8")
        source = self.source
        yield (
            "preparations.csv",
            preparations_csv(source.given, source.vocabulary, self.stamp).encode("utf-8"),
        )
        yield "landscape.csv", landscape_csv(source.given, source.vocabulary, self.stamp).encode("utf-8")
        yield "gaps.csv", gaps_csv(self._gaps).encode("utf-8")
        yield from self._pooled_files

    def _front(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        source = self.source
        n_listed = len(source.listed)
        yield "index.html", "index.html", index_context(source.gap, source.counts, self.stamp, n_listed)
        yield (
            "studies.html",
            "studies.html",
            list_context(source.listed, source.studies, source.gap, tuple(self.rows.values())),
        )
        hrefs = {record_id: row.href for record_id, row in self.rows.items()}
        yield (
            "preparations.html",
            "preparations.html",
            preparations_context(source.given, source.vocabulary, source.gap, hrefs),
        )
        yield "landscape.html", "landscape.html", landscape_context(self._scenes, hrefs, self.stamp)
        partial = {study.record_id for study in source.listed if study.completeness == "partial"}
        yield "gaps.html", "gaps.html", gaps_context(self._gaps, hrefs, partial)
        yield INDEX, "pooled.html", pooled_context(source.pooled)
        yield (
            "method.html",
            "method.html",
            method_context(self.stamp, source.vocabulary.version, source.scores),
        )
        yield "vocabulary.html", "vocabulary.html", vocabulary_context(source.vocabulary)
        yield "issues.html", "issues.html", {"groups": issue_groups(source.issues, hrefs, ISSUES_SHOWN)}

    def _cell_pages(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for cell in self._cells:
            yield (
                cell_href(cell.row, cell.column),
                "cell.html",
                cell_context(cell, self.source.gap, self.rows),
            )

    def _pooled_pages(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        hrefs = {record_id: row.href for record_id, row in self.rows.items()}
        found = self.source.pooled
        yield from question_pages(found.answered, self.stamp, hrefs, found.years)
        yield from outcome_pages(found, hrefs)
        yield example_page()

    def _study_pages(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for study in self.source.each():
            yield (
                study_href(study.summary.record_id),
                "study.html",
                study_context(study, self.source.vocabulary, self.stamp),
            )

    def _render(self, name: str, template: str, context: dict[str, Any]) -> str:
        depth = name.count("/")
        return self._pages.get_template(template).render(
            context, root="../" * depth, here=name, menu=MENU, stamp_facts=self._stamp_facts
        )


def _interest(study: StudySummary) -> tuple[bool, bool, str]:
    """Order of the list: about skin and giving an agent, about skin, giving an agent, the rest; then by id."""
    return (study.cutaneous != "yes", not set(study.agent_classes_given) - {"other"}, study.record_id)
