"""Which products one study gives: one per class of agent given, tied to interventions and arms by the registry's links.

What a product is only made from, carried by or given beside is no product: cells named only as the origin of
exosomes, a hydrogel, a class that neither title, name of an intervention nor label of an arm names.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from skinproof.model.record import ArmGroup, StudyRecord
from skinproof.model.tags import StudyTags
from skinproof.studies.documents import StudyText
from skinproof.tagging.matcher import Match

RULE = "products/3"

_GIVEN = ("given", "carrier", "comparator")
_NOT_PRODUCT = frozenset({"NO_INTERVENTION", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR"})
_CONTROL = ("placebo", "control", "sham", "saline", "vehicle", "standard of care", "no intervention")


class Product(NamedTuple):
    """One product of a study.

    agents: vocabulary ids of its class that are given, most telling first; role: given | carrier | comparator |
    measured; interventions, arms: places in the record's lists; others: interventions that give something else.
    """

    number: int
    agent_class: str
    role: str
    agents: tuple[str, ...]
    name: str
    interventions: tuple[int, ...]
    arms: tuple[int, ...]
    others: tuple[int, ...]


def find_products(
    record: StudyRecord,
    text: StudyText,
    tags: StudyTags,
    mentions: Sequence[Match],
    agent_class: Mapping[str, str],
    sources: Sequence[Match] = (),
) -> tuple[Product, ...]:
    """The products of a study, the class the study is about first; at least one where vesicles are only measured.

    mentions: every agent form in the joined text; agent_class: vocabulary id of an agent -> its class; sources: every
    form of a cell or tissue.
    """
    classes = classes_of(tags, agent_class)
    named = _named(text, mentions, agent_class)
    order = sorted(classes, key=lambda name: (name != tags.agent_class.value, name))
    main = order[0] if order else ""
    drafts = [_product(record, name, classes[name], named, name == main) for name in order]
    apart = _named_apart(text, mentions, agent_class)
    kept = [p for p in drafts if p.agent_class == main or _stands_alone(p, drafts, apart)]
    made = [make for product in kept for make in _makes(record, text, product, sources)]
    return tuple(product._replace(number=number) for number, product in enumerate(made, 1))


def _makes(
    record: StudyRecord, text: StudyText, product: Product, sources: Sequence[Match]
) -> tuple[Product, ...]:
    """A product apart for each source, where the names of its interventions tell sources that have nothing in common
    ("plant exosomes" and "Wharton jelly stem cell exosomes"); else the product as it is.
    """
    if len(product.interventions) < 2 or not sources:
        return (product,)
    named: dict[int, set[str]] = {place: set() for place in product.interventions}
    for match in sources:
        field = text.fields[text.field_at(match.start)]
        if field.kind == "intervention" and field.part == "name" and field.index in named:
            named[field.index].add(match.owner)
    groups: list[tuple[set[str], list[int]]] = []
    for place, found in named.items():
        if not found:
            return (product,)
        same = next((group for group in groups if group[0] & found), None)
        if same is None:
            groups.append((set(found), [place]))
        else:
            same[0].update(found)
            same[1].append(place)
    if len(groups) < 2:
        return (product,)
    return tuple(
        product._replace(
            name=record.interventions[own[0]].name or product.name,
            interventions=tuple(own),
            arms=tuple(i for i in product.arms if _linked(record, record.arm_groups[i], own)),
            others=tuple(i for i in range(len(record.interventions)) if i not in own),
        )
        for _, own in groups
    )


def classes_of(tags: StudyTags, agent_class: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Class of agent -> agent -> its role, for what a study gives or measures; empty: it has no product."""
    classes: dict[str, dict[str, str]] = {}
    for term, role in tags.agents:
        if role in _GIVEN:
            classes.setdefault(agent_class.get(term, "other"), {})[term] = role
    if not any(role != "comparator" for roles in classes.values() for role in roles.values()):
        measured = [t for t, role in tags.agents if role == "measured" and agent_class.get(t) == "ev"]
        if tags.ev_role.value == "biomarker" and measured:
            return {"ev": dict.fromkeys(measured, "measured")}
    return classes


_VAGUE = frozenset({"agent:stem_cell"})
_MADE_FROM_CELLS = frozenset({"ev", "conditioned_medium"})
_CELLS = frozenset({"msc", "other_cell"})
_JOINS = re.compile(r"[,;:.+&/]|\b(?:and|or|with|plus|versus|vs|by|without|alone)\b", re.IGNORECASE)
_TOUCHING = 12
"""Characters between cells and their product, as in "menstrual stem cells secretome" or "exosome-MSC"."""


