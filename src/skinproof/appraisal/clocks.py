"""When the results of a study are due, by US law, by EU law and by the norm of the WHO, and where it stands with each.

A flag is no accusation: each says the rule, the fields it was read from, and what no public record tells. Silence of a
record makes an answer `unknown`, never `no`. A date without its day gives two bounds, and a flag.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Literal

import msgspec
import yaml

from skinproof.appraisal.clock_facts import Answer, Facts, eu_trial, read_facts, us_applicable
from skinproof.model.dates import PartialDate
from skinproof.model.record import StudyRecord

ClockName = Literal["legal_us", "legal_eu", "ethical_12m"]

State = Literal[
    "does_not_apply", "not_due", "due", "overdue", "submitted", "posted", "delay_certified", "waived", "unknown"
]  # fmt: skip
"""due: the deadline has come or may have come, and late cannot be told from not yet posted (GRACE_DAYS)."""

GRACE_DAYS = 30
"""42 CFR 11.52: how long the registry may take to post what was submitted."""


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule in our words, where it stands, and how far that was checked (`read` or `memory`)."""

    rule: str
    says: str
    source: str
    checked: Literal["read", "memory"]


class FieldUsed(msgspec.Struct, frozen=True):
    """A field of the record as it was used. value: None where the record does not say."""

    path: str
    value: str | None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One clock as of a day.

    applies: whether the rule binds this study. due: first and last day the deadline can mean; rough: they differ because a
    date has no day, or a certificate hides the day. late_days: at least, at most; of posted or submitted results where the
    record says when they were submitted. unknown: what would have to be known for a firm answer.
    """

    name: ClockName
    as_of: str
    applies: Answer
    state: State
    due: tuple[str, str] | None
    rough: bool
    late_days: tuple[int, int] | None
    why: str
    basis: tuple[Basis, ...]
    fields: tuple[FieldUsed, ...]
    unknown: tuple[str, ...]


class Clocks(msgspec.Struct, frozen=True):
    """The three clocks of one study."""

    legal_us: Clock
    legal_eu: Clock
    ethical_12m: Clock

    @property
    def all(self) -> tuple[Clock, Clock, Clock]:
        """In this order: US law, EU law, WHO."""
        return self.legal_us, self.legal_eu, self.ethical_12m


@lru_cache(maxsize=1)
def load_bases() -> dict[str, Basis]:
    """The rules of `clocks.yml`, by key."""
    body = (resources.files("skinproof.appraisal") / "clocks.yml").read_bytes()
    return msgspec.convert(yaml.safe_load(body), dict[str, Basis])


def clocks(record: StudyRecord, as_of: date) -> Clocks:
    """The clocks of a study on a day, from the version of its record that was in force then.

    as_of: what the record says to have happened later did not happen yet.
    """
    facts = read_facts(record, as_of)
    return Clocks(_us(facts, as_of), _eu(facts, as_of), _ethical(facts, as_of))


Span = tuple[date, date]


def _us(facts: Facts, as_of: date) -> Clock:
    applies, why_applies, keys = us_applicable(facts)
    unknown = [facts.ind_unknown] if applies == "unknown" and facts.ind_unknown else []
    if applies == "unknown" and why_applies:
        unknown.insert(0, why_applies)
    keys = [*keys, "us_deadline"]
    due, more = _deadline(facts)
    state, why, late = _state(facts, due, as_of)
    if state in ("due", "overdue", "not_due") and facts.waived:
        state, why, late = "waived", "the registry says that results are waived", None
        keys.append("us_waiver")
    elif state in ("due", "overdue", "not_due") and facts.delay_told and due is not None:
        due, state, why, late = _delayed(facts, due, as_of)
        keys.append("us_delay")
        more = (
            *more,
            "the day of the event that ends the delay, and whether it was a certificate or an extension for good cause",
        )
    if state in ("due", "overdue"):
        keys.append("us_posting")
    if applies == "no":
        state, why, late, due, more = "does_not_apply", why_applies, None, None, ()
    paths = ("type", "drug", "device", "phases", "purpose", "start", "primary", "completion", "status", "countries",
             "removed", "export", "delay", "waived", "results", "events")  # fmt: skip
    return _clock(
        "legal_us", as_of, applies, state, due, late, why, keys, facts.used(paths), (*unknown, *more)
    )


def _eu(facts: Facts, as_of: date) -> Clock:
    applies, why = eu_trial(facts)
    fields = facts.used(("type", "ids", "countries", "removed", "completion", "primary", "ages", "results"))
    keys = ("eu_applies", "eu_deadline")
    if applies == "no":
        return _clock("legal_eu", as_of, applies, "does_not_apply", None, None, why, keys, fields, ())
    unknown = [why] if applies == "unknown" else []
    due = _eu_due(facts)
    if due is None:
        words = "the end of the trial is not reported"
        return _clock("legal_eu", as_of, applies, "unknown", None, None, words, keys, fields, tuple(unknown))
    if not facts.ended:
        unknown.append("whether the trial ended then: the date is planned")
    unknown.append("the end of the trial in every country, which is what the rule counts from")
    late = None
    state: State
    if as_of < due[0]:
        state, words = "not_due", "the earliest deadline has not come"
    elif not facts.in_eu_register:
        state, words = "unknown", "the summary belongs in the EU register, which this record does not show"
    elif not facts.ended:
        state, words = "unknown", "the end of the trial is a planned date that has passed"
    else:
        state, words, late = _plain_state(facts, due, as_of)
    return _clock("legal_eu", as_of, applies, state, due, late, words, keys, fields, tuple(unknown))


def _ethical(facts: Facts, as_of: date) -> Clock:
    fields = facts.used(("type", "status", "primary", "completion", "results", "events"))
    keys = ("ethical_deadline", "us_posting")
    if facts.study_type not in (None, "INTERVENTIONAL"):
        why = "the statement is about trials; this study is registered as another kind"
        return _clock("ethical_12m", as_of, "no", "does_not_apply", None, None, why, keys, fields, ())
    if facts.status == "WITHDRAWN":
        return _clock("ethical_12m", as_of, "no", "does_not_apply", None, None, WITHDRAWN, keys, fields, ())
    applies: Answer = "yes" if facts.study_type else "unknown"
    due, more = _deadline(facts)
    state, why, late = _state(facts, due, as_of)
    if facts.papers and state in ("due", "overdue"):
        more = (*more, f"whether the results stand in the papers that the record cites ({facts.papers})")
    return _clock("ethical_12m", as_of, applies, state, due, late, why, keys, fields, more)


WITHDRAWN = "the study was withdrawn before anyone took part"


def _clock(
    name: ClockName, as_of: date, applies: Answer, state: State, due: Span | None, late: tuple[int, int] | None,
    why: str, keys: Sequence[str], fields: Sequence[tuple[str, str | None]], unknown: Sequence[str],
) -> Clock:  # fmt: skip
    bases = load_bases()
    return Clock(
        name=name, as_of=as_of.isoformat(), applies=applies, state=state,
        due=(due[0].isoformat(), due[1].isoformat()) if due else None,
        rough=due is not None and due[0] != due[1], late_days=late, why=why,
        basis=tuple(bases[key] for key in dict.fromkeys(keys)),
        fields=tuple(FieldUsed(*pair) for pair in fields), unknown=tuple(dict.fromkeys(text for text in unknown if text)),
    )  # fmt: skip


def _deadline(facts: Facts) -> tuple[Span | None, tuple[str, ...]]:
    """First and last day of the deadline of one year after primary completion, and what is doubtful about it."""
    if facts.primary is not None:
        return _plus(facts.primary, 12), ()
    if facts.completion is not None:
        return _plus(facts.completion, 12), (
            "the day of primary completion: that of the whole study is taken, which can only be later",
        )
    return None, ("the day of primary completion",)


def _plus(day: PartialDate, months: int) -> Span:
    return add_months(day.earliest(), months), add_months(day.latest(), months)


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last day of the month where it has no such day.

    >>> add_months(date(2020, 2, 29), 12)
    datetime.date(2021, 2, 28)
    """
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _state(facts: Facts, due: Span | None, as_of: date) -> tuple[State, str, tuple[int, int] | None]:
    """Where a study stands with a deadline counted from primary completion."""
    if facts.posted or facts.submitted:
        return _plain_state(facts, due, as_of)
    if facts.posted is None:
        return "unknown", "whether results are posted is not reported in this version of the record", None
    if due is None:
        return "unknown", "primary completion is not reported", None
    if as_of < due[0]:
        return "not_due", "the earliest deadline has not come", None
    if not facts.completed:
        return "unknown", "the date of primary completion is a planned one that has passed", None
    return _plain_state(facts, due, as_of)


