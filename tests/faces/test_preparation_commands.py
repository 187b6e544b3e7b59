"""Preparations, landscape, gaps and compare on the command line: what they print, write and refuse."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skinproof.appraisal.items import load_items
from skinproof.model.preparations import PreparationRow, Preparations
from skinproof.model.summary import Filters
from tests.faces.fakes import HOSTILE, FakeServices, FakeWorkspace, run
from tests.views.synthetic import stamp
from tests.views.synthetic_preparations import ROWS, amount, row, said

PRODUCT = "product: Synthetic one\nagent: exosome\nroute: topical\ndose: 1e9 {particles}\n"


class Prepared(FakeWorkspace):
    """The synthetic studies with the synthetic preparations."""

    def __init__(self, rows: tuple[PreparationRow, ...] = ROWS) -> None:
        super().__init__()
        self.rows = rows
        self.measured = False

    def preparations(
        self, filters: Filters, as_of: str | None = None, measured: bool = False
    ) -> Preparations:
        self.asked.append((filters, as_of))
        self.measured = measured
        rows = tuple(r for r in self.rows if r.preparation.role != "measured" or measured)
        return Preparations(stamp(as_of=as_of), rows)

    def preparations_of(self, study: Any) -> tuple[Any, ...]:
        return tuple(r.preparation for r in self.rows if r.study.record_id == study.record_id)


def ask(*words: str, rows: tuple[PreparationRow, ...] = ROWS, workspace: Prepared | None = None) -> Any:
    return run(*words, services=FakeServices(workspace or Prepared(rows)))


@pytest.fixture
def product(tmp_path: Path) -> Path:
    path = tmp_path / "product.yml"
    path.write_text(PRODUCT, encoding="utf-8")
    return path


READING = (["preparations"], ["landscape"], ["gaps"], ["gaps", "NCT99999901"], ["compare", "PRODUCT"])


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_every_command_prints_text_json_and_csv(words: list[str], product: Path) -> None:
    asked = [str(product) if word == "PRODUCT" else word for word in words]
    text = ask(*asked)
    assert text.exit_code == 0, text.output
    assert "Edition synthetic-1" in text.stdout
    assert max(map(len, text.stdout.splitlines())) <= 100
    assert json.loads(ask(*asked, "--json").stdout)["stamp"]["edition"] == "synthetic-1"
    rows = list(csv.DictReader(io.StringIO(ask(*asked, "--csv").stdout)))
    assert rows
    assert {found["edition"] for found in rows} == {"synthetic-1"}
    assert ask(*asked, "--json", "--csv").exit_code == 2


@pytest.mark.parametrize(
    "words", [["preparations"], ["landscape"], ["gaps"], ["compare", "PRODUCT"]], ids=" ".join
)
def test_every_command_takes_filters_and_a_day(words: list[str], product: Path) -> None:
    asked = [str(product) if word == "PRODUCT" else word for word in words]
    workspace = Prepared()
    result = ask(
        *asked, "--indication", "hair loss", "--cutaneous", "--as-of", "2020-05", workspace=workspace
    )
    assert result.exit_code == 0, result.output
    filters, day = workspace.asked[-1]
    assert (filters.indication, filters.cutaneous, day) == (("indication:alopecia",), "yes", "2020-05")
    assert workspace.closed


def test_a_preparation_is_a_block_that_says_what_is_not_reported() -> None:
    text = ask("preparations").stdout
    assert "NCT99999901 (1) Synthetic ev product" in text
    assert "2×10⁸ particles; 2×10¹⁰ particles" in text
    assert "Not reported: donor, separation" in text
    assert "Not read: species" in text
    assert "synthetic words of dose" not in text
    assert 'intervention 1, description: "synthetic words of dose"' in ask("preparations", "--quotes").stdout


def test_each_value_is_printed_with_its_own_quote() -> None:
    """One quote for two doses would leave the second without proof."""
    dose = said("dose", amount("protein", 5.0), amount("protein", 7.0))
    second = msgspec.structs.replace(dose.readings[1].spans[0], quote="7 synthetic micrograms")
    readings = (dose.readings[0], msgspec.structs.replace(dose.readings[1], spans=(second,)))
    text = ask(
        "preparations", "--quotes", rows=(row(0, msgspec.structs.replace(dose, readings=readings)),)
    ).stdout
    assert '7 µg protein in intervention 1, description: "7 synthetic micrograms"' in " ".join(text.split())
    many = tuple(
        msgspec.structs.replace(
            said("dose", amount("protein", float(n))).readings[0],
            spans=(msgspec.structs.replace(second, quote=f"{n} synthetic micrograms"),),
        )
        for n in range(1, 31)
    )
    text = ask(
        "preparations", "--quotes", rows=(row(0, msgspec.structs.replace(dose, readings=many)),)
    ).stdout
    assert text.count("synthetic micrograms") == 8
    assert "22 more quotes" in " ".join(text.split())


def test_facts_and_rows_can_be_chosen() -> None:
    rows = list(
        csv.DictReader(io.StringIO(ask("preparations", "--fact", "dose", "--fact", "Route", "--csv").stdout))
    )
    assert [name for name in rows[0] if name.endswith("_state")] == ["dose_state", "route_state"]
    assert "1 of 5 shown; --limit 0 shows all" in ask("preparations", "--limit", "1").stdout
    wrong = ask("preparations", "--fact", "dosis")
    assert (wrong.exit_code, "did you mean 'dose'" in wrong.stderr) == (2, True)


def test_vesicles_that_are_only_measured_come_when_asked_for() -> None:
    workspace = Prepared()
    assert "NCT99999903" not in ask("preparations", workspace=workspace).stdout
    assert "NCT99999903" in ask("preparations", "--measured", workspace=workspace).stdout


def test_the_landscape_prints_one_table_for_every_axis() -> None:
    text = ask("landscape").stdout
    for words in (
        "Particles per administration",
        "Protein mass, µg protein per administration",
        "2×10⁸ to 2×10¹⁰",
        "Who states no dose",
    ):
        assert words in text
    assert "Acne scar" not in text
    assert "Scar" in ask("landscape", "--by-complaint").stdout


def test_the_landscape_is_written_as_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "doses.svg"
    assert (
        ask("landscape", "--svg", str(path), "--agent", "ev", "--cutaneous", "--indication", "scar").exit_code
        == 0
    )
    svg = path.read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "Doses in registered studies: extracellular vesicles; scar; cutaneous" in svg
    assert "Edition synthetic-1" in svg
    assert ask("landscape", "--narrow", "--svg", str(path)).exit_code == 0
    assert 'width="360"' in path.read_text(encoding="utf-8")


def test_a_png_and_a_pdf_are_written_with_the_colours_inside(tmp_path: Path) -> None:
    path = tmp_path / "doses.png"
    assert ask("landscape", "--png", str(path)).exit_code == 0
    body = path.read_bytes()
    assert body.startswith(b"\x89PNG\r\n") and len(body) > 5000
    assert int.from_bytes(body[16:20]) > 1000  # pixels across: twice the picture's width
    assert ask("landscape", "--pdf", str(path.with_suffix(".pdf"))).exit_code == 0
    assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_a_conversion_needs_a_ratio_with_a_source() -> None:
    """A dose in particles that nobody measured must not come out of the program unasked."""
    rows = ROWS[1:2]
    refused = ask("landscape", "--convert", "particles", rows=rows)
    assert (refused.exit_code, "only converted through a ratio" in refused.stderr) == (2, True)
    alone = ask("landscape", "--ratio", "Lab=2e9 {particles}/ug{protein} (synthetic)")
    assert (alone.exit_code, "needs --convert" in alone.stderr) == (2, True)
    ratio = ("--convert", "particles", "--ratio", "Lab=2e9 {particles}/ug{protein} (synthetic)")
    assert "(Lab: synthetic)" in ask("landscape", *ratio, rows=rows).stdout.replace("\n", " ")
    (point,) = csv.DictReader(io.StringIO(ask("landscape", *ratio, "--csv", rows=rows).stdout))
    assert (point["kind"], float(point["value"]), point["ratio"], point["ratio_source"]) == (
        "particles", pytest.approx(2e11), "Lab", "synthetic"
    )  # fmt: skip


def test_gaps_of_a_study_are_listed_with_what_is_missing() -> None:
    text = ask("gaps", "NCT99999901").stdout
    assert "items reported" in text
    assert "mandatory" in text
    every = ask("gaps").stdout
    assert "Items, most often missing first" in every
    assert "NCT99999902" in every
    assert ask("gaps", "NCT00000000").exit_code == 6
    none = ask("gaps", "NCT99999905")
    assert (none.exit_code, "nothing to score" in none.stderr) == (6, True)


def test_a_contradiction_is_shown_with_the_words_that_clash() -> None:
    clash = row(0, said("route", "topical"), said("dose", amount("particles", 1e10, per="kg")))
    text = ask("gaps", "NCT99999901", rows=(clash,)).stdout.replace("\n", " ")
    assert "! on the skin, in an intravenous-type dose" in text
    assert '"synthetic words of route"' in text
    rows = list(csv.DictReader(io.StringIO(ask("gaps", "--csv", rows=(clash,)).stdout)))
    assert [r["item"] for r in rows if r["what"] == "contradiction"] == ["topical_with_intravenous_dose"]


def test_the_table_of_gaps_has_every_item_with_its_state() -> None:
    """With gaps only, nobody could tell a reported item from one that was never asked."""
    one = row(0, said("route", "topical"), said("reporting", "G1"))
    rows = list(csv.DictReader(io.StringIO(ask("gaps", "--csv", rows=(one,)).stdout)))
    assert [r["item"] for r in rows] == [item.id for item in load_items().items]
    assert {r["what"] for r in rows} == {"item"}
    states = {state: [r for r in rows if r["state"] == state] for state in {r["state"] for r in rows}}
    assert set(states) >= {"reported", "not_reported", "not_applicable"}
    assert len(states["reported"]) == int(rows[0]["n_reported"])
    assert all(r["missing"] for r in states["not_reported"])
    assert all(r["reason"] and not r["missing"] for r in states["not_applicable"])


def test_bands_of_ones_own_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "presets.yml"
    path.write_text("factor: 10\n", encoding="utf-8")
    refused = ask("gaps", "--presets", str(path))
    assert (refused.exit_code, "presets are not in order" in refused.stderr) == (3, True)
    assert ask("gaps", "--presets", str(tmp_path / "absent.yml")).exit_code == 3


def test_a_product_is_placed_and_its_gaps_are_listed(product: Path) -> None:
    text = ask("compare", str(product)).stdout
    assert "1 of 2 doses lower" in text
    assert "nothing of it was sent or kept" in text
    assert "items reported" in text
    assert "Mandatory and reported:" not in text
    assert "Your file is scored as a certificate" in text
    answer = json.loads(ask("compare", str(product), "--json").stdout)
    assert answer["reporting"]["score"]["document"] == "certificate"
    assert answer["placed"][0]["beside"][0]["n_points"] == 2


def test_a_product_is_told_which_mandatory_items_count_and_numbers_in_one_way(tmp_path: Path) -> None:
    path = tmp_path / "cells.yml"
    path.write_text(
        "product: Cell-free one\nagent: exosome\ndose: 1e9 {cells}\nreporting: [I1]\n",
        encoding="utf-8",
    )
    text = " ".join(ask("compare", str(path)).stdout.split())
    assert "Mandatory and reported: I1 image of single vesicles" in text
    assert "! cell-free, and a cell dose" in text
    assert "1×10⁹ {cells}" in text and "e+09" not in text
    assert 'your file, dose: "1e9 {cells}"' in text


def test_a_product_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert ask("compare", str(tmp_path / "absent.yml")).exit_code == 3
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(PRODUCT + "dosis: 5 ug\n", encoding="utf-8")
    result = ask("compare", str(wrong))
    assert (result.exit_code, "wrong.yml:5: there is no key 'dosis'" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    "words", [["preparations", "--quotes"], ["landscape"], ["gaps", "NCT99999901"], ["gaps"]], ids=" ".join
)
def test_words_of_a_record_cannot_steer_the_terminal(words: list[str]) -> None:
    hostile = row(
        0,
        said("route", HOSTILE),
        said("dose", amount("particles", 1e9), flags=(HOSTILE,)),
        said("source", HOSTILE),
        name=HOSTILE,
    )
    for form in ((), ("--json",), ("--csv",)):
        result = ask(*words, *form, rows=(hostile,))
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.stdout
    table = csv.DictReader(io.StringIO(ask(words[0], "--csv", rows=(hostile,)).stdout))
    assert not any(str(cell).startswith("=") for found in table for cell in found.values())


@pytest.mark.parametrize(
    "words", [["preparations"], ["landscape"], ["landscape", "--by-complaint"], ["gaps"]], ids=" ".join
)
def test_no_preparation_is_said_in_words(words: list[str]) -> None:
    result = ask(*words, rows=())
    assert result.exit_code == 0, result.output
    assert "No preparation in these data meets the filters." in result.stdout
