"""Check a claim against an edition: understand it, choose the studies, and say what they show."""

from collections.abc import Callable
from functools import lru_cache

from skinproof.errors import NotFoundError, SkinproofError, UsageError
from skinproof.model.summary import Filters, StudySummary
from skinproof.model.tags import ROLES
from skinproof.views.claim import ClaimAnswer, Near, answer_claim
from skinproof.views.claim_reading import Claim, ClaimReader, CountClaim, Overrides
from skinproof.views.claim_words import COMPARATORS
from skinproof.views.counts import ALL
from skinproof.views.evidence import many_words
from skinproof.views.evidence_studies import EvidenceStudy, compared_of
from skinproof.views.gapmap import OUTSIDE, SKIN
from skinproof.views.recount import Queried, Recount, recount
from skinproof.views.words import AGENT_CLASS_LABELS, agent_pairs, lower_first
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.about import agents
from skinproof.workflows.evidence import Chosen, EvidenceSource
from skinproof.workflows.query import Workspace

LONGEST_READ = 1000
"""Characters of a claim that go further than this are not even copied."""

_ALIKE = {"placebo": "placebo", "sham": "placebo", "no_treatment": "no_treatment", "usual_care": "other"}
"""Plain comparators -> keys of views.evidence.COMPARED."""

_QUERIES = {"ev": "ev", "conditioned_medium": "secretome"}
"""Agent class -> the named query that asks for it, whatever for."""


@lru_cache(maxsize=2)
def _reader(version: str, vocabulary: Vocabulary) -> ClaimReader:
    return ClaimReader(vocabulary)


def read_claim(vocabulary: Vocabulary, text: str, overrides: Overrides | None = None) -> Claim:
    """The claim as understood. Raises: UsageError for a choice that is none."""
    asked = overrides or Overrides()
    for slot, kinds in (
        ("agents", ("agent",)),
        ("indications", ("indication",)),
        ("ways", ("procedure", "route")),
        ("comparators", ("agent", "procedure")),
    ):
        for name in getattr(asked, slot) or ():
            plain = (slot in ("agents", "comparators") and name in AGENT_CLASS_LABELS) or (
                slot == "comparators" and name in COMPARATORS
            )
            term = vocabulary.terms.get(name)
            if not plain and (term is None or term.kind not in kinds):
                raise UsageError(
                    f"there is no {slot[:-1]} {name[:60]!r}; `skinproof vocabulary` lists what can be chosen"
                )
    return _reader(vocabulary.version, vocabulary).read(text[:LONGEST_READ], asked)


def check_claim(
    workspace: Workspace,
    text: str,
    overrides: Overrides | None = None,
    as_of: str | None = None,
    source: EvidenceSource | None = None,
) -> ClaimAnswer:
    """The answer to a claim, as of a day (else the day the claim speaks of, for counts).

    source: what pages of evidence of this edition and day are made from, where it is at hand.
    Raises: UsageError for an empty text, an unknown choice or an impossible day.
    """
    if not text.strip() and overrides in (None, Overrides()):
        raise UsageError('there is no claim; write one, such as "exosomes improve acne scars"')
    claim = read_claim(workspace.vocabulary, text, overrides)
    if claim.counts:
        day = as_of or claim.day
        counted = source if source is not None and source.as_of == day else EvidenceSource(workspace, day)
        return answer_claim(claim, None, recounts=tuple(_recount(counted, count) for count in claim.counts))
    source = source if source is not None and source.as_of == as_of else EvidenceSource(workspace, as_of)
    whole = claim.agents and (claim.indications or claim.direction.value in ("safe", "harm"))
    return _checked(source, claim) if whole else answer_claim(claim, None)


def _checked(source: EvidenceSource, claim: Claim) -> ClaimAnswer:
    wanted = [source.terms_of(part.id) for part in claim.agents]
    about = (
        frozenset(i for part in claim.indications for i in source.terms_of(part.id))
        if claim.indications
        else None
    )
    base = source.choose(wanted, about)
    terms = frozenset(term for own in wanted for term in own)
    exact = _narrowed(source, claim, base, terms)
    evidence = source.evidence(exact, terms, about)
    named = _named(claim, exact)
    ids = tuple(s.record_id for s in exact.studies)
    return answer_claim(
        claim, evidence, near=_near(source, claim, base, exact, about), named=named,
        narrower=tuple(i for i in ids if i not in named), list_options=_list_options(source, claim),
    )  # fmt: skip


def _narrowed(source: EvidenceSource, claim: Claim, base: Chosen, terms: frozenset[str]) -> Chosen:
    """The studies that also name every way, and compare as the claim does."""
    if not claim.ways and not claim.comparators:
        return base
    studies = source.evidence_studies(base.studies, terms, ways=True)
    kept = [s for s in studies if _in_ways(source, claim, s) and _is_compared(source, claim, s)]
    return Chosen(tuple(s.summary for s in kept), base.not_skin)


def _in_ways(source: EvidenceSource, claim: Claim, study: EvidenceStudy) -> bool:
    vocabulary = source.vocabulary
    for part in claim.ways:
        # "Microneedling" is a procedure and a route: either counts.
        same = (
            part.id,
            *(
                choice.id
                for choice in part.others
                if vocabulary.terms[choice.id].label == part.label
                or choice.id.partition(":")[0] != part.id.partition(":")[0]
            ),
        )
        meant = {i for name in same for i in vocabulary.descendants(name)}
        if not meant & study.ways:
            return False
    return True


