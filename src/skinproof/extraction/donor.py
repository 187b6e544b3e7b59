"""How the donor is related to the person treated: autologous, allogeneic, xenogeneic, plant.

Reads: "autologous adipose-derived stem cells". Must not read: "MSCs versus autologous skin graft".
"""

import re
from bisect import bisect_left
from collections.abc import Iterable

from skinproof.extraction.closeness import (
    ATTACHED,
    SAME_PLACE,
    SAME_SENTENCE,
    WEIGHTS,
    Nearness,
    Word,
    anchors,
)
from skinproof.extraction.labels import under_a_label
from skinproof.extraction.letters import needs, small
from skinproof.extraction.origins import DONOR_OF
from skinproof.extraction.scene import Scene
from skinproof.extraction.source import read as read_source
from skinproof.model.findings import Finding, Reading
from skinproof.tagging.matcher import Match

NAME = "donor"
RULE = "donor/3"

_RELATIONS = ("autologous", "allogeneic", "xenogeneic")

_BIRTH = frozenset(
    [
        "umbilical_cord",
        "wharton_jelly",
        "cord_blood",
        "placenta",
        "chorion_cell",
        "amnion",
        "amniotic_fluid",
        "perinatal_tissue",
    ]
)
"""Tissue of a birth: given to patients of an age to be treated, it is another person's."""

TISSUE = ("agent:svf", "agent:fat_graft", "agent:marrow_cells")
"""What is said of these is said of the mesenchymal cells that are taken from them or given in them."""

_OF_GROWN = frozenset({"bone_marrow", "adipose", "dental_pulp", "menstrual_blood"})
"""Tissue that newborns do not give."""

_OF_ANIMALS = frozenset({"salmon", "antler", "animal_tissue"})

_OF_ANY_CELLS = small(
    r"[ -](?:or (?:syngeneic|allogen\w{2,4}|autologous) )?(?:[\w-]{1,20} ){0,3}?(?:cells?|DCs|BMA|islets?|lymphocytes?|product)\b",
)
"""The same for other cells ("allogeneic pancreatic islet cells")."""

_OF_BODY = small(
    r"[ -](?:[\w-]{1,20} ){0,2}?(?:blood|fat|cells?|marrow|skin|plasma|platelets?|serum|adipose|stem|tissue|MSCs?|fibro)(?! (?:glucose|sugar|pressure))",
)
"""What can be somebody's own and be given back."""

_OF_CELLS = small(
    r"[ -](?:[\w-]{1,20} ){0,2}?(?:\w{0,4}MSCs?\b|mesenchymal|stromal|product\b)",
)
"""The cells under any of their names ("allogeneic cMSCs")."""

_SAMPLE = small(r"[ -](?:whole |peripheral )?blood (?:samples?|vessels?)|[ -]whole blood")
"""A sample that a product is tried on, a part of the body."""

_PHRASES = ("own ", "patient", "from the", "healthy", "his", "their", "blood of", "taken", "harvested", "obtained", "collected",
            "drawn", "withdrawn", "isolated", "participant", "subject")  # fmt: skip
"""Words that say of themselves that something was taken from somebody."""

_MADE = frozenset({"recombinant", "synthetic"})
"""Sources without a donor."""

_OTHER_OBJECT = small(
    r"[ -]{1,3}(?:[a-z-]{1,20} ){0,2}?(?:skin[ -]?grafts?|bone[ -]?grafts?|h(?:a?ematopoietic|sct)|stem cell transplant|"
    r"hair transplant|serum|bone marrow transplant|transplant(?:ation)? for|transfusion|blood transfusion|immune|"
    r"vein|tendon|ligament|cartilage graft|iliac|nerve|grafting of skin|split|peripheral blood (?:stem )?cells?|cranioplasty|bone|flap|graft|donor tissue|vessel)",
)


def read(scene: Scene) -> Finding:
    """How donor and patient are related; inferred from the source where no word says it and the source tells."""
    return scene.once(_read)


