"""A study page as text for a terminal."""

from collections.abc import Iterable, Sequence

from skinproof.faces.output import bold
from skinproof.faces.preparation_text import block_lines
from skinproof.views.answers import Mention, TagGroup
from skinproof.views.judged import told
from skinproof.views.results import HarmRow, Measure, Results
from skinproof.views.study_page import StudyPage
from skinproof.views.text import Column, clean, clean_lines, cut, pairs, table, wrap
from skinproof.views.words import NOT_REPORTED, lower_first, plural

TEXT_SHOWN, MENTIONS_SHOWN, VALUES_SHOWN, HARMS_SHOWN = 600, 3, 12, 20
"""How much is printed of a long text, of the quotes of a tag, of the values of a measure, of adverse events,
unless all is asked for."""


def page_lines(page: StudyPage, width: int, full: bool) -> list[str]:
    """The page. full: nothing is shortened."""
    lines = [bold(line) for line in wrap(clean(page.title), width)]
    lines += _version(page, width)
    lines += _head("At a glance", pairs(((line.label, line.words) for line in page.glance), width))
    lines += _head(
        "What the tags say", pairs(((c.label, f"{c.words} - {c.reason}") for c in page.calls), width)
    )
    if page.judged:
        told_of = ((row.label, f"{told(row)} [line {row.line}]") for row in page.judged)
        lines += _head("What people said", pairs(told_of, width))
    lines += _quotes(page, width, full)
    lines += _given(page, width)
    for section in page.sections:
        facts = [(f.label, f.value if full else _short(f.value)) for f in section.facts if f.reported]
        missing = ", ".join(lower_first(fact.label) for fact in section.facts if not fact.reported)
        rows = [*facts, *([("Not reported", missing)] if missing else [])]
        lines += _head(section.title, pairs(rows, width))
    lines += _head("Summary", _text(page.summary, width, full))
    if full:
        lines += _head("Detailed description", _text(page.detailed_description, width, full))
    lines += _arms(page, width, full)
    lines += _outcomes(page, width, full)
    sites = [
        (s.country, f"{plural(s.sites, 'site')}{': ' if s.cities else ''}{', '.join(s.cities)}")
        for s in page.sites
    ]
    lines += _head("Sites", pairs(((k, v if full else _short(v)) for k, v in sites), width))
    refs = [
        (r.type, f"{r.citation}{f' PMID {r.pmid}' if r.pmid else ''}{' RETRACTED' if r.retracted else ''}")
        for r in page.references
    ]
    lines += _head("References", pairs(refs, width))
    if page.documents:
        lines += _head(
            "Documents", pairs(((d.date, f"{d.label} ({d.filename})") for d in page.documents), width)
        )
    if page.annotations:
        lines += _head(
            "The registry notes", [line for a in page.annotations for line in wrap(clean(a), width)]
        )
    lines += _head("Results", [*wrap(clean(page.results_words), width), *_results(page.results, width, full)])
    lines += _clocks(page, width, full)
    if page.issues:
        lines += _head(
            "To look at",
            pairs(((i.kind, f"{i.where}: {i.found!r}: {i.message}") for i in page.issues), width),
        )
    return lines  # fmt: skip


def _clocks(page: StudyPage, width: int, full: bool) -> list[str]:
    """When results are due; full: with the rule, the fields and what is open."""
    if not page.clocks:
        return []
    lines = []
    for clock in page.clocks:
        lines += wrap(clean(clock.words), width)
        if full:
            for basis in clock.basis:
                lines += wrap(
                    clean(f"rule: {basis.rule}: {basis.says} ({basis.source}; {basis.checked})"),
                    width,
                    "    ",
                )
            used = "; ".join(f"{field.path} = {field.value or 'not reported'}" for field in clock.fields)
            lines += wrap(clean(f"read from: {used}"), width, "    ")
        for text in clock.unknown if full or clock.state in ("due", "overdue", "unknown") else ():
            lines += wrap(clean(f"open: {text}"), width, "    ")
    return _head(f"Results due? (on {page.clocks[0].as_of}; no legal advice)", lines)


def _head(title: str, body: Sequence[str]) -> list[str]:
    return ["", bold(title), *(body or [NOT_REPORTED])]


def _short(text: str) -> str:
    flat = clean(text)
    return f"{cut(flat, TEXT_SHOWN)} (--full)" if len(flat) > TEXT_SHOWN else flat


def _text(text: str | None, width: int, full: bool) -> list[str]:
    if not text:
        return []
    if full:
        return [line for part in clean_lines(text) for line in wrap(part, width)]
    return wrap(_short(text), width)


def _version(page: StudyPage, width: int) -> list[str]:
    version = page.version
    day = version.registry_date or "day not reported"
    said = [
        f"{page.record_id}  {page.registry_url or ''}",
        f"Version of {day}, {version.completeness} record from {version.source}, sha256 {version.sha256[:16]}",
    ]
    if page.removed:
        said.insert(
            0,
            f"The register no longer has this record (noticed on {page.removed}); what stands here is its last version.",
        )
    if version.later:
        said.append("This version is later than the day asked for: none that old is held.")
    return [line for text in said for line in wrap(clean(text), width)]


