"""The studies of a pooled answer as a table of a paper: raw data of the arms, effect, interval, weight, and what they say together.

Source: Page et al. 2021, doi:10.1136/bmj.n71 (PRISMA 2020, items 19 and 20: what to show of each study and of each synthesis).
"""

from collections.abc import Sequence

from skinproof.synthesis.measures import MEASURES
from skinproof.synthesis.tau2 import EQUAL
from skinproof.views.forest_words import NO_EFFECT, bounds_of, figure, heterogeneity_words, overall_words
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.pooled import COUNTS, METHODS, TESTS, Estimate, Pooling, StudyLine
from skinproof.views.pooled_words import p_words, test_words
from skinproof.views.print_words import listed, not_pooled, printed
from skinproof.views.words import NOT_REPORTED, plural

_DATA = (
    (("ai", "ci"), "events/people"), (("m1i",), "mean (SD), people"), (("x1i",), "events in person-time"),
    (("ti",), "events in person-time"), (("xi",), "events/people"), (("sdi",), "mean (SD), people"), (("ri",), "correlation, people"),
)  # fmt: skip
"""Columns that a measure needs, and what the raw data of an arm say (as `pool_effects.arms_of` writes them)."""


def pool_paper_table(
    pooling: Pooling, title: str, *, unit: str = "Study", notes: Sequence[str] | None = None
) -> PaperTable:
    """The table: studies (under their subgroup where they have one), pooled rows, notes.

    unit: what a row is; notes: what stands below instead of how it was pooled.
    """
    weighed = any(row.weight is not None for row in pooling.used)
    arms = max((len(row.arms) for row in pooling.used), default=0)
    columns = (
        PaperColumn(unit),
        *(PaperColumn(head, numeric=True) for head in _arm_heads(pooling, arms)),
        PaperColumn(pooling.asked.measure, numeric=True),
        PaperColumn(f"{pooling.asked.level:g}% CI", numeric=True),
        *((PaperColumn("Weight (%)", numeric=True),) if weighed else ()),
    )
    named = bool(pooling.used) and any(row.subgroup is not None for row in pooling.used)
    return PaperTable(
        title=titled(title, pooling),
        columns=columns,
        rows=tuple(_rows(pooling, arms, weighed=weighed)),
        groups=(pooling.asked.subgroup or "Study") if named else "",
        notes=(*printed(_notes(pooling) if notes is None else notes, pooling), *not_pooled(pooling.rows)),
    )


def titled(title: str, pooling: Pooling) -> str:
    """The caption: a title with what is pooled."""
    return _upper(title if pooling.label in title else f"{title}: {pooling.label}")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _arm_heads(pooling: Pooling, arms: int) -> list[str]:
    measure = MEASURES.get(pooling.asked.measure)
    needs = measure.needs if measure else {}
    data = next((words for columns, words in _DATA if all(name in needs for name in columns)), "data")
    if arms == 2:
        return [f"{arm}, {data}" for arm in pooling.asked.arms]
    return [_upper(data)] * arms


def _rows(pooling: Pooling, arms: int, *, weighed: bool) -> list[PaperRow]:
    rest = ("",) if weighed else ()
    blank = ("",) * (arms + 2) + rest

    def study(row: StudyLine) -> PaperRow:
        raw = (*row.arms, *("",) * (arms - len(row.arms)))
        effect = (
            ("", NO_EFFECT)
            if row.shown is None
            else (figure(row.shown.est, pooling), bounds_of(row.shown, pooling))
        )
        weight = ("" if row.weight is None else f"{row.weight:.1f}",) if weighed else ()
        return PaperRow((row.study, *raw, *effect, *weight))  # fmt: skip

    def total(label: str, found: Estimate, weight: str = "") -> PaperRow:
        effect = (figure(found.shown.est, pooling), bounds_of(found.shown, pooling))
        return PaperRow((label, *("",) * arms, *effect, *((weight,) if weighed else ())), "total")

    if not pooling.used:
        return [PaperRow(("No study could be pooled.", *blank), "group")]
    rows: list[PaperRow] = []
    for group in pooling.groups:
        inside = [row for row in pooling.used if (row.subgroup or NOT_REPORTED) == group.label]
        rows += [PaperRow((group.label, *blank), "group"), *map(study, inside)]
        rows.append(total(f"{group.label}: {plural(group.k, 'study', 'studies')}", group))
    if not pooling.groups:
        name: str | None = None
        for row in pooling.used:
            if row.subgroup is not None and row.subgroup != name:
                rows.append(PaperRow((row.subgroup, *blank), "group"))
            name = row.subgroup
            rows.append(study(row))
    overall = pooling.overall
    if overall is not None:
        if pooling.groups or any(row.subgroup is not None for row in pooling.used):
            rows.append(PaperRow(("All subgroups" if pooling.groups else "All", *blank), "group"))
        rows.append(total(overall_words(overall), overall, "100.0" if overall.k > 1 else ""))
        if overall.shown_pi is not None:
            label = f"{pooling.asked.level:g}% prediction interval"
            rows.append(PaperRow((label, *("",) * arms, "", bounds_of(overall.shown_pi, pooling), *rest), "total"))  # fmt: skip
    return rows


def _notes(pooling: Pooling) -> list[str]:
    """How it was pooled, how far studies differ, and what to mind."""
    asked, overall = pooling.asked, pooling.overall
    lines = [f"{asked.measure}: {pooling.label}. CI: confidence interval."]
    if overall is not None and overall.k > 1:
        people = "" if overall.people is None else f" with {overall.people:,} people"
        lines.append(f"{overall.k:,} studies{people}. {method_words(pooling)}")
        lines += _heterogeneity(pooling, overall)
    if asked.add is not None:
        lines.append(f"{asked.add:g} was added to cells of counts ({asked.to or 'only0'}).")
    lines += pooling.doubts
    lines += pooling.cautions
    lines += pooling.notes
    lines += overall.notes if overall is not None else ()
    by_note: dict[str, list[str]] = {}
    for row in pooling.used:
        for note in row.notes:
            by_note.setdefault(note, []).append(row.study)
    lines += [f"{listed(studies)}: {note}." for note, studies in by_note.items()]
    return lines


def method_words(pooling: Pooling) -> str:
    """How it was pooled, as a sentence."""
    asked = pooling.asked
    test = f"intervals: {TESTS[asked.test]}"
    if asked.method in COUNTS:
        return f"Counts pooled: {COUNTS[asked.method]} ({asked.method}); {test}."
    if asked.method in EQUAL:
        return f"Inverse variance, {METHODS[asked.method]} ({asked.method}); {test}."
    predicted = "" if asked.prediction == "t" else " (prediction: t with k - 2 degrees of freedom)"
    return (
        f"Inverse variance, random effects; τ²: {METHODS[asked.method]} ({asked.method}); {test}{predicted}."
    )


def _heterogeneity(pooling: Pooling, overall: Estimate) -> list[str]:
    found = [
        f"{estimate.label}: {words}." for estimate in (*pooling.groups, overall) if (words := heterogeneity_words(estimate))
    ]  # fmt: skip
    lines = [f"How far studies differ. {' '.join(found)}"] if found else []
    if pooling.difference is not None and pooling.difference.qmp is not None:
        lines.append(f"Difference between subgroups (one τ² for all): {test_words(pooling.difference)}.")
    if pooling.egger_p is not None:
        lines.append(f"Egger's regression test of the funnel's asymmetry: {p_words(pooling.egger_p)}.")
    return lines
