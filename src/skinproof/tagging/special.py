"""What is said around a few agents only: what they are held against, care as the setting, adjuvants, samples.

Read before the general rules of `context`, and part of the rule `agent.context`.
"""

import re

from skinproof.tagging.context import NEAR, Reading, Words, has_any, left_of, tidy

_COMPARED_LEFT = re.compile(
    r"\b(?:compar(?:ed|ing|ison)(?: it| them)? (?:to|with|against)|versus|vs\.?|in comparison (?:to|with)|rather than)[\s(]+"
    r"(?:(?:the|that|those|an?|of|with|conventional|standard|autologous|alone|injections?|treatment|therapy|effects?|use|"
    r"intra\w+|using|receiving|topical|local)[\s-]+){0,4}$"
)
"""Right before the mention: what the studied treatment is held against."""
_COMPARED_STEMS = ("compar", "versus", "vs", "rather")

_ADJUVANT = re.compile(r"\b(?:multi-?peptide|\w*vaccin\w+|adjuvant|peptides?|immuni[sz]\w+|idiotype|klh)\b")
_CARE_LEFT = re.compile(
    r"\b(?:undergo\w*|underwent|after|following|post|before|(?:in)?eligible for|candidates? for|recipients? of|receiving|"
    r"during|graft[- ]versus[- ]host|gvhd|mobili[sz]\w*|prevent\w*|prophyla\w+|mucositis|complicat\w+|infections?|collection of|harvest\w*)\b"
    r"(?:[^\w.;:]+(?!(?:plus|by|using)\b)\w+){0,9}[^\w.;:]*$|"
    r"\b(?:in|conditioning regimens? for|conditioning for)[\s-]+"
    r"(?:(?:the|an?|first|second|autologous|allogene?ic|haplo\w*|peripheral|unrelated|related|donor|adult|pa?ediatric)[\s-]+){0,4}$"
)
_CARE_RIGHT = re.compile(
    r"^\W*(?:transplant\w*\W+)?(?:recipients?|patients?|survivors?|donors?|donation|candidates?|collection|mobili[sz]\w*|"
    r"transplanted|apheresis|harvest\w*|settings?|unit\b)\b"
)
"""A transplantation that people have for their disease, around which something else is studied."""
_SAMPLED_LEFT = left_of(
    r"isolat\w+|stimulat\w+|phenotyp\w*|immunophenotyp\w*|stored?|cryopreserved|frozen|obtained|collect\w+|in|from",
    NEAR,
)
_CELL_GIVEN = re.compile(
    r"\b(?:inject\w*|infus\w*|implant\w*|transplant\w*|transfer\w*|re-?infus\w*|therapy|graft\w*|administ\w*)\b"
)


def compared(words: Words) -> Reading | None:
    """What the studied treatment is held against ("compared with PRP"); None where the sentence does not say so.

    Must not read "a comparison of MSC versus PRP" so: there both are studied.
    """
    found = _COMPARED_LEFT.search(words.left) if has_any(words.left, _COMPARED_STEMS) else None
    if found and found[0].startswith("v") and "compar" in words.left[: found.start()]:
        return None
    return Reading("comparator", True, tidy(found[0])) if found else None


def setting(words: Words) -> Reading | None:
    """A transplantation as the care around which something else is studied ("patients undergoing ... transplant")."""
    found = _CARE_RIGHT.search(words.right) or _CARE_LEFT.search(words.left)
    return Reading("background", True, tidy(found[0])) if found else None


def sampled(words: Words) -> Reading | None:
    """Blood cells that are taken and looked at; None only where words of giving stand by."""
    if _CELL_GIVEN.search(words.near) or _CELL_GIVEN.search(words.right[:40]):
        return None
    found = _SAMPLED_LEFT.search(words.near)
    return Reading("measured", True, tidy(found[0]) if found else "blood cells, not said to be given")


def is_adjuvant(words: Words) -> bool:
    """True where a vaccine or peptide stands in the same sentence."""
    return _ADJUVANT.search(words.left) is not None or _ADJUVANT.search(words.right) is not None
