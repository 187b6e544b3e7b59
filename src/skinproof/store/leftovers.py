"""What of a data folder can go: earlier editions, and what killed builds left behind.

The current edition is never taken, nor one that was current within the last hour: a command that opened it may still
read it. Editions share files by hard links; a file's bytes count as freed only when its last name goes.
"""

import os
import shutil
from pathlib import Path

import msgspec

from skinproof.store.editions import Editions

IN_USE = 3600.0
"""Seconds for which an edition may still be read after another took its place."""


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that can go. kind: edition | unfinished build; days: since another edition took its place."""

    kind: str
    name: str
    days: float


class Leftovers(msgspec.Struct, frozen=True, kw_only=True):
    """What can go, how many bytes that frees, and the editions that stay with the reason."""

    go: tuple[Leftover, ...]
    bytes: int
    stay: dict[str, str]


def find_leftovers(editions: Editions, now: float, keep: int, older_than: float) -> Leftovers:
    """What can go. keep: newest editions that stay; older_than: days since an edition was replaced; now: Unix time."""
    made = editions.made()
    order = sorted(made, key=lambda name: (made[name], name))
    current = editions.current()
    newest = set(order[-keep:]) if keep else set()
    go: list[Leftover] = []
    stay: dict[str, str] = {}
    for place, name in enumerate(order):
        # Made again with what an earlier one says: the pointer's own time is when the last change took place.
        replaced = made[order[place + 1]] if place + 1 < len(order) else _pointer_time(editions, made[name])
        since = now - replaced
        if name == current:
            stay[name] = "current"
        elif name in newest:
            stay[name] = f"among the {keep} newest"
        elif since < IN_USE:
            stay[name] = "replaced less than an hour ago: somebody may still read it"
        elif since < older_than * 86_400:
            stay[name] = f"replaced {since / 86_400:.0f} days ago"
        else:
            go.append(Leftover(kind="edition", name=name, days=round(since / 86_400, 1)))
    for folder in sorted(editions.root.glob(".building-*")) if editions.root.is_dir() else ():
        age = (now - folder.stat().st_mtime) / 86_400
        go.append(Leftover(kind="unfinished build", name=folder.name, days=round(age, 1)))
    return Leftovers(go=tuple(go), bytes=freed_bytes([editions.root / one.name for one in go]), stay=stay)


def remove_leftovers(editions: Editions, found: Leftovers) -> None:
    """Remove what was found; the caller holds the writer's lock, so no build is running."""
    for one in found.go:
        folder = editions.root / one.name
        if one.name == editions.current():
            continue
        # The manifest first: an edition that is half gone is none.
        (folder / "manifest.json").unlink(missing_ok=True)
        shutil.rmtree(folder)


def freed_bytes(folders: list[Path]) -> int:
    """Bytes that removing some folders frees: of files all of whose names are in them, each counted once."""
    names: dict[tuple[int, int], int] = {}
    sizes: dict[tuple[int, int], tuple[int, int]] = {}
    for folder in folders:
        for root, _, inside in os.walk(folder):
            for name in inside:
                found = Path(root, name).lstat()
                key = (found.st_dev, found.st_ino)
                names[key] = names.get(key, 0) + 1
                sizes[key] = (found.st_nlink, found.st_size)
    return sum(size for key, (links, size) in sizes.items() if names[key] >= links)


def _pointer_time(editions: Editions, otherwise: float) -> float:
    try:
        return (editions.root / "CURRENT").stat().st_mtime
    except OSError:
        return otherwise
