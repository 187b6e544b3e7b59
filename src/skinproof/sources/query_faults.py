"""What is wrong with a file of named queries, in words: the line, the query, and what to write instead."""

import re

import msgspec
import yaml

_AT = re.compile(r" - at `\$(?P<path>[^`]*)`")
_PLACE = re.compile(r"\.queries\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]+)`")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_WORDS = {
    "object": "keys with values", "array": "a list", "str": "text", "null": "nothing", "int": "a number", "float": "a number",
    "bool": "yes or no", "date": "a day such as 2026-11-23",
}  # fmt: skip


def yaml_fault(error: Exception) -> str:
    """What a YAML reader stumbled over, with its line where it is known."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())[:200] or type(error).__name__
    where = f"line {mark.line + 1}: " if mark is not None else ""
    return f"{where}this is not in order as YAML ({problem}); look at indents, colons, brackets and quotation marks"


def shape_fault(body: bytes, error: msgspec.ValidationError) -> str:
    """Which key of which query is missing, unknown or of a wrong kind."""
    text = str(error)
    at = _AT.search(text)
    path = at["path"] if at else ""
    place = _PLACE.match(path)
    head = query_place(body, int(place[1])) if place else ""
    key = path[place.end() :] if place else path
    inside = f" in `{key.lstrip('.')}`" if key else ""
    if found := _MISSING.match(text):
        said = f"`{found[1]}` is missing{inside}"
    elif found := _UNKNOWN.match(text):
        said = f"`{found[1]}` is not a known key{inside}, perhaps a typing error"
    elif found := _EXPECTED.match(text):
        wanted, got = (
            " or ".join(_WORDS.get(one, one) for one in part.split(" | ")) for part in found.groups()
        )
        said = f"`{key.lstrip('.') or 'the file'}` should be {wanted}, found {got}"
    else:
        said = " ".join(text.split("` - at")[0].split())[:200] + inside
    return f"{head}not in order: {said}; each query needs name, title, written and groups (or terms for a source)"


def query_place(body: bytes, number: int) -> str:
    """ "line 7, query 'mine': " of the query with a number, counted from 0; empty where it cannot be found."""
    try:
        root = yaml.compose(body, Loader=yaml.SafeLoader)
        pairs = root.value if isinstance(root, yaml.MappingNode) else []
        queries = next(value for name, value in pairs if name.value == "queries")
        node = queries.value[number]
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        name = next((value.value for key, value in pairs if key.value == "name"), None)
    except (yaml.YAMLError, StopIteration, AttributeError, IndexError, TypeError, ValueError):
        return ""
    called = f"query {str(name)[:60]!r}" if name is not None else f"query number {number + 1}"
    return f"line {node.start_mark.line + 1}, {called}: "
