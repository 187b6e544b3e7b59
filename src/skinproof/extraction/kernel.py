"""One tagged study in, its preparations out: only studies with an agent are read closely."""

import hashlib
from collections.abc import Iterable

from skinproof.extraction import products as products_rule
from skinproof.extraction import sentences as sentences_rule
from skinproof.extraction.catalogue import FACTS
from skinproof.extraction.products import Product, classes_of, find_products
from skinproof.extraction.scene import Scene
from skinproof.extraction.shared import Shared
from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.model.tags import StudyTags
from skinproof.studies.documents import StudyText
from skinproof.tagging.matcher import Form, KindMatcher
from skinproof.vocabulary.term import Vocabulary

KINDS = (
    "agent", "source", "procedure", "species", "donor", "culture", "separation", "marker", "storage", "route",
    "potency",
)  # fmt: skip
"""Kinds of vocabulary that facts are read with."""

RULES: dict[str, str] = {
    rule.partition("/")[0]: rule
    for rule in (products_rule.RULE, sentences_rule.RULE, *(fact.rule for fact in FACTS))
}
"""Rule name -> rule with its version. A changed rule bumps its number, and every preparation is read anew."""


def extraction_version(vocabulary: Vocabulary) -> str:
    """Fingerprint of rules and vocabulary."""
    return hashlib.sha256("\n".join((*sorted(RULES.values()), vocabulary.version)).encode()).hexdigest()


class Extractor:
    """Reads preparations with one vocabulary; make it once, it builds an automaton of its own."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._class = {t.id: t.agent_class or "other" for t in vocabulary.terms.values() if t.kind == "agent"}
        self._matcher = KindMatcher({kind: _forms(vocabulary, kind) for kind in KINDS})

    def read(self, record: StudyRecord, text: StudyText, tags: StudyTags) -> tuple[Preparation, ...]:
        """The preparations of a study, in the order of `find_products`; none where no agent is given or measured."""
        if not tags.agents or not classes_of(tags, self._class):
            return ()
        matches = self._matcher.find_kinds(text.text)
        products = find_products(record, text, tags, matches["agent"], self._class, matches["source"])
        shared = Shared(text)
        return tuple(
            _preparation(Scene(record, text, self.vocabulary, matches, products, product, shared), product)
            for product in products
        )


def _preparation(scene: Scene, product: Product) -> Preparation:
    return Preparation(
        number=product.number,
        agent_class=product.agent_class,
        role=product.role,
        agents=product.agents,
        name=product.name,
        interventions=product.interventions,
        arms=product.arms,
        findings=tuple(fact.read(scene) for fact in FACTS),
    )


def _forms(vocabulary: Vocabulary, kind: str) -> Iterable[Form]:
    """The forms of one kind; kinds are found apart, because "adipose" (a source) stands inside an agent's name."""
    terms = {term.id: term for term in vocabulary.terms.values() if term.kind == kind}
    for surface in vocabulary.surfaces():
        if surface.term_id in terms:
            yield Form(surface.text, surface.term_id, surface.case_sensitive, surface.needs)
    for term in terms.values():
        for phrase in sorted(term.unless):
            yield Form(phrase, None)
