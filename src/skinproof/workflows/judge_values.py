"""What a person may answer: a property named in words to its subject, and a right answer to what the journal writes."""

from skinproof.errors import NotFoundError, UsageError
from skinproof.extraction.quantities import find_amounts
from skinproof.judgements.amounts import amount_text, read_amount
from skinproof.judgements.answers import ABOUT, BACKGROUND, CALLS, NAMED, NOT_NAMED, Subject
from skinproof.model.findings import Preparation, Quantity
from skinproof.model.tags import AGENT_CLASSES, EV_ROLES, ROLES
from skinproof.views.preparations import FACT_KINDS, FACT_LABELS
from skinproof.vocabulary.term import TAGGED_KINDS, Vocabulary

AMOUNTS = ("dose", "concentration", "basis", "size", "yield")
"""Facts whose values are amounts."""
FREE = ("schedule", "purity", "reporting")
"""Facts told in short texts."""
LONGEST_VALUE, LONGEST_REASON, LONGEST_NAME = 300, 1000, 80
_CALLS = {
    "agent_class": AGENT_CLASSES,
    "ev_role": (*EV_ROLES.values(), "none"),
    "cutaneous": ("yes", "no"),
    "aesthetic": ("yes", "no"),
}
_TOPIC = {
    "indication": (ABOUT, BACKGROUND, NOT_NAMED),
    "procedure": (NAMED, NOT_NAMED),
    "process": (NAMED, NOT_NAMED),
}


def subject_of(
    record_id: str,
    name: str,
    product: int | None,
    preparations: tuple[Preparation, ...],
    vocabulary: Vocabulary,
) -> Subject:
    """The subject that a person means by a property: a call, a fact of a product, or a term by id, label or synonym.

    Raises: UsageError for what means nothing; NotFoundError for a product that the study has not.
    """
    word = name.strip().lower().replace("-", "_")
    if word in CALLS:
        return Subject(record_id, "call", word)
    if word in FACT_LABELS:
        numbers = [one.number for one in preparations]
        if not numbers:
            raise NotFoundError(f"no preparation of {record_id} was read, so it has no {word} to judge")
        if product is None and len(numbers) > 1:
            raise UsageError(f"{record_id} has {len(numbers)} products; say which with --product")
        number = numbers[0] if product is None else product
        if number not in numbers:
            raise NotFoundError(f"{record_id} has no product {number}; it has {', '.join(map(str, numbers))}")
        return Subject(record_id, "finding", word, number)
    return Subject(record_id, "tag", _term(name, TAGGED_KINDS, vocabulary))


def checked_value(subject: Subject, value: str, vocabulary: Vocabulary) -> str:
    """A right answer as the journal writes it. Raises: UsageError for one that means nothing here."""
    text = " ".join(value.split())
    if not text:
        raise UsageError("a correction needs a value")
    if len(text) > LONGEST_VALUE:
        raise UsageError(f"a value has at most {LONGEST_VALUE} letters")
    if subject.kind == "call":
        return _one_of(text, _CALLS[subject.name], subject.name)
    if subject.kind == "tag":
        return _tag(subject.name, text, vocabulary)
    return _finding(subject.name, text, vocabulary)


def choices(subject: Subject) -> tuple[str, ...]:
    """The words that can be an answer, where they are few; empty for amounts, texts and terms."""
    if subject.kind == "call":
        return _CALLS[subject.name]
    if subject.kind == "tag":
        kind = subject.name.partition(":")[0]
        return (*ROLES, NOT_NAMED) if kind == "agent" else _TOPIC[kind]
    return ()


def _one_of(text: str, words: tuple[str, ...], what: str) -> str:
    word = text.lower().replace(" ", "_")
    if word not in words:
        raise UsageError(f"{text!r} is no answer to {what}; answers are {', '.join(words)}")
    return word


def _tag(name: str, text: str, vocabulary: Vocabulary) -> str:
    kind = name.partition(":")[0]
    words = (*ROLES, NOT_NAMED) if kind == "agent" else _TOPIC[kind]
    first, mark, role = text.rpartition("|")
    if mark:
        return f"{_term(first, (kind,), vocabulary)}|{_one_of(role, words, name)}"
    word = text.lower().replace(" ", "_")
    if word in words:
        return word
    try:
        return _term(text, (kind,), vocabulary)
    except UsageError as error:
        raise UsageError(
            f"{text!r} is no answer to {name}; answers are {', '.join(words)}, or another {kind} of the vocabulary"
        ) from error


def _term(text: str, kinds: tuple[str, ...], vocabulary: Vocabulary) -> str:
    word = text.strip()
    plain = word.lower().replace(" ", "_")
    for name in (word, *(f"{kind}:{plain}" for kind in kinds)):
        if name in vocabulary.terms and vocabulary.terms[name].kind in kinds:
            return name
    found = [term for term in vocabulary.terms_for(word) if vocabulary.terms[term].kind in kinds]
    if len(found) == 1:
        return found[0]
    what = " or ".join(kinds)
    if found:
        raise UsageError(f"{text[:80]!r} can mean {', '.join(found)}; give the id")
    also = ", no fact and no call" if kinds == TAGGED_KINDS else ""
    raise UsageError(
        f"{text[:80]!r} is no {what} of the vocabulary (`skinproof vocabulary` lists them){also}"
    )


def _finding(fact: str, text: str, vocabulary: Vocabulary) -> str:
    word = text.lower().replace(" ", "_")
    if word in ("not_reported", "not_applicable"):
        return word
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if fact in AMOUNTS:
        return "; ".join(amount_text(_amount(part, fact)) for part in parts)
    if fact in FREE:
        return "; ".join(parts)
    kind = FACT_KINDS.get(fact, fact)
    return "; ".join(_term(part, (kind,), vocabulary).partition(":")[2] for part in parts)


def _amount(text: str, fact: str) -> Quantity:
    written = read_amount(text)
    if written is not None:
        return written
    found = find_amounts(text)
    if len(found) != 1 or found[0].others:
        raise UsageError(
            f"{text!r} is not read as one amount; write number, unit and what is counted, as '1e10 particles/mL', "
            f"'100 ug protein' or '2e6 cells/kg', and `;` between several ({fact})"
        )
    return found[0].quantity
