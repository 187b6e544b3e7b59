"""Near-miss spellings of vesicle and cell words ("exome", "exosime"): for a person to review, never a tag."""

import re
from collections.abc import Sequence

from skinproof.model.tags import Suggestion
from skinproof.studies.documents import StudyText
from skinproof.tagging.context import windows

RULE = "suggest/1"

_TARGETS = (
    ("exosome", "agent:exosome"), ("exosomes", "agent:exosome"), ("exosomal", "agent:exosome"),
    ("extracellular", "agent:ev"), ("vesicles", "agent:ev"), ("microvesicles", "agent:microvesicle"),
    ("secretome", "agent:secretome"), ("mesenchymal", "agent:msc"),
)  # fmt: skip
_KNOWN = frozenset(
    [
        "exosome",
        "exosomes",
        "exosomal",
        "exosomic",
        "exocytosis",
        "exosomatic",
        "exome",
        "exomes",
        "exon",
        "exons",
        "exosphere",
        "exostosis",
        "exostoses",
        "exogenous",
        "exotic",
        "exotropia",
        "exosmosis",
        "exophytic",
        "exonuclease",
        "extracellular",
        "extracellularly",
        "extracranial",
        "intracellular",
        "vesicle",
        "vesicles",
        "vesical",
        "vesicular",
        "vesicant",
        "vesico",
        "versicles",
        "testicles",
        "venules",
        "muscles",
        "microvesicle",
        "microvesicles",
        "microvesicular",
        "secretome",
        "secretomes",
        "secretor",
        "secretors",
        "secretory",
        "mesenchymal",
        "mesenchyme",
        "mesenchymals",
        "mesenchymally",
        "mesenteric",
        "mesenchymatous",
    ]
)
PROBES = ("exo", "exs", "exi", "esox", "esos", "extrac", "extac", "extrec", "vesic", "vesec", "visic", "vescic",
          "micro v", "microv", "mesen", "mesec", "mesem", "mesh", "mesn", "mensen", "mensh", "mench", "secreto", "secrto",
          "sectreto")  # fmt: skip
"""How words begin that may be a slip for one of the words above; the matcher reports where."""

_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")

_SEQUENCING = re.compile(
    r"\b(?:whole|clinical|sequenc\w*|wes|ngs|gen(?:e|es|ome|omic|etic\w*)|variants?|mutations?|capture|panel|trio|dna|"
    r"exon|germline|somatic|chip|array|snp\w*|karyotyp\w*|microarray)\b",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"\b(?:stem cells?|mesenchymal|msc\w*|derived|secret\w*|gel|cream|serum|topical|inject\w*|treat\w*|therap\w*|skin|"
    r"wound|vesicles?|conditioned|drug|applied|application|regenerat\w*)\b",
    re.IGNORECASE,
)


def suggest(text: StudyText, starts: Sequence[int]) -> tuple[Suggestion, ...]:
    """Words one or two letters away from a vesicle or cell word, and "exome" where nothing speaks of sequencing.

    Each spelling is suggested once. starts: where words begin that start with one of PROBES.
    """
    whole = text.text
    found: list[Suggestion] = []
    seen: set[str] = set()
    for start in dict.fromkeys(starts):
        near = _WORD.match(whole, start)
        if near is None or text.fields[text.field_at(start)].kind in ("eligibility", "reference"):
            continue
        if near[0].lower() in seen:
            continue
        if near[0].lower() in ("exome", "exomes"):
            if _is_preparation(text, near.start(), near.end()):
                reason = (
                    "“exome” beside words of a preparation and none of sequencing: meant is perhaps exosome"
                )
                seen.add(near[0].lower())
                found.append(_make(text, near.start(), near.end(), "agent:exosome", reason))
        elif (meant := _near(near[0])) is not None:
            seen.add(near[0].lower())
            found.append(
                _make(text, near.start(), near.end(), meant[1], f"one or two letters from “{meant[0]}”")
            )
    return tuple(found)


def _is_preparation(text: StudyText, start: int, end: int) -> bool:
    """True where the words around "exome" speak of something given and none of sequencing."""
    place = text.field_at(start)
    at = start - text.starts[place]
    left, right = windows(text.fields[place].text, at, at + end - start)
    around = left[-80:] + " " + right[:80]
    return not _SEQUENCING.search(around) and _PRODUCT.search(around) is not None


def _near(word: str) -> tuple[str, str] | None:
    """(word meant, term id) for a spelling at most two edits off, None for a known word."""
    lower = word.lower().replace("-", "")
    if lower in _KNOWN:
        return None
    best: tuple[int, str, str] | None = None
    for target, term in _TARGETS:
        limit = 1 if len(target) <= 8 else 2
        if abs(len(target) - len(lower)) <= limit and lower[0] == target[0]:
            edits = edit_distance(lower, target, limit)
            if edits <= limit and (best is None or edits < best[0]):
                best = (edits, target, term)
    return (best[1], best[2]) if best else None


def edit_distance(first: str, second: str, limit: int) -> int:
    """Letters to add, drop, change or swap with a neighbour; anything above `limit` is `limit + 1`."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def _make(text: StudyText, start: int, end: int, term: str, reason: str) -> Suggestion:
    path, at = text.at(start)
    return Suggestion(term, path, at, at + end - start, text.text[start:end], reason)
