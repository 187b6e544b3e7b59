"""The table of a paper: what a reader finds in it, and what stands below it."""

import pytest

from skinproof.views.event_paper_table import event_paper_table
from skinproof.views.event_pool import EventLeftOut, EventQuestion, EventStudy, exact, pool_events
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.pool_paper_table import pool_paper_table
from tests.views.pooled_samples import bcg, given


def heads(table: PaperTable) -> list[str]:
    return [column.head for column in table.columns]


def test_a_study_has_its_raw_data_effect_interval_and_weight() -> None:
    table = pool_paper_table(bcg(arms=("BCG", "no BCG")), "BCG against no BCG")
    assert table.title == "BCG against no BCG: risk ratio"
    assert heads(table) == ["Study", "BCG, events/people", "no BCG, events/people", "RR", "95% CI", "Weight (%)"]  # fmt: skip
    assert table.rows[0] == PaperRow(("Aronson 1948", "4/123", "11/139", "0.41", "[0.13, 1.26]", "5.1"))
    assert table.rows[-2] == PaperRow(("All 13 studies", "", "", "0.49", "[0.33, 0.73]", "100.0"), "total")
    assert table.rows[-1].cells == ("95% prediction interval", "", "", "", "[0.14, 1.76]", "")


def test_the_notes_say_how_it_was_pooled_and_how_far_studies_differ() -> None:
    notes = " ".join(pool_paper_table(bcg(), "t").notes)
    for words in (
        "RR: risk ratio", "13 studies with 357,347 people", "random effects; τ²: restricted maximum likelihood (REML)", "Knapp-Hartung",
        "I² 92%", "Egger's regression test",
    ):  # fmt: skip
        assert words in notes
    assert "one common effect (EE)" in " ".join(pool_paper_table(bcg(method="EE"), "t").notes)
    assert "Counts pooled: Mantel-Haenszel (MH)" in " ".join(
        pool_paper_table(bcg(method="MH", test="z"), "t").notes
    )


def test_subgroups_have_a_heading_their_studies_and_an_answer_of_their_own() -> None:
    table = pool_paper_table(bcg(subgroup="allocation"), "t")
    kinds = [(row.cells[0], row.kind) for row in table.rows if row.kind]
    assert kinds == [
        ("random", "group"), ("random: 7 studies", "total"), ("alternate", "group"), ("alternate: 2 studies", "total"),
        ("systematic", "group"), ("systematic: 4 studies", "total"), ("All subgroups", "group"), ("All 13 studies", "total"),
        ("95% prediction interval", "total"),
    ]  # fmt: skip
    assert any(
        note.startswith("Difference between subgroups (one τ² for all): F 0.88") for note in table.notes
    )


def test_effects_that_were_given_have_no_column_of_raw_data() -> None:
    assert heads(pool_paper_table(given((0.1, 0.2), (-0.4, 0.1)), "t")) == ["Study", "GEN", "95% CI", "Weight (%)"]  # fmt: skip


def test_a_study_that_takes_no_part_is_named_with_the_reason() -> None:
    table = pool_paper_table(given((0.1, 0.2), (0.3, "NA"), (0.2, 0.1)), "t")
    assert "B" not in [row.cells[0] for row in table.rows]
    assert any(note.startswith("Not pooled (") and note.endswith("): B.") for note in table.notes)


def test_no_study_and_one_study_do_not_read_as_a_pooled_answer() -> None:
    none = pool_paper_table(given((0.1, "NA")), "t")
    assert [row.cells[0] for row in none.rows] == ["No study could be pooled."]
    one = pool_paper_table(given((0.1, 0.2)), "t")
    assert one.rows[-1].cells[0] == "One study, nothing pooled" and "random effects" not in " ".join(
        one.notes
    )


def test_a_row_must_have_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        PaperTable(title="t", columns=(PaperColumn("a"), PaperColumn("b")), rows=(PaperRow(("1",)),))


def question(outcome: str, *counts: tuple[int, int]) -> EventQuestion:
    studies = tuple(
        EventStudy(record_id=f"NCT9999990{place}", title="synthetic", xi=xi, ni=ni, shown=exact(xi, ni), parts=(), origins=())
        for place, (xi, ni) in enumerate(counts, 1)
    )  # fmt: skip
    return EventQuestion(
        agent="prp", agent_label="Platelet-rich plasma", branch="scar", branch_label="scars", outcome=outcome, studies=studies,
        left_out=(EventLeftOut("NCT99999909", "synthetic", "a reason"),), answer=pool_events(studies),
    )  # fmt: skip


def test_a_question_without_a_study_never_looks_like_one_without_an_event() -> None:
    table = event_paper_table([question("serious"), question("deaths", (0, 20), (0, 30))], ["Edition x"])
    by_name = {row.cells[0]: row for row in table.rows if row.kind == "group"}
    assert list(by_name) == ["Serious adverse events", "Deaths from any cause"]
    none, zero = (row.cells for row in table.rows if not row.kind)
    assert none == ("Platelet-rich plasma, scars", "0", "", "", "", "", "", "no study", "1")
    assert zero[1:7] == ("2", "0", "50", "0%", "0% to 7.1%", "") and zero[7].startswith("no event")
    assert "no sign of safety" in " ".join(table.notes) and table.notes[-1] == "Edition x"


def test_a_pooled_share_has_both_intervals() -> None:
    (row,) = (row for row in event_paper_table([question("any", (5, 40), (9, 30), (2, 50))]).rows if not row.kind)  # fmt: skip
    assert row.cells[1:4] == ("3", "16", "120") and row.cells[7] == "random effects"
    assert all(" to " in cell for cell in row.cells[5:7])