def _plain_state(facts: Facts, due: Span | None, as_of: date) -> tuple[State, str, tuple[int, int] | None]:
    if facts.posted:
        return "posted", "results are posted", _late(due, facts.sent)
    if facts.submitted:
        return "submitted", facts.submitted, _late(due, facts.sent)
    assert due is not None
    if as_of < due[0]:
        return "not_due", "the earliest deadline has not come", None
    late = _late(due, as_of)
    if as_of <= due[1]:
        return "due", "the deadline lies in this month, and its day is not known", late
    if as_of <= due[1] + timedelta(days=GRACE_DAYS):
        return (
            "due",
            f"the deadline has passed; results sent in the last {GRACE_DAYS} days may not be posted yet",
            late,
        )
    return "overdue", "the deadline has passed and no results are posted", late


def _late(due: Span | None, day: date | None) -> tuple[int, int] | None:
    """Days after the deadline, at least and at most; none where even the most is not late."""
    if due is None or day is None or day <= due[0]:
        return None
    return max(0, (day - due[1]).days), (day - due[0]).days


def _delayed(facts: Facts, due: Span, as_of: date) -> tuple[Span, State, str, tuple[int, int] | None]:
    """A delay: at the latest two years after its certificate, which had to come before the deadline."""
    filed = facts.delay_filed
    if filed is not None and filed > due[1]:
        state, why, late = _state(facts, due, as_of)
        return due, state, f"{why}; the certificate of delay came after the deadline", late
    first = due[0] if filed is None else min(due[0], add_months(filed, 24))
    last = add_months(due[1] if filed is None else filed, 24)
    last = max(last, due[1])
    if as_of <= last:
        day = f" of {filed.isoformat()}" if filed else ""
        return (first, last), "delay_certified", f"a certificate or extension{day} delays the deadline", None
    state, why, _ = _plain_state(facts, (last, last), as_of)
    late = (max(0, (as_of - last).days), (as_of - first).days)
    return (first, last), state, f"{why}, even with the longest delay a certificate gives", late


def _eu_due(facts: Facts) -> Span | None:
    end = facts.completion or facts.primary
    if end is None:
        return None
    first = _plus(end, 6 if facts.children != "no" else 12)[0]
    last = _plus(end, 6 if facts.children == "only" else 12)[1]
    return first, last
