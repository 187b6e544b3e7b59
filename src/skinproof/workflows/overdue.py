"""The clocks of the studies that may owe results: whole records are read of those alone."""

from collections.abc import Iterable, Iterator
from datetime import date

from skinproof.appraisal.clocks import Clocks, add_months, clocks
from skinproof.model.dates import PartialDate
from skinproof.model.summary import StudySummary
from skinproof.workflows.query import Workspace

_SHORTEST = 6
"""Months: the shortest term of any clock (EU trials with children)."""


def clocks_of(
    workspace: Workspace, studies: Iterable[StudySummary], day: date
) -> Iterator[tuple[StudySummary, Clocks]]:
    """The clocks, on a day, of each study that is over for long enough and has posted no results."""
    for study in studies:
        if _may_owe(study, day):
            yield study, clocks(workspace.record(study), day)


def _may_owe(study: StudySummary, day: date) -> bool:
    text = study.primary_completion_date or study.completion_date
    if text is None or study.has_results or study.overall_status == "WITHDRAWN":
        return False
    try:
        return add_months(PartialDate.parse(text).earliest(), _SHORTEST) <= day
    except ValueError:
        return False
