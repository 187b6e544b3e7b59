"""Makes a scene as the extractor does, hidden phrases included, for the facts on where a product is from."""

from functools import lru_cache

from skinproof.extraction.kernel import KINDS
from skinproof.extraction.products import Product
from skinproof.extraction.scene import Scene
from skinproof.model.findings import Finding
from skinproof.studies.documents import study_text
from skinproof.tagging.matcher import Form, Matcher
from skinproof.vocabulary.loader import load_bundled
from skinproof.vocabulary.term import Vocabulary
from tests.tagging.records import record

AGENTS = {
    "ev": ("agent:exosome",),
    "msc": ("agent:msc",),
    "prp": ("agent:prp",),
    "growth_factor": ("agent:egf",),
    "peptide": ("agent:peptide",),
    "conditioned_medium": ("agent:conditioned_medium",),
    "other_cell": ("agent:keratinocyte",),
    "other": ("agent:amnion",),
}


@lru_cache(maxsize=1)
def _words() -> tuple[Vocabulary, dict[str, Matcher]]:
    vocabulary = load_bundled()
    kind = {term.id: term.kind for term in vocabulary.terms.values()}
    forms: dict[str, list[Form]] = {name: [] for name in KINDS}
    for surface in vocabulary.surfaces():
        if kind[surface.term_id] in forms:
            form = Form(surface.text, surface.term_id, surface.case_sensitive, surface.needs)
            forms[kind[surface.term_id]].append(form)
    for term in vocabulary.terms.values():
        if term.kind in forms:
            forms[term.kind].extend(Form(phrase, None) for phrase in term.unless)
    return vocabulary, {name: Matcher(listed) for name, listed in forms.items()}


def origin_scene(
    given: str = "",
    agent_class: str = "msc",
    *,
    title: str = "A synthetic study",
    summary: str = "",
    description: str = "",
    name: str = "Treatment",
    role: str = "given",
    agents: tuple[str, ...] = (),
    outcome: str = "",
    eligibility: str = "",
    more: tuple[tuple[str, str], ...] = (),
) -> Scene:
    """A synthetic study: what its intervention and its other parts say; more: further interventions of the product."""
    listed = ((name, given), *more)
    study = record(
        title,
        summary=summary,
        description=description,
        arms=tuple(("EXPERIMENTAL", chr(65 + i), "") for i in range(len(listed))),
        interventions=tuple(("BIOLOGICAL", n, text, (chr(65 + i),)) for i, (n, text) in enumerate(listed)),
        outcomes=(outcome,) if outcome else (),
        eligibility=eligibility,
    )
    text = study_text(study)
    vocabulary, matchers = _words()
    matches = {kind: matcher.find(text.text) for kind, matcher in matchers.items()}
    all_of_it = tuple(range(len(listed)))
    product = Product(
        1, agent_class, role, agents or AGENTS[agent_class], name, () if role == "measured" else all_of_it,
        () if role == "measured" else all_of_it, (),
    )  # fmt: skip
    return Scene(study, text, vocabulary, matches, (product,), product)


def values(finding: Finding) -> list[str]:
    return [reading.value for reading in finding.readings]


def verified(view: Scene, finding: Finding) -> bool:
    """Whether every quote stands in its field where it says, and every reading has one."""
    return all(reading.spans for reading in finding.readings) and all(
        (view.text.text_of(span.field) or "")[span.start : span.end] == span.quote
        for reading in finding.readings
        for span in reading.spans
    )
