"""What a page of a pooled answer prints, whatever it is of: verdict, pictures, numbers, studies, what each of them does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from skinproof.errors import SynthesisError, UsageError
from skinproof.views.living import Living
from skinproof.views.living_words import living_words
from skinproof.views.pool_living import living_of
from skinproof.views.pooled import COUNTS, METHODS, TESTS, Estimate, Pooling, StudyLine
from skinproof.views.pooled_words import count_words, interval, more_words, number, p_words
from skinproof.views.posted_numbers import Origin
from skinproof.views.print_words import printed
from skinproof.views.svg_forest import draw_forest
from skinproof.views.svg_funnel import draw_funnel
from skinproof.views.svg_plot import minus
from skinproof.views.words import plural

STUDIES_SHOWN, TEN = 300, 10
"""Rows of a page (the table file holds all), and the fewest studies whose funnel says anything (Sterne et al. 2011,
doi:10.1136/bmj.d4002)."""


def pooling_context(
    pooling: Pooling, title: str, lines: Sequence[str], years: Mapping[int, int], *, hrefs: Mapping[str, str] | None = None,
    titles: Mapping[int, str] | None = None, origins: Mapping[int, Sequence[Origin]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The parts of a page. lines: the answer in plain words, the verdict first; years: row -> year, as far as known.

    hrefs: page of a study, by its name; titles, origins: of a row, what the study is called, and where its numbers stand.
    """
    drawn = bool(pooling.used)
    funnel = pooling.overall is not None and pooling.overall.k >= TEN
    words = [lines[0]]
    living = history_of(pooling, years)
    return {
        "title": title,
        "lead": minus(lines[0]),
        "lines": tuple(map(minus, lines[1:])),
        "wide": _svg(draw_forest, pooling, title, "forest-wide", words=words) if drawn else None,
        "narrow": _svg(draw_forest, pooling, title, "forest-narrow", narrow=True, words=words) if drawn else None,
        "funnel_wide": _svg(draw_funnel, pooling, "Funnel plot", "funnel-wide") if funnel else None,
        "funnel_narrow": _svg(draw_funnel, pooling, "Funnel plot", "funnel-narrow", narrow=True) if funnel else None,
        "measure": pooling.shown_scale,
        "level": f"{pooling.asked.level:g}%",
        "arms": pooling.asked.arms if any(len(row.arms) == 2 for row in pooling.rows) else ("Data",),
        "facts": facts_of(pooling),
        "absolute": _absolute(pooling),
        "rows": [
            _row(row, pooling, years, hrefs or {}, titles or {}, origins or {}) for row in pooling.rows[:STUDIES_SHOWN]
        ],
        "more_rows": max(0, len(pooling.rows) - STUDIES_SHOWN),
        "without": [_without(row) for row in pooling.used[:STUDIES_SHOWN] if row.without is not None],
        "no_without": _no_without(pooling),
        "small": _small(pooling),
        "steps": [] if living is None else _steps(living),
        "newest": () if living is None else tuple(minus(line) for line in _newest(living)),
        "no_history": "" if living is not None else _no_history(pooling, years),
        "to_mind": any(row.notes for row in pooling.rows) or bool(origins),
        "notes": (*pooling.notes, *(pooling.overall.notes if pooling.overall else ())),
    }  # fmt: skip


def _svg(draw: Callable[..., str], pooling: Pooling, title: str, name: str, **options: Any) -> Markup:
    return Markup(draw(pooling, title, name=name, linked=True, **options))  # noqa: S704


def history_of(pooling: Pooling, years: Mapping[int, int]) -> Living | None:
    """The history by year; None where there is none to tell: fewer than two studies, a year missing, counts as such."""
    used = pooling.used
    if len(used) < 2 or any(row.row not in years for row in used):
        return None
    try:
        return living_of(pooling, {row: str(year) for row, year in years.items()}, "year")
    except (SynthesisError, UsageError):
        return None


def _no_history(pooling: Pooling, years: Mapping[int, int]) -> str:
    if len(pooling.used) < 2:
        return "With fewer than two studies there is no history: nothing came before."
    if any(row.row not in years for row in pooling.used):
        return "The year of a study is not known, so the order in which they came is not told."
    return "The model that was used pools the counts of all studies at once; no history is told of it."


