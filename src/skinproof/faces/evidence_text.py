"""Claims, agents and complaints as text for a terminal."""

from collections.abc import Sequence

from skinproof.faces.output import bold
from skinproof.views.about import About
from skinproof.views.claim import ClaimAnswer, size_words, understood_lines
from skinproof.views.evidence import (
    Evidence,
    EvidenceGroup,
    count_words,
    design_counts,
    overdue_words,
    partial_words,
    prepared_words,
)
from skinproof.views.evidence_studies import StudyInWords, line_words
from skinproof.views.recount import Recount
from skinproof.views.text import Column, clean, cut, pairs, table, wrap
from skinproof.views.words import counted_of, plural, upper_first

LINES_SHOWN, GROUPS_SHOWN, IDS_SHOWN, PAPERS_SHOWN = 10, 6, 8, 5
"""Studies, values of a fact, ids and papers that are printed; JSON holds all."""


def claim_lines(answer: ClaimAnswer, width: int) -> list[str]:
    """The answer to a claim: how it was understood first."""
    lines = [bold("How the claim was understood"), *pairs(understood_lines(answer.claim), width)]
    others = [
        (part.label, ", ".join(f"{choice.label} ({choice.id})" for choice in part.others[:4]))
        for part in (*answer.claim.agents, *answer.claim.indications)
        if part.others
    ]
    if others:
        lines += [
            "",
            "Other readings (choose with --agent, --indication, --route, --comparator):",
            *pairs(others, width),
        ]
    lines += ["", *(bold(line) for line in wrap(clean(f"Answer: {answer.word}. {answer.sentence}"), width))]
    lines += [part for line in answer.lines for part in wrap(clean(line), width)]
    for one in answer.recounts:
        lines += ["", *_recount(one, width)]
    if answer.near:
        near = [
            (
                one.label,
                f"{plural(len(one.record_ids), 'study', 'studies')}: {_listed(one.record_ids)}"
                + (f" (skinproof about {one.term})" if one.term else ""),
            )
            for one in answer.near
        ]
        lines += _head("Near the claim, but not the claim: in no number above", pairs(near, width))
    if answer.evidence is not None and answer.evidence.numbers.studies:
        lines += evidence_lines(answer.evidence, answer.missing, width)
    if answer.list_options:
        lines += ["", *wrap(f"The same studies: skinproof list {answer.list_options}", width)]
    return lines


def about_lines(page: About, width: int) -> list[str]:
    """The page of an agent or a complaint."""
    lines = [bold(line) for line in wrap(clean(page.label), width)] + wrap(clean(page.sentence), width)
    if page.across:
        rows = [
            (row.label, f"{row.numbers.studies:,}", "?" if row.numbers.participants is None else f"{row.numbers.participants:,}",
             counted_of(row.numbers.randomised, row.design_unknown, row.numbers.studies),
             counted_of(row.numbers.completed, row.status_unknown, row.numbers.studies),
             counted_of(row.numbers.with_results, row.numbers.results_unknown, row.numbers.studies))
            for row in page.across
        ]  # fmt: skip
        heads = [Column("Complaint" if page.kind == "agent" else "Preparation", wraps=True)]
        heads += [
            Column(name, right=True)
            for name in ("Studies", "Participants", "Randomised", "Completed", "Results")
        ]
        lines += ["", *table(heads, rows, width)]
    if page.evidence.numbers.studies:
        lines += evidence_lines(page.evidence, page.missing, width)
    if page.empty:
        lines += _head("No registered studies", wrap(clean("; ".join(page.empty)), width))
    return [*lines, "", *wrap(f"The same studies: skinproof list {page.list_options}", width)]


def evidence_lines(evidence: Evidence, missing: Sequence[str], width: int) -> list[str]:
    """Everything on one page, in the order of a reader's questions."""
    n = evidence.numbers
    facts = [
        ("Studies of people", count_words(evidence)),
        ("Design", design_counts(evidence)),
        ("Results", f"{n.with_results:,} posted" + (f", {n.results_unknown:,} not said" if n.results_unknown else "")
         + (f"; of {len(evidence.not_held):,} the record held here came without them" if evidence.not_held else "")),
    ]  # fmt: skip
    if evidence.overdue is not None:
        facts.append(("Overdue results", overdue_words(evidence)))
    if evidence.partial:
        facts.append(("Partial records", partial_words(evidence)))
    if evidence.not_skin:
        facts.append(
            (
                "Left out",
                f"{plural(len(evidence.not_skin), 'study that names', 'studies that name')} the complaint and {'is' if len(evidence.not_skin) == 1 else 'are'} not about skin",
            )
        )
    lines = _head("Studies and people", pairs(facts, width))
    lines += _head(
        "What it was compared with", pairs(((g.label, _count(g)) for g in evidence.compared), width)
    )
    lines += _head("Size of the effect, as posted", _outcomes(evidence, width))
    harms = [(line.agent_label, line.words) for line in evidence.harms]
    lines += _head("Harm", pairs(harms, width) or ["No posted counts. That is no sign of safety."])
    lines += _head("Preparations tested", _preparations(evidence, width))
    running = [(run.record_id, f"{run.status}; due {run.due}{' (this day has passed)' if run.passed else ''}; {run.participants}") for run in evidence.running]  # fmt: skip
    more = [f"... {len(running) - LINES_SHOWN:,} more (--json)"] if len(running) > LINES_SHOWN else []
    lines += _head("What is running", [*(pairs(running[:LINES_SHOWN], width) or ["Nothing."]), *more])
    lines += _head("What is missing", [part for line in missing for part in wrap(f"- {clean(line)}", width)] or ["Nothing of what is looked for."])  # fmt: skip
    lines += _head("Studies, those with results and randomised ones first", _studies(evidence.lines, width))
    return [*lines, *_papers(evidence, width)]


