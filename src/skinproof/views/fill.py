"""Whether a source changed the shape of its records: a field renamed, emptied or gone.

Three comparisons, each an exact binomial test of one field, on the records that are new to an edition:

- the same records before: of those whose earlier version had the field, how many lost it (`_lost`). People edit records,
  so a small share may lose any field; more may lose those that the registry empties itself as a study goes on.
- the last edition: how many new records have the field, against its share in a sample of that edition (`_rarer`). New
  records may be of another kind than old ones, so the share is first lowered to its confidence limit and then its
  odds are divided by ODDS; only a field that all but vanishes is told.
- a new name: both, among only those records that hold a field nobody had before, for the fields beside it.

With `ALPHA` for each field and test, some 300 fields and no more than a handful of new names, a build whose source did
not change is stopped less often than once in a thousand times, if fields are lost no more often than `LOST` says.

Source: limit of a share by score: Wilson 1927, J Am Stat Assoc 22:209, doi:10.1080/01621459.1927.10502953.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from skinproof.views.words import plural

ALPHA = 1e-6
ODDS = 10.0
"""By how much the odds of a field may fall from one edition's records to the next ones' without an alarm."""
LOST = {"always": 0.002, "other": 0.01, "come_and_go": 0.5}
"""Share of records that lose a field between two of their versions without any change of the source's shape."""
FEWEST = 3
"""No alarm rests on fewer records than this."""
_REFERENCE = 50
"""Records of an edition below which its shares say nothing."""
_Z = 3.719
"""Quantile of the normal distribution for 99.99 %."""
_FELL = 0.9
"""A field that keeps this part of its share is not looked at further; it is far from an alarm."""


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """How often the fields of one source are filled in an edition.

    versions: all held; sampled: how many of them were looked at; paths: path -> in how many of those it is filled
    newest: newest day for which one of the sampled was fetched, None where records say none
    """

    versions: int
    sampled: int
    newest: str | None
    paths: Mapping[str, int]

    def share(self, path: str) -> float:
        """Share of the sampled records that have the field filled."""
        return self.paths.get(path, 0) / self.sampled if self.sampled else 0.0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One new record version. before: the filled paths of the version of the same record that the last edition held.

    random: it is in the sample for no reason; others were looked at because they hold an unknown field.
    current: fetched no earlier than the last edition's records, so that its shape is the source's shape of today.
    """

    paths: frozenset[str]
    before: frozenset[str] | None
    random: bool = True
    current: bool = True


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a source's fields: those described, always filled, filled and emptied by its rules, not read."""

    described: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    come_and_go: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A field that changed.

    share_before: in the last edition, None where there was none; filled, of: new records that have it, of those looked at
    lost, had: of new records whose earlier version had the field, how many lost it
    renamed_to: the new field it seems to be now, in `renamed_in` of the records that lack it
    """

    source: str
    path: str
    share_before: float | None
    filled: int
    of: int
    lost: int
    had: int
    renamed_to: str | None = None
    renamed_in: int = 0

    @property
    def field(self) -> str:
        """What --accept-drift takes."""
        return f"{self.source}:{self.path}"


def tail_at_least(k: int, n: int, p: float) -> float:
    """P(X >= k) of a binomial with n trials of chance p, summed exactly."""
    if k <= 0:
        return 1.0
    if k > n or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    logs = [_log_chance(x, n, p) for x in range(k, n + 1)]
    top = max(logs)
    return min(1.0, math.exp(top) * math.fsum(math.exp(value - top) for value in logs))


def tail_at_most(k: int, n: int, p: float) -> float:
    """P(X <= k) of a binomial with n trials of chance p."""
    return tail_at_least(n - k, n, 1.0 - p)


def _log_chance(x: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(x + 1) - math.lgamma(n - x + 1)
    return ways + x * math.log(p) + (n - x) * math.log1p(-p)


def lowest_share(k: int, n: int) -> float:
    """Lower confidence limit (one-sided, 99.99 %) of a share of k in n."""
    share, more = k / n, _Z * _Z / n
    middle = share + more / 2
    spread = _Z * math.sqrt(share * (1 - share) / n + more / (4 * n))
    return max(0.0, (middle - spread) / (1 + more))


def find_drift(
    source: str,
    seen: Sequence[Seen],
    reference: Fill | None,
    knowledge: Knowledge,
    accepted: Collection[str] = (),
) -> tuple[Drift, ...]:
    """The fields of one source that were renamed or emptied, outermost only, sorted by path.

    seen: the new records looked at. reference: the last edition's fill, None where it held none of this source.
    accepted: paths that somebody looked at; they and what lies below them are not told again.
    """
    if reference is not None and reference.sampled < _REFERENCE:
        reference = None
    chance = [one for one in seen if one.random]
    suspects = _lost(chance, knowledge) | _rarer(chance, reference, knowledge)
    for name in _new_names(seen, reference, knowledge):
        holders = [one for one in seen if name in one.paths]
        beside = _parent(name)
        found = _lost(holders, knowledge) | _rarer(holders, _assumed(reference, knowledge), knowledge)
        suspects |= {path for path in found if _parent(path) == beside}
    told = [
        path
        for path in sorted(suspects)
        if not _below(path, knowledge.not_read) and not _below(path, accepted)
    ]
    outermost = [path for path in told if not _below(path, [other for other in told if other != path])]
    return tuple(_drift(source, path, seen, reference, knowledge) for path in outermost)


def _lost(seen: Sequence[Seen], knowledge: Knowledge) -> set[str]:
    """Fields that more records lost than people's edits explain."""
    had: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for one in seen:
        if one.before is not None and one.current:
            had.update(one.before)
            lost.update(one.before - one.paths)
    return {
        path
        for path, n in lost.items()
        if n >= FEWEST and tail_at_least(n, had[path], _usual_loss(path, knowledge)) < ALPHA
    }


