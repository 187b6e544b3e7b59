"""The written site: can everyone read it, does every link lead somewhere, does nothing of a record run?"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import UsageError
from skinproof.faces.site.environment import CSP
from skinproof.faces.site.write import write_site
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace, open_workspace
from skinproof.workflows.site import MANIFEST
from tests.faces.site_checks import Page, broken_links, read_site
from tests.workflows.records import ALL, given, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
BIDI = "safe\u202egpj.exe\u2066"


def hostile() -> dict[str, Any]:
    """A synthetic record whose every text tries to become markup, script or a wrong link."""
    modules = given(f"Exosomes {EVIL}", f"Acne scar {EVIL}")
    made = record(5, title=f"Exosomes {EVIL} {BIDI}", updated="2022-02-02", **modules)
    protocol = made["protocolSection"]
    protocol["descriptionModule"] = {
        "briefSummary": f"Exosomes </p>{EVIL} are given. {{{{ 7*7 }}}} {{% raw %}}",
        "detailedDescription": f"</details></main>{EVIL} exosomes",
    }
    protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = EVIL
    protocol["contactsLocationsModule"] = {"locations": [{"country": EVIL, "city": EVIL, "facility": EVIL}]}
    protocol["eligibilityModule"] = {"eligibilityCriteria": f"No exosomes before. {EVIL}"}
    protocol["outcomesModule"] = {
        "primaryOutcomes": [{"measure": EVIL, "timeFrame": EVIL, "description": EVIL}]
    }
    protocol["referencesModule"] = {
        "references": [
            {"pmid": "1/../evil", "type": "RESULT", "citation": EVIL},
            {"pmid": "99999901", "type": "BACKGROUND", "citation": "Synthetic citation."},
        ],
        "seeAlsoLinks": [
            {"label": "run", "url": "javascript:alert(3)"},
            {"label": "data", "url": "data:text/html,<script>alert(4)</script>"},
            {"label": "quote", "url": 'https://example.org/" onmouseover="alert(5)'},
            {"label": "user", "url": "https://clinicaltrials.gov@example.org/"},
            {"label": "fine", "url": "https://example.org/a?b=1&c=2"},
        ],
    }
    return made


def posted() -> dict[str, Any]:
    """A synthetic record with posted results in two groups."""
    made = record(6, title="Exosome gel for burns", updated="2022-03-03", **given("Exosome gel", "Burns"))
    groups = [{"id": "OG000", "title": "Gel"}, {"id": "OG001", "title": "Saline"}]
    values = [
        {"groupId": "OG000", "value": "7.5", "spread": "1.2"},
        {"groupId": "OG001", "value": "9.25", "spread": "1.9"},
    ]
    made["hasResults"] = True
    made["resultsSection"] = {
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {
                    "type": "PRIMARY",
                    "title": "Days to closure",
                    "reportingStatus": "POSTED",
                    "paramType": "MEAN",
                    "dispersionType": "STANDARD_DEVIATION",
                    "unitOfMeasure": "days",
                    "groups": groups,
                    "denoms": [
                        {
                            "units": "Participants",
                            "counts": [
                                {"groupId": "OG000", "value": "11"},
                                {"groupId": "OG001", "value": "13"},
                            ],
                        }
                    ],
                    "classes": [{"categories": [{"measurements": values}]}],
                }
            ]
        },
        "adverseEventsModule": {
            "frequencyThreshold": "5",
            "eventGroups": [
                {"id": "EG000", "title": "Gel", "seriousNumAffected": 1, "seriousNumAtRisk": 11},
                {"id": "EG001", "title": "Saline", "seriousNumAffected": 2, "seriousNumAtRisk": 13},
            ],
            "otherEvents": [
                {
                    "term": "Itching",
                    "organSystem": "Skin",
                    "stats": [
                        {"groupId": "EG000", "numAffected": 3, "numAtRisk": 11},
                        {"groupId": "EG001", "numAffected": 4, "numAtRisk": 13},
                    ],
                }
            ],
        },
    }
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("site-data")
    source = lines(folder / "records.jsonl", [*ALL, hostile(), posted()])
    import_files([source], data_dir=folder / "data", now=NOW)
    build(folder / "data")
    opened = open_workspace(folder / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "out"
    write_site(workspace, folder)
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return read_site(site)


def test_every_page_is_well_formed(pages: dict[str, Page]) -> None:
    """A page that browsers must guess at can look different, or hide a part."""
    assert {name: page.problems for name, page in pages.items() if page.problems} == {}
    doubled = {name: page.ids for name, page in pages.items() if len(page.ids) != len(set(page.ids))}
    assert doubled == {}


def test_every_link_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    assert broken_links(site, pages) == []


def test_the_pages_a_reader_needs_are_there(pages: dict[str, Page]) -> None:
    assert {"index.html", "studies.html", "method.html", "vocabulary.html", "issues.html"} <= set(pages)
    assert sum(name.startswith("study/") for name in pages) == 6
    assert any(name.startswith("cells/ev--") for name in pages)


def test_nothing_comes_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    """The site must open on a plane, and must tell nobody that it was opened."""
    for name, page in pages.items():
        assert all(re.match(r"(\.\./)*(static/|feed\.xml$)|data:,$", address) for address in page.loads), name
    css = (site / "static/site.css").read_text("utf-8")
    assert "url(" not in css and "@import" not in css
    assert not re.search(
        r"fetch\(|XMLHttpRequest|innerHTML|eval\(|https?:", (site / "static/studies.js").read_text("utf-8")
    )


def test_links_outward_go_to_web_pages_only(pages: dict[str, Page]) -> None:
    for page in pages.values():
        for link in page.links:
            assert not re.match(r"[a-z+.-]+:", link, re.I) or link.startswith("https://"), link


def test_no_page_runs_anything_of_a_record(pages: dict[str, Page]) -> None:
    """A registry text is a stranger's text: it is shown, never run."""
    for name, page in pages.items():
        assert page.handlers == [], name
        assert page.scripts_inline == 0, name
        assert all(tag != "img" for tag, _ in page.tags), name
        policy = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
        assert policy == [CSP], name


