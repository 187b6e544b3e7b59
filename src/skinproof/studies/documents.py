"""The readable text of one study: its fields in a fixed order, joined so that every offset leads back to a field.

>>> from skinproof.model.record import StudyRecord
>>> text = study_text(StudyRecord())
>>> text.fields
()
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from skinproof.model.record import ArmsInterventionsModule, OutcomesModule, StudyRecord

RULE = "document.study/1"
"""Which fields are read and in which order; a change here changes every offset of the joined text."""

SEPARATOR = "\n\x1f\n"
"""Stands between two fields: no phrase can run across it."""

KINDS = (
    "title", "summary", "description", "condition", "keyword", "design", "arm", "intervention",
    "outcome", "eligibility", "reference",
)  # fmt: skip
"""What a field tells: the order in which fields are read."""

_P = "protocolSection."


class FieldText(msgspec.Struct, frozen=True, array_like=True):
    """One text field of a record, exactly as registered.

    path: JSON path, e.g. `protocolSection.armsInterventionsModule.interventions[0].name`;
    kind: one of KINDS; part: the last name in the path (`name`, `label`, `description`, ...);
    index: place in the list it comes from (-1 where it is not in a list).
    """

    path: str
    text: str
    kind: str
    part: str
    index: int = -1


class StudyText:
    """All fields of one study and their joined text; `text[starts[i]:]` begins with `fields[i].text`."""

    __slots__ = ("fields", "starts", "text")

    def __init__(self, fields: Iterable[FieldText]) -> None:
        self.fields: tuple[FieldText, ...] = tuple(fields)
        self.text: str = SEPARATOR.join([field.text for field in self.fields])
        starts = []
        at = 0
        for field in self.fields:
            starts.append(at)
            at += len(field.text) + 3
        self.starts: tuple[int, ...] = tuple(starts)

    @property
    def sha256(self) -> str:
        """Fingerprint of every path and text: the same for records that read the same."""
        whole = "\x1e".join(f"{field.path}\x1f{field.text}" for field in self.fields)
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    def field_at(self, offset: int) -> int:
        """The place in `fields` of the field that holds `offset` of the joined text."""
        return bisect_right(self.starts, offset) - 1

    def at(self, offset: int) -> tuple[str, int]:
        """(path, offset inside that field) of an offset of the joined text."""
        place = self.field_at(offset)
        return self.fields[place].path, offset - self.starts[place]

    def text_of(self, path: str) -> str | None:
        """The text registered under `path`, None where the record has no such field."""
        for field in self.fields:
            if field.path == path:
                return field.text
        return None


def study_text(record: StudyRecord) -> StudyText:
    """The readable fields of a record; a field that is absent or blank is left out."""
    return StudyText(_fields(record))


def _fields(record: StudyRecord) -> Iterator[FieldText]:
    protocol = record.protocol_section
    ident, path = protocol.identification_module, _P + "identificationModule."
    yield from _one(path, "briefTitle", ident.brief_title, "title")
    yield from _one(path, "officialTitle", ident.official_title, "title")
    yield from _one(path, "acronym", ident.acronym, "title")
    description, path = protocol.description_module, _P + "descriptionModule."
    yield from _one(path, "briefSummary", description.brief_summary, "summary")
    yield from _one(path, "detailedDescription", description.detailed_description, "description")
    conditions, path = protocol.conditions_module, _P + "conditionsModule."
    yield from _many(path, "conditions", conditions.conditions, "condition")
    yield from _many(path, "keywords", conditions.keywords, "keyword")
    design = protocol.design_module
    if (info := design.design_info) is not None:
        text = info.intervention_model_description
        yield from _one(_P + "designModule.designInfo.", "interventionModelDescription", text, "design")
    if (samples := design.bio_spec) is not None:
        yield from _one(_P + "designModule.bioSpec.", "description", samples.description, "outcome")
    yield from _arms(protocol.arms_interventions_module)
    yield from _outcomes(protocol.outcomes_module)
    eligibility, path = protocol.eligibility_module, _P + "eligibilityModule."
    yield from _one(path, "eligibilityCriteria", eligibility.eligibility_criteria, "eligibility")
    yield from _one(path, "studyPopulation", eligibility.study_population, "eligibility")
    for i, reference in enumerate(protocol.references_module.references):
        here = f"{_P}referencesModule.references[{i}]."
        yield from _one(here, "citation", reference.citation, "reference", i)


def _arms(module: ArmsInterventionsModule) -> Iterator[FieldText]:
    path = _P + "armsInterventionsModule."
    for i, arm in enumerate(module.arm_groups):
        here = f"{path}armGroups[{i}]."
        yield from _one(here, "label", arm.label, "arm", i)
        yield from _one(here, "description", arm.description, "arm", i)
    for i, item in enumerate(module.interventions):
        here = f"{path}interventions[{i}]."
        yield from _one(here, "name", item.name, "intervention", i)
        for j, name in enumerate(item.other_names):
            if name and not name.isspace():
                yield FieldText(f"{here}otherNames[{j}]", name, "intervention", "otherNames", i)
        yield from _one(here, "description", item.description, "intervention", i)


def _outcomes(module: OutcomesModule) -> Iterator[FieldText]:
    for group, items in (
        ("primaryOutcomes", module.primary_outcomes),
        ("secondaryOutcomes", module.secondary_outcomes),
        ("otherOutcomes", module.other_outcomes),
    ):
        for i, outcome in enumerate(items):
            here = f"{_P}outcomesModule.{group}[{i}]."
            yield from _one(here, "measure", outcome.measure, "outcome", i)
            yield from _one(here, "description", outcome.description, "outcome", i)


def _one(path: str, part: str, text: str | None, kind: str, index: int = -1) -> Iterator[FieldText]:
    if text and not text.isspace():
        yield FieldText(path + part, text, kind, part, index)


def _many(path: str, part: str, texts: Sequence[str | None], kind: str) -> Iterator[FieldText]:
    for i, text in enumerate(texts):
        if text and not text.isspace():
            yield FieldText(f"{path}{part}[{i}]", text, kind, part, i)
