"""The table files beside the pages: the same columns as the commands print, with the stamp at the end of each row."""

from collections.abc import Iterable

from skinproof.faces.commands import gaps as gaps_command
from skinproof.faces.commands import landscape as landscape_command
from skinproof.faces.output import csv_text, stamped
from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp
from skinproof.views.gapmap import GIVEN
from skinproof.views.gaps import GapReport
from skinproof.views.landscape import landscape
from skinproof.views.preparations import FACT_LABELS, csv_header, csv_row, preparation_line, with_roles
from skinproof.vocabulary.term import Vocabulary


def preparations_csv(rows: Iterable[PreparationRow], vocabulary: Vocabulary, stamp: EditionStamp) -> str:
    """Every preparation with every fact and quote."""
    told = ((*csv_row(preparation_line(row, vocabulary)), stamp.edition, stamp.as_of) for row in rows)
    return csv_text(stamped(csv_header(FACT_LABELS)), told)


def landscape_csv(rows: Iterable[PreparationRow], vocabulary: Vocabulary, stamp: EditionStamp) -> str:
    """Every dose point of every class of agent."""
    found = landscape(with_roles(rows, GIVEN), vocabulary, stamp)
    return csv_text(stamped(landscape_command.HEADER), landscape_command.csv_rows(found))


def gaps_csv(report: GapReport) -> str:
    """Every item with its state, and every contradiction, of every vesicle preparation."""
    return csv_text(stamped(gaps_command.HEADER), gaps_command.csv_rows(report))
