"""Which tissue, cell or fluid a preparation was made from.

Reads: "allogeneic adipose-derived mesenchymal stem cells". Must not read: "MSCs after bone marrow transplantation".
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

from skinproof.extraction.closeness import (
    ATTACHED,
    INSIDE,
    SAME_SENTENCE,
    WEIGHTS,
    Nearness,
    Word,
    anchors,
)
from skinproof.extraction.labels import under_a_label
from skinproof.extraction.letters import small
from skinproof.extraction.origins import FLUIDS, LIST, MADE, MADE_FROM, NEVER, NOT_CELLS
from skinproof.extraction.scene import Scene, Zone
from skinproof.model.findings import Finding, Reading
from skinproof.tagging.matcher import Match

NAME = "source"
RULE = "source/3"


_MORE = 0.5
"""What the blood of platelets counts more than their plasma, which is in every name."""

_TARGETS = NOT_CELLS | NEVER | {"synovial_fluid"}
"""What stands beside a material without cells because it is treated or measured."""


def read(scene: Scene) -> Finding:
    """What the preparation was made from, by vocabulary name; for vesicles that are only measured, the fluid."""
    return scene.once(_read)


def _read(scene: Scene) -> Finding:
    if scene.product.role == "measured":
        return _sampled(scene)
    if told := under_a_label(scene, NAME, RULE):
        named = _in_the_name(scene)
        if named and _of_no_person(named) != _of_no_person(told):
            reason = "the product's name and the label tell different sources"
            return scene.unclear(NAME, RULE, reason, *named, *told)
        return scene.reported(NAME, RULE, told[0].reason, *told)
    near = Nearness(scene, anchors(scene, _makers(scene)))
    words = [*_said(scene, near), *_named(scene, near)]
    if not words:
        words = list(_asked(scene, near))
    if scene.product.agent_class in MADE:
        made = [
            w for w in words if _name(w) in ("recombinant", "synthetic", "plant", "salmon", "animal_tissue")
        ]
        words = [w for w in made if w.closeness >= SAME_SENTENCE] or made
    if not words:
        return scene.not_reported(NAME, RULE, *WEIGHTS)
    return _decide(scene, _from_pluripotent(words))


def _in_the_name(scene: Scene) -> tuple[Reading, ...]:
    """A reading of each source that the names of the product's interventions tell."""
    found: dict[str, Reading] = {}
    for zone in scene.within("intervention"):
        if scene.text.fields[zone.field].part != "name":
            continue
        for match in scene.found("source", zone):
            value = match.owner.partition(":")[2]
            reason = "in the product's name"
            found.setdefault(value, scene.reading(value, [(match.start, match.end)], RULE, reason))
    return tuple(found.values())


_NO_PERSON = frozenset({"plant", "milk", "salmon", "animal_tissue", "recombinant", "synthetic"})
"""Sources that are no person's cell or tissue."""


def _of_no_person(readings: Iterable[Reading]) -> bool:
    return any(reading.value in _NO_PERSON for reading in readings)


def _from_pluripotent(words: list[Word]) -> list[Word]:
    """The words without cell types that were grown from pluripotent cells ("ESC-derived neural precursor cells")."""
    if any(_name(w) == "ipsc" and w.closeness >= ATTACHED and not w.background for w in words):
        return [w for w in words if _name(w) not in _GROWN_TO]
    return words


_GROWN_TO = frozenset({"nerve_tissue", "epithelium", "heart_tissue", "liver_tissue", "cartilage", "keratinocyte", "muscle", "immune_cell"})  # fmt: skip
"""Cell types that pluripotent cells are made into."""


def _said(scene: Scene, near: Nearness) -> Iterable[Word]:
    """Words for tissues and cells."""
    kind = scene.product.agent_class
    words = list(near.words("source"))
    lists = _lists(scene, words)
    for word in words:
        name = _name(word)
        if word.zone in lists or (word.zone.tier in ("intervention", "arm") and _could_be(scene, word)):
            continue
        if kind in ("msc", "ev", "conditioned_medium") and name in NOT_CELLS and not _kept(word, kind):
            continue
        if kind == "msc" and name == "cord_blood" and word.closeness < ATTACHED:
            continue  # what is transplanted beside the cells, NCT02181478
        if kind == "prp":
            if name == "cord_blood" and word.closeness >= ATTACHED:
                yield word._replace(weight=word.weight + _MORE)
            elif name == "platelet" and word.closeness == INSIDE and _lysed(scene, word):
                yield word
            continue
        if kind == "other_cell" and word.closeness < INSIDE and name in NOT_CELLS:
            continue
        if kind == "other" and (word.closeness < ATTACHED or (word.closeness < INSIDE and name in _TARGETS)):
            continue
        if word.zone.tier in ("near", "rest") and word.closeness < ATTACHED and not _harvest(scene, word):
            continue
        if word.background and (word.closeness < INSIDE or word.zone.tier == "rest"):
            continue
        yield word