def _stands_alone(product: Product, drafts: Sequence[Product], apart: Mapping[str, bool]) -> bool:
    """Whether a product beside the main one is a product, not its carrier material, its source or its setting."""
    if product.agent_class == "other":
        return False
    if set(product.agents) <= _VAGUE:
        return False
    named = [apart[term] for term in product.agents if term in apart]
    if not named:
        return False
    from_cells = any(p.agent_class in _MADE_FROM_CELLS for p in drafts)
    return any(named) if product.agent_class in _CELLS and from_cells else True


def _named_apart(
    text: StudyText, mentions: Sequence[Match], agent_class: Mapping[str, str]
) -> dict[str, bool]:
    """Agents that titles, names of interventions or labels of arms name -> whether ever without touching vesicles or
    medium made from them.
    """
    titles: dict[str, bool] = {}
    found: dict[str, bool] = {}
    for place, mention in enumerate(mentions):
        field = text.fields[text.field_at(mention.start)]
        if field.part not in ("briefTitle", "officialTitle", "name", "otherNames", "label"):
            continue
        near = mentions[max(0, place - 3) : place + 4]
        made = [m for m in near if agent_class.get(m.owner) in _MADE_FROM_CELLS]
        touches = any(_touch(text.text, mention, other) for other in made)
        seen = titles if field.kind == "title" else found
        seen[mention.owner] = seen.get(mention.owner, False) or not touches
    return titles | found


def _touch(text: str, one: Match, other: Match) -> bool:
    first, second = sorted((one, other))
    between = text[first.end : second.start]
    return len(between) <= _TOUCHING and _JOINS.search(between) is None and "\x1f" not in between


def _named(
    text: StudyText, mentions: Sequence[Match], agent_class: Mapping[str, str]
) -> dict[tuple[str, int], dict[str, set[str]]]:
    """(kind of field, place in its list) -> part (`name`, `label`, `description`, ...) -> terms mentioned there."""
    found: dict[tuple[str, int], dict[str, set[str]]] = {}
    for mention in mentions:
        field = text.fields[text.field_at(mention.start)]
        if field.kind in ("intervention", "arm") and mention.owner in agent_class:
            found.setdefault((field.kind, field.index), {}).setdefault(field.part, set()).add(mention.owner)
    return found


def _product(
    record: StudyRecord,
    name: str,
    roles: Mapping[str, str],
    named: Mapping[tuple[str, int], Mapping[str, set[str]]],
    main: bool,
) -> Product:
    """One product, its number still 0. The main one has, where nothing names it, every intervention but controls."""
    wanted = set(roles)
    role = min(roles.values(), key=("given", "carrier", "comparator", "measured").index)
    interventions = record.interventions
    own = [
        i
        for i in range(len(interventions))
        if _says(named, "intervention", i, ("name", "otherNames"), wanted)
    ]
    if not own:
        own = [
            i for i in range(len(interventions)) if _says(named, "intervention", i, ("description",), wanted)
        ]
    said = bool(own)
    if role != "measured" and not own and main:
        free = [i for i, item in enumerate(interventions) if not _is_control(item.name)]
        own = [i for i in free if not named.get(("intervention", i), {}).get("name")] or free
    own = [i for i in own if not _is_control(interventions[i].name)] or own
    arms = [
        i
        for i, arm in enumerate(record.arm_groups)
        if arm.type not in _NOT_PRODUCT
        and (_says(named, "arm", i, ("label", "description"), wanted) or _linked(record, arm, own))
    ]
    label = next((interventions[i].name for i in own if said and interventions[i].name), None)
    return Product(
        number=0,
        agent_class=name,
        role=role,
        agents=tuple(roles),
        name=label or record.brief_title or "",
        interventions=tuple(own) if role != "measured" else (),
        arms=tuple(arms) if role != "measured" else (),
        others=tuple(i for i in range(len(interventions)) if i not in own),
    )


def _says(
    named: Mapping[tuple[str, int], Mapping[str, set[str]]],
    kind: str,
    place: int,
    parts: Sequence[str],
    wanted: set[str],
) -> bool:
    by_part = named.get((kind, place), {})
    return any(not wanted.isdisjoint(by_part.get(part, ())) for part in parts)


def _linked(record: StudyRecord, arm: ArmGroup, own: Sequence[int]) -> bool:
    """Whether the registry links this arm to one of the interventions, from either side."""
    for i in own:
        item = record.interventions[i]
        if arm.label and arm.label in item.arm_group_labels:
            return True
        if item.name and any(link.partition(": ")[2] == item.name for link in arm.intervention_names):
            return True
    return False


def _is_control(name: str | None) -> bool:
    return bool(name) and any(word in (name or "").lower() for word in _CONTROL)
