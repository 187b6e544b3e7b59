"""A product described by its maker: a small YAML file, read strictly, as a preparation like those of the registries.

Reads `dose: 1e10 {particles}`; refuses `dose: 10 billion`, because a certificate states its units. Nothing is guessed:
a key that is not known, a word that is no term, or an amount without a unit is refused with its line.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

import msgspec
import yaml

from skinproof.appraisal.items import load_items
from skinproof.errors import InputError
from skinproof.extraction.reporting_words import CELL_FREE, EXOSOME
from skinproof.model.findings import Finding, Preparation, Quantity, Reading, Span
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.amounts import in_volume, parse_amount
from skinproof.views.doses import DOSE_KINDS
from skinproof.views.preparations import FACT_LABELS
from skinproof.vocabulary.forms import normal_form
from skinproof.vocabulary.term import Vocabulary

RULE = "certificate/1"
LARGEST = 100_000
"""Bytes of a file that are read: a certificate is a page."""
LONGEST, MOST = 500, 40
"""Characters of one text, texts of one list."""
FEW = 8
"""Terms of a kind that are all named where a word is none of them."""

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ABOUT = ("product", "agent", "role", "indication", "note")
"""Keys that are no facts: the name, the agent or class (both needed), given or carrier, complaints, a remark."""

_TERMS = {
    "source": "source", "species": "species", "donor": "donor", "route": "route", "separation": "separation",
    "markers": "marker",
}  # fmt: skip
"""Facts whose values must be names of the vocabulary, because products are compared by them."""
_LOOSE = {"culture": "culture", "storage": "storage", "delivery": "procedure", "potency": "potency"}
"""Facts whose values are names of the vocabulary where they can be, and else stand as written."""
_AMOUNTS: dict[str, Callable[[Quantity], bool]] = {
    "size": lambda q: q.kind == "diameter" and not q.per,
    "dose": lambda q: q.kind in DOSE_KINDS and (q.per not in ("mL", "L") or in_volume(q)),
    "concentration": lambda q: q.kind == "fraction" or q.per in ("mL", "L", "g", "cm2", "cm3"),
    "yield": lambda q: bool(q.per),
}
_WANTED = {
    "size": "a diameter, as in `120 nm, statistic: mode, method: NTA`",
    "dose": "an amount per administration, as in `1e10 {particles}`, `1e10 {particles}/3 mL` (given in 3 mL) or "
    "`100 ug{protein}/cm2`; an amount per mL is a concentration",
    "concentration": "an amount over a volume or mass, as in `5e9 {particles}/mL`",
    "yield": "an amount over what it came from, as in `1e3 {particles}/{cells}`",
}


STATISTICS = ("mode", "mean", "median", "range")
"""Statistics of a size, as extraction.size names them."""
_REMARKS = ("statistic", "method")
"""What may follow a size after a comma."""

_TOLD = ("lot", "screening", "Q1:particles", "Q1:protein", "Q1:lipid")
"""What `reporting` takes besides the ids of items."""
_CLAIMS = {
    EXOSOME: re.compile(r"exosom", re.IGNORECASE),
    CELL_FREE: re.compile(r"\bcell[ -]free\b|\bacellular\b", re.IGNORECASE),
    "G1": re.compile(r"\bextracellular vesicle|\bs?EVs?\b", re.IGNORECASE),
}
"""What the name of a product claims."""
_CLAIMED = re.compile(r"claim|cell[ _-]?free|acellular|exosom", re.IGNORECASE)
"""A word under `reporting` that is a claim and no item."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says. preparation: spans are places in `certificate.<key>`; indications: vocabulary ids."""

    product: str
    preparation: Preparation
    indications: tuple[str, ...]
    note: str | None


class _Text(msgspec.Struct, frozen=True):
    text: str
    line: int


