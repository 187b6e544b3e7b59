"""What a person types into `find`, as an FTS5 expression.

words            all must occur: `exosome melasma`
"a phrase"       these words in this order, as written
exo*             words that begin so
AND OR NOT ( )   in capitals; AND binds more closely than OR
title:word       only in that field (see store.search.FIELDS)

A plain word, or a phrase that is a vocabulary name, also finds its synonyms, unless it is written in quotes
with a leading `=` (`="exosome"`). Everything a person types is quoted for FTS5, so nothing is ever an operator by
accident.
"""

import re
from collections.abc import Callable, Sequence

from skinproof.errors import UsageError
from skinproof.store.search import FIELDS

_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))
    |(?P<field>[A-Za-z_]+):(?=\S)
    |(?P<exact>=?)"(?P<phrase>[^"]*)"(?P<phrase_star>\*?)
    |(?P<word>[^\s()"]+))""",
    re.VERBOSE,
)
_MAX_TERMS = 64


class _Parser:
    def __init__(self, query: str, expand: Callable[[str], Sequence[str]]) -> None:
        self.query = query
        self.expand = expand
        self.expanded: list[str] = []
        self.tokens = self._tokens()
        self.place = 0

    def _tokens(self) -> list[tuple[str, str, int]]:
        found, at = [], 0
        text = self.query.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise UsageError(
                    f"the search has an unclosed quotation mark at character {at + 1}: {text[at : at + 20]!r}"
                )
            kind = match.lastgroup or ""
            if match["phrase"] is not None:
                kind = "exact" if match["exact"] or match["phrase_star"] else "phrase"
                found.append((kind, match["phrase"] + match["phrase_star"], match.start()))
            elif kind == "word" and match["word"] in ("AND", "OR", "NOT"):
                found.append((match["word"], match["word"], match.start()))
            else:
                found.append((kind, match[kind], match.start()))
            at = match.end()
        if len(found) > _MAX_TERMS:
            raise UsageError(f"the search has {len(found)} words; at most {_MAX_TERMS} are allowed")
        return found

    def peek(self) -> str | None:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else None

    def fail(self, message: str) -> UsageError:
        where = self.tokens[self.place][2] + 1 if self.place < len(self.tokens) else len(self.query) + 1
        return UsageError(f"the search cannot be read at character {where}: {message}")

    def either(self) -> str:
        parts = [self.both()]
        while self.peek() == "OR":
            self.place += 1
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"

    def both(self) -> str:
        left = None
        while self.peek() not in (None, "close", "OR"):
            kind = self.peek()
            if kind == "AND":
                if left is None:
                    raise self.fail("AND needs a word before it")
                self.place += 1
                kind = self.peek()
                if kind in (None, "close", "OR", "AND"):
                    raise self.fail("AND needs a word after it")
            if kind == "NOT":
                if left is None:
                    raise self.fail(
                        "NOT needs something before it to take away from, as in `exosome NOT cancer`"
                    )
                self.place += 1
                left = f"({left} NOT {self.atom()})"
            else:
                atom = self.atom()
                left = atom if left is None else f"({left} AND {atom})"
        if left is None:
            raise self.fail("a word is missing here")
        return left

    def atom(self) -> str:
        kind = self.peek()
        if kind is None or kind in ("close", "AND", "OR", "NOT"):
            raise self.fail("a word is missing here")
        text = self.tokens[self.place][1]
        if kind == "field":
            name = text.lower()
            if name not in FIELDS:
                raise self.fail(f"there is no field {text!r}; fields are {', '.join(FIELDS)}")
            self.place += 1
            return f"{{{name}}} : ({self.atom()})"
        self.place += 1
        if kind == "open":
            inner = self.either()
            if self.peek() != "close":
                raise self.fail("a closing bracket is missing")
            self.place += 1
            return inner
        star = text.endswith("*")
        words = text.rstrip("*").strip()
        if not re.search(r"\w", words):
            raise self.fail(f"{text!r} holds no letter or digit to search for")
        if star or kind == "exact":
            return _quoted(words) + ("*" if star else "")
        names = [words, *(name for name in self.expand(words) if name.lower() != words.lower())]
        self.expanded += names[1:]
        parts = [_quoted(name) for name in names]
        return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""').replace("\x00", " ") + '"'


def fts_expression(query: str, expand: Callable[[str], Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """(FTS5 expression, synonyms that were added). `expand` gives the other names of a word or phrase.

    Raises: UsageError with the place in the query, when it cannot be read.
    """
    parser = _Parser(query, expand)
    if not parser.tokens:
        raise UsageError("the search is empty: give a word, as in `skinproof find exosome`")
    expression = parser.either()
    if parser.place < len(parser.tokens):
        raise parser.fail("a closing bracket without an opening one")
    return expression, tuple(dict.fromkeys(parser.expanded))
