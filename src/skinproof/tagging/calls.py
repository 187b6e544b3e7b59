"""What all mentions of a study together say: the role of each agent, the class of the study, the role of vesicles."""

import re
from collections.abc import Iterable, Mapping, Sequence

from skinproof.model.tags import EV_ROLES, ROLES, Call
from skinproof.studies.documents import StudyText
from skinproof.tagging.agents import REAL_PRODUCTS, Design, Mention
from skinproof.tagging.context import PRODUCTS

CLASS_RULE = "agent.class/2"
EV_RULE = "ev.role/2"

_STRONG_CELLS = frozenset(
    {
        "agent:svf",
        "agent:fibroblast",
        "agent:keratinocyte",
        "agent:melanocyte",
        "agent:hair_cell",
        "agent:skin_substitute",
    }
)

_ORDER = ("ev", "conditioned_medium", "named_cell", "prp", "msc", "any_cell", "mrna", "mirna", "pdrn", "peptide",
          "growth_factor", "other")  # fmt: skip
"""Which class names the study when several are given in fields of the same weight.

Vesicles and conditioned medium are what sets a study apart from one of cells alone; skin cells and stromal vascular
fraction are the product even where platelet plasma is mixed in; platelet plasma beside MSC or fat is the product;
a plain word for cells (stem cell, bone marrow, fat) gives way to what is said more exactly.
"""

_OFTEN_TOLD = frozenset({"any_cell", "growth_factor", "mirna", "mrna"})
"""What long descriptions often name as background: it takes more than a description to say it is given."""

_CELLS = frozenset({"msc", "other_cell"})

_EV_WORD = {**{word: role for role, word in EV_ROLES.items()}, "none": "background"}


_GENES = frozenset({"agent:gene_therapy", "agent:factor_gene"})
"""What cells can carry: then the cells are the product."""

_GIVEN = frozenset({"given", "carrier"})


def decide_roles(
    mentions: Sequence[Mention], agent: Call, vesicle: Call, design: Design, text: StudyText
) -> tuple[tuple[str, str], ...]:
    """(term id, role), one per term, strongest role first: the role of its weightiest mention, made to agree with
    the calls. "Given" takes as much evidence here as it takes to name the study's class; a plain "stem cell" is
    left out where a more exact cell is given, and is the source where a cell product is. Where what cells release
    is given, cells are given too only if title, arms or interventions name them apart from it: "umbilical cord MSC
    exosomes" gives no MSC.
    """
    best: dict[str, Mention] = {}
    for mention in mentions:
        held = best.get(mention.term)
        if held is None or _strength(mention) > _strength(held):
            best[mention.term] = mention
    roles = {term: _settled(mention, agent, vesicle, design) for term, mention in best.items()}
    given = {best[term].agent_class for term, role in roles.items() if role in _GIVEN}
    deciding = [m for m in mentions if m.role in _GIVEN and m.agent_class == agent.value]
    if deciding and agent.value not in given and vesicle.value != EV_ROLES["measured"]:
        first = max(deciding, key=_strength)
        roles[first.term] = first.role
        given.add(agent.value)
    if agent.value in PRODUCTS and agent.value in given:
        apart = {
            m.term
            for m in mentions
            if m.role in _GIVEN and m.agent_class in _CELLS and _apart(m, mentions, text)
        }
        for term, role in roles.items():
            if role in _GIVEN and best[term].agent_class in _CELLS and term not in apart:
                roles[term] = "source"
    if roles.get("agent:stem_cell") == "given":
        if given & PRODUCTS:
            roles["agent:stem_cell"] = "source"
        elif any(role == "given" and best[term].agent_class in _CELLS for term, role in roles.items()
                 if term != "agent:stem_cell"):  # fmt: skip
            del roles["agent:stem_cell"]
    return tuple(sorted(roles.items(), key=lambda pair: (ROLES.index(pair[1]), pair[0])))


_APART_IN = frozenset({"title", "arm", "intervention"})
_JOINS = re.compile(r"[,;:.+&/\n\x1f]|\b(?:and|or|with|plus|versus|vs|alone|without)\b", re.IGNORECASE)
"""What stands between two things that are both given; without it the cells belong to the product beside them."""
_CAME_FROM = re.compile(r"\b(?:from|of|by)\b", re.IGNORECASE)