class _Entry(msgspec.Struct, frozen=True):
    """One key of the file with its texts."""

    file: str
    key: str
    line: int
    texts: tuple[_Text, ...]

    def error(self, message: str, line: int | None = None) -> InputError:
        return InputError(f"{self.file}:{line or self.line}: {self.key}: {message}")

    def one(self) -> str:
        if len(self.texts) != 1:
            raise self.error("takes one value, not a list")
        return self.texts[0].text


def read_certificate(body: bytes, file: str, vocabulary: Vocabulary) -> Certificate:
    """The product that a file describes.

    Raises: InputError naming file, line and key: not YAML, an unknown or repeated key, a word that is no term, an amount
    without number or unit.
    """
    entries = _entries(body, file)
    for key in ("product", "agent"):
        if key not in entries:
            raise InputError(f"{file}: the key {key!r} is missing; {_known()}")
    agent_class, agents = _agent(entries["agent"], vocabulary)
    role = entries["role"].one() if "role" in entries else "given"
    if role not in ("given", "carrier"):
        raise entries["role"].error(f"is given or carrier, not {role!r}")
    name = entries["product"].one()
    findings = tuple(
        _reporting(entries) if fact == "reporting" else _finding(fact, entries.get(fact), vocabulary)
        for fact in FACT_LABELS
    )
    wanted = entries.get("indication")
    return Certificate(
        product=name,
        preparation=Preparation(
            number=1, agent_class=agent_class, role=role, agents=agents, name=name, findings=findings
        ),
        indications=tuple(_term(wanted, t, "indication", vocabulary) for t in wanted.texts) if wanted else (),
        note=entries["note"].one() if "note" in entries else None,
    )


def _known() -> str:
    return f"keys are {', '.join((*ABOUT, *FACT_LABELS))}"


def _entries(body: bytes, file: str) -> dict[str, _Entry]:
    """Key -> its texts, from the events of the file: no depth, anchor or tag can make it larger than it is."""
    if len(body) > LARGEST:
        raise InputError(f"{file}: more than {LARGEST:,} bytes; a product file holds a page of text")
    try:
        inside = _events(body.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 text at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{file}:{line}: not readable as YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{file}: not readable as YAML: {error}") from error
    if not inside or not isinstance(inside[0], yaml.MappingStartEvent):
        raise InputError(f"{file}:1: expected `key: value` lines; {_known()}")
    found: dict[str, _Entry] = {}
    place = 1
    while not isinstance(inside[place], yaml.MappingEndEvent):
        key = _scalar(inside[place], file, "a key")
        if key.text not in (*ABOUT, *FACT_LABELS):
            near = get_close_matches(key.text.lower(), (*ABOUT, *FACT_LABELS), 1, 0.6)
            hint = f"did you mean {near[0]!r}?" if near else _known()
            raise InputError(f"{file}:{key.line}: there is no key {key.text[:40]!r}; {hint}")
        if key.text in found:
            raise InputError(f"{file}:{key.line}: {key.text}: stands twice")
        place += 1
        if isinstance(inside[place], yaml.SequenceStartEvent):
            first = place + 1
            while not isinstance(inside[place], yaml.SequenceEndEvent):
                place += 1
                if place - first > MOST:
                    raise InputError(f"{file}:{key.line}: {key.text}: more than {MOST} values")
            texts = tuple(_scalar(event, file, key.text) for event in inside[first:place])
            if not texts:
                raise InputError(f"{file}:{key.line}: {key.text}: an empty list; leave the key out")
        else:
            texts = (_scalar(inside[place], file, key.text),)
        found[key.text] = _Entry(file, key.text, key.line, texts)
        place += 1
    if place + 1 < len(inside):
        raise InputError(f"{file}: more than one YAML document; a file describes one product")
    return found


def _events(text: str, file: str) -> list[yaml.Event]:
    """What the file says, without the marks of stream and document; refused as soon as it goes deeper than a list."""
    found: list[yaml.Event] = []
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > 2:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise InputError(f"{file}:{line}: a list inside a list; a key has one text or a list of texts")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            found.append(event)
    return found


def _scalar(event: yaml.Event, file: str, key: str) -> _Text:
    line = event.start_mark.line + 1 if event.start_mark else 1
    if not isinstance(event, yaml.ScalarEvent):
        what = "an alias" if isinstance(event, yaml.AliasEvent) else "a list or mapping"
        raise InputError(f"{file}:{line}: {key}: expected one piece of text or a list of them, found {what}")
    text = " ".join(event.value.split())
    if not text:
        raise InputError(f"{file}:{line}: {key}: empty; leave out what is not known")
    if len(text) > LONGEST:
        raise InputError(f"{file}:{line}: {key}: more than {LONGEST} characters")
    return _Text(text, line)


def _agent(entry: _Entry, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]]:
    word = entry.one()
    if word.lower() in AGENT_CLASSES:
        return word.lower(), ()
    term = _term(entry, entry.texts[0], "agent", vocabulary)
    return vocabulary.terms[term].agent_class or "other", (term,)


