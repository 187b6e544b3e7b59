"""The printed report keeps the two kinds of wrong state apart and says what it left out."""

from skinproof.faces.evaluation_text import report_lines
from skinproof.model.findings import Finding, Preparation
from skinproof.model.tags import Call
from skinproof.views.evaluation import Answer, Label, score


def test_the_states_of_each_field_and_the_words_left_out_are_printed() -> None:
    said = Finding(property="schedule", state="unclear", rule="r/1", reason="synthetic")
    given = Preparation(
        number=1, agent_class="ev", role="given", agents=(), name="synthetic", findings=(said,)
    )
    answers = {
        "NCT99999901": Answer({"agent_class": Call("ev", "synthetic", "r/1")}, (), (given,)),
        "NCT99999902": Answer({"agent_class": Call("ev", "synthetic", "r/1")}, (), ()),
    }
    labels = [
        Label("NCT99999901", {"schedule": "not_reported"}),
        Label("NCT99999902", {"schedule": "reported"}),
    ]
    report = score(labels, answers, ("schedule",), (), {"schedule": {"with synthetic surgery": 2}})
    lines = report_lines(report, 120, None)
    heads = next(line for line in lines if "Said but absent" in line)
    assert " ".join(heads.split()) == (
        "Field Value right Wrong value Said but absent Missed Absent right Unclear Left out"
    )
    row = lines[lines.index(heads) + 2].split()
    assert row == ["schedule", "0", "0", "1", "1", "0", "0", "0"]
    assert "schedule: left out, words not surely known: with synthetic surgery (2)" in lines
    assert any("NCT99999902 schedule: the table says reported, here not_reported" in line for line in lines)


def test_words_of_a_table_cannot_steer_the_terminal() -> None:
    report = score([], {}, ("route",), (), {"route": {"\x1b[31mred": 1}})
    assert "\x1b[31m" not in "".join(report_lines(report, 80, None))