def _quotes(page: StudyPage, width: int, full: bool) -> list[str]:
    lines: list[str] = []
    hidden = [] if full else [g for g in page.tags if g.property == "indication" and g.role == "background"]
    for group in page.tags:
        if group in hidden:
            continue
        role = f", {group.role_words}" if group.role_words else ""
        lines += wrap(clean(f"{group.property}: {group.label}{role}"), width)
        shown = group.mentions if full else _telling(group)
        for mention in shown:
            lines += wrap(f"{clean(mention.where)}: {_quote(mention)}", width, "    ")
        if len(shown) < len(group.mentions):
            lines.append(f"    ... {len(group.mentions) - len(shown)} more (--full)")
    if hidden:
        lines.append(f"{plural(len(hidden), 'complaint')} only mentioned in passing (--full)")
    return _head("Quotes behind the tags", lines) if lines else []


def _given(page: StudyPage, width: int) -> list[str]:
    """What was read of each preparation, with its words."""
    if not page.preparations:
        return []
    measured = page.preparations[0].role == "measured"
    blocks = [["", *block_lines(line, width, quotes=True)] for line in page.preparations]
    return _head("What was measured" if measured else "What was given", [x for b in blocks for x in b][1:])


def _telling(group: TagGroup) -> tuple[Mention, ...]:
    """The first mentions of different fields."""
    by_field = {mention.where: mention for mention in reversed(group.mentions)}
    first = sorted(by_field.values(), key=group.mentions.index)
    return tuple(first[:MENTIONS_SHOWN])


def _quote(mention: Mention) -> str:
    return clean(f'"...{mention.before}[{mention.quote}]{mention.after}..."')


def _arms(page: StudyPage, width: int, full: bool) -> list[str]:
    arms: list[tuple[str, str]] = []
    for arm in page.arms:
        links = f"; gets {', '.join(arm.interventions)}" if arm.interventions else ""
        arms.append((arm.label, _more(arm.type + links, arm.description, full)))
    given: list[tuple[str, str]] = []
    for item in page.interventions:
        names = f"; also called {', '.join(item.other_names)}" if item.other_names else ""
        given.append((item.name, _more(item.type + names, item.description, full)))
    return [*_head("Arms", pairs(arms, width)), *_head("Interventions", pairs(given, width))]


def _more(words: str, description: str | None, full: bool) -> str:
    if not description:
        return words
    return f"{words}. {description if full else _short(description)}"


def _outcomes(page: StudyPage, width: int, full: bool) -> list[str]:
    rows = [
        (o.kind, _more(f"{o.measure} [{o.time_frame}]", o.description if full else None, full))
        for o in page.outcomes
    ]
    return _head("Registered outcomes", pairs(rows, width))  # fmt: skip


def _results(results: Results | None, width: int, full: bool) -> list[str]:
    if results is None:
        return []
    lines: list[str] = []
    if results.flow:
        rows = [(r.period, r.what, r.group, r.people) for r in results.flow]
        columns = [
            Column("Period", wraps=True),
            Column("Step", wraps=True),
            Column("Group", wraps=True),
            Column("People", right=True),
        ]
        lines += ["", "Participant flow", *table(columns, rows, width)]
    for measure in (*(results.baseline if full else ()), *results.outcomes):
        lines += _measure(measure, width, full)
    if results.harm_groups:
        harms = [(g.group, g.deaths, g.serious, g.other) for g in results.harm_groups]
        columns = [
            Column("Group", wraps=True),
            Column("Deaths", wraps=True),
            Column("Serious", wraps=True),
            Column("Other", wraps=True),
        ]
        lines += [
            "",
            "People with adverse events, by group (groups are never added up)",
            *table(columns, harms, width),
        ]
    lines += _harms(results.harms, width, full)
    if results.limitations:
        lines += ["", *wrap(clean(f"Limits stated: {results.limitations}"), width)]
    return lines  # fmt: skip


def _measure(measure: Measure, width: int, full: bool) -> list[str]:
    frame = f" [{measure.time_frame}]" if measure.time_frame else ""
    lines = ["", *wrap(clean(f"{measure.kind}: {measure.title}{frame}; {measure.unit}"), width)]
    if not measure.posted:
        return [*lines, "  values not posted"]
    values = measure.values if full else measure.values[:VALUES_SHOWN]
    columns = [
        Column("Group", wraps=True),
        Column("Of"),
        Column("What", wraps=True),
        Column("Value", wraps=True),
    ]
    lines += table(columns, [(v.group, v.analysed, v.what, v.value) for v in values], width)
    if len(values) < len(measure.values):
        lines.append(f"... {len(measure.values) - len(values)} more values (--full)")
    for analysis in measure.analyses if full else measure.analyses[:3]:
        lines += wrap(clean(f"analysis as posted: {analysis}"), width, "  ")
    return lines


def _harms(harms: Iterable[HarmRow], width: int, full: bool) -> list[str]:
    """Adverse events that befell anyone; by default the serious ones first, up to a limit."""
    found = [h for h in harms if full or not h.affected.startswith("0 of")]
    shown = found if full else found[:HARMS_SHOWN]
    if not shown:
        return []
    columns = [
        Column("Kind"),
        Column("Event", wraps=True),
        Column("Group", wraps=True),
        Column("Affected", wraps=True),
    ]
    lines = [
        "",
        "Adverse events",
        *table(columns, [(h.seriousness, h.term, h.group, h.affected) for h in shown], width),
    ]
    if len(shown) < len(found):
        lines.append(f"... {len(found) - len(shown)} more (--full)")
    return lines  # fmt: skip