def test_hostile_text_is_shown_as_text(site: Path, pages: dict[str, Page]) -> None:
    page = pages["study/NCT99000005.html"]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "[U+202E]" in page.text
    raw = (site / "study/NCT99000005.html").read_text("utf-8")
    assert "\u202e" not in raw and "\u2066" not in raw and "<script>alert" not in raw


def test_only_plain_web_addresses_become_links(pages: dict[str, Page]) -> None:
    links = pages["study/NCT99000005.html"].links
    assert "https://example.org/a?b=1&c=2" in links
    assert "https://pubmed.ncbi.nlm.nih.gov/99999901/" in links
    outward = [link for link in links if ":" in link]
    assert not [link for link in outward if re.search(r"javascript|data:|onmouse|evil|@", link)]
    assert "https://clinicaltrials.gov/study/NCT99000005" in links


def test_quotes_are_marked_in_the_words_around_them(site: Path) -> None:
    text = (site / "study/NCT99000001.html").read_text("utf-8")
    assert re.search(r"<mark>[^<]*[Ee]xosomes[^<]*</mark>", text)
    assert "agent.role/" in text


def test_what_is_not_reported_says_so(pages: dict[str, Page]) -> None:
    text = pages["study/NCT99000004.html"].text
    assert re.search(r"The record was read and does not say: .*Masking", text)


def test_posted_numbers_stand_by_group_and_are_not_summed(pages: dict[str, Page]) -> None:
    """11 + 13 people in two groups may be fewer than 24 people."""
    text = pages["study/NCT99000006.html"].text
    for shown in (
        "7.5 (SD 1.2)",
        "9.25 (SD 1.9)",
        "Gel (n = 11)",
        "Saline (n = 13)",
        "3 of 11",
        "4 of 13",
        "1 of 11",
    ):
        assert shown in text, shown
    assert not re.search(r"\b(16\.75|24|7 of 24|3 of 24)\b", text)


