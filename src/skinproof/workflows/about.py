"""Pages of agents and complaints: which there are, and what each is made from."""

from collections.abc import Iterator

from skinproof.errors import NotFoundError
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.about import About, about
from skinproof.views.gapmap import GIVEN, OUTSIDE, SKIN, gap_map
from skinproof.views.words import AGENT_CLASS_LABELS
from skinproof.workflows.evidence import OTHER, EvidenceSource


def about_term(source: EvidenceSource, name: str) -> About:
    """The page of an agent class, an agent, or a complaint. Raises: NotFoundError for any other name."""
    vocabulary = source.vocabulary
    term = vocabulary.terms.get(name)
    if name in AGENT_CLASSES and name != OTHER:
        return _agent(source, name, AGENT_CLASS_LABELS[name])
    if term is not None and term.kind == "agent":
        return _agent(source, name, term.label)
    if term is not None and term.kind == "indication":
        return _indication(source, name, term.label)
    raise NotFoundError(
        f"there is no page about {name[:60]!r}; `skinproof vocabulary` lists agents and complaints"
    )


def _agent(source: EvidenceSource, name: str, label: str) -> About:
    terms = source.terms_of(name)
    chosen = source.choose([terms], None)
    gap = gap_map(chosen.studies, source.vocabulary, source.stamp, roles=GIVEN, agents=terms)
    below = () if name in AGENT_CLASSES else source.vocabulary.children(name)
    return about(
        "agent", name, label, source.evidence(chosen, terms), gap,
        below=[(child, source.vocabulary.label(child)) for child in below], list_options=f"--agent {name} --role given --role carrier",
    )  # fmt: skip


def _indication(source: EvidenceSource, name: str, label: str) -> About:
    meant = source.terms_of(name)
    terms = agents(source)
    chosen = source.choose([terms], meant)
    gap = gap_map(chosen.studies, source.vocabulary, source.stamp, roles=GIVEN, agents=terms)
    skin = " --cutaneous" if meant <= frozenset(source.vocabulary.descendants(SKIN)) else ""
    classes = " ".join(f"--agent {name}" for name in AGENT_CLASSES if name != OTHER)
    return about(
        "indication", name, label, source.evidence(chosen, terms, meant), gap,
        below=[(child, source.vocabulary.label(child)) for child in source.vocabulary.children(name)],
        list_options=f"{classes} --role given --role carrier --indication {name}{skin}",
    )  # fmt: skip


def agents(source: EvidenceSource) -> frozenset[str]:
    """Every agent of a class that is looked for."""
    return frozenset(
        t.id
        for t in source.vocabulary.terms.values()
        if t.kind == "agent" and (t.agent_class or OTHER) != OTHER
    )


def about_names(source: EvidenceSource) -> Iterator[str]:
    """Names that have a page: every class and every column of the map; every other agent or complaint of the skin that a study has."""
    yield from (name for name in AGENT_CLASSES if name != OTHER)
    used_agents = {term for _, terms in source.given for term in terms}
    used_complaints = {i for study, _ in source.given for i in study.indications}
    vocabulary = source.vocabulary
    columns = set(vocabulary.children(SKIN))
    for term in vocabulary.terms.values():
        below = set(vocabulary.descendants(term.id))
        if term.kind == "agent" and (term.agent_class or OTHER) != OTHER and below & used_agents:
            yield term.id
        elif term.kind == "indication" and term.id != OUTSIDE:
            skin = term.id == SKIN or SKIN in vocabulary.ancestors(term.id)
            if skin and (term.id == SKIN or term.id in columns or below & used_complaints):
                yield term.id
