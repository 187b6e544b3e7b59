"""What the records held here say of a claim: one plain word, one sentence, and why; never a grade that was not computed.

The answers are kept apart: not understood, no studies, no results, nothing compared, too imprecise, no difference, unclear, a
difference. An absence of studies is told as a gap. Papers, on animals above all, change no answer.
"""

from collections.abc import Sequence

import msgspec

from skinproof.views.claim_reading import Claim, Understood, part_words
from skinproof.views.claim_words import DIRECTIONS, LAY_WORDS, plain
from skinproof.views.evidence import Evidence, count_words, many_words, partial_words
from skinproof.views.evidence_results import DIFFERENCES, OutcomeLine
from skinproof.views.evidence_studies import COMPARED
from skinproof.views.recount import Recount
from skinproof.views.words import lower_first, plural, upper_first

ANSWERS = {
    "not_understood": "not understood",
    "recount": "recounted",
    "no_studies": "no studies",
    "no_results": "no results",
    "not_held": "results not held here",
    "no_comparison": "nothing compared",
    "too_imprecise": "too imprecise to tell",
    "unclear": "unclear",
    "no_difference": "no difference",
    "difference": "a difference",
}
"""The kinds of answer, each with its plain word. unclear: no clear difference, and no MCID to tell "none" from "too imprecise"."""

GAP = "That is a gap in what is registered here. It does not mean that it is safe, nor that it fails."
ONLY_POSTED = "Results that stand only in papers are not part of this answer."
NO_ADVICE = "This shows what is registered and posted. It is no medical advice."


NEAREST = "What comes nearest is listed apart: it is not about the claim, and answers nothing of it."
NOTHING_NEAR = "Nothing that comes near the claim is held here either."


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Studies near what was asked for, which are in no number of the answer. wider: which part was let go; term: the agent or complaint
    whose page tells of them, "" where none does."""

    label: str
    wider: str
    record_ids: tuple[str, ...]
    term: str = ""


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. kind, word: key and value of ANSWERS; lines: what to mind; main: place of the outcome that decided, in
    `evidence.outcomes`; named, narrower: studies that name the complaint and the agent themselves, and those that name only something
    below; list_options: what `skinproof list` needs to show the same studies, "" where it cannot; missing: what nobody has shown yet.
    """

    claim: Claim
    kind: str
    word: str
    sentence: str
    lines: tuple[str, ...]
    main: int | None
    evidence: Evidence | None
    named: tuple[str, ...]
    narrower: tuple[str, ...]
    near: tuple[Near, ...]
    recounts: tuple[Recount, ...]
    missing: tuple[str, ...]
    list_options: str


def answer_claim(
    claim: Claim,
    evidence: Evidence | None,
    *,
    near: Sequence[Near] = (),
    recounts: Sequence[Recount] = (),
    named: Sequence[str] = (),
    narrower: Sequence[str] = (),
    list_options: str = "",
) -> ClaimAnswer:
    """The answer to a claim. evidence: of the studies that were asked for, None where the claim names no agent or no complaint and
    is no count."""
    main: int | None = None
    lines: tuple[str, ...] = ()
    if recounts:
        kind, sentence = "recount", " ".join(one.sentence for one in recounts)
    elif evidence is None:
        kind, sentence = "not_understood", _not_understood(claim)
    elif not evidence.numbers.studies:
        kind, sentence = "no_studies", f"No study held here {_gives(claim)}. {GAP}"
        lines = (NEAREST if near else NOTHING_NEAR, *_rivals(claim))
    elif claim.direction.value in ("safe", "harm"):
        kind, sentence, lines = _harm_answer(claim, evidence)
    else:
        kind, sentence, lines, main = _effect_answer(claim, evidence)
    if evidence is not None and evidence.partial:
        lines = (*lines, f"{upper_first(partial_words(evidence))}.")
    return ClaimAnswer(
        claim=claim, kind=kind, word=ANSWERS[kind], sentence=sentence, lines=lines, main=main, evidence=evidence,
        named=tuple(named), narrower=tuple(narrower), near=tuple(near), recounts=tuple(recounts),
        missing=missing_words(evidence) if evidence is not None else (), list_options=list_options,
    )  # fmt: skip


def _not_understood(claim: Claim) -> str:
    if not (claim.agents or claim.indications):
        return (
            "No preparation and no complaint was understood, so nothing was looked up. Name what is given and for what,"
            ' such as "exosomes improve acne scars".'
        )
    lacks, option, has = (
        ("complaint", "indication", claim.agents)
        if claim.agents
        else ("preparation", "agent", claim.indications)
    )
    named = " and ".join(many_words(part.label) for part in has)
    return f"Only {named} was understood, and no {lacks}. Name the {lacks} too, or choose it: in the form of the page, or with --{option}."


