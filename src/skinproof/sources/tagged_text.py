"""Files of tagged lines (NBIB, RIS) -> the text of each record with its place, and its fields as a tree."""

import re
from collections.abc import Iterator

from skinproof.model.raw import Limits, Refusal
from skinproof.sources.files_json import BLOCK, Value, clean_excerpt
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord
from skinproof.sources.xml_tree import Node

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n?|\n")
_LONGEST_TAG = 16


def cut_at(
    stream: Stream, name: str, place: str, limits: Limits, start: re.Pattern[bytes]
) -> Iterator[Value | Refusal]:
    """The text of each record, from one match of `start` at the beginning of a line to the next.

    start: matches the first field's tag after a line's end or at the beginning, with the tag in group 1.
    """
    buffer, base, line, at_end = b"", 0, 1, False
    while not (at_end and not buffer):
        found = [tag.start(1) for tag in start.finditer(buffer)]
        if len(found) < 2 and not at_end:
            if len(buffer) > limits.record_bytes:
                yield Refusal(
                    name,
                    f"{place}line {line}, byte {base}",
                    f"larger than the limit of {limits.record_bytes:,} bytes for one record",
                    clean_excerpt(buffer[: 4 * limits.excerpt], limits.excerpt),
                )
                base, line, buffer = base + len(buffer) - 16, line + buffer[:-16].count(b"\n"), buffer[-16:]
            pieces, missing = [buffer], max(BLOCK, len(buffer))
            while missing > 0 and (piece := stream.read(missing)):
                pieces.append(piece)
                missing -= len(piece)
            at_end = missing > 0
            buffer = b"".join(pieces)
            if base == 0 and buffer.startswith(_BOM):
                base, buffer = len(_BOM), buffer[len(_BOM) :]
            continue
        stops = [*found, len(buffer)] if at_end else found
        for begin, end in zip([0, *stops], stops, strict=False):
            text = buffer[begin:end]
            if text.strip():
                yield Value(base + begin, line, text)
            line += text.count(b"\n")
        base, buffer = base + stops[-1], buffer[stops[-1] :]


def field_tree(data: bytes, kind: str, tag: re.Pattern[str], continued: re.Pattern[str]) -> Node:
    """The fields of one record in order, as a tree that `xml_tree` reads too: [kind, {}, [tag, {}, text]...].

    tag: of a line, group 1 the tag, group 2 the words; continued: a line that goes on with the field before.
    Raises: BadRecord for a line that is neither, with its place, and for text that is not UTF-8.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BadRecord("not UTF-8 text; save the file as UTF-8", error.start) from error
    tree: Node = [kind, {}]
    parts: list[str] = []
    at = 0
    for line in _LINE_END.split(text):
        found = tag.fullmatch(line)
        if found is not None:
            parts = [found[2].strip()] if found[2] and found[2].strip() else []
            tree.append([found[1], {}, parts])
        elif line.strip():
            if len(tree) == 2 or not continued.fullmatch(line):
                raise BadRecord(
                    "a line that is neither a field nor goes on with one", len(text[:at].encode())
                )
            parts.append(line.strip())
        at += len(line) + 1
    for field in tree[2:]:
        field[2:] = [" ".join(field[2])] if field[2] else []
    return tree