def _read(scene: Scene) -> Finding:
    kind = scene.product.agent_class
    if scene.product.role == "measured":
        words = [w for w in _words(scene) if w.closeness >= ATTACHED]
        if not words:
            return scene.not_reported(NAME, RULE)
        return _decide(scene, words)
    if kind in ("growth_factor", "peptide", "mirna", "mrna"):
        return scene.not_reported(NAME, RULE, *WEIGHTS)
    if told := under_a_label(scene, NAME, RULE):
        return scene.reported(NAME, RULE, told[0].reason, *told)
    words = _words(scene)
    source = read_source(scene)
    if any(reading.value in _MADE for reading in source.readings):
        return scene.not_reported(NAME, RULE, *WEIGHTS)
    from_plant = [r for r in source.readings if r.value == "plant"]
    if from_plant:
        reason = "a plant is no donor in relation to a patient"
        return scene.reported(NAME, RULE, reason, _inferred(from_plant[0], "plant", reason))
    born = next((r for r in source.readings if r.value in _BIRTH and source.state == "reported"), None)
    if born and kind != "prp":
        words = [w for w in words if _relation(scene, w) != "autologous" or _said_autologous(scene, w)]
    if words:
        return _decide(scene, words)
    for found in (_by_name(scene), _taken(scene), _to_newborns(scene, source)):
        if found is not None:
            return found
    for reading in source.readings:
        if reading.value in _BIRTH and source.state == "reported":
            reason = "inferred: tissue of a birth that is given to patients comes from another person"
            return scene.reported(NAME, RULE, reason, _inferred(reading, "allogeneic", reason))
        if reading.value in _OF_ANIMALS and kind != "peptide":
            reason = "inferred: the source is an animal"
            return scene.reported(NAME, RULE, reason, _inferred(reading, "xenogeneic", reason))
    return scene.not_reported(NAME, RULE, *WEIGHTS)


_PROCEDURE = small(
    r"(?:undergo|underwent|undergoing|have|after|by|via|through|from) (?:a |the |an |mini |small |tumescent |abdominal ){0,2}"
    r"(?:liposuction|lipoaspiration|bone marrow (?:aspirat(?:ion|e concentrat\w{1,3})|harvest\w{0,4})|marrow aspiration|leukapheresis|skin biopsy)"
    r"|liposuction (?:is|was|will be|were) (?:carried out|performed|done)"
    r"|(?:collected|harvested|taken|obtained|isolated) from [^.]{0,50}?(?:of|in) the (?:injured|affected|same|contralateral|ipsilateral|operated) "
    r"(?:knee|joint|hip|shoulder|limb|leg|side|eye)"
    r"|blood samples? (?:was|were|will be|is|are) (?:collected|taken|obtained) from (?:the |each |all )?"
    r"(?:test group |study )?(?:patients?|participants?|subjects?)"
    r"|aspiration of (?:\d{1,3} ?ml of |the ){0,2}bone marrow"
    r"|(?:venous |peripheral |whole )?blood (?:sample )?(?:will be |is |was |were |are )?(?:drawn|withdrawn|aspirated)"
    r"|venipuncture|venepuncture|punctured vein|antecubital|cubital vein"
    r"|(?:venous|peripheral) blood[^.]{0,100}centrifug|centrifug[^.]{0,100}(?:venous|peripheral) blood",
)
"""Taking tissue or blood, said where the treatment is described: it is taken from the person treated."""


_ALLO = re.compile(r"allo[- ]|Allo[A-Z]|ALLO-", re.ASCII)
"""How names of products from donors begin ("ALLO-ASC", "AlloRx", "allo-APZ2")."""


def _by_name(scene: Scene) -> Finding | None:
    """What the product's name tells: it begins with allo, or a record of the same product says it."""
    text = scene.text.text
    for mention in scene.mentions:
        relation, known = DONOR_OF.get(mention.owner, ("", ""))
        reason = f"inferred from the product's name: {known} says it of this product"
        if not relation and _ALLO.match(text, mention.start, mention.end):
            relation, reason = "allogeneic", "inferred from the product's name: it begins with allo"
        if relation:
            spans = [(mention.start, mention.end)]
            reading = scene.reading(relation, spans, RULE, reason, flags=("inferred",))
            return scene.reported(NAME, RULE, reason, reading)
    return None


_NEWBORN = small(r"neonat|newborn|preterm|premature infant|low birth weight")


def _to_newborns(scene: Scene, source: Finding) -> Finding | None:
    """Allogeneic, inferred where tissue that a newborn does not give is given to newborns."""
    given = next((r for r in source.readings if r.value in _OF_GROWN and source.state == "reported"), None)
    if given is None or not any(
        _NEWBORN.search(scene.shared.low, zone.start, zone.end) for zone in scene.within("title")
    ):
        return None
    reason = "inferred: patients are newborns, who do not give this tissue"
    return scene.reported(NAME, RULE, reason, _inferred(given, "allogeneic", reason))


_TAKING = small(r"liposuction|lipoaspiration|bone marrow (?:aspiration|harvest)")
"""The same where the intervention itself is described: to take the tissue is part of it."""


