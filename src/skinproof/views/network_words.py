"""What a network says in plain words, with what it rests on and what it does not tell.

Source: Chaimani et al., Cochrane Handbook (version 6.5), chapter 11 (network meta-analysis: indirect evidence, coherence, ranks).
"""

from collections.abc import Sequence

from skinproof.views.networked import INDIRECT, Networked, Pair
from skinproof.views.pooled_words import interval, number, p_words
from skinproof.views.words import plural

NAMED = 6
"""Pairs or treatments that are named in one sentence."""

MANY = 20
"""Tests of which one is expected below DOUBT by chance."""

DOUBT = 0.05
"""A p-value below which direct and indirect evidence are said to disagree; the usual convention."""


def network_lines(found: Networked) -> tuple[str, ...]:
    """The answer in plain words, a sentence or two each."""
    return (
        _who(found),
        *_rests(found),
        *_effects(found),
        *_spread(found),
        *_agreement(found),
        *_ranks(found),
        *_missing(found),
    )


def context_lines(found: Networked) -> tuple[str, ...]:
    """What must stand beside a picture that shows the effects already."""
    return (
        _who(found),
        *_rests(found),
        *_spread(found),
        *_agreement(found),
        *_ranks(found),
        *_missing(found),
    )


def pair_words(found: Networked, pair: Pair) -> str:
    """One pair: what is found and how sure.

    The verdict never says that two treatments are alike: an interval that includes no difference does not show that.
    """
    value = f"{found.label} {number(pair.shown.est)} ({found.asked.level:g}% CI {interval(pair.shown)})"
    if not pair.apart:
        return f"{pair.treat1} against {pair.treat2}: {value}, which leaves open which is higher"
    lower = pair.estimate < 0
    word = "lower" if lower else "higher"
    side = ""
    if found.asked.better:
        side = f", the {'better' if word == found.asked.better else 'worse'} side"
    return f"{pair.treat1} against {pair.treat2}: {value}: {word}{side}"


def _some(names: Sequence[str], mark: str = ", ") -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return mark.join(names[:NAMED]) + more


def _who(found: Networked) -> str:
    people = "" if found.people is None else f" with {found.people:,} people"
    pairs, direct = len(found.pairs), len(found.edges)
    met = f"Of their {pairs:,} pairs, {direct:,} {'was' if direct == 1 else 'were'} compared within a study."
    if pairs == direct:
        met = "Every pair of them was compared within a study."
    return (
        f"{plural(found.k, 'study', 'studies')}{people} {'compares' if found.k == 1 else 'compare'} {len(found.nodes)} treatments."
        f" {met}"
    )


def _rests(found: Networked) -> list[str]:
    """Which pairs rest on little."""
    lines = []
    once = [f"{p.treat1} and {p.treat2}" for p in found.edges if len(p.studies) == 1]
    if once and found.k > 1:
        lines.append(f"On one study only: {_some(once, '; ')}.")
    never = [f"{p.treat1} and {p.treat2}" for p in found.pairs if p.evidence == INDIRECT]
    if never:
        lines.append(
            f"Never compared within a study, so known only by way of other treatments: {_some(never, '; ')}."
        )
    return lines


def _effects(found: Networked) -> list[str]:
    if found.k == 1:
        told = [f"{pair_words(found, pair)}." for pair in found.against[:NAMED]]
        return ["One study only: nothing is pooled, and how far studies differ is unknown.", *told]
    apart = [pair for pair in found.against if pair.apart]
    lines = [f"{pair_words(found, pair)}." for pair in apart[:NAMED]]
    if len(apart) > NAMED:
        lines.append(f"{len(apart) - NAMED} more differ from {found.reference}; the table has them.")
    unsure = [pair.treat1 for pair in found.against if not pair.apart]
    if unsure:
        lines.append(
            f"Not told apart from {found.reference}: {_some(unsure)}. That is no proof that they do the same."
        )
    return lines


def _spread(found: Networked) -> list[str]:
    if found.k == 1:
        return []
    if found.q_df == 0:
        return ["No comparison is made twice, so how far studies differ cannot be seen."]
    wide = [pair for pair in found.against if pair.shown_pi is not None]
    if not wide:
        return [f"{_beyond(found)} There is no prediction interval."]
    apart = [pair for pair in wide if pair.apart]
    crossing = [pair.treat1 for pair in apart if (pair.pi_lb or 0.0) <= 0 <= (pair.pi_ub or 0.0)]
    first = _beyond(found)
    if crossing:
        return [
            f"{first} A new study may find no difference from {found.reference}, or the opposite, for: {_some(crossing)}."
        ]
    if apart:
        return [
            f"{first} For what differs from {found.reference}, a new study is expected to find the same side."
        ]
    return [first]


def _beyond(found: Networked) -> str:
    tau2 = "" if found.asked.method == "EE" else f"; tau2 {number(found.tau2)}"
    return f"Of the spread between studies, {found.i2:.0f}% is more than chance explains (I2{tau2})."


def _agreement(found: Networked) -> list[str]:
    test = found.inconsistency.between_random
    if test.df == 0:
        return ["Direct and indirect evidence cannot be compared: no pair has both."] if found.k > 1 else []
    off = [
        f"{s.treat1} and {s.treat2} ({p_words(s.pval)})"
        for s in sorted(found.splits, key=lambda s: 1.0 if s.pval is None else s.pval)
        if s.pval is not None and s.pval < DOUBT
    ]
    both = sum(s.pval is not None for s in found.splits)
    named = f" They differ for {len(off)} of {plural(both, 'pair')} that have both" if off else ""
    named += f": {_some(off, '; ')}; some of so many would by chance." if off and both >= MANY else ""
    named += f": {_some(off, '; ')}." if off and both < MANY else ""
    if test.pval < DOUBT:
        return [
            f"Direct and indirect evidence disagree ({p_words(test.pval)}); do not rely on the combined numbers before the reason"
            f" is found.{named}"
        ]
    return [
        f"No disagreement between direct and indirect evidence was found over the whole network ({p_words(test.pval)}), but with few"
        f" studies such a test misses much.{named}"
    ]


def _ranks(found: Networked) -> list[str]:
    if not found.ranks:
        return [found.rank_note]
    first = [rank.treatment for rank in found.ranks if rank.probabilities[0] >= DOUBT]
    told = (
        f"Only {first[0]} stands first with a chance of 5% or more."
        if len(first) == 1
        else f"Which is best is not settled: {len(first)} of {len(found.ranks)} treatments stand first with a chance of 5% or more."
    )
    return [f"{told} {found.rank_note}"]


def _missing(found: Networked) -> list[str]:
    studies = list(dict.fromkeys(row.study for row in found.left_out))
    if not studies:
        return []
    zero = any("nobody or everybody" in row.why for row in found.left_out)
    what = " Where an arm has no event, --add 0.5 keeps the study." if zero else ""
    return [
        f"{plural(len(studies), 'study takes', 'studies take')} no part, or not in full: {_some(studies)}.{what}"
    ]
