"""What people say laid over what the rules say, without any store."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.judgements.amounts import amount_text, read_amount, readings
from skinproof.judgements.answers import (
    StudyAnswers,
    Subject,
    by_study,
    finding_value,
    judged_study,
    read_subject,
    rejected_value,
    seen,
)
from skinproof.judgements.fold import fold
from skinproof.model.findings import BASE_UNITS, PER_UNITS, Finding, Preparation, Quantity, Reading, Span
from skinproof.model.journal import JournalLine, Verdict
from skinproof.model.tags import Call, Tag
from skinproof.vocabulary.loader import load_bundled

VOCABULARY = load_bundled()
ID = "NCT99000001"


def tag(kind: str, term: str, role: str | None) -> Tag:
    return Tag(kind, term, role, "protocolSection.x", 0, 4, "word", f"{kind}.rule/1", "named")


SOURCE = Reading(value="adipose", spans=(Span("f", 0, 7, "adipose"),), rule="source/1", reason="named")
STUDY = StudyAnswers(
    agent_class="ev",
    ev_role="therapeutic",
    agents=("agent:exosome|given", "agent:msc|source"),
    agent_classes_given=("ev",),
    indications=("indication:acne_scar",),
    cutaneous="no",
    aesthetic="no",
    tags=(tag("agent", "agent:exosome", "given"), tag("indication", "indication:acne_scar", None)),
    calls={
        "agent_class": Call("ev", "named", "agent.class/1"),
        "ev_role": Call("therapeutic", "given", "ev.role/1"),
        "cutaneous": Call("no", "nothing says so", "cutaneous/1"),
        "aesthetic": Call("no", "nothing says so", "aesthetic/1"),
    },
    preparations=(
        Preparation(
            number=1, agent_class="ev", role="given", agents=("agent:exosome",), name="Exosomes", arms=(0,),
            findings=(
                Finding(property="source", state="reported", rule="source/1", reason="named", readings=(SOURCE,)),
                Finding(property="dose", state="not_reported", rule="dose/1", reason="no amount"),
            ),
        ),
    ),
)  # fmt: skip


def said(
    number: int, subject: Subject, verdict: Verdict, value: str | None = None, *, who: str = "Anna", study: StudyAnswers = STUDY
) -> JournalLine:  # fmt: skip
    machine = seen(subject, study)
    return JournalLine(
        id=number, at="2026-11-23T12:00:00+00:00", who=who, kind=subject.kind, subject=subject.text, verdict=verdict,
        value=value, reason="read again", fingerprint=machine.fingerprint if machine else "",
    )  # fmt: skip


def call(name: str) -> Subject:
    return Subject(ID, "call", name)


def laid(*lines: JournalLine, study: StudyAnswers = STUDY) -> StudyAnswers:
    return judged_study(ID, study, by_study(fold(lines))[ID], VOCABULARY)[0]


def test_subjects_are_read_back_even_of_odd_ids() -> None:
    for subject in (
        Subject("A|b", "call", "cutaneous"),
        Subject(ID, "tag", "agent:prp"),
        Subject("x|1", "finding", "dose", 2),
    ):
        assert read_subject(subject.kind, subject.text) == subject
    assert read_subject("finding", "NCT1|x|dose") is None
    assert read_subject("link", "a|b") is None
    assert read_subject("call", "cutaneous") is None


def test_a_corrected_call_keeps_what_the_rules_said_beside_it() -> None:
    now = laid(said(1, call("cutaneous"), "correct", "yes"))
    assert now.cutaneous == "yes"
    assert now.calls["cutaneous"].rule == "person"
    assert "by rule: no, nothing says so; cutaneous/1" in now.calls["cutaneous"].reason
    assert "Anna" in now.calls["cutaneous"].reason


def test_rejecting_a_yes_or_no_says_the_other_and_rejecting_nothing_says_nothing() -> None:
    assert laid(said(1, call("aesthetic"), "reject")).aesthetic == "yes"
    assert rejected_value(call("agent_class"), "other") is None
    assert rejected_value(Subject(ID, "finding", "dose", 1), "not_reported") is None


def test_a_corrected_role_of_vesicles_moves_vesicles_preparation_and_class() -> None:
    now = laid(said(1, call("ev_role"), "correct", "biomarker"))
    assert now.agents == ("agent:exosome|measured", "agent:msc|source")
    assert now.agent_classes_given == ()
    assert now.preparations[0].role == "measured"
    assert now.tags[0].role == "measured"
    gone = laid(said(1, call("ev_role"), "correct", "none"))
    assert gone.preparations == () and gone.agents[-1] == "agent:exosome|background"


def test_an_agent_can_be_another_one_or_none() -> None:
    exosome = Subject(ID, "tag", "agent:exosome")
    other = laid(said(1, exosome, "correct", "agent:prp"))
    assert other.agents == ("agent:prp|given", "agent:msc|source") and other.agent_classes_given == ("prp",)
    assert other.preparations[0].agents == ("agent:prp",)
    both = laid(said(1, exosome, "correct", "agent:prp|comparator"))
    assert both.agents[0] == "agent:prp|comparator"
    none = laid(said(1, exosome, "reject"))
    assert none.agents == ("agent:msc|source",) and none.preparations == ()
    new = laid(said(1, Subject(ID, "tag", "agent:prp"), "correct", "given"))
    assert "agent:prp|given" in new.agents and new.agent_classes_given == ("ev", "prp")


def test_a_complaint_can_be_added_moved_or_taken_away() -> None:
    scar = Subject(ID, "tag", "indication:acne_scar")
    assert laid(said(1, scar, "reject")).indications == ()
    assert laid(said(1, scar, "correct", "indication:acne")).indications == ("indication:acne",)
    more = laid(said(1, Subject(ID, "tag", "indication:acne"), "correct", "about"))
    assert more.indications == ("indication:acne", "indication:acne_scar")


def test_findings_take_values_amounts_and_states() -> None:
    source, dose = Subject(ID, "finding", "source", 1), Subject(ID, "finding", "dose", 1)
    now = laid(
        said(1, source, "correct", "bone_marrow; adipose"),
        said(2, dose, "correct", "particles: 1e10 {particles}/mL"),
    )
    assert finding_value(now.preparations[0].finding("source")) == "bone_marrow; adipose"
    reading = now.preparations[0].finding("dose").readings[0]
    assert reading.quantity == Quantity(kind="particles", low=1e10, high=1e10, per="mL")
    assert reading.rule == "person" and reading.spans == ()
    assert laid(said(1, source, "reject")).preparations[0].finding("source").state == "not_reported"


def test_stale_and_disputed_leave_the_rules_in_place() -> None:
    line = said(1, call("cutaneous"), "correct", "yes")
    changed = msgspec.structs.replace(
        STUDY, calls={**STUDY.calls, "cutaneous": Call("no", "another reason", "cutaneous/2")}
    )
    now, found = judged_study(ID, changed, by_study(fold([line]))[ID], VOCABULARY)
    assert now == changed and found[0].stale and not found[0].holds
    two = [line, said(2, call("cutaneous"), "accept", who="Bo")]
    now, found = judged_study(ID, STUDY, by_study(fold(two))[ID], VOCABULARY)
    assert now == STUDY and found[0].disputed and not found[0].stale
    assert found[0].said_by == ("Bo: accept", "Anna: correct yes")
    agreed = [*two, said(3, call("cutaneous"), "correct", "yes", who="Bo")]
    assert laid(*agreed).cutaneous == "yes"


def test_accepting_changes_nothing_but_is_told() -> None:
    now, found = judged_study(ID, STUDY, by_study(fold([said(1, call("ev_role"), "accept")]))[ID], VOCABULARY)
    assert now == STUDY
    assert found[0].holds and found[0].value == "therapeutic" and found[0].verdict == "accept"


def test_a_fact_that_is_gone_is_stale() -> None:
    line = said(1, Subject(ID, "finding", "source", 1), "reject")
    bare = msgspec.structs.replace(STUDY, preparations=())
    now, found = judged_study(ID, bare, by_study(fold([line]))[ID], VOCABULARY)
    assert now == bare and found[0].stale


@given(
    st.sampled_from(sorted(BASE_UNITS)), st.floats(0, 1e15), st.floats(0, 1e15), st.sampled_from(("", *PER_UNITS)),
    st.sampled_from((1.0, 2.0, 0.5)), st.sampled_from(("", "about", "up_to")),
)  # fmt: skip
def test_an_amount_is_read_back_as_it_was_written(
    kind: str, one: float, other: float, per: str, over: float, bound: str
) -> None:
    low, high = (float(f"{value:.12g}") for value in sorted((one, other)))
    quantity = Quantity(kind=kind, low=low, high=high, per=per, per_value=over if per else 1.0, bound=bound)
    assert read_amount(amount_text(quantity)) == quantity


@pytest.mark.parametrize(
    "text", ["1e10", "particles: x {particles}", "particles: 2-1 {particles}", "cells: 1 nm", "a: 1 b"]
)
def test_what_is_no_amount_is_a_text(text: str) -> None:
    assert read_amount(text) is None
    assert readings(text, "person", "because")[0].value == text
