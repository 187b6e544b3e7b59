"""What changed in posted results: whether they are there, which measures, and which whole parts."""

from collections import Counter
from typing import Any

import msgspec

from skinproof.model.record import StudyRecord
from skinproof.model.results import OutcomeMeasure
from skinproof.views.change_items import Change, listed, paired
from skinproof.views.facts import posted_words
from skinproof.views.word_diff import meaning


def results_changes(before: StudyRecord, after: StudyRecord) -> list[Change]:
    """Results posted, taken away or altered."""
    old, new = _results_day(before), _results_day(after)
    if old != new and (old is None or new is None):
        label = "Results posted" if old is None else "Results taken away"
        return [Change(kind="results", field="hasResults", label=label, old=old, new=new)]
    found = []
    if before.results_section is not None and after.results_section is not None:
        found = _posted(before, after)
    return found


def _results_day(record: StudyRecord) -> str | None:
    if not record.has_results and record.results_section is None:
        return None
    return (
        posted_words(record.protocol_section.status_module.results_first_post_date_struct)
        or "day not reported"
    )


def _posted(before: StudyRecord, after: StudyRecord) -> list[Change]:
    """What of posted results was altered: measures by title, and whole modules."""
    one, two = before.results_section, after.results_section
    assert one is not None and two is not None
    old, new = (
        part.outcome_measures_module.outcome_measures if part.outcome_measures_module else ()
        for part in (one, two)
    )
    pairs, gone, added = paired(old, new, lambda m: f"{m.title or ''} {m.time_frame or ''}")
    path = "resultsSection.outcomeMeasuresModule.outcomeMeasures"
    found = [
        Change(kind="results", field=f"{path}[]", label="Posted values altered", about=two_.title)
        for one_, two_ in pairs
        if not _equal(one_, two_)
    ]  # fmt: skip
    found += _titles(path, gone, added)
    for name, label in (
        ("participant_flow_module", "Participant flow"),
        ("baseline_characteristics_module", "Baseline"),
        ("adverse_events_module", "Adverse events"),
    ):
        if not _equal(getattr(one, name), getattr(two, name)):
            field = f"resultsSection.{_camel(name)}"
            found.append(Change(kind="results", field=field, label=f"{label} altered"))
    return found


def _titles(path: str, gone: list[OutcomeMeasure], added: list[OutcomeMeasure]) -> list[Change]:
    old, new = (Counter(meaning(m.title or "without a title") for m in items) for items in (gone, added))
    if not old and not new:
        return []
    return [Change(kind="results", field=path, label="Posted outcomes", old=listed(old), new=listed(new))]


def _equal(one: Any, two: Any) -> bool:
    return one == two or bool(ordered(msgspec.to_builtins(one)) == ordered(msgspec.to_builtins(two)))


def ordered(value: Any) -> Any:
    """A value whose lists are in one order and whose texts are by meaning."""
    if isinstance(value, dict):
        return {key: ordered(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return sorted((ordered(inner) for inner in value), key=repr)
    return meaning(value) if isinstance(value, str) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