def _taken(scene: Scene) -> Finding | None:
    """Autologous, inferred from a procedure that the patients undergo to give the tissue."""
    if scene.product.agent_class not in ("msc", "other_cell", "conditioned_medium", "prp", "ev"):
        return None
    text = scene.shared.low
    for zone in scene.within("intervention", "arm", "said", "near", "rest"):
        found = _PROCEDURE.search(text, zone.start, zone.end)
        if found is None and zone.tier in ("intervention", "arm"):
            found = _TAKING.search(text, zone.start, zone.end)
        if found is None:
            continue
        around = text[max(zone.start, found.start() - 150) : min(zone.end, found.end() + 150)]
        if "donor" in around or "volunteer" in around or "can be " in around or "previous" in around:
            continue
        reason = "inferred: what is taken in the course of the treatment is taken from the patient"
        reading = scene.reading("autologous", [found.span()], RULE, reason, flags=("inferred",))
        return scene.reported(NAME, RULE, reason, reading)
    return None


def _also(scene: Scene) -> tuple[str, ...]:
    """Agents whose donor is the donor of cells that are given; "stem cells", where blood stem cells are not named."""
    if scene.product.agent_class not in ("msc", "other_cell"):
        return ()
    blood = any(mention.owner == "agent:hematopoietic" for mention in scene.matches.get("agent", ()))
    if scene.product.agent_class == "msc":
        return TISSUE if blood else (*TISSUE, "agent:stem_cell")
    terms = scene.vocabulary.terms
    named = {mention.owner for mention in scene.matches.get("agent", ())} - {"agent:hematopoietic"}
    return tuple(owner for owner in named if terms[owner].agent_class in ("msc", "other_cell"))


def _words(scene: Scene) -> list[Word]:
    near = Nearness(scene, anchors(scene, _also(scene)))
    words = _telling(scene, near.words("donor"))
    if not words and scene.product.role != "measured":
        words = list(_from_donors(scene, near))
    if not words and scene.product.role != "measured":
        outcomes = (w for w in near.words("donor", ("other",)) if _in_outcome(scene, w))
        words = _telling(scene, (w for w in outcomes if w.closeness >= ATTACHED))
    return words


_DONOR_LETTERS = needs("donor", "volunteers")
_DONORS = small(
    r"\b(?:from|of|by) (?:\w{1,12} ){0,2}?(?:healthy|normal|unrelated|young|adult|volunteer|screened|suitable|living)"
    r" (?:\w{1,12} ){0,3}?(?:donors?|volunteers)\b",
)
"""People who are not the patients ("collected from healthy male donors", NCT02530047)."""


def _from_donors(scene: Scene, near: Nearness) -> Iterable[Word]:
    """Donors under words of their own, in sentences on the product."""
    text, letters = scene.shared.low, scene.shared.letters
    if not letters.has(_DONOR_LETTERS):
        return
    for zone in scene.within("intervention", "arm", "said", "near"):
        found = _DONORS.search(text, zone.start, zone.end)
        if found is None or near.background(zone):
            continue
        closeness, _ = near.bond(*found.span())
        if closeness >= SAME_SENTENCE or (closeness and zone.tier in ("intervention", "arm")):
            weight = near.weight(zone, closeness)
            yield Word("donor:allogeneic", found.start(), found.end(), zone, closeness, weight)


def _in_outcome(scene: Scene, word: Word) -> bool:
    return scene.text.fields[word.zone.field].kind == "outcome"


def _telling(scene: Scene, words: Iterable[Word]) -> list[Word]:
    """The words that speak of the product's donor."""
    text = scene.shared.low
    found = []
    for word in words:
        if _relation(scene, word) not in _RELATIONS:
            continue
        if scene.product.agent_class != "prp" and _SAMPLE.match(text, word.end, word.end + 30):
            continue
        if scene.product.agent_class in ("prp", "msc") and _OF_BONE.match(text, word.end, word.end + 60):
            continue
        if word.background or (word.closeness < ATTACHED and not _counts(scene, word)):
            continue
        found.append(word)
    return found


_OF_BIRTH = small(
    r"[^.;]{0,45}?(?:cord|umbilical|placent\w{1,4}|wharton|amnio\w{1,4}|UC|UCB|CB)\b",
)
_CLOSE = ("intervention", "arm", "title", "said")


def _said_autologous(scene: Scene, word: Word) -> bool:
    """Whether the very word stands with the product: nothing less makes a cord the patient's own."""
    said = scene.shared.low[word.start : word.end]
    if word.closeness < ATTACHED or not said.startswith("auto") or word.zone.tier not in _CLOSE:
        return False
    return word.zone.tier != "said" or bool(_OF_BIRTH.match(scene.shared.low, word.end, word.end + 60))


