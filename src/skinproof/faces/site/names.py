"""Where the pages of tiles, agents, complaints and papers lie, seen from the top of the site."""

import re

from skinproof.faces.site.safe import file_stem


def cell_href(row: str, column: str) -> str:
    """Where the page of a tile lies: `cells/ev--hair.html`."""
    branch = column.rpartition(":")[2]
    return f"cells/{_stem(row)}--{_stem(branch)}.html"


def about_href(name: str) -> str:
    """The page of an agent class, an agent or a complaint: `agent/all-ev.html`, `agent/exosome.html`, `indication/scar.html`."""
    kind, _, rest = name.partition(":")
    if not rest:
        return f"agent/all-{_stem(kind)}.html"
    return f"{_stem(kind)}/{_stem(rest)}.html"


_PLAIN = re.compile(r"(PMID|PMC):([0-9]{1,9})")


def paper_stem(record_id: str) -> str:
    """The name of a paper's page without its ending: `PMID-123`; other ids as `file_stem` makes them safe."""
    plain = _PLAIN.fullmatch(record_id)
    return f"{plain[1]}-{plain[2]}" if plain else file_stem(record_id)


def paper_named(stem: str) -> str | None:
    """The record id that a page's name tells, None where it does not tell it."""
    plain = _PLAIN.fullmatch(stem.replace("-", ":", 1))
    return plain[0] if plain else None


def paper_href(record_id: str) -> str:
    """The page of a paper: `paper/PMID-123.html`."""
    return f"paper/{paper_stem(record_id)}.html"


def _stem(name: str) -> str:
    plain = name.replace("_", "-")
    return (
        plain if plain.replace("-", "").isalnum() and plain.isascii() and plain.islower() else file_stem(name)
    )


_NO_WORD = re.compile("[^A-Za-z0-9]")


def anchor(field: str, start: int) -> str:
    """The mark in the page of a record's words at which a quote begins.

    >>> anchor("protocolSection.conditionsModule.conditions[0]", 4)
    'w-conditionsModule-conditions-0--4'
    """
    plain = _NO_WORD.sub("-", field.removeprefix("protocolSection."))
    return f"w-{plain}-{start}"
