"""What was odd in a record: kept beside the record, shown to people, never silently repaired."""

import msgspec

FOUND_LENGTH = 200
"""Longest raw text an issue quotes, in characters."""


class Issue(msgspec.Struct, frozen=True):
    """One odd place of a record that still loaded.

    kind: one of KINDS; path: JSON path such as `protocolSection.designModule.phases[0]`;
    found: the raw JSON text there, cut to FOUND_LENGTH characters; message: what was expected, in plain words.
    """

    kind: str
    path: str
    found: str
    message: str


KINDS = {
    "unknown_enum": "a word that is not in the registry's list",
    "unknown_field": "a field the registry's description does not know",
    "wrong_type": "a value of another type (text for a number, object for a list...)",
    "bad_date": "a date that is not YYYY, YYYY-MM or YYYY-MM-DD, or not in the calendar",
    "bad_id": "an id that is not NCT and 8 digits",
    "bad_text": "a text that is not Unicode (half of a surrogate pair)",
    "out_of_range": "a number that cannot be, or is beyond belief",
    "more_issues": "the record has more issues than are listed",
}
