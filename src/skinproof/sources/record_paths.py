"""Which fields of a raw record hold something: the paths by which a source's changes of shape are seen.

A path is `protocolSection.statusModule.overallStatus`; `[]` stands for the items of a list, whichever they are. Of a
list only the first items are looked at: a field that is renamed is renamed in all of them.
"""

import re
from typing import Any, get_args, get_origin

import msgspec

from skinproof.errors import InputError
from skinproof.model.record import StudyRecord

RULE = "fill/1"
"""Version of what counts as a filled field; raised when the same record would give other paths."""

_ITEMS = 2
_DECODE = msgspec.json.Decoder().decode
_HOLDER = re.compile(rb'"versionHolder":"(\d{4}-\d\d-\d\d)"')

ALWAYS = frozenset(
    f"protocolSection.{path}"
    for path in (
        "identificationModule.nctId", "identificationModule.briefTitle", "identificationModule.organization.fullName",
        "statusModule.overallStatus", "statusModule.statusVerifiedDate", "statusModule.studyFirstSubmitDate",
        "statusModule.studyFirstPostDateStruct.date", "statusModule.lastUpdatePostDateStruct.date",
        "sponsorCollaboratorsModule.leadSponsor.name", "sponsorCollaboratorsModule.leadSponsor.class",
        "descriptionModule.briefSummary", "conditionsModule.conditions", "designModule.studyType",
        "eligibilityModule.eligibilityCriteria", "eligibilityModule.stdAges",
    )
)  # fmt: skip
"""Fields that were filled in 99.9 % and more of 2,608 whole ClinicalTrials.gov records as the API gave them; copies that
others converted may lack some (the study type in 47 of 1,535 of one such set)."""

COME_AND_GO = (
    "protocolSection.contactsLocationsModule.centralContacts",
    "protocolSection.contactsLocationsModule.locations[].contacts",
    "protocolSection.contactsLocationsModule.locations[].status",
    "protocolSection.contactsLocationsModule.overallOfficials",
    "protocolSection.statusModule.lastKnownStatus",
    "protocolSection.statusModule.whyStopped",
    "protocolSection.statusModule.delayedPosting",
    "protocolSection.statusModule.dispFirst",
    "protocolSection.statusModule.expandedAccessInfo",
)
"""ClinicalTrials.gov's rules fill and empty these as a study goes on (contacts of a study that recruits, why it stopped)."""

NOT_READ = ("derivedSection.conditionBrowseModule", "derivedSection.interventionBrowseModule")
"""The registry's own term trees: no answer reads them. `browseLeaves` and `browseBranches` did vanish from them."""


def filled_paths(body: bytes) -> frozenset[str]:
    """The paths in a canonical body that hold something; empty text, lists and objects and null hold nothing.

    >>> sorted(filled_paths(b'{"a":{"b":"x","c":""},"d":[{"e":0}]}'))
    ['a', 'a.b', 'd', 'd[].e']

    Raises: InputError if the body is no JSON object, and no tree of elements.
    """
    try:
        value = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the body of a record is not JSON: {error}") from error
    found: set[str] = set()
    if isinstance(value, dict):
        _of_objects(value, found)
    elif isinstance(value, list):
        _of_elements(value, found)
    return frozenset(found)


def holder_of(body: bytes) -> str | None:
    """The registry day for which a ClinicalTrials.gov record was fetched; None where it says none."""
    found = _HOLDER.search(body)
    return found[1].decode() if found else None


def _of_objects(value: dict[str, Any], found: set[str]) -> None:
    todo: list[tuple[dict[str, Any], str]] = [(value, "")]
    while todo:
        inner, before = todo.pop()
        for key, item in inner.items():
            here = before + key
            kind = type(item)
            if kind is dict:
                if item:
                    found.add(here)
                    todo.append((item, here + "."))
            elif kind is list:
                if item:
                    found.add(here)
                    todo += [(part, here + "[].") for part in item[:_ITEMS] if type(part) is dict]
            elif item is not None and item != "":
                found.add(here)


def _of_elements(tree: list[Any], found: set[str]) -> None:
    """Of XML kept as nested lists: [name, {attributes}, child or text...]."""
    todo: list[tuple[list[Any], str]] = [(tree, "")]
    while todo:
        node, before = todo.pop()
        if not node or not isinstance(node[0], str):
            continue
        here = before + node[0]
        if len(node) > 2 or (len(node) == 2 and node[1]):
            found.add(here)
        seen: dict[str, int] = {}
        for part in node[1:]:
            if isinstance(part, dict):
                found.update(f"{here}@{name}" for name, text in part.items() if text)
            elif isinstance(part, list) and part and isinstance(part[0], str):
                seen[part[0]] = seen.get(part[0], 0) + 1
                if seen[part[0]] <= _ITEMS:
                    todo.append((part, here + "."))


def _paths_of(type_: Any, before: str, found: set[str], depth: int = 0) -> None:
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        if depth > 12:
            return
        for field in msgspec.structs.fields(type_):
            here = f"{before}.{field.encode_name}".lstrip(".")
            found.add(here)
            _paths_of(field.type, here, found, depth + 1)
    elif get_origin(type_) is tuple:
        _paths_of(get_args(type_)[0], before + "[]", found, depth)
    else:
        for inner in get_args(type_):
            if not isinstance(inner, str | bytes | int):
                _paths_of(inner, before, found, depth)


def described_paths() -> frozenset[str]:
    """Every path that the model of a ClinicalTrials.gov record knows."""
    found: set[str] = set()
    _paths_of(StudyRecord, "", found)
    return frozenset(found)