def _gives(claim: Claim) -> str:
    """What a study would do: "gives people exosomes for acne scars, and names fractional laser"."""
    agents = " together with ".join(_plain(part) for part in claim.agents) or "any preparation looked for"
    about = f" for {' or '.join(_plain(part) for part in claim.indications)}" if claim.indications else ""
    ways = f", and names {' and '.join(_way(part) for part in claim.ways)}" if claim.ways else ""
    against = (
        f", compared with {' or '.join(_plain(part) for part in claim.comparators)}"
        if claim.comparators
        else ""
    )
    return f"gives people {agents}{about}{ways}{against}"


def _plain(part: Understood) -> str:
    """The part as the claim has it, which is a form of the vocabulary; else its label."""
    lay = plain(part.quote) in LAY_WORDS
    return many_words(part.quote if part.how in ("words", "short") and part.quote and not lay else part.label)


def _way(part: Understood) -> str:
    """A way of giving; a lay word stands with what it was read as: “cream”, read as "on the skin or wound"."""
    if plain(part.quote) in LAY_WORDS:
        return f'"{part.quote}" (read as: {lower_first(part.label)})'
    return f'"{lower_first(part.label)}"' if part.id.startswith("route:") else _plain(part)


def _rivals(claim: Claim) -> tuple[str, ...]:
    """That a comparison was not understood: the answer is then about another claim."""
    if not claim.rivals_not_understood:
        return ()
    named = " and ".join(f'"{word}"' for word in claim.rivals_not_understood)
    return (
        f"The claim compares with {named}, which was not understood: nothing here is about that comparison.",
    )


def _start(claim: Claim, evidence: Evidence) -> str:
    one = evidence.numbers.studies == 1
    return f"{count_words(evidence)}: {'it' if one else 'each'} {_gives(claim)}."


def _effect_answer(claim: Claim, evidence: Evidence) -> tuple[str, str, tuple[str, ...], int | None]:
    start = _start(claim, evidence)
    if not evidence.with_results:
        return (
            "no_results",
            f"{_none_posted(evidence)} {start}",
            (*_unknown_results(evidence), *_told(claim)),
            None,
        )
    if set(evidence.with_results) <= set(evidence.not_held):
        lead = f"{_posted(evidence)} in the registry, but the records held here came without them"
        return "not_held", f"{lead}: import them whole. {start}", _told(claim), None
    compared = [line for line in evidence.outcomes if line.against and line.state != "nothing"]
    if not compared:
        return (
            "no_comparison",
            f"{_posted(evidence)}, but none held here has an outcome that could be compared with another group, so it is not known what would have happened"
            f" without it. {start}",
            _told(claim),
            None,
        )  # fmt: skip
    main = compared[0]
    kind = "difference" if main.state in DIFFERENCES else main.state
    kind = "unclear" if kind == "not_judged" else kind
    lead = {
        "difference": "Posted results show a difference",
        "no_difference": "Posted results show no difference that matters",
        "too_imprecise": "Posted results are too imprecise to tell",
        "unclear": "Posted results show no clear difference",
    }[kind]
    sentence = f"{lead} in {main.label} ({main.complaint}): {size_words(main)}. {start}"
    return kind, sentence, (*_of_result(claim, main, compared), *_told(claim)), evidence.outcomes.index(main)


def _posted(evidence: Evidence) -> str:
    return f"{plural(len(evidence.with_results), 'study has', 'studies have')} posted results"


def size_words(line: OutcomeLine) -> str:
    """The size of one outcome, with what it stands for."""
    unit = f" {line.unit}" if line.unit else ""
    people = f", {line.people:,} people" if line.people is not None else ""
    return f"{line.size}{unit}, {plural(line.k, 'study', 'studies')}{people}; against {line.against or 'nothing'}"


def _of_result(claim: Claim, main: OutcomeLine, compared: Sequence[OutcomeLine]) -> tuple[str, ...]:
    said = [f"{upper_first(main.state_words)}. {main.mcid}."]
    if main.state in DIFFERENCES:
        which = {
            "agent": "It favours what the claim is about.",
            "comparator": "It favours what it was compared with.",
        }
        said.append(
            which.get(
                main.favours,
                "Which end of this outcome is the better one is not known here, so neither side is favoured.",
            )
        )
        if claim.direction.value == "no_effect" or (
            claim.direction.value == "benefit" and main.favours == "comparator"
        ):
            said.append("The claim says otherwise.")
    if main.state == "too_imprecise":
        said.append("This is not evidence of no difference.")
    if main.k == 1:
        said.append("One study is not a body of evidence.")
    if len(compared) > 1:
        others = sum(line.state in DIFFERENCES for line in compared[1:])
        said.append(
            f"It was picked because most studies have it (then: primary outcome, most people), not by its result. Of {plural(len(compared) - 1, 'other compared outcome')},"
            f" {others:,} {'shows' if others == 1 else 'show'} a difference."
        )  # fmt: skip
    return tuple(said)


