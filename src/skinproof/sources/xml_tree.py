"""One XML element of untrusted text <-> a plain tree that JSON can hold, with every name, attribute and text of it.

A node is `[name, {attribute: value}, child, child...]` where a child is a node or a text. White space that only
indents is left out; where an element holds words, or pictures of words such as `<i>` and `<sup>`, all of it stays.

No entity can be defined here, so none can grow or name a file: the text of one element has no document type
declaration, and one that has is refused before it is parsed.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.parsers.expat import ErrorString

from skinproof.sources.files_record import BadRecord

Node = list[Any]

MOST_TAGS = 2_000_000
"""A paper with 5,000 authors and as many references has 100,000 opening and closing tags."""
DEEPEST = 64
"""MathML in an abstract reaches about 20."""

_INLINE = frozenset({"i", "b", "u", "sub", "sup", "em", "strong"})
_SUPERSCRIPT = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_NUMBER = re.compile(r"[-−–]?\d+")
_SPACES = re.compile(r"\s+")


def xml_tree(data: bytes) -> Node:
    """The tree of one element in UTF-8.

    Raises: BadRecord for text that is not one well-formed element, or is far larger or deeper than records are.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadRecord("a document type declaration inside a record, as no download has")
    if data.count(b"<") > MOST_TAGS:
        raise BadRecord("mostly tags, as no record is")
    parser = ElementTree.XMLParser(encoding="utf-8")  # noqa: S314 - no entity can be declared, see the module's text
    try:
        parser.feed(data)
        root = parser.close()
    except ElementTree.ParseError as error:
        raise BadRecord(f"not XML: {ErrorString(error.code)}", _byte_at(data, *error.position)) from error
    except (ValueError, LookupError) as error:
        raise BadRecord(f"not XML: {error}") from error
    return _node(root, 1)


def _byte_at(data: bytes, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = data.find(b"\n", at) + 1
    return min(at + column, len(data))


def _node(element: ElementTree.Element, depth: int) -> Node:
    if depth > DEEPEST:
        raise BadRecord(f"nested deeper than {DEEPEST} elements, as no record is")
    node: Node = [element.tag, dict(element.attrib)]
    keeps_space = _holds_words(element)
    if element.text and (keeps_space or not element.text.isspace()):
        node.append(element.text)
    for child in element:
        node.append(_node(child, depth + 1))
        if child.tail and (keeps_space or not child.tail.isspace()):
            node.append(child.tail)
    return node


def _holds_words(element: ElementTree.Element) -> bool:
    if element.text and not element.text.isspace():
        return True
    return any(child.tag in _INLINE or (child.tail and not child.tail.isspace()) for child in element)


def kids(node: Node | None, name: str | None = None) -> Iterator[Node]:
    """The child elements of a node, all or of one name; none for None."""
    for child in (node or ())[2:]:
        if isinstance(child, list) and (name is None or child[0] == name):
            yield child


def at(node: Node | None, *path: str) -> Node | None:
    """The first element down a path of names, None where there is none."""
    for name in path:
        node = next(kids(node, name), None)
        if node is None:
            return None
    return node


def attribute(node: Node | None, name: str) -> str | None:
    """An attribute's value, None where it is absent or blank."""
    value = node[1].get(name) if node else None
    return value.strip() or None if isinstance(value, str) else None


def words(node: Node | None) -> str | None:
    """The readable text of a node, on one line; None where it is absent or blank.

    `10<sup>9</sup>` reads 10⁹, never 109; `CD4<sup>+</sup>` and `H<sub>2</sub>O` read CD4+ and H2O.
    """
    if node is None:
        return None
    return _SPACES.sub(" ", "".join(_pieces(node))).strip() or None


def raised(text: str) -> str:
    """The text of a superscript: a whole number in raised digits, anything else as it is."""
    return text.translate(_SUPERSCRIPT) if _NUMBER.fullmatch(text) else text


def _pieces(node: Node) -> Iterator[str]:
    for child in node[2:]:
        if isinstance(child, str):
            yield child
        elif child[0] == "sup":
            yield raised("".join(_pieces(child)))
        else:
            yield from _pieces(child)
