"""Pages of preparations, doses and gaps: whole without script, bounded, honest about what is not said, safe."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from skinproof.extraction.catalogue import FACTS
from skinproof.faces.site.environment import CSP, static_file
from skinproof.faces.site.write import write_site
from skinproof.views.svg_landscape_style import DOSE_CSS
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace, open_workspace
from tests.faces.site_checks import Page, broken_links, colours, contrast, read_site
from tests.workflows.records import ALL, given, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
NEW = ("preparations.html", "landscape.html", "gaps.html")


def dosed() -> dict[str, Any]:
    """A synthetic record that states source, dose levels and route, and contradicts itself on the donor."""
    made = record(
        11,
        title="Exosomes for burns",
        updated="2022-04-04",
        **given("Adipose stem cell exosomes", "Burns"),
    )
    arms = made["protocolSection"]["armsInterventionsModule"]
    arms["interventions"][0]["description"] = (
        "Autologous exosomes from adipose tissue. A single dose of 2x10^9 particles by subcutaneous injection once a "
        "week for 4 weeks. Allogeneic exosomes are given to those without fat."
    )
    return made


def hostile() -> dict[str, Any]:
    """A synthetic record whose product, arms and words try to become markup, script or a formula."""
    modules = given(f'=HYPERLINK("x") Exosomes {EVIL}', f"Acne scar {EVIL}")
    arms = modules["armsInterventionsModule"]
    arms["armGroups"][0]["label"] = f"Treated {EVIL}"
    arms["interventions"][0]["armGroupLabels"] = [f"Treated {EVIL}"]
    arms["interventions"][0]["description"] = (
        f"Exosomes {EVIL} 3x10^8 particles by intradermal injection {EVIL} \u202e."
    )
    return record(12, title=f"Exosomes {EVIL}", updated="2022-05-05", **modules)


def many_doses() -> dict[str, Any]:
    """A synthetic record with more dose levels than a cell shows."""
    made = record(
        13, title="Exosomes in skin ulcer", updated="2022-06-06", **given("MSC exosomes", "Skin ulcer")
    )
    levels = "; ".join(f"cohort {n}: {n}x10^9 particles of exosomes intradermally" for n in range(1, 10))
    made["protocolSection"]["armsInterventionsModule"]["interventions"][0]["description"] = f"{levels}."
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("given-data")
    source = lines(folder / "records.jsonl", [*ALL, dosed(), hostile(), many_doses()])
    import_files([source], data_dir=folder / "data", now=NOW)
    build(folder / "data")
    opened = open_workspace(folder / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("given-site") / "out"
    write_site(workspace, folder)
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return read_site(site)


def row_of(site: Path, record_id: str) -> str:
    """The markup of one preparation's row."""
    parts = (site / "preparations.html").read_text("utf-8").split("<tbody data-row")
    (found,) = [part for part in parts[1:] if f"study/{record_id}.html" in part]
    return found


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def test_the_new_pages_are_well_formed_and_every_link_leads_somewhere(
    site: Path, pages: dict[str, Page]
) -> None:
    assert set(NEW) <= set(pages)
    assert {name: page.problems for name, page in pages.items() if page.problems} == {}
    assert {name: p.ids for name, p in pages.items() if len(p.ids) != len(set(p.ids))} == {}
    assert broken_links(site, pages) == []


def test_every_page_leads_to_the_new_ones(pages: dict[str, Page]) -> None:
    """A page that nothing leads to is not there."""
    for name, page in pages.items():
        root = "../" * name.count("/")
        assert {f"{root}{new}" for new in NEW} <= set(page.links), name


