"""What a request asks, read from its address: bounded, and the same question always in the same words."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from skinproof.errors import UsageError

MOST_VALUES = 60
"""Parameters of one address."""


class Question:
    """Parameters of an address by name; `posted-from` and `posted_from` are the same name.

    as_of: the day that is asked for, None for the newest versions. empty: parameters without a value; a form sends those that
    nobody filled in, so they ask nothing.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.values: dict[str, list[str]] = {}
        self.empty: set[str] = set()
        for name, value in pairs:
            if value == "":
                self.empty.add(name)
            else:
                self.values.setdefault(name.replace("-", "_"), []).append(value)
        self.as_of = self.one("as_of")

    @classmethod
    def read(cls, query: bytes) -> "Question":
        """The question of a query string. Raises: UsageError for too many parameters or bytes that are no text."""
        try:
            pairs = parse_qsl(
                query.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_VALUES, errors="strict"
            )
        except ValueError as error:
            raise UsageError(
                f"the part of the address after `?` cannot be read: at most {MOST_VALUES} parameters of UTF-8 text"
            ) from error
        if any("\x00" in text for pair in pairs for text in pair):
            raise UsageError("the part of the address after `?` holds a zero byte")
        return cls(pairs)

    def one(self, name: str) -> str | None:
        """The one value of a parameter. Raises: UsageError where it is given twice."""
        found = self.values.get(name, ())
        if len(found) > 1:
            raise UsageError(f"{name} is given {len(found)} times; give it once")
        return found[0] if found else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be given again."""
        return tuple(self.values.get(name, ()))

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number between bounds. Raises: UsageError."""
        text = self.one(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise UsageError(f"{name} {text[:40]!r} is no whole number from {least:,} to {most:,}")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """True for yes, false for no, None where it is not given. Raises: UsageError for another word."""
        text = self.one(name)
        if text is None:
            return None
        word = text.strip().lower()
        if word not in ("true", "false", "yes", "no", "1", "0"):
            raise UsageError(f"{name} {text[:40]!r} is neither true nor false")
        return word in ("true", "yes", "1")

    @property
    def text(self) -> str:
        """The question as the end of an address, parameters in the order of their names."""
        return urlencode([(name, value) for name in sorted(self.values) for value in self.values[name]])

    def changed(self, **other: str | int | None) -> str:
        """The same question with some parameters set to another value, or left out where None."""
        values: Mapping[str, list[str]] = {
            **self.values,
            **{name: [] if value is None else [str(value)] for name, value in other.items()},
        }
        return Question((name, value) for name, own in values.items() for value in own).text