def test_each_page_says_which_edition_it_is(workspace: Workspace, pages: dict[str, Page]) -> None:
    """A printed page must say what it rests on."""
    edition = workspace.manifest.edition
    for name, page in pages.items():
        for words in (
            edition,
            "Newest registry date",
            "2022-09-01",
            "From partial records",
            "no medical advice",
        ):
            assert words in page.text, (name, words)


def test_pages_can_be_walked_by_keyboard_and_read_aloud(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        tags = [tag for tag, _ in page.tags]
        assert tags.count("main") == tags.count("header") == tags.count("footer") == tags.count("h1") == 1, (
            name
        )
        assert page.links[0] == "#main", name
        assert dict(page.tags)["html"] == {"lang": "en"}, name
        tables = [values for tag, values in page.tags if tag == "table"]
        assert len(tables) == tags.count("caption"), name
        heads = [values for tag, values in page.tags if tag == "th"]
        assert all(values.get("scope") in ("col", "row") for values in heads), name


def test_every_picture_is_xml_with_a_title(site: Path) -> None:
    """One unquoted attribute blanks a whole picture in some browsers."""
    found = 0
    for path in site.rglob("*.html"):
        for text in re.findall(r"<svg.*?</svg>", path.read_text("utf-8"), re.S):
            root = ET.fromstring(text)
            assert root.find("{http://www.w3.org/2000/svg}title") is not None, path
            found += 1
    assert found > 2


def test_the_picture_alone_says_what_it_shows(workspace: Workspace, site: Path) -> None:
    """A picture in a talk must carry its own key, edition and caveat."""
    root = ET.fromstring((site / "map.svg").read_text("utf-8"))
    words = " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    for said in (workspace.manifest.edition, "no registered studies", "not a census", "Extracellular"):
        assert said in words


def test_the_map_says_gaps_in_words_that_comfort_nobody(site: Path, pages: dict[str, Page]) -> None:
    front = pages["index.html"]
    labels = [values["aria-label"] for _, values in front.tags if values.get("aria-label")]
    assert any(label.endswith(": no registered studies") for label in labels if label)
    assert any(label == "Extracellular vesicles, Burn: 1 study, 16 participants" for label in labels)
    assert "it says nothing about whether a treatment works" in front.text
    assert not re.search(
        r"\b(safe|proven|promising|effective|no risk)\b", re.sub(r"whether it is safe", "", front.text)
    )


def test_the_map_and_its_table_say_the_same(pages: dict[str, Page], site: Path) -> None:
    """Who reads the table must get the numbers of the picture."""
    text = (site / "index.html").read_text("utf-8")
    drawn = re.findall(r'<a href="(cells/[^"]+)" aria-label="[^"]*?: ([\d,]+) stud', text)
    listed = re.findall(r'<th scope="row"><a href="(cells/[^"]+)">.*?<td class="num">([\d,]+)</td>', text)
    assert drawn and sorted(drawn) == sorted(listed)


def test_a_tile_opens_its_own_studies(pages: dict[str, Page]) -> None:
    (name,) = [name for name in pages if re.match(r"cells/ev--burn", name)]
    studies = [link for link in pages[name].links if "study/" in link]
    assert studies == ["../study/NCT99000006.html"]


def test_the_list_is_whole_without_script_and_carries_what_filters_need(pages: dict[str, Page]) -> None:
    rows = [values for tag, values in pages["studies.html"].tags if tag == "tr" and "data-agent" in values]
    assert len(rows) == 6
    measured = [row for row in rows if "ev/measured" in (row["data-agent"] or "").split()]
    assert len(measured) == 1
    form = next(values for tag, values in pages["studies.html"].tags if tag == "form")
    assert "hidden" in form
    live = [values for _, values in pages["studies.html"].tags if values.get("aria-live")]
    assert len(live) == 1


def test_filters_offer_only_what_leaves_something(pages: dict[str, Page]) -> None:
    values = [(v.get("value") or "") for tag, v in pages["studies.html"].tags if tag == "option"]
    assert "Phase 1" in values and "Phase 3" not in values
    assert "indication:burn" in values


def test_the_same_edition_gives_the_same_bytes(workspace: Workspace, site: Path, tmp_path: Path) -> None:
    write_site(workspace, tmp_path / "again")
    first = {p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()}
    again = {
        p.relative_to(tmp_path / "again"): p.read_bytes()
        for p in (tmp_path / "again").rglob("*")
        if p.is_file()
    }
    assert first == again


def test_a_day_in_the_past_shows_the_site_of_that_day(workspace: Workspace, tmp_path: Path) -> None:
    report = write_site(workspace, tmp_path / "old", "2020-06-10")
    old = read_site(tmp_path / "old")
    assert re.search(r"As of\s+2020-06-10", old["index.html"].text)
    assert "study/NCT99000002.html" not in old, "posted in 2021"
    assert "enlarged" not in old["study/NCT99000001.html"].text
    assert report.pages == len(old)
    assert broken_links(tmp_path / "old", old) == []


def test_the_report_and_progress_count_what_is_written(workspace: Workspace, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = write_site(workspace, tmp_path / "site", progress=lambda done, total: told.append((done, total)))
    files = [p for p in (tmp_path / "site").rglob("*") if p.is_file() and p.name != MANIFEST]
    assert told[-1] == (len(files), len(files))
    assert report.bytes == sum(p.stat().st_size for p in files)
    assert report.edition == workspace.manifest.edition


def test_an_older_site_is_replaced_whole(workspace: Workspace, tmp_path: Path) -> None:
    write_site(workspace, tmp_path / "site")
    write_site(workspace, tmp_path / "site", "2020-06-10")
    assert not (tmp_path / "site/study/NCT99000002.html").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_a_folder_of_other_things_is_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    """Nobody's thesis is swapped for a site."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter1.tex").write_text("words", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty and not a skinproof site"):
        write_site(workspace, tmp_path / "thesis")
    assert (tmp_path / "thesis/chapter1.tex").read_text("utf-8") == "words"
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"):
        write_site(workspace, tmp_path / "file")


def test_own_files_beside_ours_are_not_lost(workspace: Workspace, tmp_path: Path) -> None:
    write_site(workspace, tmp_path / "site")
    (tmp_path / "site/CNAME").write_text("example.org", encoding="utf-8")
    with pytest.raises(UsageError, match="CNAME"):
        write_site(workspace, tmp_path / "site")
    assert (tmp_path / "site/CNAME").exists()


def test_a_failure_leaves_the_old_site(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a site must never be seen, and nothing is left lying about."""
    write_site(workspace, tmp_path / "site")
    before = (tmp_path / "site/index.html").read_bytes()

    def broken(*_: object) -> dict[str, Any]:
        raise RuntimeError("synthetic")

    monkeypatch.setattr("skinproof.faces.site.write.study_context", broken)
    with pytest.raises(RuntimeError):
        write_site(workspace, tmp_path / "site")
    assert (tmp_path / "site/index.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_the_manifest_names_every_file(site: Path) -> None:
    manifest = json.loads((site / MANIFEST).read_text("utf-8"))
    files = sorted(
        p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file() and p.name != MANIFEST
    )
    assert manifest["files"] == files


def test_a_large_corpus_lists_what_matters_and_says_so(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Studies that are left out are counted in plain words, and no link leads to a page that is not there."""
    source = lines(
        tmp_path / "more.jsonl",
        [*ALL, record(7, title="Aspirin in migraine", updated="2020-01-01", **given("Aspirin", "Migraine"))],
    )
    import_files([source], data_dir=tmp_path / "data", now=NOW)
    build(tmp_path / "data")
    monkeypatch.setattr("skinproof.workflows.site.LIST_ALL_UP_TO", 1)
    opened = open_workspace(tmp_path / "data")
    write_site(opened, tmp_path / "site")
    opened.close()
    found = read_site(tmp_path / "site")
    assert "study/NCT99000007.html" not in found
    assert "4 of the 5 studies of this edition are listed" in found["studies.html"].text
    assert "1 of these studies are not listed" in found["cells/other--outside-skin.html"].text
    assert broken_links(tmp_path / "site", found) == []