def _harm_answer(claim: Claim, evidence: Evidence) -> tuple[str, str, tuple[str, ...]]:
    start = _start(claim, evidence)
    if not evidence.harms:
        return (
            "no_results",
            f"No counts of adverse events are posted, so nothing here can show that it is safe, or that it does harm. {start}",
            _told(claim),
        )
    words = " ".join(line.words for line in evidence.harms[:2])
    return (
        "no_comparison",
        f"Adverse events were counted, but not against people who did not get it: such counts can show neither safety nor harm. {words} {start}",
        ("An event may come from the illness, from other treatment or from time.", *_told(claim)),
    )


def _none_posted(evidence: Evidence) -> str:
    if evidence.numbers.results_unknown == evidence.numbers.studies:
        return "Studies are registered; the records held here do not say whether results are posted."
    return "Studies are registered, but none held here has posted results."


def _unknown_results(evidence: Evidence) -> tuple[str, ...]:
    unknown = evidence.numbers.results_unknown
    return (
        (f"Of {unknown:,} the record held here does not say whether results are posted.",) if unknown else ()
    )


def _told(claim: Claim) -> tuple[str, ...]:
    lines = [*_rivals(claim), ONLY_POSTED, NO_ADVICE]
    if any(part.how == "short" for part in claim.agents):
        lines.append("A short form was read without its context: see that it means what you mean.")
    return tuple(lines)


def missing_words(evidence: Evidence) -> tuple[str, ...]:
    """What nobody has registered, posted or reported yet, each a short sentence."""
    n = evidence.numbers.studies
    if not n:
        return ()
    said = []
    if not evidence.randomised:
        unsaid, of = len(evidence.allocation_unknown), evidence.numbers.studies
        said.append(
            f"No study that is said to be randomised: {unsaid:,} of {of:,} {'does' if unsaid == 1 else 'do'} not say."
            if unsaid
            else "No randomised study."
        )
    if not any(group.label == COMPARED["placebo"] for group in evidence.compared):
        said.append("No study with a placebo or sham group, as far as records tell.")
    if not evidence.with_results:
        said.append(
            "No posted results, as far as the records say."
            if evidence.numbers.results_unknown
            else "No posted results."
        )
    if not evidence.harms:
        said.append("No posted counts of adverse events.")
    if evidence.outcomes and all(
        not line.mcid.startswith("MCID ") or line.mcid == "MCID unknown" for line in evidence.outcomes
    ):
        said.append("No posted outcome on a scale with a known MCID.")
    weak = sorted(evidence.facts, key=lambda share: share.reported / share.asked)
    silent = [share for share in weak if share.reported * 2 < share.asked]
    if silent:
        told = ", ".join(
            f"{lower_first(share.label)} {share.reported:,} of {share.asked:,}" for share in silent[:4]
        )
        of = evidence.n_preparations
        said.append(
            f"Of {plural(of, 'preparation that is', 'preparations that are')} described, few report: {told}."
        )
    return tuple(said)


def understood_lines(claim: Claim) -> tuple[tuple[str, str], ...]:
    """The understanding as it is shown back: what, and in which words."""
    rows = []
    for label, parts in (
        ("What is given", claim.agents),
        ("For what", claim.indications),
        ("How, or with what", claim.ways),
        ("Compared with", claim.comparators),
    ):
        said = [part_words(part) for part in parts]
        if label == "Compared with":
            said += [f'"{word}", which was not understood' for word in claim.rivals_not_understood]
        rows.append((label, "; ".join(said) or "not named"))
    direction = DIRECTIONS[claim.direction.value]
    rows.append(
        (
            "What is said",
            f'{direction} (from "{claim.direction.quote}")' if claim.direction.quote else direction,
        )
    )
    for count in claim.counts:
        rows.append(("A count", f'{count.n:,} (from "{count.quote}")'))
    if claim.day:
        rows.append(("As of", claim.day))
    rows.append(("Not understood", ", ".join(claim.not_understood) or "nothing"))
    if claim.cut:
        rows.append(("Cut", "only the beginning of the text was read"))
    return tuple(rows)
