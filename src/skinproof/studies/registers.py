"""Which trial registers there are and how their ids look, wherever people write them: fields of their own, or running text.

An id counts only whole: nothing that could belong to it stands before or after it. Placeholders never count.
Source: the primary registers of the WHO network, https://www.who.int/tools/clinical-trials-registry-platform/network/primary-registries;
the shapes are those of ids in real records.

>>> [found.id for found in named_ids("Registered as NCT 01234567 and ISRCTN-95931417.")]
['NCT01234567', 'ISRCTN95931417']
>>> placeholder("Not applicable")
'says that there is none'
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Register(NamedTuple):
    """A register. shape: of its ids; written: how `id` is made from the groups of a match.

    label: words of which one must stand shortly before the id in running text, where the shape alone could be another
    thing; None where it cannot.
    """

    name: str
    shape: str
    written: str
    label: str | None = None


class NamedId(NamedTuple):
    """An id found in a text: `text[start:end]` as given, `id` as its register writes it, without country or version."""

    register: str
    id: str
    start: int
    end: int


_EU = r"eudra|euct|eu.?ct|ctis|european|clinicaltrialsregister"
REGISTERS: tuple[Register, ...] = (
    Register("ClinicalTrials.gov", r"NCT[\s#:-]{0,2}(\d{8})", r"NCT\1"),
    Register("ISRCTN", r"ISRCTN[\s#:-]{0,2}(\d{8})", r"ISRCTN\1"),
    # CTIS gives numbers from 500000 on, with the number of the application behind; EudraCT ended in 2023.
    Register("CTIS", r"(?:EUCT|CTIS)?[\s:-]{0,2}(20[2-9]\d)-(5\d{5})-(\d\d)(?:-\d\d)?", r"\1-\2-\3", _EU),
    Register("EudraCT", r"(?:EUCTR|EudraCT)?[\s:-]{0,2}(20[012]\d)-([0-4]\d{5})-(\d\d)(?:-(?:3rd|[A-Z]{2}))?", r"\1-\2-\3", _EU),
    Register("ChiCTR", r"ChiCTR[\s:-]{0,2}(\d{10})", r"ChiCTR\1"),
    Register("ChiCTR", r"ChiCTR-([A-Z]{2,4})-(\d{8})", r"ChiCTR-\1-\2"),
    Register("jRCT", r"(?:JPRN-)?jRCT[\s:-]{0,2}([a-z]?)(\d{9,10})", r"jRCT\1\2"),
    Register("UMIN", r"(?:JPRN-)?UMIN(?:-CTR)?[\s:-]{0,2}(?:ID[\s:]{0,2})?(?:UMIN)?[CR]?(\d{9})", r"UMIN\1"),
    Register("JapicCTI", r"(?:JPRN-)?JapicCTI-?(\d{6})", r"JapicCTI-\1"),
    Register("JMACCT", r"(?:JPRN-)?JMA-(IIA\d{5})", r"JMA-\1"),
    Register("ANZCTR", r"ACTRN[\s:-]{0,2}(\d{14})", r"ACTRN\1"),
    Register("DRKS", r"DRKS[\s:-]{0,2}(\d{8})", r"DRKS\1"),
    Register("CTRI", r"CTRI/(\d{4})/(\d{2,3})/(\d{6})", r"CTRI/\1/\2/\3"),
    Register("IRCT", r"IRCT[\s:-]{0,2}(\d{8,16}N\d{1,3})", r"IRCT\1"),
    Register("CRIS", r"KCT[\s:-]{0,2}(\d{7})", r"KCT\1"),
    Register("ReBEC", r"RBR-([0-9a-z]{6,8})", r"RBR-\1"),
    Register("PACTR", r"PACTR[\s:-]{0,2}(\d{15,16})", r"PACTR\1"),
    Register("TCTR", r"TCTR[\s:-]{0,2}(\d{11})", r"TCTR\1"),
    Register("SLCTR", r"SLCTR/(\d{4})/(\d{3})", r"SLCTR/\1/\2"),
    Register("LBCTR", r"LBCTR[\s:-]{0,2}(\d{10})", r"LBCTR\1"),
    Register("RPCEC", r"RPCEC[\s:-]{0,2}(\d{8})", r"RPCEC\1"),
    Register("ITMCTR", r"ITMCTR[\s:-]{0,2}(\d{10})", r"ITMCTR\1"),
    Register("CTR", r"CTR(20\d{6})", r"CTR\1"),
    Register("SNCTP", r"SNCTP[\s:-]{0,2}(\d{9})", r"SNCTP\1"),
    Register("NTR", r"NTR[\s:-]{0,2}(\d{3,5})", r"NTR\1", r"trial|regist|ntr"),
    Register("NTR", r"NL-?OMON[\s:-]{0,2}(\d{3,6})", r"NL-OMON\1"),
    Register("NTR", r"NL[\s:-]{0,2}(\d{4,5})", r"NL\1", r"netherlands|dutch|ntr|trial ?regist"),
    Register("UTN", r"U(1111)-(\d{4})-(\d{4})", r"U\1-\2-\3"),
)  # fmt: skip
"""Registers by name; UTN is no register but the WHO's number for a trial that stands in several."""