def _usual_loss(path: str, knowledge: Knowledge) -> float:
    if path.startswith(knowledge.come_and_go):
        return LOST["come_and_go"]
    return LOST["always" if path in knowledge.always else "other"]


def _rarer(seen: Sequence[Seen], reference: Fill | None, knowledge: Knowledge) -> set[str]:
    """Fields that all but vanished from new records, against the last edition."""
    current = [one for one in seen if one.current]
    if reference is None or len(current) < FEWEST:
        return set()
    has = Counter(path for one in current for path in one.paths)
    found = set()
    for path, k in reference.paths.items():
        if has[path] / len(current) >= _FELL * reference.share(path):
            continue
        low = lowest_share(k, reference.sampled)
        expected = low / (low + ODDS * (1.0 - low))
        if path.startswith(knowledge.come_and_go):
            expected /= ODDS
        if tail_at_most(has[path], len(current), expected) < ALPHA:
            found.add(path)
    return found


def _assumed(reference: Fill | None, knowledge: Knowledge) -> Fill | None:
    """The last edition's fill, or before the first one what is known to be always there."""
    if reference is not None or not knowledge.always:
        return reference
    return Fill(versions=0, sampled=1000, newest=None, paths=dict.fromkeys(knowledge.always, 1000))


def _new_names(seen: Iterable[Seen], reference: Fill | None, knowledge: Knowledge) -> list[str]:
    """Fields that several new records hold, that no description knows and no earlier record had; outermost only."""
    known = knowledge.described | (frozenset(reference.paths) if reference is not None else frozenset())
    if not known:
        return []
    counts: Counter[str] = Counter()
    for one in seen:
        counts.update(one.paths - known - (one.before or frozenset()))
    names = {path for path, n in counts.items() if n >= FEWEST}
    return sorted(path for path in names if not _below(path, names - {path}))


def _drift(
    source: str, path: str, seen: Sequence[Seen], reference: Fill | None, knowledge: Knowledge
) -> Drift:
    paired = [one for one in seen if one.before is not None and path in one.before]
    lacking = [one for one in seen if path not in one.paths]
    # What it is called now: a new field that records without the old one have, and records with the old one do not.
    best: tuple[int, str] | None = None
    for name in _new_names(seen, reference, knowledge):
        near = _parent(name) == _parent(path) or name.rpartition(".")[2] == path.rpartition(".")[2]
        inside = sum(name in one.paths for one in lacking)
        outside = sum(name in one.paths for one in seen) - inside
        if near and inside >= FEWEST and outside <= inside / 10 and (best is None or inside > best[0]):
            best = (inside, name)
    return Drift(
        source=source,
        path=path,
        share_before=reference.share(path) if reference is not None else None,
        filled=len(seen) - len(lacking),
        of=len(seen),
        lost=sum(path not in one.paths for one in paired),
        had=len(paired),
        renamed_to=best[1] if best else None,
        renamed_in=best[0] if best else 0,
    )


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _below(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith((f"{root}.", f"{root}[]", f"{root}@")) for root in roots)


def drift_line(drift: Drift) -> str:
    """One sentence: which field, before and after, in how many records, and its probable new name."""
    before = "" if drift.share_before is None else f", before in {percent(drift.share_before)} of records"
    text = (
        f"{drift.path} ({drift.source}) is filled in {drift.filled:,} of {plural(drift.of, 'new record')} looked at "
        f"({percent(drift.filled / drift.of)}){before}"
    )
    if drift.had:
        text += f"; {drift.lost:,} of {drift.had:,} that had it lost it"
    if drift.renamed_to:
        text += f"; probably renamed to {drift.renamed_to}, which {drift.renamed_in:,} of these now have"
    return text


def percent(share: float) -> str:
    """A share as people write it; never 0 or 100 for what is not quite that.

    >>> percent(0.9996), percent(1.0), percent(0.034)
    ('> 99.9 %', '100 %', '3.4 %')
    """
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.3g} %"
