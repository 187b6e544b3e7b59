"""What a person types into `find`, as an FTS5 expression.

words            all must occur: `exosome melasma`
"a phrase"       these words in this order, as written
exo*             words that begin so
AND OR NOT ( )   in capitals; AND binds more closely than OR
title:word       only in that field (see store.search.FIELDS)

A plain word, words in a row that are a vocabulary name (`hair loss`), or such a phrase also find its synonyms,
unless written in quotes with a leading `=` (`="exosome"`). Everything a person types is quoted for FTS5, so nothing is ever an operator by
accident.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
_NAME_WORDS = 4


class _Parser:
    def __init__(self, query: str, expand: Callable[[str], Sequence[str]]) -> None:
        self.query = query
        self.expand = expand
        self.expanded: list[str] = []
        self.phrases: list[str] = []
        self.fields: list[str] = []
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
            start = match.end() - len(match[0].lstrip())
            if match["phrase"] is not None:
                kind = "exact" if match["exact"] or match["phrase_star"] else "phrase"
                found.append((kind, match["phrase"] + match["phrase_star"], start))
            elif kind == "word" and match["word"] in ("AND", "OR", "NOT"):
                found.append((match["word"], match["word"], start))
            else:
                found.append((kind, match[kind], start))
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
                wanted = len(self.phrases)
                left = f"({left} NOT {self.atom()})"
                del self.phrases[wanted:]
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
            if self.fields:
                raise self.fail("one field inside another")
            self.fields.append(f"{{{name}}} : ")
            inner = self.atom()
            return f"{self.fields.pop()}({inner})"
        self.place += 1
        if kind == "open":
            inner = self.either()
            if self.peek() != "close":
                raise self.fail("a closing bracket is missing")
            self.place += 1
            return inner
        if kind == "word" and text[0] in "-!" and len(text) > 1:
            self.place -= 1
            raise self.fail(f"to leave out {text[1:]!r} write NOT {text[1:]}")
        star = text.endswith("*")
        words = text.rstrip("*").strip()
        if kind == "word" and "*" in words:
            self.place -= 1
            raise self.fail("* stands only at the end of a word")
        if not re.search(r"\w", words):
            raise self.fail(f"{text!r} holds no letter or digit to search for")
        if star or kind == "exact":
            return self.either_of([_quoted(words) + ("*" if star else "")])
        if kind == "word":
            words = self.longest_name(words)
        single = words.split()
        names = [name for name in self.expand(words) if name.lower() != words.lower()]
        if kind == "word" and len(single) > 1:
            typed = " AND ".join(map(_quoted, single))
            self.phrases += [self.prefix() + _quoted(word) for word in single]
            return f"(({typed}) OR {self.either_of(self.synonyms(words, names))})"
        return self.either_of([_quoted(words), *self.synonyms(words, names)])

    def longest_name(self, first: str) -> str:
        """`first` with the plain words after it, as far as together they are a vocabulary name (`hair loss`)."""
        words = [first]
        for kind, text, _ in self.tokens[self.place : self.place + _NAME_WORDS - 1]:
            if kind != "word" or text.endswith("*"):
                break
            words.append(text)
        for length in range(len(words), 1, -1):
            name = " ".join(words[:length])
            if self.expand(name):
                self.place += length - 1
                return name
        return first

    def synonyms(self, words: str, names: Sequence[str]) -> list[str]:
        kept = _shortest([words, *names])
        self.expanded += [name for name in names if name in kept]
        return [_quoted(name) for name in names if name in kept]

    def either_of(self, phrases: Sequence[str]) -> str:
        self.phrases += [self.prefix() + phrase for phrase in phrases]
        return phrases[0] if len(phrases) == 1 else "(" + " OR ".join(phrases) + ")"

    def prefix(self) -> str:
        return self.fields[-1] if self.fields else ""


def _shortest(names: Sequence[str]) -> set[str]:
    """The names without those that the others find anyway: plurals (the index knows word stems), and names that
    hold another of them (who finds "exosome" has found "msc exosomes" too).
    """
    keys: dict[tuple[str, ...], str] = {}
    for name in names:
        keys.setdefault(tuple(word.removesuffix("s") for word in name.lower().split()), name)
    return {
        name
        for key, name in keys.items()
        if not any(
            key[start:end] in keys
            for start in range(len(key))
            for end in range(start + 1, len(key) + 1)
            if end - start < len(key)
        )
    }


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""').replace("\x00", " ") + '"'


class Expression(NamedTuple):
    """A query for FTS5: the whole expression, its wanted phrases one by one, and the synonyms that were added."""

    match: str
    phrases: tuple[str, ...]
    expanded: tuple[str, ...]


def fts_expression(query: str, expand: Callable[[str], Sequence[str]]) -> Expression:
    """The query as FTS5 reads it. `expand` gives the other names of a word or phrase.

    Raises: UsageError with the place in the query, when it cannot be read.
    """
    parser = _Parser(query, expand)
    if not parser.tokens:
        raise UsageError("the search is empty: give a word, as in `skinproof find exosome`")
    expression = parser.either()
    if parser.place < len(parser.tokens):
        raise parser.fail("a closing bracket without an opening one")
    return Expression(expression, tuple(dict.fromkeys(parser.phrases)), tuple(dict.fromkeys(parser.expanded)))
