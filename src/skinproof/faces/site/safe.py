"""Registry text is not ours: how it becomes file names, links and visible text on a page."""

import hashlib
import re
from functools import lru_cache
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_PLAIN = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)")
_ODD = re.compile(r"[^A-Za-z0-9]+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_PUBMED = re.compile(r"[0-9]{1,9}")
_NCT = re.compile(r"NCT[0-9]{8}")
_ISO_DAY = re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?(?![0-9A-Za-z-])")
_WHOLE = Markup('<span class="nowrap">{}</span>')
_TICKED = re.compile(r"`([^`]+)`")
_CODE = Markup("<code>{}</code>")
_DOI = re.compile(r"10\.[0-9]{4,9}/[-._;()/:A-Za-z0-9]+")


@lru_cache(maxsize=1 << 16)
def file_stem(name: str) -> str:
    """A file name without ending that is safe on every system and different for different names.

    Plain upper-case ids stay as they are: `NCT01234567`. Everything else gets a piece of its fingerprint,
    so that two ids that look alike, or differ only in case, never share a page.

    >>> file_stem("NCT01234567")
    'NCT01234567'
    >>> file_stem("CTRI/2012/05/002627")
    'CTRI-2012-05-002627-a232c4d7'
    """
    if len(name) <= 60 and _PLAIN.fullmatch(name) and not _RESERVED.fullmatch(name):
        return name
    stem = _ODD.sub("-", name).strip("-")[:60]
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem}-{mark}" if stem else mark


def visible(text: str) -> str:
    """The text with characters that hide or reorder what people read written out: `[U+202E]`."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text) if _UNSEEN.search(text) else text


def whole_dates(text: str) -> Markup:
    """The text, escaped, with each ISO day or month marked so that no line breaks at its hyphens.

    >>> whole_dates("due 2024-04-03 & late")
    Markup('due <span class="nowrap">2024-04-03</span> &amp; late')
    """
    pieces: list[Markup] = []
    end = 0
    for found in _ISO_DAY.finditer(seen := visible(text)):
        pieces += [escape(seen[end : found.start()]), _WHOLE.format(found[0])]
        end = found.end()
    return Markup("").join([*pieces, escape(seen[end:])])


def ticked(text: str) -> Markup:
    """The text, escaped, with what stands between backticks as code, as commands are written in our own sentences.

    >>> ticked("`skinproof sync` runs <them>")
    Markup('<code>skinproof sync</code> runs &lt;them&gt;')
    """
    pieces = enumerate(_TICKED.split(visible(text)))
    return Markup("").join(_CODE.format(piece) if at % 2 else escape(piece) for at, piece in pieces)


def web_link(address: str | None) -> str | None:
    """The address if it is a plain http or https address with a host, else None: nothing else is linked.

    >>> web_link("javascript:alert(1)") is None
    True
    """
    if not address or len(address) > 2000 or _UNSEEN.search(address):
        return None
    address = address.strip()
    if any(letter.isspace() or letter in "\"'<>\\^`{|}" for letter in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return address


def pubmed_link(pmid: str | None) -> str | None:
    """The PubMed page of an id made of digits, else None."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid and _PUBMED.fullmatch(pmid) else None


def doi_link(doi: str | None) -> str | None:
    """Where a DOI leads, None for what is none."""
    return f"https://doi.org/{doi}" if doi and len(doi) <= 300 and _DOI.fullmatch(doi) else None


def paper_link(record_id: str) -> str | None:
    """Where a paper can be read about, by its record id: PubMed, PubMed Central or its DOI; else None."""
    kind, _, rest = record_id.partition(":")
    if kind == "PMC":
        return f"https://pmc.ncbi.nlm.nih.gov/articles/PMC{rest}/" if _PUBMED.fullmatch(rest) else None
    return pubmed_link(rest) if kind == "PMID" else doi_link(rest) if kind == "DOI" else None


def registry_link(record_id: str) -> str | None:
    """The ClinicalTrials.gov page of an NCT id; other registries are named, not guessed."""
    return f"https://clinicaltrials.gov/study/{record_id}" if _NCT.fullmatch(record_id) else None
