"""Strict reading of a vocabulary file: every value as text, with the line it stands on."""

from collections.abc import Mapping

import msgspec
import yaml

from skinproof.errors import VocabularyError

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Where(msgspec.Struct, frozen=True):
    """The place a message is about: file, line (from 1) and the term being read, if any."""

    file: str
    line: int
    term: str | None = None

    def error(self, message: str) -> VocabularyError:
        """The error to raise, in one shape: `file:line: term X: message`."""
        term = f" term {self.term}:" if self.term else ""
        return VocabularyError(f"{self.file}:{self.line}:{term} {message}")


def compose(file: str, body: bytes) -> yaml.Node:
    """The node tree of one YAML document.

    Raises:
        VocabularyError: not UTF-8, not YAML, empty, or more than one document.
    """
    try:
        node = yaml.compose(body.decode("utf-8"), Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{file}: not UTF-8 text at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise VocabularyError(f"{file}:{line}: not readable as YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise VocabularyError(f"{file}: not readable as YAML: {error}") from error
    if node is None:
        raise VocabularyError(f"{file}: empty file; expected kind, source and terms")
    return node


def mapping(node: yaml.Node, where: Where, allowed: frozenset[str] | None) -> Mapping[str, yaml.Node]:
    """The entries of a mapping node, each key once and, where `allowed` is given, from that set."""
    if not isinstance(node, yaml.MappingNode):
        raise where.error("expected `key: value` lines here")
    found: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        here = at(where, key_node)
        key = text(key_node, here)
        if key in found:
            raise here.error(f"key {key!r} stands twice")
        if allowed is not None and key not in allowed:
            raise here.error(f"unknown key {key!r}; known: {', '.join(sorted(allowed))}")
        found[key] = value
    return found


def first_value(node: yaml.Node, key: str) -> str | None:
    """The text under `key` before anything is checked, so that a message can name the term; None if none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    found = (value.value for name, value in pairs if name.value == key and isinstance(value, yaml.ScalarNode))
    return next(found, None)


def text(node: yaml.Node, where: Where) -> str:
    """The written text of a scalar node (`yes` stays yes), never empty."""
    if not isinstance(node, yaml.ScalarNode):
        raise at(where, node).error("expected one piece of text, found a list or a mapping")
    value = " ".join(str(node.value).split())
    if not value:
        raise at(where, node).error("empty text")
    return value


def texts(node: yaml.Node, where: Where) -> tuple[str, ...]:
    """The texts of a list node, or of one scalar."""
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(text(item, where) for item in items)


def at(where: Where, node: yaml.Node) -> Where:
    """`where`, moved to the line of `node`."""
    return Where(where.file, node.start_mark.line + 1, where.term)
