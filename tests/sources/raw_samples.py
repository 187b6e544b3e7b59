"""Synthetic registry records and ways to write them into a file."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files import iter_records


def study(
    number: int, *, updated: str = "2021-03-04", holder: str | None = "2024-01-05", **more: Any
) -> dict[str, Any]:
    """A synthetic API v2 record NCT999xxxxx; `more` goes into its identification module."""
    record: dict[str, Any] = {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{99_900_000 + number:08d}",
                "briefTitle": 'Synthetic: exosomes, 5 µg {vesicles} ["quoted": yes]',
                **more,
            },
            "statusModule": {
                "overallStatus": "COMPLETED",
                "lastUpdatePostDateStruct": {"date": updated, "type": "ACTUAL"},
            },
            "designModule": {"studyType": "INTERVENTIONAL", "enrollmentInfo": {"count": number}},
        },
        "hasResults": False,
    }
    if holder is not None:
        record["derivedSection"] = {"miscInfoModule": {"versionHolder": holder}}
    return record


def compact(value: Any) -> bytes:
    """JSON as the registry's API writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def lines(records: Iterable[Any]) -> bytes:
    """JSON Lines."""
    return b"".join(compact(record) + b"\n" for record in records)


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def page(records: Sequence[Any]) -> dict[str, Any]:
    """An API page, with keys before and after its studies."""
    return {
        "totalCount": len(records),
        "notes": [{"a": "]}"}],
        "studies": list(records),
        "nextPageToken": 'x"]}',
    }


LAYOUTS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "array": compact,
    "array pretty": lambda records: json.dumps(records, indent=2).encode(),
    "array one a line": lambda records: b"[" + b",\n".join(map(compact, records)) + b"]\n",
    "array of pages": lambda records: compact([page(records)]),
    "page": lambda records: compact(page(records)),
    "page pretty": lambda records: json.dumps(page(records), indent=1, ensure_ascii=False).encode(),
    "pages in lines": lambda records: lines([page([record]) for record in records]),
    "json lines": lines,
    "json lines, CRLF": lambda records: lines(records).replace(b"\n", b"\r\n"),
    "json lines, no last newline": lambda records: lines(records)[:-1],
    "json lines, blank lines": lambda records: lines(records).replace(b"\n", b"\n\n \n"),
    "json text sequence": lambda records: b"".join(b"\x1e" + compact(record) + b"\n" for record in records),
    "one after another": lambda records: b"".join(map(compact, records)),
    "one after another, pretty": lambda records: b"\n".join(
        json.dumps(r, indent=4).encode() for r in records
    ),
    "keys sorted, escaped": lambda records: json.dumps(records, sort_keys=True, ensure_ascii=True).encode(),
    "byte order mark": lambda records: b"\xef\xbb\xbf" + compact(records),
    "wrapper lines": lambda records: lines(
        {"nctId": r["protocolSection"]["identificationModule"]["nctId"], "versionHolder": "x", "record": r}
        for r in records
    ),
}
"""Every layout of JSON that is read, by name."""

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "gzip in parts": lambda data: (
        gzip.compress(data[:100], mtime=0) + gzip.compress(data[100:], mtime=0) + b"\0" * 9
    ),
    "gzip twice": lambda data: gzip.compress(gzip.compress(data, mtime=0), mtime=0),
    "zip": lambda data: zipped({"a/b.json": data}),
    "gzip in zip": lambda data: zipped({"b.json.gz": gzip.compress(data, mtime=0)}, zipfile.ZIP_STORED),
}


def read(
    data: bytes, name: str = "some.json", limits: Limits | None = None
) -> tuple[list[RawItem], list[Refusal]]:
    """The items and the refusals of a file's content."""
    parts = list(iter_records(io.BytesIO(data), name, limits or Limits()))
    return [p for p in parts if isinstance(p, RawItem)], [p for p in parts if isinstance(p, Refusal)]


def versions(items: Iterable[RawItem]) -> set[tuple[str, str]]:
    """(record id, sha256) of items."""
    return {(item.record_id, item.sha256) for item in items}