def _is_compared(source: EvidenceSource, claim: Claim, study: EvidenceStudy) -> bool:
    if not claim.comparators:
        return True
    kinds = compared_of(study)
    given = {term for term, role in agent_pairs(study.summary) if role in ("given", "carrier", "comparator")}
    for part in claim.comparators:
        if part.id in _ALIKE:
            if _ALIKE[part.id] in kinds:
                return True
        elif part.id.startswith("procedure:"):
            if "other" in kinds and set(source.vocabulary.descendants(part.id)) & study.ways:
                return True
        elif given & source.terms_of(part.id):
            return True
    return False


def _named(claim: Claim, chosen: Chosen) -> tuple[str, ...]:
    """Studies that name an agent and a complaint of the claim themselves, not only something below."""
    agents = {part.id for part in claim.agents}
    about = {part.id for part in claim.indications}
    return tuple(
        s.record_id for s in chosen.studies
        if (agents & set(AGENT_CLASS_LABELS) or agents & {term for term, _ in agent_pairs(s)})
        and (not about or about & set(s.indications))
    )  # fmt: skip


def _near(
    source: EvidenceSource, claim: Claim, base: Chosen, exact: Chosen, about: frozenset[str] | None
) -> tuple[Near, ...]:
    """Studies that come near: without the procedure or comparison, of any agent of the class, for the complaint above; where there is no
    study of the agent for the complaint, also what else is held of the agent, and of the complaint."""
    seen = {s.record_id for s in exact.studies}
    found: list[Near] = []

    def add(label: str, wider: str, chosen: Chosen, term: str = "") -> None:
        ids = tuple(sorted(s.record_id for s in chosen.studies if s.record_id not in seen))
        seen.update(ids)
        if ids:
            found.append(Near(label=label, wider=wider, record_ids=ids, term=term))

    if claim.ways or claim.comparators:
        parts = " and ".join(lower_first(p.label) for p in (*claim.ways, *claim.comparators))
        add(f"The same agent and complaint, without {parts}", "way", base)
    classes = source.classes_of(part.id for part in claim.agents) - {"other"}
    for name in sorted(classes) if about is not None else ():
        if all(part.id != name for part in claim.agents):
            add(
                f"Others of the same class ({lower_first(AGENT_CLASS_LABELS[name])}) for the same complaint",
                "agent",
                source.choose([source.terms_of(name)], about),
                name,
            )
    wanted = [source.terms_of(part.id) for part in claim.agents]
    for part in claim.indications:
        for parent in source.vocabulary.terms[part.id].parents:
            if parent not in (SKIN, OUTSIDE):
                label = f"The same agent for {lower_first(source.vocabulary.label(parent))}"
                add(label, "complaint", source.choose(wanted, source.terms_of(parent)), parent)
    if not base.studies and about is not None:
        _elsewhere(source, claim, wanted, add)
    return tuple(found)


def _elsewhere(
    source: EvidenceSource,
    claim: Claim,
    wanted: list[frozenset[str]],
    add: Callable[[str, str, Chosen, str], None],
) -> None:
    """What else is held of the agent and of the complaint, where nothing is held of both together."""
    vocabulary, every = source.vocabulary, [agents(source)]
    term = claim.agents[0].id if len(claim.agents) == 1 else ""
    skin = frozenset(vocabulary.descendants(SKIN))
    add("The same agent for other complaints of the skin", "complaint", source.choose(wanted, skin), term)
    for part in claim.indications:
        # The complaint itself first; where nobody gave anything for it, what stands above it.
        for name in (part.id, *(i for i in vocabulary.ancestors(part.id) if i not in (SKIN, OUTSIDE))):
            chosen = source.choose(every, source.terms_of(name))
            add(f"Other agents for {lower_first(vocabulary.label(name))}", "agent", chosen, name)
            if chosen.studies:
                break
    add("The same agent for anything else", "complaint", source.choose(wanted, None), term)


def _list_options(source: EvidenceSource, claim: Claim) -> str:
    """Options of `skinproof list` that show the same studies; "" where no filters can."""
    if claim.ways or claim.comparators or len(claim.agents) != 1:
        return ""
    skin = set(source.vocabulary.descendants(SKIN))
    words = [
        f"--agent {claim.agents[0].id} --role given --role carrier",
        *(f"--indication {part.id}" for part in claim.indications),
    ]
    if claim.indications and all(part.id in skin for part in claim.indications):
        words.append("--cutaneous")
    return " ".join(words)


def _recount(source: EvidenceSource, count: CountClaim) -> Recount:
    workspace, day = source.workspace, source.as_of
    names = count.agents or ("ev",)
    terms = frozenset(term for name in names for term in source.terms_of(name))
    about = [i for name in count.indications for i in source.terms_of(name)]
    labels = [many_words(AGENT_CLASS_LABELS.get(name) or workspace.vocabulary.label(name)) for name in names]
    classes = source.classes_of(terms)
    queried = _queried(workspace, classes, day) if count.scope == ALL and not about else None
    undated: tuple[StudySummary, ...] = workspace.undated(Filters(agent=names, role=ROLES)) if day else ()
    return recount(
        count.n, count.quote, source.naming(names), workspace.vocabulary, source.stamp, agents=terms, label=" or ".join(labels), scope=count.scope,
        about=about, queried=queried, undated=undated,
    )  # fmt: skip


def _queried(workspace: Workspace, classes: frozenset[str], day: str | None) -> Queried | None:
    """The ids of the named query for these agents, where it was ever run by then."""
    from skinproof.workflows.sync_ids import ids_on

    for name in classes & set(_QUERIES):
        on = day if day and len(day) == len("2026-11-23") else None
        try:
            found = ids_on(workspace.data_dir, _QUERIES[name], "ctgov", on)
        except (NotFoundError, UsageError):
            continue
        except SkinproofError:  # an edition that was copied without its raw store
            return None
        return Queried(name=found.query, source=found.source, asked_on=found.asked_on, ids=found.ids)
    return None