def _newest(living: Living) -> Sequence[str]:
    words = living_words(living)
    return printed((line for line in (*words.newest, *words.course) if "--mid" not in line), living.pooling)


def _steps(living: Living) -> list[dict[str, Any]]:
    return [
        {"row": step.row, "study": step.study, "when": step.when, "k": place,
         "est": minus(number(step.look.shown.est)) if step.look else "none", "bounds": minus(interval(step.look.shown)) if step.look else "none",
         "people": "" if step.look is None or step.look.people is None else f"{step.look.people:,}"}
        for place, step in enumerate(living.steps, 1)
    ]  # fmt: skip


def facts_of(pooling: Pooling) -> list[tuple[str, str]]:
    """The numbers of the answer, each with what it means."""
    found = pooling.overall
    if found is None:
        return [("Studies that could be pooled", "none")]
    level = f"{pooling.asked.level:g}%"
    facts = [("Studies", f"{found.k:,}")]
    if found.people is not None:
        facts.append(("People", f"{found.people:,}"))
    scale = f"{pooling.shown_scale[:1].upper()}{pooling.shown_scale[1:]}"
    facts.append(
        (
            f"{scale} ({level} confidence interval)",
            minus(f"{number(found.shown.est)} ({interval(found.shown)})"),
        )
    )
    if found.k == 1:
        return [*facts, ("Difference between studies, new study", "not known from one study")]
    if pooling.zero is not None:
        facts.append(("Chance of such an answer if there were no difference", p_words(found.pval)))
    if found.shown_pi is not None:
        facts.append(
            (
                f"Expected in a new study like these ({level} prediction interval)",
                minus(interval(found.shown_pi)),
            )
        )
    else:
        facts.append(("Prediction interval", "none: the studies are taken to share one true effect"))
    return [*facts, *_heterogeneity(found), ("How it was pooled", _how(pooling))]


def _heterogeneity(found: Estimate) -> list[tuple[str, str]]:
    facts = []
    if found.tau2 is not None:
        bounds = (
            ""
            if found.tau2_lb is None or found.tau2_ub is None
            else f" ({number(found.tau2_lb)} to {number(found.tau2_ub)})"
        )
        facts.append(("Variance between studies (τ², scale of the pooling)", f"{number(found.tau2)}{bounds}"))
    if found.i2 is not None:
        bounds = (
            ""
            if found.i2_lb is None or found.i2_ub is None
            else f" ({found.i2_lb:.0f}% to {found.i2_ub:.0f}%)"
        )
        facts.append(("Share of the variance that lies between studies (I²)", f"{found.i2:.0f}%{bounds}"))
    if found.qe is not None and found.qep is not None:
        facts.append(("Test of one true effect (Q)", f"{number(found.qe)}, {p_words(found.qep)}"))
    return facts


def _how(pooling: Pooling) -> str:
    asked = pooling.asked
    method = METHODS.get(asked.method) or COUNTS.get(asked.method) or asked.method
    return f"{pooling.label}; {method}; test {TESTS.get(asked.test, asked.test)}"


def _absolute(pooling: Pooling) -> list[tuple[str, str]]:
    found = pooling.absolute
    if found is None:
        return []
    first, second = pooling.asked.arms
    low, high = sorted((found.difference.lb, found.difference.ub))
    treated = found.treated
    return [
        (f"With {second}", f"{count_words(found.baseline)} of 1,000 ({found.source})"),
        (f"With {first}", f"{count_words(treated.est)} of 1,000 ({count_words(treated.lb)} to {count_words(treated.ub)})"),
        ("Difference", f"{more_words(found.difference.est)} of 1,000 ({more_words(low)} to {more_words(high)})"),
    ]  # fmt: skip


