"""The history of a pooled answer in plain words: what the newest study changed, how the answer came about, and what may be
said at every look."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from skinproof.views.living import Always, Boundaries, Living, Look, Moved, Newest, Step
from skinproof.views.pooled import Pooling
from skinproof.views.pooled_words import interval, mid_words, number, reading

VERDICT_WORDS = {
    "no_study": "no study", "one_study": "one study", "one_group": "", "difference": "a difference",
    "difference_matters": "a difference that matters", "difference_may_matter": "a difference that may matter",
    "difference_too_small": "a difference too small to matter", "no_difference": "no difference that matters",
    "too_imprecise": "too imprecise to tell", "not_judged": "not told apart from no difference",
}  # fmt: skip
"""What a verdict is called in a table."""

FEW_LOOKS = 5
"""Studies below which the estimate of heterogeneity, on which all views for repeated looks rest, is too uncertain to lean on."""


class LivingWords(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences: newest, what the newest study changed; course, how the answer came about; looks, what holds at every look;
    limits, what each method assumes and where it ends, a line each."""

    newest: tuple[str, ...]
    course: tuple[str, ...]
    looks: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All but the limits."""
        return (*self.newest, *self.course, *self.looks)


def living_words(living: Living) -> LivingWords:
    """The history in plain words."""
    pooling = living.pooling
    if living.newest is None:
        return LivingWords(newest=reading(pooling).lines, course=(), looks=(), limits=())
    if living.newest.before is None:
        return LivingWords(
            newest=(_first(living.newest), *reading(pooling).lines),
            course=tuple(_tied(living)), looks=living.unsaid, limits=(),
        )  # fmt: skip
    return LivingWords(
        newest=tuple(_newest(living, living.newest, living.newest.before)),
        course=(*_course(living), *_tied(living), *pooling.cautions),
        looks=(*_always(living), *_bounded(living), *living.unsaid),
        limits=tuple(limits(living)),
    )


def sides_words(look: Look) -> str:
    """What the usual interval says of no difference."""
    return "excludes no difference" if look.ci_lb > 0 or look.ci_ub < 0 else "includes no difference"


def _first(newest: Newest) -> str:
    what = "There is one study" if len(newest.studies) == 1 else "All studies came at the same time"
    return f"{what} ({newest.when}), so there is nothing before to compare with."


def _level(living: Living) -> str:
    return f"{living.pooling.asked.level:g}%"


def _newest(living: Living, newest: Newest, before: Look) -> list[str]:
    after, scale = newest.after, living.pooling.shown_scale
    many = len(newest.studies) > 1
    named = ", ".join(newest.studies[:5]) + (", ..." if len(newest.studies) > 5 else "")
    who = f"The newest {'studies' if many else 'study'}, {named} ({newest.when}),"
    moved = newest.moved
    pooled = "of one study" if before.k == 1 else "pooled"
    what = f"{scale} {pooled}" if before.k == 1 else f"{pooled} {scale}"
    lines = [
        f"{who} moved the {what} from {number(before.shown.est)} ({_level(living)} confidence interval {interval(before.shown, living.pooling.zero)})"
        f" to {number(after.shown.est)} ({interval(after.shown, living.pooling.zero)}){_size(moved)}."
    ]
    lines = [*living.pooling.doubts, *lines]
    lines += _width(living, before, after, moved)
    lines += _predicted(before, after, moved)
    if living.pooling.zero is not None and moved is not None:
        lines.append(_conclusion(living, newest, before, moved))
    return lines


def _size(moved: Moved | None) -> str:
    if moved is None or moved.shift_in_ci is None:
        return ""
    share = abs(moved.shift_in_ci)
    if share < 0.005:
        return ", which is next to nothing"
    return f", a move of {share:.0%} of the half-width of the interval before"


def _width(living: Living, before: Look, after: Look, moved: Moved | None) -> list[str]:
    if moved is None or moved.ci_width is None:
        return []
    change = moved.ci_width - 1
    if abs(change) < 0.005:
        return ["The confidence interval is as wide as before."]
    size = (
        "over 100 times as wide"
        if change > 99
        else f"{moved.ci_width:.1f} times as wide"
        if change >= 1
        else f"{abs(change):.0%} {'wider' if change > 0 else 'narrower'}"
    )
    wider = change > 0 and (after.tau2 or 0.0) > (before.tau2 or 0.0)
    why = ": studies are now found to differ more" if wider else ""
    if change > 0 and before.k == 1 and living.pooling.asked.test != "z":
        why = f": test {living.pooling.asked.test} allows for how little so few studies tell of how much studies differ"
    return [f"The confidence interval became {size}{why}."]


def _predicted(before: Look, after: Look, moved: Moved | None) -> list[str]:
    if after.shown_pi is None:
        return []
    now = f"In a new study the true effect is expected between {number(after.shown_pi.lb)} and {number(after.shown_pi.ub)}"
    if before.shown_pi is None:
        return [f"{now}; before there was no such interval."]
    inside = (
        "" if moved is None or moved.expected else " The average is now outside of what was predicted before."
    )
    return [f"{now}; before, between {number(before.shown_pi.lb)} and {number(before.shown_pi.ub)}.{inside}"]


def _conclusion(living: Living, newest: Newest, before: Look, moved: Moved) -> str:
    verdicts = before.verdict, newest.after.verdict
    judged = (
        f" With the smallest difference of interest ({mid_words(living.pooling)}): {VERDICT_WORDS[verdicts[1]]}"
        + (", as before." if verdicts[0] == verdicts[1] else f"; before: {VERDICT_WORDS[verdicts[0]]}.")
        if living.pooling.asked.mid is not None
        else ""
    )
    early = (
        " By the trial sequential boundary, which allows for repeated looks, it is too early to conclude (last part)."
        if living.boundaries is not None and living.boundaries.crossed_at is None and newest.after.verdict.startswith("difference")
        else ""
    )  # fmt: skip
    return (
        {
            "same": f"The conclusion is the same: the interval {sides_words(newest.after)}, before and after.",
            "now excludes": "The conclusion changed: the interval now excludes no difference; before it did not.",
            "no longer excludes": "The conclusion changed: the interval no longer excludes no difference; before it did.",
            "turned": "The conclusion turned: the interval excludes no difference on the other side than before.",
        }[moved.conclusion]
        + judged
        + early
    )


def _course(living: Living) -> list[str]:
    """How the answer came about, from the first study on."""
    looks = [(step, step.look) for step in living.steps if step.look is not None]
    if len(looks) < 3:
        return [_too_few(len(living.steps))]
    first, last = looks[1], looks[-1]
    said = [
        f"From {first[1].k} studies ({first[0].when}) to {last[1].k} ({last[0].when}) the pooled {living.pooling.shown_scale}"
        f" went from {number(first[1].shown.est)} ({interval(first[1].shown)}) to {number(last[1].shown.est)} ({interval(last[1].shown)})."
    ]  # fmt: skip
    if living.pooling.zero is not None:
        said.append(_since(looks))
    if len(living.steps) < FEW_LOOKS:
        said.append(_too_few(len(living.steps)))
    return said


def _too_few(k: int) -> str:
    return f"{k} studies tell little of how much studies differ: the next one may move everything here."


def _since(looks: Sequence[tuple[Step, Look]]) -> str:
    """Since when the usual interval has said what it says today."""
    signs = [(look.ci_lb > 0) - (look.ci_ub < 0) for _, look in looks]
    same = len(signs)
    while same and signs[same - 1] == signs[-1]:
        same -= 1
    changes = sum(one != two for one, two in pairwise(signs))
    step, look = looks[same]
    if signs[-1]:
        start = (
            "Every interval"
            if not same
            else f"Since {step.study} ({step.when}, study {look.k}) every interval"
        )
        return f"{start} has excluded no difference, on the same side."
    if not same:
        return "No interval so far has excluded no difference."
    return (
        f"Since {step.study} ({step.when}, study {look.k}) no interval has excluded no difference; before, some did"
        f" ({changes} changes in all)."
    )


def _tied(living: Living) -> list[str]:
    if not living.ties:
        return []
    listed = ", ".join(living.ties[:6]) + (", ..." if len(living.ties) > 6 else "")
    return [f"Several studies came at {listed}: among them the order is that of the table."]


def _always(living: Living) -> list[str]:
    found = living.always
    if found is None:
        return []
    step = living.steps[-1]
    said = (
        f"The {_level(living)} always-valid interval, made to hold however often one looks: today {number(found.shown[-1].est)}"
        f" ({interval(found.shown[-1])})"
    )
    if found.p_any is None:
        return [f"{said}."]
    if found.excludes_since is not None:
        first = living.steps[found.excludes_since]
        return [
            f"{said}. It first excluded no difference with {first.study} ({first.when}, study {found.excludes_since + 1})."
        ]
    usual = step.look is not None and (step.look.ci_lb > 0 or step.look.ci_ub < 0)
    return [
        f"{said}. It has never excluded no difference"
        + (", though the usual interval does today, which is made for one look only." if usual else ".")
    ]


def _bounded(living: Living) -> list[str]:
    found = living.boundaries
    if found is None:
        return []
    share = found.share[-1]
    people = f" (about {found.people:,} people like these)" if found.people is not None else ""
    said = (
        f"To find a difference of {mid_words(living.pooling)} with {found.power:g}% power, studies that differ like these need"
        f" {number(found.required)} of information (1 / variance){people}; {_percent(share)}."
    )
    return [said, _crossed(living, found, share)]


def _percent(share: float) -> str:
    """How much of the required information there is."""
    if share >= 1:
        return "all of it is there"
    return f"there is {share:.0%} of it" if share >= 0.01 else "there is less than 1% of it"


def _crossed(living: Living, found: Boundaries, share: float) -> str:
    if found.crossed_at is not None:
        step = living.steps[found.crossed_at]
        return (
            f"The trial sequential boundary was crossed with {step.study} ({step.when}, study {found.crossed_at + 1}): a"
            " difference, by a test that allows for all looks so far."
        )
    if share >= 1:
        return (
            "The trial sequential boundary was not crossed, and all the information is there: a difference of that size would"
            " probably have shown. That is no proof of no difference."
        )
    return "The trial sequential boundary has not been crossed: by this test it is too early to conclude, either way."


def limits(living: Living) -> list[str]:
    """What each method assumes and where it ends, a line each."""
    said = [
        "Usual intervals, study by study (cumulative meta-analysis; Lau 1992): each holds for one look; over many looks they exclude"
        " no difference too often."
    ]  # fmt: skip
    if living.always is not None:
        said.append(_always_limits(living, living.always))
    if living.boundaries is not None:
        found = living.boundaries
        said.append(
            "Trial sequential boundaries (O'Brien-Fleming type by Lan and DeMets's spending; required information after Wetterslev"
            f" 2017): tau2 is held at today's {number(found.tau2)}{_hardly(living)}, and the test is by the normal distribution; the difference"
            " and the power must be chosen before the data; there is no boundary for futility."
        )
    return said


def _always_limits(living: Living, found: Always) -> str:
    return (
        "Always-valid interval (confidence sequence by a normal mixture; Robbins 1970, Howard 2021): valid at any time for any"
        f" reason to look, if tau2 is what it is held at, today's {number(found.tau2)}; too narrow where that is too small{_hardly(living)}."
        f" It is narrowest for a difference of {_tuned(living.pooling, found)}."
    )


def _tuned(pooling: Pooling, found: Always) -> str:
    if pooling.asked.mid is not None:
        return f"{mid_words(pooling)} (--mid)"
    return f"{number(found.effect)} in the {pooling.scale}, a convention without --mid"


def _hardly(living: Living) -> str:
    k = len(living.steps)
    return f", and {k} studies hardly tell" if k < FEW_LOOKS else ""