def _term(entry: _Entry, value: _Text, kind: str, vocabulary: Vocabulary) -> str:
    """The id of the one term that a word means."""
    key = f"{kind}:{value.text.lower().removeprefix(f'{kind}:').replace(' ', '_').replace('-', '_')}"
    if key in vocabulary.terms:
        return key
    found = [t for t in vocabulary.terms_for(value.text) if vocabulary.terms[t].kind == kind]
    if len(found) == 1:
        return found[0]
    if found:
        raise entry.error(f"{value.text!r} can mean {', '.join(found)}; write one of these", value.line)
    raise entry.error(
        f"there is no {kind} {value.text!r}{_near_terms(value.text, kind, vocabulary)} "
        f"(`skinproof vocabulary --kind {kind}` lists them)",
        value.line,
    )


def _near_terms(word: str, kind: str, vocabulary: Vocabulary) -> str:
    """The names that were perhaps meant: near a label or synonym, or holding the word; all names of a short list."""
    forms = {name: name for name in AGENT_CLASSES} if kind == "agent" else {}
    terms = [term for term in vocabulary.terms.values() if term.kind == kind]
    for term in terms:
        name = term.id.partition(":")[2]
        forms |= {normal_form(form): name for form in (name, term.label, *term.synonyms, *term.exact)}
    wanted = normal_form(word)
    near = get_close_matches(wanted, forms, 5, 0.75) or get_close_matches(wanted, forms, 3, 0.6)
    within = [form for form in forms if len(wanted) > 3 and wanted in form][:5]
    names = list(dict.fromkeys(forms[form] for form in (*near, *within)))[:4]
    if names:
        return f"; did you mean {' or '.join(names)}?"
    return f"; it is one of {', '.join(dict.fromkeys(forms.values()))}" if 0 < len(terms) <= FEW else ""


def _finding(fact: str, entry: _Entry | None, vocabulary: Vocabulary) -> Finding:
    if entry is None:
        return Finding(
            property=fact, state="not_reported", rule=RULE, reason=f"your file has no key {fact!r}",
            looked_in=("certificate",),
        )  # fmt: skip
    readings = tuple(_reading(fact, entry, value, vocabulary) for value in entry.texts)
    return Finding(
        property=fact, state="reported", rule=RULE, reason="your file states it", readings=readings
    )


def _reporting(entries: Mapping[str, _Entry]) -> Finding:
    """What is told of making and checking, item by item, and what the product is called."""
    known = {item.id.lower(): item.id for item in load_items().items} | {word: word for word in _TOLD}
    readings = [
        _made(claim, "product", value)
        for value in entries["product"].texts
        for claim, words in _CLAIMS.items()
        if words.search(value.text)
    ]
    entry = entries.get("reporting")
    for value in entry.texts if entry else ():
        item = known.get(value.text.lower())
        if entry and item is None:
            raise entry.error(_no_item(value.text, tuple(known.values())), value.line)
        readings.append(_made(str(item), "reporting", value))
    if not readings:
        return _finding("reporting", None, Vocabulary(()))
    return Finding(
        property="reporting", state="reported", rule=RULE, reason="your file states it", readings=tuple(readings)
    )  # fmt: skip


