"""What is new about papers between two states: linked to a study, retracted, corrected, questioned, taken away, or new here."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from skinproof.judgements.links import JudgedLink, is_paper
from skinproof.model.dates import PartialDate
from skinproof.model.papers import PaperSummary
from skinproof.views.changes import CONCLUSIONS, Conclusion, PaperChange, PaperNews
from skinproof.views.links import marks_of
from skinproof.views.text import cut
from skinproof.views.words import lower_first, plural

NEWS = {
    "retracted": "Papers retracted",
    "concern": "Papers with a new expression of concern",
    "deleted": "Papers taken away by their source",
    "corrected": "Papers corrected",
    "cleared": "Papers that lost such a mark",
    "linked": "Papers newly linked to a study",
    "unlinked": "Papers not linked to a study any more",
    "new": "Other papers that are new",
}
"""Kind of news -> heading, the gravest first."""

_MARKED = {
    "retracted": "was retracted",
    "concern": "has an expression of concern now",
    "deleted": "was taken away by its source",
    "corrected": "was corrected",
}
_NOTICES = {
    "Retraction of Publication": "retracted",
    "Retraction Notice": "retracted",
    "Expression of Concern": "concern",
    "Published Erratum": "corrected",
}
_AS = {
    "report": "as a report of it",
    "background": "as cited by its record, not as a report",
    "mention": "as naming it, not as a report",
}
_FALLEN = {"retracted", "deleted"}
_TITLE = 80

Pair = tuple[str, str]


class PaperState(msgspec.Struct, frozen=True, kw_only=True):
    """Papers as they stood at one time. papers: by record id; links: of (paper, study) that were linked."""

    papers: Mapping[str, PaperSummary]
    links: Mapping[Pair, JudgedLink]


def study_links(links: Iterable[JudgedLink]) -> dict[Pair, JudgedLink]:
    """The links between a paper and a study that hold."""
    return {
        (link.from_id, link.to_id): link
        for link in links
        if link.state == "linked" and is_paper(link.from_id) and not is_paper(link.to_id)
    }


def posted_by(
    state: PaperState, versions: Mapping[str, PaperSummary], notices: Iterable[Pair], day: str
) -> PaperState:
    """The papers as they stood on a day, by their own dates: those published by then.

    versions: of a paper, the one in force of all that its source dates by then; notices: (notice, paper it is about).
    Of a paper without such a version its marks stand as now, but for those whose notice came out later.
    """
    papers = {
        name: versions.get(name, paper) for name, paper in state.papers.items() if not _after(paper, day)
    }
    for notice, name in notices:
        said = state.papers.get(notice)
        if said is None or name not in papers or name in versions or not _after(said, day):
            continue
        marks = {kind for words, kind in _NOTICES.items() if words in said.publication_types}
        paper = papers[name]
        papers[name] = msgspec.structs.replace(paper, kinds=tuple(k for k in paper.kinds if k not in marks))
    return PaperState(papers=papers, links={pair: k for pair, k in state.links.items() if pair[0] in papers})


def _after(paper: PaperSummary, day: str) -> bool:
    """Whether a paper came out after a day, whatever day its date can mean."""
    if paper.published is None:
        return paper.year is not None and paper.year > int(day[:4])
    return PartialDate.parse(paper.published).earliest().isoformat() > day


def paper_changes(
    before: PaperState,
    after: PaperState,
    titles: Mapping[str, str],
    asked: Collection[str] | None,
    seen: Mapping[str, str],
) -> tuple[tuple[PaperChange, ...], list[Conclusion]]:
    """What is new, the gravest first, and what of it alters a conclusion.

    titles: of studies by record id; asked: papers that are meant (None: all); seen: sha256 -> when it was first stored.
    """
    ids = set(after.papers) | set(before.papers)
    if asked is not None:
        ids &= set(asked)
    news: dict[str, list[PaperNews]] = {}
    for name in ids:
        found = _marks(before.papers.get(name), after.papers.get(name))
        if found:
            news[name] = found
    for pair in after.links.keys() - before.links.keys():
        if pair[0] in ids:
            news.setdefault(pair[0], []).append(_linked(pair[1], after.links[pair], titles))
    for pair in before.links.keys() - after.links.keys():
        if pair[0] in ids:
            words = f"not linked to {_study(pair[1], titles)} any more"
            news.setdefault(pair[0], []).append(PaperNews(kind="unlinked", words=words, study=pair[1]))
    conclusions = _conclusions(before, after, titles, set(news))
    order = list(NEWS)
    altered: dict[str, dict[str, None]] = {}
    for one in conclusions:
        for name in one.papers:
            altered.setdefault(name, {})[one.kind] = None
    changes = []
    for name, some in news.items():
        paper = after.papers.get(name) or before.papers[name]
        if any(one.kind in ("linked", *_MARKED) for one in some):
            some = [one for one in some if one.kind != "new"]
        changes.append(
            PaperChange(
                record_id=name, title=paper.title or "No title", new=name not in before.papers, marks=marks_of(paper),
                published=paper.published or paper.published_text, seen=seen.get(paper.sha256), sha256=paper.sha256,
                news=tuple(sorted(some, key=lambda one: (order.index(one.kind), one.study or ""))),
                alters=tuple(altered.get(name, ())),
            )
        )  # fmt: skip
    changes.sort(key=lambda c: (not c.alters, order.index(c.news[0].kind), c.record_id))
    return tuple(changes), conclusions


def paper_words(change: PaperChange) -> str:
    """What is new about a paper in one line, with how it stands and what that alters."""
    stands = f" [{'; '.join(change.marks)}]" if change.marks else ""
    told = "; ".join(one.words for one in change.news)
    alters = (
        f" (alters: {', '.join(lower_first(CONCLUSIONS[kind]) for kind in change.alters)})"
        if change.alters
        else ""
    )
    return f"{change.record_id} {change.title}{stands}: {told}{alters}"


def _marks(was: PaperSummary | None, is_now: PaperSummary | None) -> list[PaperNews]:
    """What became of one paper; of a new one its marks stand beside its title."""
    if was is None:
        return [PaperNews(kind="new", words="new here")]
    if is_now is None:
        return []
    found = [
        PaperNews(kind=kind, words=words)
        for kind, words in _MARKED.items()
        if kind in is_now.kinds and kind not in was.kinds
    ]
    lost = [kind for kind in _MARKED if kind in was.kinds and kind not in is_now.kinds]
    return [*found, *(PaperNews(kind="cleared", words=f"is not marked “{kind}” any more") for kind in lost)]


def _linked(study: str, link: JudgedLink, titles: Mapping[str, str]) -> PaperNews:
    how = _AS.get(link.relation, "")
    words = f"linked to {_study(study, titles)} {how}".rstrip()
    if not link.evidence:
        return PaperNews(kind="linked", words=f"{words} ({link.reason})", study=study, relation=link.relation)
    best = link.evidence[0]
    return PaperNews(
        kind="linked", words=f"{words}; {best.record_id} says “{cut(best.quote, _TITLE)}” in {best.field or 'its ids'}",
        study=study, relation=link.relation, rule=best.rule, field=best.field, quote=best.quote,
    )  # fmt: skip


def _study(record_id: str, titles: Mapping[str, str]) -> str:
    title = titles.get(record_id)
    return f"{record_id} ({cut(title, _TITLE)})" if title else record_id


def _conclusions(
    before: PaperState, after: PaperState, titles: Mapping[str, str], moved: Collection[str]
) -> list[Conclusion]:
    """Studies whose reports do not stand as they did: retracted or questioned, the first one, or none any more."""
    old, new = _reports(before), _reports(after)
    found = []
    for study in sorted(set(old) | set(new)):
        was, is_now = old.get(study, ()), new.get(study, ())
        names = sorted({*was, *is_now} & set(moved))
        if not names:
            continue
        about = f"{study}: {cut(titles[study], _TITLE)}" if study in titles else study
        stood, stands = _standing(before, was), _standing(after, is_now)
        fallen = [
            f"{name} {_MARKED[kind]}"
            for name in names
            for kind in ("retracted", "concern")
            if name in was and name in is_now and _newly(before, after, name, kind)
        ]
        if fallen:
            left = plural(len(stands), "report stands", "reports stand") if stands else "no report stands"
            said, kind = f"{'; '.join(fallen)}; {left}", "retracted"
        elif bool(stood) != bool(stands):
            said, kind = _report_words(stands), "report"
        else:
            continue
        found.append(
            Conclusion(
                kind=kind, about=about, before=_report_words(stood), after=said, cause="record", record_ids=(study,),
                papers=tuple(names),
            )
        )  # fmt: skip
    return found


def _newly(before: PaperState, after: PaperState, name: str, kind: str) -> bool:
    old, new = before.papers.get(name), after.papers.get(name)
    return old is not None and new is not None and kind in new.kinds and kind not in old.kinds


def _reports(state: PaperState) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for (paper, study), link in state.links.items():
        if link.relation == "report":
            found.setdefault(study, []).append(paper)
    return found


def _standing(state: PaperState, names: Iterable[str]) -> list[str]:
    held = [name for name in names if name in state.papers]
    return sorted(name for name in held if not _FALLEN & set(state.papers[name].kinds))


def _report_words(names: list[str]) -> str:
    if not names:
        return "no paper that reports it"
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{plural(len(names), 'report')}: {', '.join(names[:3])}{more}"