def _mentions(scene: Scene, start: int, end: int) -> tuple[Match, ...]:
    """Mentions of blood stem cells that begin between two offsets, where these are the product."""
    if scene.product.agent_class != "other_cell":
        return ()
    found = scene.mentions
    return found[bisect_left(found, start, key=_at) : bisect_left(found, end, key=_at)]


def _at(mention: Match) -> int:
    return mention.start


_GRAFTED = small(r"(?:marrow|cells?|fat|fibroblasts?) (?:\w{1,12} )?$")
"""Before "autograft": what is grafted is the product ("bone marrow autograft", NCT00904501)."""

_OF_BONE = small(
    r"[ -](?:[\w-]{1,20} ){0,2}?bone (?:chips?|grafts?|blocks?|substitutes?)\b",
)
"""Bone put in beside the product ("homologous lyophilized bone chips and PRF", NCT01892514)."""


def _counts(scene: Scene, word: Word) -> bool:
    """Whether a word that is not bound to the product may still speak of it."""
    text = scene.shared.low
    other = _OTHER_OBJECT.match(text, word.end, word.end + 60)
    if other and not any(m.end >= other.end() for m in _mentions(scene, word.end, other.end())):
        return False
    said = text[word.start : word.end]
    if said.endswith(" own") and not _OF_BODY.match(text, word.end, word.end + 60):
        return False
    if said.startswith(("autograft", "allograft", "autotransplant", "homologous")) and not _GRAFTED.search(
        text, max(word.zone.start, word.start - 20), word.start
    ):
        return False
    of_cells = _OF_ANY_CELLS if scene.product.agent_class == "other_cell" else _OF_CELLS
    if word.zone.tier in ("intervention", "arm"):
        return True
    if said.startswith(("auto", "allo")) and of_cells.match(text, word.end, word.end + 60):
        return True
    return said.startswith(_PHRASES) or (word.zone.tier in ("title", "said") and word.closeness > SAME_PLACE)


def _decide(scene: Scene, words: list[Word]) -> Finding:
    """The relation that counts most; two that belong to parts of the study of their own are both reported."""
    best = max(word.weight for word in words)
    top = [word for word in words if word.weight >= best - 0.15]
    values = list(dict.fromkeys(_relation(scene, word) for word in top))
    flags = _flags(scene)
    readings = []
    places: dict[str, set[int]] = {}
    for value in values:
        own = [word for word in top if _relation(scene, word) == value]
        places[value] = {word.zone.field for word in own}
        arms = tuple(dict.fromkeys(label for word in own for label in scene.arm_labels(word.zone)))
        reason = (
            "said of the product" if own[0].closeness > SAME_PLACE else "said where the product is described"
        )
        spans = [(word.start, word.end) for word in own[:3]]
        readings.append(
            scene.reading(
                value,
                spans,
                RULE,
                f"{reason} ({own[0].zone.tier})",
                arms=arms if len(values) > 1 else (),
                flags=flags,
            )
        )
    if len(values) == 1:
        return scene.reported(NAME, RULE, readings[0].reason, *readings)
    apart = all(places[a].isdisjoint(places[b]) for a in values for b in values if a != b)
    if apart and all(word.zone.tier in ("intervention", "arm") for word in top):
        return scene.reported(
            NAME, RULE, f"differs between parts of the study: {', '.join(values)}", *readings
        )
    return scene.unclear(NAME, RULE, f"said as closely: {', '.join(values)}", *readings)


def _flags(scene: Scene) -> tuple[str, ...]:
    """What else is said of the donors: that they were screened, that they were healthy."""
    found: dict[str, None] = {}
    for _, matches in scene.holding("donor", "intervention", "arm", "said", "near", "rest"):
        for match in matches:
            if match.owner == "donor:screened":
                found["donor screening is said"] = None
            elif match.owner == "donor:healthy" or "healthy" in scene.shared.low[match.start : match.end]:
                found["donor health is said"] = None
    return tuple(found)


def _relation(scene: Scene, word: Word) -> str:
    """The relation a word stands for: products by name stand under the relation they have."""
    for term in (word.owner, *scene.vocabulary.ancestors(word.owner)):
        if term.partition(":")[2] in _RELATIONS:
            return term.partition(":")[2]
    return word.owner.partition(":")[2]


def _inferred(reading: Reading, value: str, reason: str) -> Reading:
    return Reading(value=value, spans=reading.spans[:1], rule=RULE, reason=reason, flags=("inferred",))