def _no_item(word: str, known: Sequence[str]) -> str:
    if _CLAIMED.search(word):
        return (
            f"{word!r} is a claim and no item: what a product is called is read from its name, so write it there, "
            "as in `product: Cell-free serum` or `product: Exosome serum`"
        )
    labels = {item.label.lower(): item.id for item in load_items().items}
    near = get_close_matches(word.lower(), labels, 2, 0.6)
    hint = f"did you mean {' or '.join(f'{labels[form]} ({form})' for form in near)}? " if near else ""
    return f"there is no reporting item {word!r}; {hint}items are {', '.join(known)}"


def _made(said: str, key: str, value: _Text) -> Reading:
    return Reading(
        value=said,
        spans=(Span(f"certificate.{key}", 0, len(value.text), value.text),),
        rule=RULE,
        reason="stated in your file",
    )


def _reading(fact: str, entry: _Entry, value: _Text, vocabulary: Vocabulary) -> Reading:
    said = value.text
    quantity: Quantity | None = None
    flags: tuple[str, ...] = ()
    if fact in _LOOSE:
        terms = [t for t in vocabulary.terms_for(said) if vocabulary.terms[t].kind == _LOOSE[fact]]
        said = terms[0].partition(":")[2] if len(terms) == 1 else said
    elif fact in _TERMS and any(term.kind == _TERMS[fact] for term in vocabulary.terms.values()):
        found = vocabulary.terms[_term(entry, value, _TERMS[fact], vocabulary)]
        # A form ("cream") is a heading below the route that it stands for.
        said = (found.parents[0] if found.group and found.parents else found.id).partition(":")[2]
    elif fact in _AMOUNTS:
        said, quantity, flags = _amount(fact, entry, value)
    elif fact == "purity" and value.text[0].isdigit():
        said, quantity, flags = _amount(fact, entry, value)
        said = "particles_per_protein" if quantity.per == "ug{protein}" else said
    elif fact == "purity":
        said = value.text.lower().replace(" ", "_")
    return msgspec.structs.replace(_made(said, fact, value), quantity=quantity, flags=flags)


def _amount(fact: str, entry: _Entry, value: _Text) -> tuple[str, Quantity, tuple[str, ...]]:
    stated, *remarks = (part.strip() for part in value.text.split(","))
    try:
        quantity = parse_amount(stated)
    except ValueError as error:
        raise entry.error(f"{stated!r}: {error}", value.line) from error
    if fact in _AMOUNTS and not _AMOUNTS[fact](quantity):
        raise entry.error(f"{stated!r} is not {_WANTED[fact]}", value.line)
    if quantity.high <= 0:
        raise entry.error(f"{stated!r}: 0 is no amount; leave the key out where it is not known", value.line)
    kept = tuple(filter(None, remarks))
    return (
        stated,
        quantity,
        tuple(_remark(entry, text, value.line) for text in kept) if fact == "size" else kept,
    )


def _remark(entry: _Entry, text: str, line: int) -> str:
    """`statistic: mode`, in small letters where it is a word of STATISTICS; the method as it is written."""
    key, colon, said = (part.strip() for part in text.partition(":"))
    if key.lower() not in _REMARKS or not colon or not said:
        near = f"did you mean `statistic: {text.lower()}`?" if text.lower() in STATISTICS else ""
        raise entry.error(
            f"{text!r} is not understood; {near or 'after the size write `statistic: mode` or `method: NTA`'}",
            line,
        )
    if key.lower() == "method":
        return f"method: {said}"
    if said.lower() not in STATISTICS:
        raise entry.error(f"there is no statistic {said!r}; it is one of {', '.join(STATISTICS)}", line)
    return f"statistic: {said.lower()}"
