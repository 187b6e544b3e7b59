"""The long texts of an ICTRP row, as its registers fill them, taken apart where their own labels or marks say how.

Every piece is a stretch of the row's readable text; what carries no known mark stays whole.
"""

import re
from typing import Any

from skinproof.sources.api_shape import Notes, filled, unique

_LIST_MARK = re.compile(r";(?=\S)")
"""ICTRP joins lists by a semicolon alone; in a sentence a space or a line end follows it."""
_TYPED = re.compile(
    r"(?:^|;\s*)(?=(?:Behavioral|Biological|Combination Product|Device|Diagnostic Test|Dietary Supplement|Drug|Genetic"
    r"|Other|Procedure|Radiation): )"
)
_PRODUCT = re.compile(r"^(?=(?:Product|Trade) Name: )", re.MULTILINE)
_PRODUCT_NAME = re.compile(
    r"(?:Product|Trade) Name: (.+?)(?=,\s?(?:Product Code|Pharmaceutical Form)|$)", re.MULTILINE
)
_CODED = re.compile(r"\n|;(?=Therapeutic area:|MedDRA version:)|\s(?=MedDRA version:)")
_CODE = re.compile(r"[A-Z]?\d{2,8}(?:\.\d{1,2})?", re.ASCII)
_LABEL = re.compile(
    r"(?:^|[;\n])\s*(Main Objective|Secondary Objective|Primary end point\(s\)|Secondary end point\(s\)"
    r"|Timepoint\(s\) of evaluation of this end point):\s*"
)
_DESIGN_PART = re.compile(
    r"(Allocation|Intervention model|Primary purpose|Masking): (.*?)(?:\.(?=\s+[A-Z])|\.?$)"
)
_MASKING = re.compile(r"([A-Za-z]+)(?: \(([^()]*)\))?")
_TICKED = re.compile(r"(?:^|\s)((?:[A-Z][a-z]+)(?: [a-z]+)?): yes\b")
_NAME_LENGTH = 200


def design(text: str, notes: Notes) -> dict[str, Any]:
    """Words of ClinicalTrials.gov's form become words of the API; any other text stays whole, as a description.

    Of the yes-or-no lines of EU registers, those that have a word in the API are read besides.
    """
    parts = dict(_DESIGN_PART.findall(text)) if text.startswith("Allocation: ") and ";" not in text else {}
    if not parts or _DESIGN_PART.sub("", text).strip() or any(":" in said for said in parts.values()):
        return filled(interventionModelDescription=text, **_eu_design(text, notes))
    masking = parts.get("Masking", "")
    shape = _MASKING.fullmatch(masking)
    whole = notes.facts["words"]["masking"].get(masking.lower())
    who = shape[2].split(", ") if shape and shape[2] and not whole else []
    return filled(
        allocation=notes.word("allocation", parts.get("Allocation", "")),
        interventionModel=notes.word("model", parts.get("Intervention model", "")),
        primaryPurpose=notes.word("purpose", parts.get("Primary purpose", "")),
        maskingInfo=filled(
            masking=whole or notes.word("masking", shape[1] if shape else masking),
            whoMasked=[notes.word("who_masked", one) for one in who],
        ),
    )


def _eu_design(text: str, notes: Notes) -> dict[str, Any]:
    if not text.startswith("Controlled: "):
        return {}
    ticked = {label.strip().lower() for label in _TICKED.findall(text)}
    said: dict[str, dict[str, Any]] = notes.facts["words"]["eu_design"]
    found = {
        field: [word for label, word in words.items() if label in ticked] for field, words in said.items()
    }
    one = {field: words[0] for field, words in found.items() if len(words) == 1}
    blinded = ticked & {"single blind", "double blind"}
    return filled(
        allocation=one.get("allocation"),
        interventionModel=one.get("model"),
        maskingInfo=filled(masking=None if blinded else one.get("masking")),
    )


def conditions(text: str) -> dict[str, Any]:
    """Conditions; codes of MedDRA and ICD, and the areas that EU registers put behind them, become keywords."""
    if "MedDRA version:" in text or "Therapeutic area:" in text:
        lines = [line.strip(" ;\n") for line in _CODED.split(text)]
        starts = [
            n for n, line in enumerate(lines) if line.startswith(("MedDRA version:", "Therapeutic area:"))
        ]
        first = starts[0]
        coded = [line for line in lines[first:] if line]
        return filled(conditions=unique(lines[:first]), keywords=unique(coded))
    parts = [part.strip(" ;\n") for part in _LIST_MARK.split(text)]
    return filled(
        conditions=unique([part for part in parts if not _CODE.fullmatch(part)]),
        keywords=unique([part for part in parts if _CODE.fullmatch(part)]),
    )


def interventions(text: str, notes: Notes) -> list[dict[str, Any]]:
    """`Drug: X;Drug: Y`, blocks that begin with a product's name, or one text."""
    if len(
        typed := [part.strip(" ;\n") for part in _TYPED.split(text) if part.strip(" ;\n")]
    ) and _TYPED.match(text):
        found = []
        for part in unique(typed):
            kind, _, name = part.partition(": ")
            found.append(filled(type=notes.word("intervention", kind), name=name.strip()))
        return found
    blocks = [block.strip() for block in _PRODUCT.split(text) if block.strip()]
    if blocks and _PRODUCT.match(text):
        return [_product(block) for block in unique(blocks)]
    if not text:
        return []
    short = "\n" not in text and len(text) <= _NAME_LENGTH
    return [{"name": text} if short else {"description": text}]


def _product(block: str) -> dict[str, Any]:
    name = _PRODUCT_NAME.match(block)
    return filled(name=name[1].strip(" ,") if name else "", description=block)


def outcomes(text: str) -> list[dict[str, Any]]:
    """End points with their time where labels say which is which; else the parts of the list."""
    if labelled := _labelled(text):
        found: list[dict[str, Any]] = []
        for label, words in labelled:
            if "end point(s)" in label:
                found.append({"measure": words})
            elif label.startswith("Timepoint") and found and "timeFrame" not in found[-1]:
                found[-1]["timeFrame"] = words
        return [outcome for outcome in found if outcome.get("measure")]
    parts = (
        re.sub(r"^(?:Primary|Secondary) Outcome: ", "", part.strip(" ;\n")) for part in _LIST_MARK.split(text)
    )
    return [{"measure": part} for part in unique(list(parts))]


def objectives(*texts: str) -> str:
    """The objectives that EU registers put before the end points."""
    found = [
        f"{label}: {words}"
        for text in texts
        for label, words in _labelled(text)
        if label.endswith("Objective") and words
    ]
    return "\n\n".join(unique(found))


def _labelled(text: str) -> list[tuple[str, str]]:
    marks = list(_LABEL.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [(mark[1], text[mark.end() : end].strip(" ;\n")) for mark, end in zip(marks, ends, strict=True)]


def criteria(inclusion: str, exclusion: str) -> str:
    """Both lists, one after the other, each under the heading it came with."""
    return "\n\n".join(part for part in (inclusion, exclusion) if part)
