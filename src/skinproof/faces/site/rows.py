"""One study as a row of a table of studies, with what the filters of the list look at."""

from collections.abc import Iterable

import msgspec

from skinproof.faces.site.safe import file_stem
from skinproof.model.summary import StudySummary
from skinproof.views.studies import StudyRow, study_row
from skinproof.views.words import NOT_REPORTED, SHOWN_ROLES, agent_pairs, phase_words
from skinproof.vocabulary.term import Vocabulary

ON_MAP = "map"
"""The filter's word for "given or carrier", the roles that the map counts."""


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a table row prints, where its page is, and what filters compare (`f_*`, `also`).

    f_agent: `class/role` pairs; f_indication: map columns; f_phase, f_country: joined by `|`.
    """

    view: StudyRow
    href: str
    f_agent: str
    f_indication: str
    f_phase: str
    f_country: str
    also: str


def study_href(record_id: str) -> str:
    """Where a study's page lies, seen from the top of the site."""
    return f"study/{file_stem(record_id)}.html"


def list_row(
    study: StudySummary, vocabulary: Vocabulary, map_rows: Iterable[str], map_columns: Iterable[str]
) -> ListRow:
    """The row of one study; map_rows, map_columns: the agent classes and branches it stands in on the map."""
    pairs = {
        (vocabulary.terms[term].agent_class or "other", role)
        for term, role in agent_pairs(study)
        if role in SHOWN_ROLES and term in vocabulary.terms
    } | {(name, ON_MAP) for name in map_rows}
    also = [study.official_title, study.acronym, study.lead_sponsor, *study.aliases, *study.conditions]
    return ListRow(
        view=study_row(study, vocabulary),
        href=study_href(study.record_id),
        f_agent=" ".join(sorted(f"{name}/{role}" for name, role in pairs)),
        f_indication=" ".join(map_columns),
        f_phase="|".join(phase_words((phase,)) for phase in study.phases) or NOT_REPORTED,
        f_country="|".join(study.countries) or NOT_REPORTED,
        also=" ".join(text for text in also if text),
    )
