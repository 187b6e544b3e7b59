"""Judgements in a data folder: what is checked before it is written, and what every question answers after."""

from pathlib import Path

import pytest

from skinproof.errors import NotFoundError, UsageError
from skinproof.judgements.answers import Subject
from skinproof.model.summary import Filters
from skinproof.vocabulary.loader import load_bundled
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.judge_answer import judgement_of, undo_line, write_judgement
from skinproof.workflows.judge_values import checked_value
from skinproof.workflows.query import Workspace, open_workspace
from tests.faces.web.conftest import NOW
from tests.workflows.records import ALL, lines

SCAR = "NCT99000001"
AT = "2026-11-23T12:00:00+00:00"


def judge(
    folder: Path, name: str, verdict: str, value: str = "", who: str = "Anna", product: int | None = None
) -> int:
    workspace = open_workspace(folder)
    said = judgement_of(
        workspace, SCAR, name, verdict=verdict, who=who, reason="read again", value=value, product=product,  # type: ignore[arg-type]
    )  # fmt: skip
    workspace.close()
    return write_judgement(folder, said, AT).id


def given(workspace: Workspace) -> list[str]:
    found = workspace.select(Filters(agent=("ev",), role=("given",))).studies
    return [study.record_id for study in found]


@pytest.mark.usefixtures("both_stores")
def test_every_question_answers_what_people_say_and_undo_takes_it_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    import_files([lines(tmp_path / "r.jsonl", ALL)], folder, NOW)
    build(folder)
    workspace = open_workspace(folder)
    assert workspace.stamp().judged == 0 and given(workspace) == [SCAR] and workspace.journal_head == ""
    workspace.close()
    number = judge(folder, "ev_role", "correct", "biomarker")
    workspace = open_workspace(folder)
    (summary,) = workspace.some([SCAR])
    assert given(workspace) == [] and summary.ev_role == "biomarker" and workspace.stamp().judged == 1
    assert workspace.preparations(Filters()).rows[0].study.record_id != SCAR
    assert workspace.tags(summary).calls["ev_role"].rule == "person"
    assert workspace.as_ruled(summary).ev_role == "therapeutic"
    ruled = workspace.rules_alone()
    assert given(ruled) == [SCAR] and ruled.stamp().judged == 0
    ruled.close()
    assert given(workspace) == [] and workspace.journal_now() == workspace.journal_head != ""
    workspace.close()
    judge(folder, "ev_role", "accept", who="Bo")
    workspace = open_workspace(folder)
    assert given(workspace) == [SCAR] and workspace.stamp().to_look_at == 1
    workspace.close()
    undo_line(folder, number, who="Anna", reason="sorry", now=AT)
    workspace = open_workspace(folder)
    assert given(workspace) == [SCAR] and workspace.judged()[0].verdict == "accept"
    workspace.close()
    for bad in (number, 99):
        with pytest.raises((UsageError, NotFoundError)):
            undo_line(folder, bad, who="Anna", reason="again", now=AT)


VOCABULARY = load_bundled()


@pytest.mark.parametrize(
    ("fact", "value", "written"),
    [
        ("dose", "1e10 particles/mL", "particles: 10000000000 {particles}/mL"),
        ("dose", "2e6 cells/kg; 4e6 cells/kg", "cells: 2000000 {cells}/kg; cells: 4000000 {cells}/kg"),
        ("source", "adipose", "adipose"),
        ("route", "intravenous", "intravenous"),
        ("dose", "not reported", "not_reported"),
    ],
)
def test_values_of_facts_are_written_in_one_way(fact: str, value: str, written: str) -> None:
    assert checked_value(Subject(SCAR, "finding", fact, 1), value, VOCABULARY) == written
    assert checked_value(Subject(SCAR, "finding", fact, 1), written, VOCABULARY) == written


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        (Subject(SCAR, "finding", "dose", 1), "a lot"),
        (Subject(SCAR, "finding", "route", 1), "by catapult"),
        (Subject(SCAR, "finding", "schedule", 1), "x" * 301),
        (Subject(SCAR, "call", "cutaneous"), "maybe"),
        (Subject(SCAR, "tag", "agent:exosome"), "indication:acne"),
        (Subject(SCAR, "tag", "agent:exosome"), "agent:prp|about"),
        (Subject(SCAR, "tag", "indication:acne"), "given"),
    ],
)
def test_a_value_that_means_nothing_is_refused(subject: Subject, value: str) -> None:
    with pytest.raises(UsageError):
        checked_value(subject, value, VOCABULARY)