def _makers(scene: Scene) -> tuple[str, ...]:
    """Agents that mesenchymal cells of unsaid origin may be made from."""
    product = scene.product
    if product.agent_class != "msc" or any(made_from(scene, agent) for agent in product.agents):
        return ("agent:stem_cell",) if product.agent_class == "msc" else ()
    return ("agent:stem_cell", "agent:svf", "agent:fat_graft", "agent:marrow_cells")


def _asked(scene: Scene, near: Nearness) -> Iterable[Word]:
    """Words of outcomes and eligibility, where nothing else tells: the product's name with its tissue, and tissue that
    patients must be ready to give ("unwilling to undergo bone marrow aspiration")."""
    if scene.product.agent_class not in ("msc", "other_cell", "conditioned_medium", "ev"):
        return
    for word in near.words("source", ("other",)):
        if _name(word) in NOT_CELLS or _name(word) in NEVER:
            continue
        field = scene.text.fields[word.zone.field].kind
        if field not in ("outcome", "eligibility"):
            continue
        said = scene.shared.low[word.start : word.end + 16]
        if (word.closeness >= ATTACHED and field == "outcome") or (
            _name(word) in ("bone_marrow", "adipose")
            and any(cue in said for cue in ("aspirat", "harvest", "liposuct"))
        ):
            yield word


def _kept(word: Word, kind: str) -> bool:
    """Whether a word that seldom tells where cells come from is bound to the product's own name here."""
    if kind == "msc":
        return False
    if _name(word) in NEVER or (word.background and word.closeness < INSIDE):
        return False
    return word.closeness == INSIDE or (
        word.closeness == ATTACHED and word.zone.tier in ("intervention", "arm", "title")
    )


def _lists(scene: Scene, words: Iterable[Word]) -> frozenset[Zone]:
    """Sentences that name three tissues or more: what such cells can be made from, not what these were."""
    named: dict[Zone, set[str]] = {}
    for word in words:
        if word.zone.tier in ("said", "near", "rest") and _name(word) not in NOT_CELLS:
            tops = scene.vocabulary.ancestors(word.owner)
            named.setdefault(word.zone, set()).add(tops[-1] if tops else word.owner)
    return frozenset(zone for zone, owners in named.items() if len(owners) >= 3)


_ANY_OF = small(
    r"\bcan (?:also )?be (?:\w{1,12} )?(?:derived|isolated|obtained|harvested|found)\b",
)


def _could_be(scene: Scene, word: Word) -> bool:
    """Whether the words before say what such cells can be made from: "MSCs can be derived from cord, marrow, fat"."""
    start, _ = scene.sentence(word.start)
    return _ANY_OF.search(scene.shared.low, max(start, word.start - 150), word.start) is not None


def _lysed(scene: Scene, word: Word) -> bool:
    """Whether the platelets of the words are lysed, or have released what they hold."""
    said = scene.shared.low[word.start : word.end + 12]
    return any(cue in said for cue in ("lysat", "releasate", "lyzat"))


def _harvest(scene: Scene, word: Word) -> bool:
    """Whether the words around speak of taking the tissue."""
    text = scene.shared.low[max(word.zone.start, word.start - 120) : min(word.zone.end, word.end + 120)]
    return any(cue in text for cue in ("harvest", "isolat", "collect", "obtain", "aspirat", "extract", "liposuction",
                                       "derived", "taken from", "from the patient", "puncture"))  # fmt: skip


def _named(scene: Scene, near: Nearness) -> Iterable[Word]:
    """What the names of agents tell ("stromal vascular fraction" is made from fat)."""
    for zone, matches in scene.holding("agent", *WEIGHTS):
        background = None
        for match in matches:
            if match not in near.anchor_set:
                continue
            owner = made_from(scene, match.owner)
            own = match in near.own
            if owner is None or (not own and zone.tier == "rest"):
                continue
            if scene.product.agent_class != "prp" and _tells_itself(scene, match):
                continue
            if match.owner == "agent:marrow_cells" and _nucleated(scene, match):
                continue
            if background is None:
                background = near.background(zone)
            weight = near.weight(zone, INSIDE, background) - (0.0 if own else 0.4)
            if owner == "source:plasma" and "agent:platelet_lysate" in scene.product.agents:
                owner = "source:platelet"
            yield Word(owner, match.start, match.end, zone, INSIDE, weight)


def _nucleated(scene: Scene, mention: Match) -> bool:
    """Whether the mention only says that the cells have a nucleus: those of blood have one too."""
    said = scene.shared.low[mention.start : mention.end]
    return said.startswith(("mono", "mnc", "total"))


def _tells_itself(scene: Scene, mention: Match) -> bool:
    """Whether the mention holds the word for its source ("Wharton's jelly MSCs")."""
    found = scene.matches.get("source", ())
    for place in range(bisect_left(found, (mention.start, -1, "")), len(found)):
        if found[place].start >= mention.end:
            return False
        if found[place].owner != "source:msc_cell":
            return True
    return False


