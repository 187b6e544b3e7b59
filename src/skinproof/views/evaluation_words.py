"""How our answers are said in the words of a gold table: sources, routes, and what the registry itself states.

A gold table knows fewer words than the vocabulary; what it has no word for it calls `other`. Where its makers used
two words for one thing, both are right, and the table below says so.
"""

import re
from collections.abc import Callable

from skinproof.model.summary import StudySummary

NOT_REPORTED = "not_reported"
"""An answer like any other: the record was read and lacks it."""

SOURCES: dict[str, str] = {
    **{name: name for name in (
        "adipose", "bone_marrow", "umbilical_cord", "wharton_jelly", "placenta", "amnion", "menstrual", "dental",
        "ipsc", "dendritic", "platelet", "plasma", "fibroblast", "milk", "plant", "other",
    )},
    "cord_blood": "umbilical_cord", "cord_lining": "umbilical_cord",
    "chorion": "placenta", "chorion_cell": "placenta", "decidua": "placenta",
    "amniotic_membrane": "amnion", "amniotic_fluid": "amnion",
    "menstrual_blood": "menstrual", "dental_pulp": "dental", "dendritic_cell": "dendritic",
    "whole_blood": "plasma", "blood": "plasma", "serum": "plasma",
    "msc_cell": NOT_REPORTED, "unspecified": NOT_REPORTED,
}  # fmt: skip
"""Source as we name it -> the gold's word. Any other of ours (skin, keratinocyte, tumour, urine, recombinant, ...)
is `other`. A platelet product made from blood is `plasma` in the gold; a cell without a tissue has no source."""

DONORS = ("autologous", "allogeneic", "xenogeneic", "plant")

ROUTES: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in (
        "intravenous", "injection_local", "intradermal", "subcutaneous", "topical", "wound_dressing", "spray",
        "intra_articular", "ocular", "intranasal", "inhalation", "oral", "microneedling", "laser_assisted", "other",
    )},
    "bone_or_tooth": ("injection_local",), "topical_form": ("topical",), "spray_form": ("spray",),
    "dressing_form": ("wound_dressing",), "intramuscular": ("injection_local", "other"),
    "graft": ("other", "wound_dressing"),
}  # fmt: skip
"""Route as we name it -> the words the gold uses for it, the usual one first; any other of ours is `other`. Into a
muscle is local in a bad leg and `other` as a way into the whole body, a graft is a dressing of a wound or something
else: the gold has both."""

_PHASES = {
    "early phase 1": "EARLY_PHASE1", "phase 1": "PHASE1", "phase 2": "PHASE2", "phase 3": "PHASE3",
    "phase 4": "PHASE4", "not applicable": "NA", "n/a": "NA", "na": "NA",
}  # fmt: skip
_STATUSES = {
    word.lower().replace("_", " "): word
    for word in (
        "ACTIVE_NOT_RECRUITING", "COMPLETED", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "RECRUITING",
        "SUSPENDED", "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE",
        "APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN",
    )
}  # fmt: skip
_ALLOCATIONS = {
    "randomized": "RANDOMIZED", "randomised": "RANDOMIZED", "non-randomized": "NON_RANDOMIZED",
    "non-randomised": "NON_RANDOMIZED", "n/a": "NA", "na": "NA", "not applicable": "NA",
}  # fmt: skip
_MASKINGS = {
    "none (open label)": "NONE", "none": "NONE", "open label": "NONE", "single": "SINGLE", "double": "DOUBLE",
    "triple": "TRIPLE", "quadruple": "QUADRUPLE",
}  # fmt: skip
_COUNTRIES = {
    "korea, republic of": "south korea", "iran, islamic republic of": "iran", "russian federation": "russia",
    "turkey (türkiye)": "turkey", "türkiye": "turkey", "viet nam": "vietnam", "czech republic": "czechia",
}  # fmt: skip
_PLACE = re.compile(r"[^\W\d_][^\d_()]{1,60}")


