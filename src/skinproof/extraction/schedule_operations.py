"""Words that tie giving to one operation: "an ORIF procedure and ...", "flap plus PRP", "intraoperatively".

An operation with which a product is put in place says when it is given. How many times is not counted from it.
"""

import re

from skinproof.extraction.letters import small

_SURE = (
    r"(?:(?:spin(?:e|al)|lumbar|cervical|inter-?body|intebody|foot|ankle|hind-?foot|vertebral|postero-?lateral)"
    r"(?:[ /-]{1,2}\w{1,12}){0,2}? fusions?"
    r"|arthrodes[ei]s|osteotom(?:y|ies)|cranioplasty|arthroplasty|alveoloplasty|(?:acl|ligament|breast) reconstructions?"
    r"|(?:rotator cuff|tendon|meniscus|meniscal|hernia|cleft) repairs?"
    r"|(?:maxillary )?sinus(?: floor| membrane)? (?:lift(?:ing)?|augmentation|elevation)"
    r"|(?:alveolar )?ridge (?:augmentation|preservation|splitting)|socket (?:preservation|augmentation)"
    r"|(?:core|hip) decompression|(?:[a-z]{5,12} )?advancement flap|micro-?fractur(?:e|ing)|coronally (?:advanced|positioned) (?:flap|tunnel)\w{0,6}|CAF"
    r"|open flap debridement|OFD|ORIF|open reduction(?: and| with)? internal fixation"
    r"|(?:coronary artery )?bypass(?: graft(?:ing)?| surgery)|CABG|vitrectomy|keratoplasty|pulpotomy|apicectomy)"
)
_OTHER = (
    r"(?:arthroscop(?:y|ic)|(?:cranial|mandibular) reconstructions?"
    r"|surgical repairs?|repair of (?:the |a |an )?(?:\w{1,14} ){0,2}?"
    r"(?:defects?|tendons?|rotator cuff|cleft)|flap surgery|curettage"
    r"|(?:split[- ](?:thickness )?)?skin graft(?:ing)?|(?:dental )?implant placement|liposuction|lipofilling"
    r"|fat graft(?:ing)?|debridement|(?:hemi)?laminectomy|discectomy|c(?:a)?esarean(?: section)?)"
)
_JOIN = r"(?:with|plus|using|and|augmented|supplemented|combined|together|followed|subsequently|enriched|along|\+|&|/)"

OPERATION = small(
    rf"\b(?:(?P<sure>{_SURE})|(?P<other>{_OTHER}))(?!\w)"
    r"|\b(?P<within>intra-?operative(?:ly)?|per-?operative(?:ly)?|in the operating room|during the operation"
    r"|surgically (?:treated with|implanted|grafted|placed|inserted)|surgical (?:implantation|augmentation)"
    r"|(?P<day>on the same day))\b"
    r"|\b(?P<one>(?:single|same|one)[- ](?:surgical |operative )(?:stage|step|time|session|setting|sitting)"
    r"|(?:single|same|one)[- ](?:stage|step) (?:[a-z]{4,14} )?(?:procedure|operation|surgery|technique)"
    r"|(?:single|same|one) (?:operation|surgery))\b",
)
"""An operation, or words that it is the one in which all is done; `say_operation` looks for what it is joined to."""

_MIDDLE = r"(?:the |a |an |their )?(?:(?!and\b|or\b|the\b|history|previous|prior|failed)[a-z][\w-]{0,16}[\s/]){0,2}$"
_JOINED_AFTER = small(
    rf"(?: \(\w{{2,8}}\))?(?: (?:procedures?|surgery|technique|operation))?[^.;\n]{{0,50}}?(?:\s|\b){_JOIN}(?!\w)",
)
_JOINED_BEFORE = small(rf"(?:\b|(?<=\W)){_JOIN}\s{_MIDDLE}")
_FOR_IT = small(rf"\b(?:for|in|during|undergoing|undergo)\s{_MIDDLE}")

NEEDS = (
    "fusion", "arthrod", "osteotom", "cranioplast", "arthro", "reconstruct", "repair", "sinus", "ridge", "socket",
    "decompress", "laminect", "discect", "fractur", "coronally", "caf", "flap", "ofd", "orif", "open reduction", "bypass", "cabg", "graft",
    "implant pl", "vitrectomy", "keratoplasty", "lipo", "pulpotomy", "apicect", "debridement", "curettage", "esarean", "intebody",
    "operati", "surgical", "single", "ne st", "ne-st", "ne se", "ne-se", "ne si", "ne ti", "ne-ti", "ne op", "ne pr", "ne su",
    "same d", "same s", "same o", "same p", "same t", "same-", "alveoloplasty",
)  # fmt: skip

_SHORT = ("caf", "ofd", "orif", "cabg")


def say_operation(match: re.Match[str]) -> str:
    """`during <operation>`; for "single stage procedure" `in one operation`; nothing where it is joined to nothing.

    >>> say_operation(OPERATION.search("core decompression and graft with PRF"))
    'during core decompression'
    """
    if match["one"]:
        return "in one operation"
    if match["within"]:
        return "on the same day" if match["day"] else "during operation"
    text = match.string
    before = text[max(match.pos, match.start() - 60) : match.start()]
    joined = (
        _JOINED_AFTER.match(text, match.end(), min(match.endpos, match.end() + 80))
        or _JOINED_BEFORE.search(before)
        or (match["sure"] and _FOR_IT.search(before))
    )
    if not joined:
        return ""
    name = " ".join(match[0].split())
    return f"during {name.upper() if name in _SHORT else name}"
