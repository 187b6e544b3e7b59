"""Moderators of a meta-regression: numbers as they are, words as columns of 0 and 1."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.sums import Floats


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of a meta-regression, without the intercept.

    x: (k, q); names: of its q columns; intercept: whether the model has one; levels: the levels of each moderator in
    words, the reference first.
    """

    x: Floats
    names: tuple[str, ...]
    intercept: bool = True
    levels: dict[str, tuple[str, ...]] = {}


def design(
    columns: Mapping[str, Sequence[object] | Floats],
    *,
    intercept: bool = True,
    reference: Mapping[str, str] | None = None,
    interactions: Sequence[tuple[str, str]] = (),
) -> Design:
    """The design of named moderators; None and NaN stay missing.

    A moderator whose values are words (or bool) becomes a column `name` + level for each level but the reference, which is
    the first in alphabetical order unless `reference` names it; without an intercept the first such moderator keeps all
    its levels. interactions: pairs of moderators, whose products are added as `a:b`.

    Raises: UsageError: no such moderator or level. SynthesisError: lengths differ, or one level only.

    >>> design({"year": [1990, 2000, 2010], "alloc": ["random", "alternate", "random"]}).names
    ('year', 'allocrandom')
    """
    blocks: dict[str, tuple[Floats, tuple[str, ...]]] = {}
    levels: dict[str, tuple[str, ...]] = {}
    full = not intercept
    for name, values in columns.items():
        if _in_words(values):
            words = _levels(name, values, (reference or {}).get(name))
            levels[name] = words
            blocks[name] = _indicators(name, values, words if full else words[1:])
            full = False
        else:
            blocks[name] = numbers(np.asarray(values), name)[:, None], (name,)
    if unknown := set(reference or {}) - set(levels):
        raise UsageError(f"reference names {sorted(unknown)[0]!r}, which is not a moderator in words")
    for pair in interactions:
        blocks[":".join(pair)] = _product(blocks, pair)
    lengths = {name: len(x) for name, (x, _) in blocks.items()}
    if len(set(lengths.values())) != 1:
        raise SynthesisError(f"moderators differ in length: {lengths or 'there are none'}")
    return Design(
        x=np.concatenate([x for x, _ in blocks.values()], axis=1),
        names=tuple(label for _, labels in blocks.values() for label in labels),
        intercept=intercept,
        levels=levels,
    )


def unpack(
    mods: npt.ArrayLike | Design | None, names: Sequence[str] | None, intercept: bool
) -> tuple[npt.ArrayLike | None, Sequence[str] | None, bool]:
    """Moderators as an array, their names, and whether the model has an intercept."""
    if isinstance(mods, Design):
        return mods.x, mods.names, mods.intercept
    return mods, names, intercept


def _in_words(values: Sequence[object] | Floats) -> bool:
    return any(isinstance(value, (str, bool, np.bool_)) for value in values)


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _levels(name: str, values: Sequence[object] | Floats, reference: str | None) -> tuple[str, ...]:
    words = sorted({str(value) for value in values if not _missing(value)})
    if reference is not None:
        if reference not in words:
            raise UsageError(f"moderator {name} has no level {reference!r}; it has {', '.join(words)}")
        words = [reference, *(word for word in words if word != reference)]
    if len(words) < 2:
        raise SynthesisError(f"moderator {name} has one level only ({words[0]!r}); leave it out")
    return tuple(words)


def _indicators(
    name: str, values: Sequence[object] | Floats, words: tuple[str, ...]
) -> tuple[Floats, tuple[str, ...]]:
    x = [[np.nan if _missing(value) else float(str(value) == word) for word in words] for value in values]
    return np.array(x, dtype=np.float64).reshape(len(x), len(words)), tuple(name + word for word in words)


def _product(
    blocks: Mapping[str, tuple[Floats, tuple[str, ...]]], pair: tuple[str, str]
) -> tuple[Floats, tuple[str, ...]]:
    for name in pair:
        if name not in blocks:
            raise UsageError(f"interaction of {name!r}, which is not a moderator")
    (x, one), (z, two) = blocks[pair[0]], blocks[pair[1]]
    product = x[:, :, None] * z[:, None, :]
    return product.reshape(len(x), -1), tuple(f"{a}:{b}" for a in one for b in two)
