"""Lists of a record compared as sets: what was added, removed or altered, whatever the order."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

from skinproof.views.word_diff import Piece, likeness, meaning, same, shown, word_diff

ALIKE = 0.5
"""Share of words in common from which two items are one that was reworded."""

WORDY = 8
"""Words from which a text is shown by the words that differ, not whole."""

LISTED = 10
"""Values of a list that are shown."""

T = TypeVar("T")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two versions.

    kind: one of `record_changes.KINDS`; field: JSON path in the record; label: what changed, in words; about: the item of
    a list it is in; old, new: by meaning, cut where long, None where the version does not say; pieces: the words that differ.
    """

    kind: str
    field: str
    label: str
    old: str | None = None
    new: str | None = None
    about: str | None = None
    pieces: tuple[Piece, ...] = ()


class Part(msgspec.Struct, Generic[T], frozen=True):
    """One text of an item."""

    name: str
    label: str
    read: Callable[[T], str | None]


def text_change(
    kind: str, field: str, label: str, old: str | None, new: str | None, about: str | None = None
) -> Change:
    """A text that differs, with its words."""
    long = old and new and len(old.split()) + len(new.split()) > 2 * WORDY
    pieces = word_diff(old, new) if old and new and long else ()
    return Change(
        kind=kind, field=field, label=label, old=shown(old), new=shown(new), about=shown(about), pieces=pieces
    )


def set_changes(kind: str, field: str, label: str, old: Iterable[str], new: Iterable[str]) -> list[Change]:
    """A list of words compared as a set: one change with what is only in either."""
    before, after = (Counter(map(meaning, values)) for values in (old, new))
    gone, added = before - after, after - before
    if not gone and not added:
        return []
    return [Change(kind=kind, field=field, label=label, old=listed(gone), new=listed(added))]


def listed(values: Counter[str]) -> str | None:
    """The values in order, each once, with how many more there are."""
    names = [f"{name} ({count} times)" if count > 1 else name for name, count in sorted(values.items())]
    more = f"; and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (shown("; ".join(names[:LISTED])) or "") + more if names else None


def item_changes(
    kind: str,
    field: str,
    noun: str,
    old: Sequence[T],
    new: Sequence[T],
    name: Part[T],
    parts: Sequence[Part[T]],
) -> list[Change]:
    """Items compared by name first, then by likeness of their names; then part by part."""
    pairs, gone, added = paired(old, new, lambda item: name.read(item) or "")
    found = []
    for one, two in pairs:
        about = name.read(two) or name.read(one)
        for part in (name, *parts):
            was, is_now = part.read(one), part.read(two)
            if not same(was, is_now):
                label = f"{noun} reworded" if part is name else f"{part.label} of {noun.lower()}"
                told = None if part is name else about
                found.append(text_change(kind, f"{field}[].{part.name}", label, was, is_now, told))
    found += [_whole(kind, field, f"{noun} removed", item, name, parts, old=True) for item in gone]
    found += [_whole(kind, field, f"{noun} added", item, name, parts, old=False) for item in added]
    return found


def _whole(
    kind: str, field: str, label: str, item: T, name: Part[T], parts: Sequence[Part[T]], *, old: bool
) -> Change:
    first = parts[0].read(item) if parts else None
    text = shown((name.read(item) or "without a name") + (f" [{first}]" if first else ""))
    about = shown(name.read(item))
    if old:
        return Change(kind=kind, field=f"{field}[]", label=label, about=about, old=text)
    return Change(kind=kind, field=f"{field}[]", label=label, about=about, new=text)


def paired(
    old: Sequence[T], new: Sequence[T], name: Callable[[T], str]
) -> tuple[list[tuple[T, T]], list[T], list[T]]:
    """Which items are one: equal names first, then the most alike; and what is left of either. The same both ways."""
    rest = [(meaning(name(item)), item) for item in new]
    pairs: list[tuple[T, T]] = []
    open_old: list[tuple[str, T]] = []
    for item in old:
        key = meaning(name(item))
        place = next((i for i, (other, _) in enumerate(rest) if other == key), None)
        if place is None:
            open_old.append((key, item))
        else:
            pairs.append((item, rest.pop(place)[1]))
    near = sorted(
        (-likeness(one, two), *sorted((one, two)), i, j)
        for i, (one, _) in enumerate(open_old)
        for j, (two, _) in enumerate(rest)
        if likeness(one, two) >= ALIKE
    )
    left, right = set(range(len(open_old))), set(range(len(rest)))
    for *_, i, j in near:
        if i in left and j in right:
            left.discard(i)
            right.discard(j)
            pairs.append((open_old[i][1], rest[j][1]))
    return pairs, [open_old[i][1] for i in sorted(left)], [rest[j][1] for j in sorted(right)]
