"""Makes a scene of one product from a few words, so that a fact can be read of them."""

from functools import lru_cache

from skinproof.extraction.kernel import KINDS
from skinproof.extraction.products import Product
from skinproof.extraction.scene import Scene
from skinproof.studies.documents import study_text
from skinproof.tagging.matcher import Form, Matcher
from skinproof.vocabulary.loader import load_bundled
from skinproof.vocabulary.term import Vocabulary
from tests.tagging.records import record


@lru_cache(maxsize=1)
def words() -> tuple[Vocabulary, dict[str, Matcher]]:
    vocabulary = load_bundled()
    kinds = {term.id: term.kind for term in vocabulary.terms.values()}
    forms: dict[str, list[Form]] = {kind: [] for kind in KINDS}
    for surface in vocabulary.surfaces():
        if kinds[surface.term_id] in forms:
            form = Form(surface.text, surface.term_id, surface.case_sensitive, surface.needs)
            forms[kinds[surface.term_id]].append(form)
    return vocabulary, {kind: Matcher(listed) for kind, listed in forms.items()}


def scene(
    given: str = "",
    description: str = "",
    agent_class: str = "ev",
    role: str = "given",
    name: str = "Exosomes",
    outcome: str = "",
    agents: tuple[str, ...] = ("agent:exosome",),
    summary: str = "",
) -> Scene:
    """A synthetic study of one product: what its intervention says, what the detailed description says."""
    study = record(
        "A synthetic study",
        summary=summary,
        description=description,
        arms=(("EXPERIMENTAL", "A", ""),),
        interventions=(("BIOLOGICAL", name, given, ("A",)),),
        outcomes=(outcome,) if outcome else (),
    )
    text = study_text(study)
    vocabulary, matchers = words()
    matches = {kind: matcher.find(text.text) for kind, matcher in matchers.items()}
    product = Product(1, agent_class, role, agents, name, (0,), (0,), ())
    return Scene(study, text, vocabulary, matches, (product,), product)