def _apart(cells: Mention, mentions: Sequence[Mention], text: StudyText) -> bool:
    """Whether a title, arm or intervention names these cells other than as what a product beside them came from."""
    if (
        text.fields[cells.field].kind not in _APART_IN
        or "cell source" in text.text[cells.start - 14 : cells.start].lower()
    ):
        return False
    for other in mentions:
        if other.field != cells.field or other.agent_class not in PRODUCTS:
            continue
        if other.start < cells.end and cells.start < other.end:
            return False
        after = text.text[cells.end : other.start]
        if cells.end <= other.start <= cells.end + 40 and not _JOINS.search(after):
            return False
        before = text.text[other.end : cells.start]
        if (
            other.end <= cells.start <= other.end + 60
            and _CAME_FROM.search(before)
            and not _JOINS.search(before)
        ):
            return False
    return True


def _strength(mention: Mention) -> tuple[float, int]:
    return mention.weight, -ROLES.index(mention.role)


def _settled(mention: Mention, agent: Call, vesicle: Call, design: Design) -> str:
    """The role of one term from its weightiest mention, in the light of what the study was called."""
    if mention.role not in _GIVEN:
        return mention.role
    if mention.agent_class == "ev":
        return _EV_WORD[vesicle.value]
    if mention.agent_class == agent.value:
        return mention.role
    floor = 1.9 if design.treats else 3.9
    if agent.value == "msc" and mention.term == "agent:marrow_cells":
        floor = 3.9
    if mention.weight < floor or (mention.weight <= 2 and _bucket(mention) in _OFTEN_TOLD):
        return "background"
    return mention.role


def call_class(mentions: Sequence[Mention], design: Design) -> tuple[Call, Call]:
    """(agent class, EV role) of the study with reasons, from all its mentions."""
    given = _heaviest(mentions, _GIVEN)
    measured_ev = _heaviest(mentions, {"measured"}).get("ev")
    if "ev" in given and measured_ev and measured_ev.weight > given["ev"].weight:
        del given["ev"]
    agent = _call_agent(mentions, given, measured_ev, design)
    if (
        measured_ev
        and agent.value != "ev"
        and not any(m.in_title and m.agent_class == "ev" and m.role == "measured" for m in mentions)
    ):
        says = f"vesicles are only measured, in a study of something else given: {measured_ev.reason}"
        return agent, Call("none", says, EV_RULE)
    return agent, _call_ev(mentions, given.get("ev") if agent.value == "ev" else None, measured_ev)


def _call_ev(mentions: Sequence[Mention], given: Mention | None, measured: Mention | None) -> Call:
    if given:
        carriers = [m for m in mentions if m.agent_class == "ev" and m.role == "carrier" and m.weight >= 2.4]
        decides = max(carriers, key=lambda m: m.weight) if carriers else given
        return Call(EV_ROLES["carrier" if carriers else "given"], decides.reason, EV_RULE)
    if measured:
        return Call(EV_ROLES["measured"], measured.reason, EV_RULE)
    vesicles = [m for m in mentions if m.agent_class == "ev"]
    if vesicles:
        strongest = max(vesicles, key=lambda m: m.weight)
        role = "background" if strongest.role in _GIVEN else strongest.role
        return Call("none", f"vesicles are {role} only: {strongest.reason}", EV_RULE)
    return Call("none", "no vesicle is named", EV_RULE)


def _call_agent(
    mentions: Sequence[Mention], given: Mapping[str, Mention], measured_ev: Mention | None, design: Design
) -> Call:
    for name in ("ev", "conditioned_medium"):
        if name in given and given[name].weight >= (2.4 if design.treats else 3.9):
            return Call(name, given[name].reason, CLASS_RULE)
    best = _titled(mentions, given.get("msc")) or _most_given(given, design)
    if best:
        return Call(best.agent_class, best.reason, CLASS_RULE)
    if measured_ev:
        return Call("ev", f"only measured: {measured_ev.reason}", CLASS_RULE)
    compared = [m for m in mentions if m.role == "comparator" and m.weight >= 3.9]
    if compared:
        best = min(compared, key=lambda m: (_order(m), -m.weight))
        return Call(best.agent_class, best.reason, CLASS_RULE)
    return Call("other", "no agent of the vocabulary is given", CLASS_RULE)


