"""`skinproof gaps [ID...]`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skinproof.errors import InputError, NotFoundError
from skinproof.faces.ask import open_asked, read_filters, said
from skinproof.faces.options import Asked, pass_services, reading_options
from skinproof.faces.output import (
    filter_lines,
    print_csv,
    print_json,
    print_lines,
    stamp_lines,
    stamped,
    text_width,
)
from skinproof.faces.preparation_text import gap_lines
from skinproof.faces.services import Services
from skinproof.model.preparations import PreparationRow, Preparations
from skinproof.model.summary import Filters
from skinproof.views.gapmap import GIVEN
from skinproof.views.gaps import GapReport, gap_report
from skinproof.views.preparations import with_roles

if TYPE_CHECKING:
    from skinproof.appraisal.presets import Presets
    from skinproof.workflows.query import Workspace

HEADER = (
    "record_id", "number", "name", "agent_class", "role", "document", "n_reported", "n_applicable", "share", "what",
    "item", "requirement", "state", "reason", "label", "missing", "asks", "basis", "quotes",
)  # fmt: skip
LARGEST = 100_000
"""Bytes of a presets file that are read."""


@click.command("gaps")
@click.argument("record_ids", metavar="[ID]...", nargs=-1)
@reading_options
@click.option("--full", is_flag=True, help="Every gap of every preparation, also where many are asked for.")
@click.option("--presets", type=click.Path(path_type=Path), metavar="FILE", help="Bands to judge by, edited.")
@pass_services
def command(
    services: Services, record_ids: tuple[str, ...], asked: Asked, full: bool, presets: Path | None
) -> None:
    """What studies leave unsaid of a preparation, and what clashes.

    With ids every gap of these studies, mandatory items first; without, how often each item is missing and a score per
    study. Registry records are scored apart from papers and certificates.
    """
    bands = presets_of(presets)
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        report = ask_gaps(workspace, filters, asked.as_of, record_ids, bands)
    if asked.as_json:
        print_json(report, filters=said(filters))
    elif asked.as_csv:
        print_csv(stamped(HEADER), csv_rows(report))
    else:
        width = text_width()
        body = gap_lines(report, width, full or bool(record_ids))
        print_lines([*filter_lines(said(filters), width), *body, *stamp_lines(report.stamp, width)])


def presets_of(path: Path | None) -> "Presets | None":
    """The bands of a file, None for the shipped ones. Raises: InputError."""
    if path is None:
        return None
    from skinproof.appraisal.presets import read_presets

    return read_presets(read_small(path, LARGEST))


def read_small(path: Path, largest: int) -> bytes:
    """The bytes of a file, at most one more than `largest`. Raises: InputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def ask_gaps(
    workspace: "Workspace",
    filters: Filters,
    as_of: str | None,
    record_ids: tuple[str, ...] = (),
    bands: "Presets | None" = None,
) -> GapReport:
    """The gaps of some studies, of all that meet the filters where no id is given. Raises: NotFoundError."""
    found = asked_for(workspace, filters, as_of, record_ids)
    return gap_report(found.rows, found.stamp, bands)


def asked_for(
    workspace: "Workspace", filters: Filters, as_of: str | None, ids: tuple[str, ...]
) -> Preparations:
    """The preparations that are asked about: of the studies named, else of all that meet the filters. Raises: NotFoundError."""
    if not ids:
        found = workspace.preparations(filters, as_of)
        return Preparations(found.stamp, with_roles(found.rows, filters.role or GIVEN))
    allowed = None
    if filters != Filters():
        allowed = {study.record_id for study in workspace.select(filters, as_of).studies}
    rows: list[PreparationRow] = []
    stamp = workspace.stamp(as_of)
    for record_id in dict.fromkeys(ids):
        study, stamp = workspace.version_for(record_id, as_of)
        if allowed is not None and study.record_id not in allowed:
            raise NotFoundError(f"{study.record_id} is in this edition but does not meet the filters")
        own = workspace.preparations_of(study)
        if not own:
            raise NotFoundError(f"{study.record_id} gives none of the agents looked for: nothing to score")
        rows += [PreparationRow(study, preparation) for preparation in own]
    return Preparations(stamp, tuple(rows))


def csv_rows(report: GapReport) -> list[tuple[object, ...]]:
    """One row per item with its state, and one per contradiction (`what`): a table of gaps only would hide what is told."""
    stamp = (report.stamp.edition, report.stamp.as_of)
    rows: list[tuple[object, ...]] = []
    for study in report.studies:
        for one in study.preparations:
            score = one.score
            head = (
                study.record_id, one.number, one.name, one.agent_class, one.role, score.document, score.n_reported,
                score.n_applicable, score.share,
            )  # fmt: skip
            missing = {gap.id: "; ".join(gap.missing) for gap in one.gaps}
            told: list[tuple[object, ...]] = [
                (
                    "item", item.id, item.requirement, item.state, item.reason, item.label, missing.get(item.id), item.asks,
                    item.basis, " | ".join(span.quote for span in item.spans),
                )
                for item in score.items
            ]  # fmt: skip
            told += [
                (
                    "contradiction", clash.kind, None, None, None, clash.message, None, None, clash.preset,
                    " | ".join(span.quote for span in clash.spans),
                )
                for clash in one.contradictions
            ]  # fmt: skip
            rows += [(*head, *part, *stamp) for part in told]
    return rows