def _row(
    row: StudyLine, pooling: Pooling, years: Mapping[int, int], hrefs: Mapping[str, str], titles: Mapping[int, str],
    origins: Mapping[int, Sequence[Origin]],
) -> dict[str, Any]:  # fmt: skip
    arms = row.arms if len(row.arms) == 2 else (", ".join(row.arms),)
    return {
        "row": str(row.row), "study": row.study, "href": hrefs.get(row.study), "title": titles.get(row.row, ""),
        "year": str(years.get(row.row, "")), "arms": arms,
        "est": "" if row.shown is None else minus(number(row.shown.est)),
        "bounds": "" if row.shown is None else minus(interval(row.shown)),
        "weight": "" if row.weight is None else f"{row.weight:.1f}%",
        "sort": {
            "weight": "" if row.weight is None else f"{row.weight:.6g}", "effect": "" if row.yi is None else f"{row.yi:.6g}",
            "year": str(years.get(row.row, "")),
        },
        "told": _told(row, pooling),
        "without": "" if row.without is None else _without_words(row, pooling),
        "left_out": row.left_out, "notes": row.notes,
        "origins": [(origin.path, origin.quote) for origin in origins.get(row.row, ())],
    }  # fmt: skip


def _told(row: StudyLine, pooling: Pooling) -> str:
    """The numbers of a study in one line, for the line below the picture."""
    names = pooling.asked.arms
    data = (
        "; ".join(f"{name} {arm}" for name, arm in zip(names, row.arms, strict=False))
        if len(row.arms) == 2
        else ", ".join(row.arms)
    )
    if row.shown is None:
        return f"{row.study}: {data}. {row.left_out}"
    weight = f" Weight {row.weight:.1f}%." if row.weight is not None else ""
    return minus(
        f"{row.study}: {pooling.shown_scale} {number(row.shown.est)} ({interval(row.shown)}). {data}.{weight}"
    )


def _without_words(row: StudyLine, pooling: Pooling) -> str:
    assert row.without is not None and pooling.overall is not None
    with_all = f"{number(pooling.overall.shown.est)} ({interval(pooling.overall.shown)})"
    return minus(
        f"Without {row.study}: {pooling.shown_scale} {number(row.without.est)} ({interval(row.without)}), from"
        f" {plural(pooling.overall.k - 1, 'study', 'studies')}. With all: {with_all}."
    )


def _without(row: StudyLine) -> dict[str, Any]:
    assert row.without is not None
    return {
        "row": str(row.row), "study": row.study, "est": minus(number(row.without.est)), "bounds": minus(interval(row.without)),
        "tau2": "" if row.without_tau2 is None else number(row.without_tau2),
        "cook": "" if row.cook_d is None else f"{row.cook_d:.2f}", "unusual": "yes" if row.is_infl else "no",
    }  # fmt: skip


def _no_without(pooling: Pooling) -> str:
    k = len(pooling.used)
    if k < 2:
        return "There is no other study: without it nothing would be left."
    if k < 3:
        return "With two studies, leaving one out shows only the other one."
    return "The model that was used gives no answer without one of them."


def _small(pooling: Pooling) -> tuple[str, ...]:
    """Whether small studies find other effects than large ones, or why that is not asked."""
    found = pooling.overall
    if found is None or found.k < TEN:
        k = 0 if found is None else found.k
        return (
            f"Not tested: {plural(k, 'study', 'studies')}, and with fewer than ten such a test says nothing. That no sign is seen"
            " here does not mean that no study is missing.",
        )
    lines = []
    if pooling.egger_p is not None:
        seen = (
            "small studies find other effects than large ones"
            if pooling.egger_p < 0.1
            else "no sign that small studies differ"
        )
        lines.append(f"Egger's regression test: {p_words(pooling.egger_p)}, {seen}.")
    if pooling.filled is not None:
        filled = pooling.filled
        added = (
            f"adds {plural(filled.k0, 'study', 'studies')} on the {filled.side}"
            if filled.k0
            else "adds no study"
        )
        lines.append(
            minus(
                f"Trim and fill {added}: {number(filled.shown.est)} ({interval(filled.shown)}). A what-if, no correction."
            )
        )
    lines.append(
        "Other causes than missing studies look the same: true differences between small and large ones, and chance."
    )
    return tuple(lines)