@pytest.mark.parametrize("name", NEW)
def test_nothing_of_a_record_runs_on_the_new_pages(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert page.handlers == [] and page.scripts_inline == 0
    assert all(tag not in ("img", "iframe", "style") for tag, _ in page.tags)
    assert [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")] == [CSP]
    assert [src for src in page.loads if not re.match(r"static/|data:,$", src)] == []


def test_hostile_words_are_shown_as_words(site: Path, pages: dict[str, Page]) -> None:
    """The product's name, its quotes and its arms are a stranger's text in rows, pictures and gap lists."""
    for name in (*NEW, "study/NCT99000012.html"):
        raw = (site / name).read_text("utf-8")
        assert "<script>alert" not in raw and "<img" not in raw and "\u202e" not in raw, name
    assert "<script>alert(1)</script>" in pages["preparations.html"].text
    assert "<script>alert(1)</script>" in pages["gaps.html"].text
    for path in site.glob("*.svg"):
        assert "<script" not in path.read_text("utf-8"), path.name


def test_a_name_that_is_a_formula_is_defused_in_the_table_files(site: Path) -> None:
    """A spreadsheet must not run what a registry text says."""
    for name in ("preparations.csv", "landscape.csv", "gaps.csv"):
        cells = [cell for row in csv_rows(site / name) for cell in row.values() if cell]
        assert any(cell.startswith("'=HYPERLINK") for cell in cells), name
        assert not [cell for cell in cells if cell.startswith("=")], name


def test_each_preparation_given_has_a_row_and_what_is_only_measured_has_none(
    site: Path, pages: dict[str, Page]
) -> None:
    rows = [values for tag, values in pages["preparations.html"].tags if "data-row" in values]
    table = csv_rows(site / "preparations.csv")
    assert len(rows) == len(table)
    ids = [row["record_id"] for row in table]
    assert ids == sorted(ids) and "NCT99000003" not in ids, "only measured in urine"
    assert {"NCT99000001", "NCT99000002", "NCT99000004", "NCT99000011"} <= set(ids)
    assert {row["edition"] for row in table} == {csv_rows(site / "landscape.csv")[0]["edition"]}


def test_a_cell_says_its_value_and_keeps_the_words(site: Path) -> None:
    row = row_of(site, "NCT99000011")
    cell = re.search(r'<td data-name="Dose">(.*?)</td>', row, re.S)
    assert cell and "<details" in cell[1] and "2×10⁹ particles" in cell[1]
    assert re.search(r"<q [^>]*>[^<]*2x10\^9 particles", cell[1])
    assert "intervention 1, description" in cell[1]
    assert re.search(r'data-name="Route">.*?subcutaneous', row, re.S)


def test_what_is_not_reported_says_so_and_where_it_was_looked_for(site: Path) -> None:
    """An empty cell could be read as none, as unknown or as our failure."""
    row = row_of(site, "NCT99000002")
    assert re.search(r'data-name="Dose"><span class="missing">not reported</span>', row)
    assert re.search(r"<dt>Not reported</dt><dd>[^<]*dose per administration[^<]*<small>looked for in: ", row)


def test_what_can_be_read_in_two_ways_is_unclear_with_both(site: Path) -> None:
    row = row_of(site, "NCT99000011")
    donor = re.search(r'<td data-name="Donor">(.*?)</td>', row, re.S)
    assert donor and "Autologous" in donor[1] and "Allogeneic" in donor[1]


def test_a_long_list_of_doses_is_cut_and_says_so(site: Path) -> None:
    row = row_of(site, "NCT99000013")
    dose = re.search(r'<td data-name="Dose">(.*?)</td>', row, re.S)
    assert dose and "3 more on the study’s page" in dose[1]
    assert (site / "study/NCT99000013.html").read_text("utf-8").count("9×10⁹ particles") >= 1


def test_filters_carry_what_the_rows_carry(pages: dict[str, Page]) -> None:
    """A choice that hides everything, or a row that no choice finds, is a broken filter."""
    page = pages["preparations.html"]
    rows = [values for _, values in page.tags if "data-row" in values]
    offered: dict[str, set[str]] = {}
    for tag, values in page.tags:
        if tag == "select":
            name = values["name"] or ""
        elif tag == "option" and values.get("value"):
            offered.setdefault(name, set()).add(values["value"] or "")
    assert {"agent", "source", "donor", "route", "dose", "cutaneous", "separation"} <= set(offered)
    for name, options in offered.items():
        split = " " if name in ("agent", "indication") else "|"
        held = {value for row in rows for value in (row[f"data-{name}"] or "").split(split) if value}
        assert options == held, name
    assert "subcutaneous" in offered["route"] and {"particles", "not reported"} <= offered["dose"]


def test_the_script_knows_the_table_by_its_own_words(pages: dict[str, Page]) -> None:
    """One script serves both lists: each table names what it holds and what to say when nothing is left."""
    script = static_file("studies.js")
    for name, word in (("studies.html", "studies"), ("preparations.html", "preparations")):
        (table,) = [v for tag, v in pages[name].tags if tag == "table" and "data-filtered" in v]
        assert table["data-many"] == word and "gap" in (table["data-none"] or "")
        assert "static/studies.js" in pages[name].loads
    for used in ("data-filtered", "data-row", "dataset.none", "dataset.many"):
        assert used in script


def test_shares_count_reported_of_those_asked(site: Path, pages: dict[str, Page]) -> None:
    """The bars and the table file must tell the same."""
    table = csv_rows(site / "preparations.csv")
    states = [row["dose_state"] for row in table]
    asked = [state for state in states if state != "not_applicable"]
    said = f"{states.count('reported')} of {len(asked)}"
    line = re.search(
        r"Dose per administration</th>(.*?)</tr>", (site / "preparations.html").read_text("utf-8"), re.S
    )
    assert line and said in line[1]
    assert not re.search(r"\b(safe|proven|promising|effective)\b", pages["preparations.html"].text)


def test_doses_of_two_unit_kinds_never_share_a_panel(site: Path, pages: dict[str, Page]) -> None:
    page = pages["landscape.html"]
    assert "Unit kinds are never mixed" in page.text
    assert "“Not reported” is not “no dose”" in page.text
    points = csv_rows(site / "landscape.csv")
    assert {(p["kind"], p["per"]) for p in points if p["record_id"] == "NCT99000011"} == {("particles", "")}
    assert not [p for p in points if p["ratio"]], "nothing is converted on the page"


def test_routes_without_any_dose_are_named_above_the_picture(site: Path) -> None:
    """Who looks only at marks would think that nobody uses these routes."""
    text = (site / "landscape.html").read_text("utf-8")
    sections = [part.split("</section>")[0] for part in text.split("<section ")[1:]]
    named = 0
    for section in sections:
        rows = re.findall(
            r'<th scope="row">([^<]+)</th><td class="num">([\d,]+)</td><td class="num">0</td><td class="num">0</td>',
            section.split("Who states no dose")[-1],
        )
        routes = [route for route, _ in rows if route != "all routes"]
        above = section.split("<svg")[0].split("<details")[0]
        assert ("No study states a dose in any unit for: " in above) == bool(routes)
        assert all(f"{route} (" in above for route in routes)
        named += len(routes)
    assert named
    assert "no dose in any unit: " in text and "no dose stated: " not in text


def test_the_dose_picture_and_its_table_say_the_same(site: Path) -> None:
    """Who reads the table must get the numbers of the picture."""
    text = (site / "landscape.html").read_text("utf-8")
    section = text.split('<h2 id="ev">')[1].split("</section>")[0]
    wide = re.search(r'<div class="dose-wide">(.*?)</div>', section, re.S)
    assert wide
    marks = re.findall(r'<a [^>]*href="(study/[^"]+)#given"', wide[1])
    points = [p for p in csv_rows(site / "landscape.csv") if p["agent_class"] == "ev"]
    assert len(marks) == len(points) >= 11
    table = section.split("The same as a table")[1].split("</table>")[0]
    whole = re.search(r"<td>all routes</td><td class=\"num\">([\d,]+)", table)
    assert whole and int(whole[1]) == len([p for p in points if p["state"] == "reported"])


def test_vesicles_come_first_then_skin_then_other_agents(pages: dict[str, Page]) -> None:
    heads = [v["id"] for tag, v in pages["landscape.html"].tags if tag == "h2" and "id" in v]
    assert heads[:2] == ["ev", "ev-skin"]
    assert {"msc", "prp"} <= set(heads[2:])


def test_dose_pictures_are_xml_with_a_title_and_stand_alone(workspace: Workspace, site: Path) -> None:
    found = list(site.glob("doses-*.svg"))
    assert {"doses-ev.svg", "doses-ev-skin.svg"} <= {path.name for path in found}
    for path in found:
        root = ET.fromstring(path.read_text("utf-8"))
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        words = " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
        assert workspace.manifest.edition in words and "not a census" in words


def test_gaps_name_the_registry_score_and_rank_nobody(pages: dict[str, Page], site: Path) -> None:
    page = pages["gaps.html"]
    assert "registry score" in page.text and "no ranking of products or makers" in page.text
    ids = re.findall(r"(NCT99\d{6}) ·", page.text)
    assert ids == sorted(ids) and "NCT99000011" in ids
    assert "NCT99000002" not in ids, "a platelet product is no vesicle"
    assert {row["document"] for row in csv_rows(site / "gaps.csv")} == {"registry"}


def test_items_stand_by_how_seldom_they_are_reported(site: Path) -> None:
    text = (site / "gaps.html").read_text("utf-8").split('id="items"')[1].split("</table>")[0]
    shares = [int(n) / int(of) for n, of in re.findall(r"(\d+) of (\d+)", text)]
    assert len(shares) > 15 and shares == sorted(shares)


def test_a_contradiction_is_shown_with_both_quotes_on_both_pages(site: Path) -> None:
    for name in ("gaps.html", "study/NCT99000011.html"):
        text = (site / name).read_text("utf-8")
        found = re.search(r'<ul class="clashes">(.*?)</ul>', text, re.S)
        assert found, name
        assert "Autologous" in found[1] and "Allogeneic" in found[1] and "intervention 1" in found[1]
    assert "never a verdict" in (site / "gaps.html").read_text("utf-8")


def test_a_study_page_scores_what_is_given_and_not_what_is_measured(pages: dict[str, Page]) -> None:
    assert re.search(r"Registry score: \d+ of \d+ items reported", pages["study/NCT99000011.html"].text)
    assert "Registry score" not in pages["study/NCT99000003.html"].text


def test_the_method_page_names_every_fact_with_its_rule(pages: dict[str, Page]) -> None:
    text = pages["method.html"].text
    for fact in FACTS:
        assert fact.tells in text and fact.rule in text, fact.name


def test_pages_stay_bounded_and_say_what_they_leave_out(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large corpus must not make a page that no phone opens, nor hide that rows are missing."""
    monkeypatch.setattr("skinproof.faces.site.preparation_pages.MOST_ROWS", 2)
    monkeypatch.setattr("skinproof.faces.site.gaps_page.PREPARATIONS_SHOWN", 1)
    monkeypatch.setattr("skinproof.faces.site.landscape_page.DRAWN", 3)
    write_site(workspace, tmp_path / "site")
    found = read_site(tmp_path / "site")
    total = len(csv_rows(tmp_path / "site/preparations.csv"))
    assert f"2 of {total} preparations are on this page" in found["preparations.html"].text
    assert sum("data-row" in values for _, values in found["preparations.html"].tags) == 2
    assert "The first 1 are shown" in found["gaps.html"].text
    assert "too many for this page" in found["landscape.html"].text
    assert broken_links(tmp_path / "site", found) == []


def test_letters_are_bounded_as_rows_are(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skinproof.faces.site.preparation_pages.MOST_LETTERS", 10)
    write_site(workspace, tmp_path / "site")
    found = read_site(tmp_path / "site")["preparations.html"]
    assert sum("data-row" in values for _, values in found.tags) == 1


def test_an_edition_that_gives_nothing_says_so(tmp_path: Path) -> None:
    """Empty pages must not look broken."""
    source = lines(
        tmp_path / "aspirin.jsonl",
        [record(14, title="Aspirin in migraine", updated="2020-01-01", **given("Aspirin", "Migraine"))],
    )
    import_files([source], data_dir=tmp_path / "data", now=NOW)
    build(tmp_path / "data")
    opened = open_workspace(tmp_path / "data")
    write_site(opened, tmp_path / "site")
    opened.close()
    found = read_site(tmp_path / "site")
    assert "None of the studies held here gives a preparation" in found["preparations.html"].text
    assert "None of the studies held here gives a preparation" in found["landscape.html"].text
    assert "None of the studies held here gives extracellular vesicles" in found["gaps.html"].text
    assert broken_links(tmp_path / "site", found) == []
    assert csv_rows(tmp_path / "site/preparations.csv") == []


@pytest.mark.parametrize("dark", [False, True])
def test_bars_and_marks_can_be_seen(dark: bool) -> None:
    """WCAG 2.2: 3 to 1 for what carries meaning, 4.5 to 1 for words in a picture."""
    found = colours(static_file("site.css"), dark)
    assert contrast(found["--link"], found["--sunk"]) >= 3
    assert contrast(found["--warn-line"], found["--link"]) >= 1.5, (
        "unclear beside reported; the number says it too"
    )
    picture = colours(DOSE_CSS, dark)
    for ground in (picture["--dose-ground"], picture["--dose-strip"]):
        assert contrast(picture["--dose-ink"], ground) >= 4.5
        assert contrast(picture["--dose-soft"], ground) >= 4.5


def test_scores_from_partial_records_say_so(tmp_path: Path) -> None:
    """A list of facts tells less than the registry does: its silence is not the registry's."""
    table = "NCT Number,Study Title,Study Status,Conditions,Interventions,Study Type\n" + (
        "NCT99999915,Synthetic exosomes for acne scar,COMPLETED,Acne scar,BIOLOGICAL: Exosomes,INTERVENTIONAL\n"
    )
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    import_files([tmp_path / "table.csv"], data_dir=tmp_path / "data", now=NOW)
    build(tmp_path / "data")
    opened = open_workspace(tmp_path / "data")
    write_site(opened, tmp_path / "site")
    opened.close()
    found = read_site(tmp_path / "site")
    for name in ("gaps.html", "study/NCT99999915.html"):
        assert "Registry score (from a partial record):" in found[name].text, name
    assert "NCT99999915 · partial record" in found["preparations.html"].text
    for name in NEW:
        assert "known only from a partial record" in found[name].text, name