def source_words(name: str) -> tuple[str, ...]:
    """The gold's words for a source of ours."""
    return (SOURCES.get(name, "other"),)


def donor_words(name: str) -> tuple[str, ...]:
    """The gold's words for a donor relation of ours."""
    return (name,)


def route_words(name: str) -> tuple[str, ...]:
    """The gold's words for a route of ours, the usual one first."""
    return ROUTES.get(name, ("other",))


WORDED: dict[str, tuple[str, Callable[[str], tuple[str, ...]], frozenset[str]]] = {
    "source_normalised": ("source", source_words, frozenset((*SOURCES.values(), *SOURCES))),
    "donor_relation": ("donor", donor_words, frozenset(DONORS)),
    "route": ("route", route_words, frozenset(word for words in ROUTES.values() for word in words)),
}
"""Field -> the fact of ours, how it is said in the gold's words, the words a gold table may hold."""


def registry_label(field: str, raw: str) -> str | None:
    """What a gold cell says of a registry fact, as the registry would; None where the words are not surely known.

    >>> registry_label("phase", "Phase 1/Phase 2"), registry_label("status", "Completed (mirror of 2026)")
    ('PHASE1|PHASE2', None)
    """
    text = " ".join(raw.split()).casefold()
    return _LABELS[field](text)


def registry_fact(field: str, study: StudySummary) -> str:
    """What the record says of a registry fact, in the same form; `not_reported` where it says nothing."""
    return _FACTS[field](study) or NOT_REPORTED


def _phase(text: str) -> str | None:
    parts = [part.strip() for part in re.split(r"[,/&|]", text)] if text not in _PHASES else [text]
    words = [_PHASES.get(part) for part in parts]
    return None if None in words else "|".join(sorted(word for word in words if word))


def _status(text: str) -> str | None:
    plain = text.replace(",", "").removesuffix(" status")
    return _STATUSES.get(plain)


def _year(text: str) -> str | None:
    return text if re.fullmatch(r"(?:19|20)\d\d", text) else None


def _day(text: str) -> str | None:
    return text if re.fullmatch(r"(?:19|20)\d\d-\d\d-\d\d", text) else None


def _number(text: str) -> str | None:
    return text.lstrip("0") or "0" if re.fullmatch(r"[0-9]{1,9}", text) else None


def _country(text: str) -> str | None:
    plain = text.casefold()
    for known, short in _COUNTRIES.items():
        plain = plain.replace(known, short)
    places = sorted({place.strip() for place in re.split(r"[,;|]", plain)})
    return "|".join(places) if all(_PLACE.fullmatch(place) for place in places) else None


def _results(text: str) -> str | None:
    return {"y": "yes", "yes": "yes", "n": "no", "no": "no"}.get(text)


_LABELS: dict[str, Callable[[str], str | None]] = {
    "phase": _phase,
    "status": _status,
    "start_year": _year,
    "first_posted": _day,
    "enrollment": _number,
    "allocation": _ALLOCATIONS.get,
    "masking": _MASKINGS.get,
    "country": _country,
    "has_posted_results": _results,
}

_FACTS: dict[str, Callable[[StudySummary], str | None]] = {
    "phase": lambda study: "|".join(sorted(study.phases)),
    "status": lambda study: study.overall_status,
    "start_year": lambda study: (study.start_date or "")[:4],
    "first_posted": lambda study: study.first_posted,
    "enrollment": lambda study: None if study.enrollment_count is None else str(study.enrollment_count),
    "allocation": lambda study: study.allocation,
    "masking": lambda study: study.masking,
    "country": lambda study: _country(", ".join(study.countries)) if study.countries else None,
    "has_posted_results": lambda study: (
        {True: "yes", False: "no"}.get(study.has_results) if study.has_results is not None else None
    ),
}

REGISTRY_FIELDS = tuple(_LABELS)
"""Facts that the registry states in fields of their own."""

MANY_VALUED = frozenset(("start_year", "first_posted", "enrollment", "country"))
"""Registry facts with too many values for a class each: they are scored as the same or another value."""
