"""The page on which a claim is typed, seen as it was understood, set right, and answered; and the same for the API."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from skinproof.errors import UsageError
from skinproof.faces.ask import agent_id, term_id
from skinproof.faces.site.about_pages import evidence_context
from skinproof.faces.site.names import about_href
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.about import About
from skinproof.views.claim import ClaimAnswer, understood_lines
from skinproof.views.claim_reading import Choice, Overrides, Understood
from skinproof.views.claim_words import COMPARATORS
from skinproof.views.gapmap import SKIN
from skinproof.views.recount import Recount
from skinproof.views.words import AGENT_CLASS_LABELS, plural
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.about import about_term
from skinproof.workflows.claim import check_claim

if TYPE_CHECKING:
    from skinproof.faces.site.write import Site
    from skinproof.faces.web.asking import Question
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found

LONGEST, IDS_SHOWN = 1000, 60
NONE = "none"
SLOTS = (
    ("agent", "What is given"),
    ("indication", "For what"),
    ("route", "How, or with what"),
    ("comparator", "Compared with"),
)
EXAMPLES = (
    "exosomes after fractional laser improve acne scars", "PRP helps hair loss", "stem cells are safe for burns",
    "217 clinical trials on EVs, 14 on skin",
)  # fmt: skip


def page(live: "Live", asked: "Question") -> "Found":
    """What the page prints. Raises: UsageError for a choice that is none, or an impossible day."""
    from skinproof.faces.web.pages import Found

    text = (asked.one("q") or "")[:LONGEST]
    if not text.strip() and not any(asked.all(name) for name, _ in SLOTS):
        return Found("claim.html", {"q": "", "examples": EXAMPLES, "answer": None, "slots": [], "e": None})
    answer = answer_of(live, asked)
    site = live.site(asked.as_of)
    shown = answer.evidence if answer.evidence is not None and answer.evidence.numbers.studies else None
    return Found("claim.html", {
        "q": text, "examples": EXAMPLES,
        "answer": {
            "word": answer.word, "sentence": answer.sentence, "lines": answer.lines, "missing": answer.missing, "kind": answer.kind,
            "understood": understood_lines(answer.claim), "filters": answer.list_options,
            "near": [(one.label, plural(len(one.record_ids), "study", "studies"), _linked(one.record_ids, site.hrefs), _page(one.term, site)) for one in answer.near],
            "recounts": [_recount(one, site.hrefs) for one in answer.recounts],
            "pages": [(part.label, about_href(part.id)) for part in (*answer.claim.agents, *answer.claim.indications) if site.has_page(about_href(part.id))],
        },
        "slots": _slots(answer, live.workspace.vocabulary),
        "e": evidence_context(shown, site.records, {}, "") if shown is not None else None,
    })  # fmt: skip


def _page(term: str, site: "Site") -> str | None:
    return about_href(term) if term and site.has_page(about_href(term)) else None


def answer_of(live: "Live", asked: "Question") -> ClaimAnswer:
    """The answer to the claim of a request. Raises: UsageError."""
    words = live.workspace.vocabulary
    overrides = Overrides(
        agents=_ids(asked.all("agent"), words, "agent"), indications=_ids(asked.all("indication"), words, "indication"),
        ways=_ids(asked.all("route"), words, "way"), comparators=_ids(asked.all("comparator"), words, "comparator"),
    )  # fmt: skip
    source = live.site(asked.as_of).source.evidence
    return check_claim(live.workspace, (asked.one("q") or "")[:LONGEST], overrides, asked.as_of, source)


def about_of(live: "Live", asked: "Question") -> About:
    """The page about the term of a request. Raises: UsageError, NotFoundError."""
    word = asked.one("term")
    if word is None:
        raise UsageError("term is needed: an agent, a class of agents or a complaint")
    words = live.workspace.vocabulary
    try:
        name = agent_id(word[:LONGEST], words)
    except UsageError:
        name = term_id(word[:LONGEST], "indication", words)
    return about_term(live.site(asked.as_of).source.evidence, name)


def _ids(typed: Sequence[str], vocabulary: Vocabulary, slot: str) -> tuple[str, ...] | None:
    """Ids of what was chosen, None where nothing was. Raises: UsageError."""
    if not typed:
        return None
    return tuple(
        _id(word[:LONGEST].strip(), vocabulary, slot) for word in typed if word.strip().lower() != NONE
    )


def _id(word: str, vocabulary: Vocabulary, slot: str) -> str:
    if slot == "comparator" and word.lower().replace(" ", "_") in COMPARATORS:
        return word.lower().replace(" ", "_")
    if slot == "way":
        if word in vocabulary.terms and vocabulary.terms[word].kind in ("procedure", "route"):
            return word
        return term_id(word, "procedure", vocabulary)
    if slot == "comparator" and word in vocabulary.terms:
        return word
    return term_id(word, "indication", vocabulary) if slot == "indication" else agent_id(word, vocabulary)


def _slots(answer: ClaimAnswer, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """A select for each part: as read, other readings, none; where nothing was read, the classes or columns of the map."""
    claim = answer.claim
    parts: dict[str, tuple[Understood, ...]] = {
        "agent": claim.agents, "indication": claim.indications, "route": claim.ways, "comparator": claim.comparators,
    }  # fmt: skip
    plain = {
        "agent": [Choice(name, AGENT_CLASS_LABELS[name]) for name in AGENT_CLASSES if name != "other"],
        "indication": [Choice(name, vocabulary.label(name)) for name in vocabulary.children(SKIN)],
        "route": [
            Choice(t.id, t.label)
            for t in vocabulary.terms.values()
            if t.kind == "procedure" and not t.parents
        ],
        "comparator": [Choice(name, label) for name, label in COMPARATORS.items()],
    }
    slots = []
    for name, label in SLOTS:
        own = parts[name]
        chosen = own[0].id if len(own) == 1 and own[0].how == "asked" else None
        others = {
            choice.id: choice.label for part in own for choice in (Choice(part.id, part.label), *part.others)
        }
        others |= {choice.id: choice.label for choice in plain[name] if choice.id not in others}
        read = ", ".join(part.label for part in own if part.how != "asked") or "nothing"
        options = [("", "as the words say" if chosen else f"as read: {read}", False)]
        options += [(key, words, key == chosen) for key, words in others.items()]
        slots.append(
            {"name": name, "label": label, "options": [*options, (NONE, "not part of the claim", False)]}
        )
    return slots


def _linked(ids: Sequence[str], hrefs: Mapping[str, str]) -> list[tuple[str, str | None]]:
    return [(i, hrefs.get(i)) for i in ids[:IDS_SHOWN]]


def _recount(one: Recount, hrefs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "claimed": f"{one.claimed:,}", "about": one.about, "query": one.query, "day": one.as_of or "newest versions held",
        "rows": [
            {
                "label": d.label, "nearest": at == one.closest, "n": f"{d.n:,}", "difference": f"{d.difference:+,}" if d.difference else "0",
                "missed": f"{len(d.missed):,}", "extra": f"{len(d.extra):,}", "ids": _linked(d.record_ids, hrefs),
                "extra_ids": _linked(d.extra, hrefs), "missed_ids": _linked(d.missed, hrefs), "more": max(0, d.n - IDS_SHOWN),
            }
            for at, d in enumerate(one.definitions)
        ],
    }  # fmt: skip