def _titled(mentions: Sequence[Mention], msc: Mention | None) -> Mention | None:
    """The given agent that names the study in its title.

    A plain "stem cell" or an agent outside the classes names nothing; marrow or blood stem cells in the title give
    way to MSC that the interventions give, and a transplantation as the setting to MSC given at all. Of MSC and
    platelet plasma the one named first is what the other is mixed into.
    """
    named = [m for m in mentions if m.in_title and m.role in _GIVEN and m.weight >= 4]
    named = [m for m in named if m.agent_class != "other" and m.term != "agent:stem_cell"]
    compared = {m.agent_class for m in mentions if m.role == "comparator" and m.weight >= 3.9}
    compared -= {m.agent_class for m in mentions if m.role in _GIVEN and m.weight >= 2.4 and not m.in_title}
    named = [m for m in named if m.agent_class not in compared]
    if not named:
        return None
    best = min(named, key=lambda m: (_order(m), -m.weight))
    first = min(named, key=lambda m: m.start)
    if best.agent_class == "prp" and first.agent_class == "msc":
        return first
    in_arms = {_bucket(m) for m in mentions if m.role in _GIVEN and m.weight >= 4.9}
    titled = {_bucket(m) for m in named if not _explained(m, named)}
    if _bucket(best) == "named_cell" and "named_cell" not in in_arms and "msc" in in_arms & titled:
        return msc
    if (
        msc
        and _bucket(best) == "any_cell"
        and msc.weight >= (1.9 if best.term == "agent:hematopoietic" else 3.9)
    ):
        return msc
    return best


def _explained(mention: Mention, others: Sequence[Mention]) -> bool:
    """True where a named cell stands right behind `mention`, saying what it is: "fat stem cells (SVF)"."""
    return any(0 < m.start - mention.end <= 3 and _bucket(m) == "named_cell" for m in others)


def _most_given(given: Mapping[str, Mention], design: Design) -> Mention | None:
    """The agent given in the weightiest field; among equals the order of classes decides."""
    other = given.get("other")
    for floor in (3.9, 2.4, 1.9) if design.treats else (3.9,):
        top = [m for m in given.values() if m.weight >= floor and m.agent_class != "other"]
        if floor < 2:
            top = [m for m in top if m.weight > 2 or _bucket(m) not in _OFTEN_TOLD]
        if top:
            best = min(top, key=lambda m: (_order(m), -m.weight))
            msc = given.get("msc")
            return msc if msc and best.term == "agent:stem_cell" and msc.weight >= 1 else best
        if other and other.weight >= floor:
            cells = [given[key] for key in ("named_cell", "msc", "any_cell") if key in given]
            carried = [m for m in cells if m.weight >= 1.9] if other.term in _GENES and design.treats else []
            return carried[0] if carried else other
    if design.treats and REAL_PRODUCTS.intersection(design.intervention_types):
        words = [
            m
            for m in given.values()
            if m.weight >= 1 and m.agent_class in ("msc", "prp", "conditioned_medium")
        ]
        if words:
            return min(words, key=lambda m: (_order(m), -m.weight))
    return None


def _heaviest(mentions: Sequence[Mention], roles: Iterable[str]) -> dict[str, Mention]:
    """Class (named cells apart from plain words for cells) -> its heaviest mention in one of `roles`."""
    found: dict[str, Mention] = {}
    wanted = frozenset(roles)
    for mention in mentions:
        if mention.role in wanted:
            key = _bucket(mention)
            if key not in found or found[key].weight < mention.weight:
                found[key] = mention
    return found


def _bucket(mention: Mention) -> str:
    if mention.agent_class != "other_cell":
        return mention.agent_class
    return "named_cell" if mention.term in _STRONG_CELLS else "any_cell"


def _order(mention: Mention) -> int:
    return _ORDER.index(_bucket(mention))