_GROUPS = [f"(?P<r{n}>{register.shape})" for n, register in enumerate(REGISTERS)]
_ID = re.compile(
    rf"(?<![A-Za-z0-9/-])(?:{'|'.join(_GROUPS)})(?![A-Za-z0-9])(?![-/][A-Za-z0-9])", re.IGNORECASE
)
_ONE = [re.compile(register.shape, re.IGNORECASE) for register in REGISTERS]
_LABELS = [re.compile(r.label, re.IGNORECASE) if r.label else None for r in REGISTERS]
_LABEL_REACH = 60
"""Characters before an id in which its label is looked for."""
_LONGEST = 400
"""Characters of a field of ids that are read; real ones have some 30."""
_WORDS = 60
"""Characters that may stand around an id in a field, as its name."""
_PART = re.compile(r"[^;,|\n]+")

_NONE = re.compile(
    r"(?:not (?:applicable|available|registered|yet|known|provided|assigned)|none|nil|null|n\.?/?a\.?|pending|to be (?:added|announced|determined)"
    r"|tb[ad]|unknown|no|x+|0+|see above|same as above|awaited|in progress)\b.{0,40}",
    re.IGNORECASE,
)  # fmt: skip


def named_ids(text: str, label: str | None = None) -> Iterator[NamedId]:
    """The registry ids that stand whole in a text, in order, each place once; placeholders are left out.

    label: given for running text, where a bare number may be anything: ids whose shape alone proves nothing then need a
    word that says what they are, shortly before them or in this heading of the text.
    """
    for found in _ID.finditer(text):
        number = next(n for n in range(len(REGISTERS)) if found[f"r{n}"] is not None)
        words = _LABELS[number]
        if label is not None and words is not None:
            around = f"{label} {text[max(0, found.start() - _LABEL_REACH) : found.end()]}"
            if words.search(around) is None:
                continue
        start = found.start() + len(found[0]) - len(found[0].lstrip(" :-"))
        one = _ONE[number].fullmatch(found[0])
        written = _cased(one.expand(REGISTERS[number].written) if one is not None else found[0])
        if placeholder(written) is None:
            yield NamedId(REGISTERS[number].name, written, start, found.end())


def field_ids(text: str) -> tuple[NamedId, ...]:
    """The registry ids of a field that holds ids, several with `;` or `,` between; each with nothing beside it but what
    it is called. A part that holds anything else gives none.

    >>> [found.id for found in field_ids("EudraCT number: 2015-000431-32")]
    ['2015-000431-32']
    >>> field_ids("amendment 3 of NCT01234567")
    ()
    """
    if len(text) > _LONGEST:
        return ()
    found: list[NamedId] = []
    for part in _PART.finditer(text):
        ids = list(named_ids(part[0]))
        rest, at = "", 0
        for one in ids:
            rest += part[0][at : one.start]
            at = one.end
        if not re.search(r"\d", rest + part[0][at:]) and len(rest) + len(part[0]) - at <= _WORDS:
            found += [one._replace(start=one.start + part.start(), end=one.end + part.start()) for one in ids]
    return tuple(found)


def register_of(record_id: str) -> NamedId | None:
    """Which register a record's own id belongs to; None for an id of no known register."""
    found = field_ids(record_id)
    return found[0] if len(found) == 1 and found[0].end - found[0].start == len(record_id) else None


def placeholder(text: str) -> str | None:
    """Why a text that stands where an id should stand is none: it says so, or its digits are a filler; else None."""
    words = text.strip(" \t\r\n.-_?/*")
    if not words or _NONE.fullmatch(words):
        return "says that there is none"
    digits = re.sub(r"\D", "", words)
    if len(digits) >= 5 and (len(set(digits)) == 1 or digits in ("1234567890"[: len(digits)], "87654321")):
        return "its digits are a filler"
    return None


def _cased(written: str) -> str:
    """Letters as the register writes them; registers differ, readers do not care."""
    upper = written.upper()
    for name in ("ChiCTR", "JapicCTI"):
        if upper.startswith(name.upper()):
            return name + upper[len(name) :]
    for head in ("RBR-", "jRCT"):
        if upper.startswith(head.upper()):
            return head + written[len(head) :].lower()
    return upper