def _head(title: str, body: Sequence[str]) -> list[str]:
    return ["", bold(title), *(body or ["not reported"])]


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return ", ".join(ids[:IDS_SHOWN]) + more


def _count(group: EvidenceGroup) -> str:
    return f"{plural(len(group.record_ids), 'study', 'studies')}: {_listed(group.record_ids)}"


def _outcomes(evidence: Evidence, width: int) -> list[str]:
    rows = [
        (
            f"{line.label} ({line.complaint})",
            f"{size_words(line)}. {upper_first(line.state_words)}. {line.mcid}. {_listed(line.record_ids)}",
        )
        for line in evidence.outcomes[:GROUPS_SHOWN]
    ]
    lines = [
        part
        for head, words in rows
        for part in (*wrap(f"- {clean(cut(head, 160))}", width), *wrap(clean(words), width, "    "))
    ]
    if len(evidence.outcomes) > GROUPS_SHOWN:
        lines.append(f"... {len(evidence.outcomes) - GROUPS_SHOWN:,} more (--json)")
    if evidence.shared_outcomes:
        lines += wrap(
            f"{plural(evidence.shared_outcomes, 'question')} that these studies share with others: see `skinproof pooled`.",
            width,
        )
    return lines or ["No posted outcome with numbers."]


def _preparations(evidence: Evidence, width: int) -> list[str]:
    rows = [
        (name, "; ".join(f"{g.label} {len(g.record_ids):,}" for g in groups[:GROUPS_SHOWN]) or "not reported")
        for name, groups in (("Source (studies)", evidence.sources), ("Route (studies)", evidence.routes))
    ]
    rows += [
        (dose.axis, f"{dose.words} ({plural(dose.n_studies, 'study', 'studies')})")
        for dose in evidence.doses[:GROUPS_SHOWN]
    ]
    if evidence.facts:
        rows.append(
            (
                "Reported",
                "; ".join(f"{f.label.lower()} {f.reported:,} of {f.asked:,}" for f in evidence.facts),
            )
        )
    return [*wrap(prepared_words(evidence), width), *pairs(rows, width)]


def _studies(found: Sequence[StudyInWords], width: int) -> list[str]:
    rows = []
    for line in found[:LINES_SHOWN]:
        against = f" ({cut(', '.join(line.against), 100)})" if line.against else ""
        told = f"{line_words(line)}; against: {', '.join(line.compared)}{against}; given: {line.given}"  # fmt: skip
        rows += [
            *wrap(clean(f"{line.record_id}  {cut(line.title, 120)}"), width),
            *wrap(clean(told), width, "    "),
        ]
    if len(found) > LINES_SHOWN:
        rows.append(f"... {len(found) - LINES_SHOWN:,} more (--json)")
    return rows


def _papers(evidence: Evidence, width: int) -> list[str]:
    if evidence.papers is None:
        return ["", *wrap("Papers: none are held here.", width)]
    lines = _head("Papers, apart by kind; they change no number above", [])[:-1]
    for kind in dict.fromkeys(paper.kind for paper in evidence.papers):
        own = [paper for paper in evidence.papers if paper.kind == kind]
        lines.append(f"{kind}: {plural(len(own), 'paper')}")
        for paper in own[:PAPERS_SHOWN] if kind == "human" else ():
            flags = f" [{', '.join(paper.flags)}]" if paper.flags else ""
            lines += wrap(
                clean(f"{paper.record_id} {paper.year or ''} {cut(paper.title, 120)}{flags}"), width, "    "
            )
    return lines if evidence.papers else [*lines, "none of this"]


def _recount(one: Recount, width: int) -> list[str]:
    rows = [
        (d.label + (" (nearest)" if at == one.closest else ""), f"{d.n:,}", f"{d.difference:+,}" if d.difference else "0", f"{len(d.missed):,}", f"{len(d.extra):,}")
        for at, d in enumerate(one.definitions)
    ]  # fmt: skip
    heads = [Column("Way of counting", wraps=True), *(Column(h, right=True) for h in ("Studies", "Claim - studies", "Ours, not here", "Here, not ours"))]  # fmt: skip
    lines = [
        bold(f"{one.claimed:,} claimed: {clean(one.about)}"),
        *table(heads, rows, width),
        *wrap(clean(one.query), width),
    ]
    if one.undated:
        lines += wrap(
            f"{plural(one.undated, 'study has', 'studies have')} no first-posted day and cannot be placed.",
            width,
        )
    return lines