def made_from(scene: Scene, agent: str) -> str | None:
    """The source that an agent's name stands for, from the term itself or its nearest ancestor that says one."""
    for term in (agent, *scene.vocabulary.ancestors(agent)):
        if term in MADE_FROM:
            return MADE_FROM[term]
    return None


def _decide(scene: Scene, words: list[Word]) -> Finding:
    """The word that counts most; two that count the same and exclude each other are `unclear`."""
    best = max(word.weight for word in words)
    top = _leaves(scene, [word for word in words if word.weight >= best - 0.15])
    values = list(dict.fromkeys(_name(word) for word in top))
    if values == ["umbilical_cord"] and (parts := _finer(scene, top[0].owner, words)):
        top, values = parts, [_name(parts[0])]
    if len(values) == 1:
        reason = _why(top[0])
        places = [_place(word) for word in top[:3]]
        return scene.reported(NAME, RULE, reason, scene.reading(values[0], places, RULE, reason))
    readings = []
    for value in values:
        own = [word for word in top if _name(word) == value]
        arms = tuple(dict.fromkeys(label for word in own for label in scene.arm_labels(word.zone)))
        places = [_place(word) for word in own[:3]]
        readings.append(scene.reading(value, places, RULE, _why(own[0]), arms=arms))
    named = ", ".join(values)
    if _one_list(scene, top):
        return scene.reported(NAME, RULE, f"several are named in one list: {named}", *readings)
    if all(word.closeness == INSIDE and not word.background for word in top):
        return scene.reported(NAME, RULE, f"the product's names tell several: {named}", *readings)
    return scene.unclear(NAME, RULE, f"named as closely: {named}", *readings)


_LISTED = small(r"[\w\s-]{0,30}(?:,|&|/|\+|\band\b|\bor\b)[\w\s-]{0,15}")


def _one_list(scene: Scene, words: list[Word]) -> bool:
    """Whether two sources stand in one list in what is said of the product: "from bone marrow and umbilical cord"."""
    text = scene.shared.low
    places = sorted(
        {(w.start, w.end, w.owner) for w in words if w.zone.tier in ("intervention", "arm", "title")}
    )
    return any(
        one[2] != two[2] and two[0] - one[1] <= 40 and _LISTED.fullmatch(text, one[1], two[0])
        for one, two in pairwise(places)
        if one[1] <= two[0]
    )


def _finer(scene: Scene, best: str, words: list[Word]) -> list[Word]:
    """Words bound to the product that name a part of the tissue that counts most: Wharton's jelly of the cord."""
    parts = [w for w in words if w.closeness >= ATTACHED and not w.background and w.zone.tier != "near"]
    parts = [w for w in parts if best in scene.vocabulary.ancestors(w.owner)]
    return parts if len({w.owner for w in parts}) == 1 else []


def _leaves(scene: Scene, words: list[Word]) -> list[Word]:
    """The words without those that only name a broader tissue of another word."""
    broader = {up for word in words for up in scene.vocabulary.ancestors(word.owner)}
    return [word for word in words if word.owner not in broader]


def _sampled(scene: Scene) -> Finding:
    """The fluid that vesicles were measured in; the others of the same list stand beside it, plasma first."""
    near = Nearness(scene, scene.mentions)
    words = [w for w in near.words("source", (*WEIGHTS, "other")) if _name(w) in FLUIDS]
    if not words:
        return _circulating(scene)
    best = min(words, key=lambda w: (-w.closeness, -w.weight, FLUIDS[_name(w)] != "plasma", w.start))
    listed = [w for w in words if w.zone == best.zone and abs(w.start - best.start) <= LIST]
    listed.sort(key=lambda w: (FLUIDS[_name(w)] != "plasma", w != best, w.start))
    readings: dict[str, Reading] = {}
    for word in listed:
        value = FLUIDS[_name(word)]
        reason = f"vesicles were measured in what the words name: {scene.vocabulary.label(word.owner)}"
        readings.setdefault(value, scene.reading(value, [_place(word)], RULE, reason))
    first = next(iter(readings.values()))
    return scene.reported(NAME, RULE, first.reason, *readings.values())


def _circulating(scene: Scene) -> Finding:
    """Vesicles of blood vessels or blood cells, where no fluid is named: they are measured in blood."""
    for mention in scene.mentions:
        said = scene.shared.low[mention.start : mention.end]
        if any(
            cue in said
            for cue in ("endothelial", "platelet", "leukocyte", "monocyte", "circulating", "procoagulant")
        ):
            reason = "inferred: vesicles of vessels and blood cells are measured in blood"
            reading = scene.reading(
                "plasma", [(mention.start, mention.end)], RULE, reason, flags=("inferred",)
            )
            return scene.reported(NAME, RULE, reason, reading)
    return scene.not_reported(NAME, RULE)


def _name(word: Word) -> str:
    return word.owner.partition(":")[2]


def _place(word: Word) -> tuple[int, int]:
    return word.start, word.end


def _why(word: Word) -> str:
    how = {INSIDE: "in the product's name", ATTACHED: "bound to the product's name"}
    return f"{how.get(word.closeness, 'said near the product')} ({word.zone.tier})"
