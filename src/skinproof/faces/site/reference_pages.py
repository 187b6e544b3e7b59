"""The pages that explain: how this was made, the vocabulary, and what was odd in the records."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

import msgspec

from skinproof.appraisal import contradictions, reporting
from skinproof.extraction.catalogue import FACTS
from skinproof.faces.site.names import about_href
from skinproof.faces.site.safe import file_stem
from skinproof.model.issue import KINDS as ISSUE_KINDS
from skinproof.model.summary import EditionStamp
from skinproof.views.gaps import CLASH_WORDS
from skinproof.views.preparations import FACT_LABELS
from skinproof.views.words import ROLE_WORDS
from skinproof.vocabulary.term import Term, Vocabulary

ROLE_MEANINGS = (
    ("given", "given to people as the studied treatment, or as part of it"),
    ("carrier", "given to people as the vehicle of a drug or nucleic acid"),
    ("comparator", "given only in a comparison arm"),
    ("measured", "only looked at: an assay, a biomarker, a sample"),
    ("source", "only what the given product was made from"),
    ("prior", "only named as an earlier or forbidden treatment, as in “no PRP in the last 6 months”"),
    ("excluded", "its absence is stated, as in “exosome-free medium”"),
    ("background", "only mentioned: a reason, a mechanism, a cited paper"),
)

DEFINITIONS = (
    ("EV trial", "a study in which extracellular vesicles (exosomes, microvesicles and the like) are given, "
     "carry a drug, or are measured"),
    ("Cutaneous", "the study is about skin, hair or nails: their disease, injury, repair or look"),
    ("Aesthetic", "the study is about appearance: ageing, scars as seen, hair loss, pigment spots and the like"),
    ("Randomised", "the record’s own word for allocation is randomised"),
    ("Completed", "the record’s own status is completed; it does not mean that results are known"),
    ("With results", "results are posted in the registry; results published elsewhere only are not counted"),
    ("Partial record", "a record that was made from a table or a list of facts and holds less than the registry does"),
    ("Edition", "one reading of all records with one set of rules; the same records and rules give the same edition"),
)  # fmt: skip

KINDS = {
    "agent": ("Agents", "What is given, carries a drug, or is measured."),
    "indication": (
        "Complaints and conditions",
        "What a study is about; a term includes what stands under it.",
    ),
    "procedure": ("Procedures", "What is done to the skin beside or instead of an agent."),
    "process": ("Processes", "Phases of repair and terms of ageing."),
    "source": ("Sources", "Cells and tissues that a preparation is made from."),
    "species": ("Species", "What the source comes from."),
    "donor": ("Donors", "Whose cells or tissue it is."),
    "culture": ("Culture", "How the source cells are grown."),
    "separation": ("Separation", "How the product is separated and concentrated."),
    "marker": ("Markers", "Proteins that are shown to be there, or absent."),
    "storage": ("Storage", "How the product is kept."),
    "route": ("Routes", "How the product is given."),
    "potency": ("Potency", "Tests of what the product does."),
}

KIND_LABELS = {
    "suggestion": "Near-miss spellings to check",
    "refused": "Refused records",
    **{kind: words[0].upper() + words[1:] for kind, words in ISSUE_KINDS.items()},
}


class VocabularyRow(msgspec.Struct, frozen=True):
    """One term as the vocabulary page prints it."""

    anchor: str
    href: str | None
    id: str
    label: str
    under: str
    forms: str
    codes: str
    source: str


def vocabulary_context(vocabulary: Vocabulary, has_page: Container[str] = ()) -> dict[str, Any]:
    """What the vocabulary page prints: kinds in a fixed order, their terms in file order. has_page: pages that terms may have."""
    kinds = []
    for kind, (label, words) in KINDS.items():
        terms = [
            _vocabulary_row(t, vocabulary, has_page) for t in vocabulary.terms.values() if t.kind == kind
        ]
        if terms:
            kinds.append({"id": kind, "label": label, "words": words, "terms": terms})
    return {
        "kinds": kinds,
        "n_terms": len(vocabulary.terms),
        "n_forms": len(vocabulary.surfaces()),
        "version": vocabulary.version[:16],
    }


def _vocabulary_row(term: Term, vocabulary: Vocabulary, has_page: Container[str]) -> VocabularyRow:
    href = about_href(term.id)
    forms = [_form(form, term, quoted=False) for form in term.forms()]
    forms += [_form(form, term, quoted=True) for form in term.exact]
    return VocabularyRow(
        anchor="t-" + file_stem(term.id),
        href=href if href in has_page else None,
        id=term.id,
        label=term.label,
        under=", ".join(vocabulary.label(parent) for parent in term.parents) or "top",
        forms="; ".join(forms) or "heading only, not looked for",
        codes=", ".join(term.codes) or "none",
        source=", ".join(term.source) or "not stated",
    )


def _form(form: str, term: Term, *, quoted: bool) -> str:
    shown = f"“{form}” (exactly so)" if quoted else form
    needs = term.needs.get(form)
    return f"{shown} (needs {' or '.join(needs)})" if needs else shown


_ANSWERS = {
    "agent_class": "Class of agent given",
    "ev_role": "Role of vesicles",
    "cutaneous": "About skin, hair or nails",
    "aesthetic": "About appearance",
    "source_normalised": "Cell or tissue source of the main product",
    "donor_relation": "Donor",
    "route": "Route",
    "separation": "Separation: stated or not, and the method",
    "dose_reported": "Whether a dose is stated",
    "dose_value": "Dose, where one is stated: numbers and unit kind",
    "schedule": "Whether a schedule is stated",
}


def method_context(
    stamp: EditionStamp, vocabulary_version: str, scores: Iterable[tuple[str, int, float]]
) -> dict[str, Any]:
    """What the method page prints about this edition; scores: (answer, records, share right) on held-out labels."""
    return {
        "stamp": stamp,
        "roles": tuple((role, ROLE_WORDS[role], meaning) for role, meaning in ROLE_MEANINGS),
        "definitions": DEFINITIONS,
        "n_partial_words": _partial_words(stamp),
        "as_of_words": as_of_words(stamp),
        "as_of_option": f" --as-of {stamp.as_of}" if stamp.as_of else "",
        "facts": tuple((FACT_LABELS.get(f.name, f.label), f.tells, f.rule) for f in FACTS),
        "states": (
            ("reported", "the record says it; the words are shown"),
            ("not reported", "it was looked for in the fields named, and the record does not say it"),
            ("not applicable", "it cannot be said of this kind of product"),
            ("unclear", "the record can be read in more than one way; the readings stand side by side"),
        ),
        "score_rule": reporting.RULE,
        "clash_rule": contradictions.RULE,
        "clashes": tuple(CLASH_WORDS.values()),
        "rules": (
            ("Edition", stamp.edition),
            ("Vocabulary", vocabulary_version[:16]),
            *sorted(stamp.rules.items()),
        ),
        "evaluation": tuple((_ANSWERS[name], n, share) for name, n, share in scores),
    }


def _partial_words(stamp: EditionStamp) -> str:
    share = "All" if stamp.n_partial == stamp.n_studies else f"{stamp.n_partial:,} of"
    return f"{share} {stamp.n_studies:,} studies rest on a partial record,"


def as_of_words(stamp: EditionStamp) -> str:
    """Which day the pages stand for, and what could not be placed."""
    if stamp.as_of is None:
        return "Each study is shown by the newest version held. No day was asked for."
    words = f"Each study is shown as it stood on {stamp.as_of}, by the version in force that day."
    if stamp.later_described:
        words += (
            f" {stamp.later_described:,} studies posted by then are described by a later version, because none"
            " that old is held: what they say may have changed since."
        )
    if stamp.undated:
        words += f" {stamp.undated:,} studies without a first-posted day cannot be placed in time and are left out."
    return words


def stamp_facts(stamp: EditionStamp, n_listed: int) -> tuple[tuple[str, str], ...]:
    """The stamp at the foot of every page: name and value."""
    facts = [
        ("Edition", stamp.edition),
        ("As of", stamp.as_of or "newest version held of each study"),
        ("Newest registry date", stamp.newest_registry_date or "not reported"),
        ("Studies", f"{stamp.n_studies:,}"),
        ("From partial records", f"{stamp.n_partial:,}"),
    ]
    if n_listed != stamp.n_studies:
        facts.append(("Listed here", f"{n_listed:,}"))
    if stamp.as_of and stamp.undated:
        facts.append(("Left out, undated", f"{stamp.undated:,}"))
    if stamp.as_of and stamp.later_described:
        facts.append(("Described by a later version", f"{stamp.later_described:,}"))
    return tuple(facts)


def issue_groups(rows: Iterable[Any], hrefs: Mapping[str, str], most: int) -> list[dict[str, Any]]:
    """Issues by kind, most frequent first, at most `most` of a kind; `hrefs`: pages of listed studies."""
    kinds: dict[str, list[Any]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    groups = []
    for kind, found in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0])):
        found.sort(key=lambda row: (row.record_id or "", row.where))
        shown = [
            {
                "record_id": row.record_id or "no id",
                "href": hrefs.get(row.record_id or ""),
                "where": row.where,
                "found": row.found[:200],
                "message": row.message,
            }
            for row in found[:most]
        ]
        groups.append(
            {"kind": kind, "label": KIND_LABELS.get(kind, kind), "total": len(found), "rows": shown}
        )
    return groups
