"""Kinds of download beside ClinicalTrials.gov's: one line each says how it is recognised, cut and read.

`files.py` asks `kind_of` before it looks for registry JSON and tables. To add a kind: write `pieces` (a stream into
record texts, see `files_xml.XmlCutter`) and `item` (one text into a raw item) in a module of its own, and list it here.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources import ctis, europepmc_json, ictrp, ictrp_table, isrctn, nbib, pubmed_xml, ris
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import Stream

KindName = Literal["ictrp", "isrctn", "ctis", "pubmed", "europepmc", "nbib", "ris"]


class FileKind(NamedTuple):
    """One kind of download.

    name: the source its versions come from. wanted: how a person calls such a file, for "wanted: ..." messages.
    detect: whether a text that begins like this (up to 64 kB, unpacked, a byte order mark in place) is of this kind.
    pieces: (stream, file name, place, limits) -> the text of each record with its offset and line, and refusals; what
    `stream.fault` says at the end is reported by the caller.
    item: (a record's text, where it stood) -> its raw item; raises BadRecord.
    """

    name: KindName
    wanted: str
    detect: Callable[[bytes], bool]
    pieces: Callable[[Stream, str, str, Limits], Iterator[Value | Refusal]]
    item: Callable[[bytes, str], RawItem]


KINDS: tuple[FileKind, ...] = (
    FileKind("pubmed", "PubMed XML", pubmed_xml.detect, pubmed_xml.pieces, pubmed_xml.item),
    FileKind(
        "europepmc", "Europe PMC JSON", europepmc_json.detect, europepmc_json.pieces, europepmc_json.item
    ),
    FileKind("ictrp", "WHO ICTRP XML or CSV", ictrp.detect, ictrp.pieces, ictrp.item),
    FileKind("ictrp", "WHO ICTRP XML or CSV", ictrp_table.detect, ictrp_table.pieces, ictrp.item),
    FileKind("isrctn", "ISRCTN XML", isrctn.detect_xml, isrctn.pieces_xml, isrctn.item),
    FileKind("isrctn", "ISRCTN XML", isrctn.detect_json, isrctn.pieces_json, isrctn.item),
    FileKind("ctis", "EU CTIS JSON", ctis.detect, ctis.pieces, ctis.item),
    FileKind("nbib", "NBIB", nbib.detect, nbib.pieces, nbib.item),
    FileKind("ris", "RIS", ris.detect, ris.pieces, ris.item),
)
"""Asked in this order; the first that recognises a text reads it. Lines of one name share their `item`."""

_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(head: bytes) -> FileKind | None:
    """The kind of a text that begins like this; None where it is none of these."""
    return next((kind for kind in KINDS if kind.detect(head)), None)


def kind_named(name: KindName) -> FileKind:
    """The kind with this name."""
    return _BY_NAME[name]
