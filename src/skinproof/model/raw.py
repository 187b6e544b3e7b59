"""Raw material: one record version as a file gave it, or why something in a file was refused."""

from typing import Literal

import msgspec

Source = Literal[
    "ctgov", "ctgov_csv", "snapshot", "ictrp", "isrctn", "ctis", "pubmed", "europepmc", "nbib", "ris",
]  # fmt: skip
"""Kinds of source a version can come from: registries first, then papers."""

Completeness = Literal["full", "partial"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an untrusted file is read before it is refused.

    record_bytes: largest record, unpacked; records with results can exceed 1 MB, so this leaves much room
    unpacked_bytes: most that one packed file may unpack to
    unpack_ratio, unpack_free: a packed file may unpack to `unpack_ratio` times its size once `unpack_free` bytes
        have come out of it; real downloads pack 3 to 14 times, gzip at most about 1000 times
    members: most files in one zip archive
    excerpt: characters of a refused text that are shown
    """

    record_bytes: int = 64 << 20
    unpacked_bytes: int = 64 << 30
    unpack_ratio: int = 200
    unpack_free: int = 16 << 20
    members: int = 100_000
    excerpt: int = 200


class RawItem(msgspec.Struct, frozen=True):
    """One version of one record.

    body: canonical JSON (UTF-8, no whitespace, keys sorted, shortest escapes): equal for copies of the same content
    sha256: hex, over `body` with the value of derivedSection.miscInfoModule.versionHolder blanked: that day changes
        daily without any change in the record
    completeness: `partial` where the source holds less than the registry's whole record
    registry_date: day of the last posted update as the record gives it, None where it gives none
    version_holder: registry day for which the content was fetched, None where the record gives none
    where: line, byte or member in the file it was read from
    """

    record_id: str
    body: bytes
    sha256: str
    source: Source
    completeness: Completeness
    registry_date: str | None
    version_holder: str | None
    where: str


class Refusal(msgspec.Struct, frozen=True):
    """Something that was not loaded: file, where in it (empty = all of it), why, and how it began (cleaned text).

    Offsets count bytes of the unpacked text, from 0; lines count from 1.
    """

    name: str
    where: str
    reason: str
    excerpt: str = ""
