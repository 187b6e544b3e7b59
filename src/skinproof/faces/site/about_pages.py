"""Pages of agents and of complaints, one printed page each, and the parts that the page of a claim shares with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from skinproof.faces.site.names import about_href, cell_href
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.about import About
from skinproof.views.claim import size_words
from skinproof.views.evidence import Evidence, PaperLine, prepared_words
from skinproof.views.evidence_studies import line_words
from skinproof.views.words import NOT_REPORTED, counted_of, plural, upper_first

STUDIES_SHOWN, GROUPS_SHOWN, RUNNING_SHOWN, OUTCOMES_SHOWN, IDS_SHOWN, PAPERS_SHOWN = 8, 6, 6, 5, 200, 40
"""What the page holds of each; the commands named on it hold all."""

PAPER_WORDS = {
    "human": "on people", "animal": "on animals", "laboratory": "of laboratories", "review": "reviews", "protocol": "protocols",
    "unclear": "of unclear kind",
}  # fmt: skip


def about_context(
    page: About, has_page: Mapping[str, Any], hrefs: Mapping[str, str], pooled: Mapping[int, str]
) -> dict[str, Any]:
    """What the page prints. has_page: names of pages that exist; hrefs: pages of studies and papers; pooled: pages of outcome questions, by place."""
    rows = []
    for row in page.across:
        people = NOT_REPORTED if row.numbers.participants is None else f"{row.numbers.participants:,}"
        other = about_href(row.id)
        pair = (page.id, row.id) if page.kind == "agent" else (row.id, page.id)
        whole = pair[0] in AGENT_CLASSES
        href = cell_href(*pair) if whole and pair[1].count(":") == 1 else None
        rows.append({
            "label": row.label, "href": f"../{other}" if other in has_page else None,
            "cell": f"../{href}" if href and href in has_page else None, "studies": f"{row.numbers.studies:,}", "people": people,
            "randomised": counted_of(row.numbers.randomised, row.design_unknown, row.numbers.studies),
            "results": counted_of(row.numbers.with_results, row.numbers.results_unknown, row.numbers.studies),
        })  # fmt: skip
    below = [(label, f"../{about_href(name)}") for name, label in page.below if about_href(name) in has_page]
    return {
        "kind": page.kind, "label": page.label, "sentence": page.sentence, "across": rows,
        "across_head": "Complaint" if page.kind == "agent" else "Preparation",
        "empty": ", ".join(page.empty), "missing": page.missing, "below": below, "filters": page.list_options,
        "e": evidence_context(page.evidence, hrefs, pooled, "../"),
    }  # fmt: skip


def evidence_context(
    evidence: Evidence, hrefs: Mapping[str, str], pooled: Mapping[int, str], up: str
) -> dict[str, Any]:
    """The parts that every page of evidence prints. up: the way to the top of the site."""
    n = evidence.numbers
    behind: list[dict[str, Any]] = []

    def counted(key: str, label: str, ids: Sequence[str]) -> dict[str, Any]:
        """A number that leads to the studies it counts."""
        if ids:
            shown = [(i, f"{up}{hrefs[i]}" if i in hrefs else None) for i in ids[:IDS_SHOWN]]
            behind.append(
                {"id": f"of-{key}", "label": label, "ids": shown, "more": max(0, len(ids) - IDS_SHOWN)}
            )
        return {"number": f"{len(ids):,}", "href": f"#of-{key}" if ids else None, "label": label}

    def with_unsaid(
        fact: dict[str, Any], key: str, label: str, ids: Sequence[str], words: str = "do not say"
    ) -> dict[str, Any]:
        """The fact with how many records do not say, where there are any: a 0 is then no "none". label: heading of their list."""
        beside = (
            {
                **counted(f"{key}-unsaid", label, ids),
                "label": "does not say" if len(ids) == 1 and words == "do not say" else words,
            }
            if ids
            else None
        )
        return {**fact, "beside": beside}

    facts = [counted("all", _one(n.studies, "study of people", "studies of people"), n.record_ids)]
    stated = n.participants is not None
    facts.append(
        {
            "number": f"{n.participants:,}" if stated else "No number",
            "href": "#of-all" if n.studies else None,
            "label": f"people in {_one(n.studies, 'it', 'them')}, as stated or planned"
            if stated
            else "of people is stated",
        }
    )
    facts += [
        with_unsaid(
            counted("randomised", "randomised", evidence.randomised),
            "allocation", "do not say whether they are randomised", evidence.allocation_unknown,
        ),
        with_unsaid(
            counted("completed", "completed", evidence.completed),
            "status", "do not say how far they are", evidence.status_unknown,
        ),
        counted("results", "with posted results", evidence.with_results),
    ]  # fmt: skip
    if n.results_unknown:
        facts.append(
            {
                "number": f"{n.results_unknown:,}",
                "href": None,
                "label": _one(n.results_unknown, "does", "do") + " not say whether results are posted",
            }
        )
    if evidence.not_held:
        facts.append(counted("not-held", "of these, results not held here", evidence.not_held))
    if evidence.overdue is not None and n.results_unknown < n.studies:
        facts.append(counted("late-legal-us", "with results overdue by US law", evidence.overdue["legal_us"]))
        facts.append(
            with_unsaid(
                counted("late-ethical-12m", "with results overdue by the WHO norm", evidence.overdue["ethical_12m"]),
                "late", "it cannot be told whether results are overdue", evidence.lateness_unknown,
                "by either it cannot be told",
            )
        )  # fmt: skip
    if evidence.partial:
        facts.append(counted("partial", "known only from a table or a list of facts, silent on the rest", evidence.partial))  # fmt: skip
    if evidence.not_skin:
        facts.append(
            counted(
                "not-skin",
                "left out: "
                + _one(len(evidence.not_skin), "names it, but is", "name it, but are")
                + " not about skin",
                evidence.not_skin,
            )
        )
    groups = {
        name: [
            counted(f"{name}-{at}", group.label, group.record_ids)
            for at, group in enumerate(found[:GROUPS_SHOWN])
        ]
        for name, found in (
            ("compared", evidence.compared),
            ("source", evidence.sources),
            ("route", evidence.routes),
        )
    }
    doses = [
        {
            **counted(f"dose-{at}", f"{dose.axis}: {dose.words}", dose.record_ids),
            "axis": dose.axis,
            "words": dose.words,
        }
        for at, dose in enumerate(evidence.doses[:GROUPS_SHOWN])
    ]
    return {
        "n": n.studies, "facts": facts, **groups, "doses": doses, "behind": behind,
        "told_of": prepared_words(evidence), "reported": [(share.label, f"{share.reported:,} of {share.asked:,}") for share in evidence.facts],
        "outcomes": [
            {
                "label": line.label, "complaint": line.complaint, "size": size_words(line), "state": upper_first(line.state_words), "mcid": line.mcid,
                "href": f"{up}{pooled[line.key]}" if line.key in pooled else _study(line.record_ids, hrefs, up),
            }
            for line in evidence.outcomes[:OUTCOMES_SHOWN]
        ],
        "more_outcomes": max(0, len(evidence.outcomes) - OUTCOMES_SHOWN), "shared": evidence.shared_outcomes,
        "harms": [{"agent": upper_first(line.agent_label), "words": line.words, "href": _study(line.record_ids, hrefs, up)} for line in evidence.harms],
        "running": [
            {"id": run.record_id, "href": _study((run.record_id,), hrefs, up), "title": run.title, "status": run.status, "due": run.due, "passed": run.passed}
            for run in _soonest(evidence)
        ],
        "n_running": len(evidence.running), "more_running": max(0, len(evidence.running) - RUNNING_SHOWN),
        "lines": [
            {
                "id": line.record_id, "href": _study((line.record_id,), hrefs, up), "title": line.title, "words": line_words(line), "compared": ", ".join(line.compared),
                "against": ", ".join(line.against)[:120], "given": line.given,
            }
            for line in evidence.lines[:STUDIES_SHOWN]
        ],
        "more_lines": max(0, len(evidence.lines) - STUDIES_SHOWN), "papers": _papers(evidence.papers, hrefs, up),
    }  # fmt: skip


def _one(n: int, one: str, many: str) -> str:
    return one if n == 1 else many


def _soonest(evidence: Evidence) -> Sequence[Any]:
    """Studies whose day is still to come first: they are what can still be waited for."""
    return sorted(evidence.running, key=lambda run: (run.passed, run.due == NOT_REPORTED, run.due))[
        :RUNNING_SHOWN
    ]


def _study(ids: Sequence[str], hrefs: Mapping[str, str], up: str) -> str | None:
    return f"{up}{hrefs[ids[0]]}" if ids and ids[0] in hrefs else None


def _papers(
    papers: Sequence[PaperLine] | None, hrefs: Mapping[str, str], up: str
) -> list[dict[str, Any]] | None:
    if papers is None:
        return None
    kinds = []
    for kind, words in PAPER_WORDS.items():
        own = [paper for paper in papers if paper.kind == kind]
        if own:
            shown = [
                (
                    p.record_id,
                    p.title,
                    str(p.year or ""),
                    ", ".join(p.flags),
                    _study((p.record_id,), hrefs, up),
                )
                for p in own[:PAPERS_SHOWN]
            ]
            kinds.append({"words": f"{plural(len(own), 'paper')} {words}" if kind in ("human", "animal", "laboratory", "unclear") else f"{len(own):,} {words}", "rows": shown, "more": max(0, len(own) - PAPERS_SHOWN)})  # fmt: skip
    return kinds
