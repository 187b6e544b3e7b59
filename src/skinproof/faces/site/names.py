"""Where the pages of tiles, agents and complaints lie, seen from the top of the site."""

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


def _stem(name: str) -> str:
    plain = name.replace("_", "-")
    return (
        plain if plain.replace("-", "").isalnum() and plain.isascii() and plain.islower() else file_stem(name)
    )
