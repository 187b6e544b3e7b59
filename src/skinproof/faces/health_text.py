"""What `doctor` says of a data folder."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from skinproof.faces.output import bold
from skinproof.views.fill import Fill, percent
from skinproof.views.text import Column, clean, table, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.workflows.health import Health
    from skinproof.workflows.integrity import Integrity


def health_facts(health: "Health") -> dict[str, str]:
    """The facts, one a line."""
    held = ", ".join(f"{source} {n:,}" for source, n in health.versions.items()) or "none"
    free = (
        "not known"
        if health.free is None
        else f"{_size(health.free)}; a build needs about {_size(health.needs)}"
    )
    facts = {
        "store": health.store,
        "disk free": free,
        "stored versions": held,
        "not in the edition yet": f"{health.waiting:,}",
        "refused records": f"{health.refused:,} (skinproof issues)" if health.refused else "0",
        "last import or sync": health.imported or "never",
        "being written by": f"process {health.writer}" if health.writer else "nobody",
    }
    for one in health.syncs:
        total = "" if one.reported is None else f" of {one.reported:,}"
        facts[f"sync {one.source} {one.query}"] = (
            f"{one.state}, {one.stored:,}{total} stored, {one.finished} ({one.age:,.1f} days ago)"
        )
    for edition in health.editions:
        words = f"{edition.made}, {_size(edition.bytes)} ({_size(edition.alone)} of its own)"
        facts[f"edition {edition.edition}"] = f"{words}, current" if edition.current else words
    return facts


def said_lines(health: "Health", integrity: "Integrity | None", width: int) -> list[str]:
    """What to mind, what was checked, and what is wrong."""
    lines: list[str] = []
    for note in health.notes:
        lines += wrap(clean(f"Mind: {note}."), width, "  ")
    wrong = [*health.wrong, *(integrity.problems if integrity else ())]
    if integrity is not None:
        lines.append(
            f"Checked: {plural(integrity.versions, 'version')}, {plural(integrity.journal_lines, 'journal line')}, "
            f"{plural(integrity.editions, 'edition')}."
        )
    for problem in wrong:
        lines += wrap(clean(f"Wrong: {problem.what}. To do: {problem.do}."), width, "  ")
    if not wrong:
        lines.append(
            "Nothing is wrong." if integrity else "Nothing is wrong; --check also reads all that is held."
        )
    return ["", *(bold(line) if line.startswith("Wrong") else line for line in lines)]


def fill_lines(sources: Mapping[str, Fill], width: int) -> list[str]:
    """How often each field is filled, by source."""
    lines: list[str] = []
    for name, fill in sources.items():
        lines += [bold(f"{name}: {plural(fill.versions, 'version')}, {fill.sampled:,} of them looked at"), ""]
        rows = [(path, f"{n:,}", percent(fill.share(path))) for path, n in fill.paths.items()]
        heads = [Column("Field", wraps=True), Column("Filled in", right=True), Column("Share", right=True)]
        lines += [*table(heads, rows, width), ""]
    return lines


def _size(size: int) -> str:
    """Bytes as people write them.

    >>> _size(1_234), _size(5_600_000)
    ('1.2 kB', '5.6 MB')
    """
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
