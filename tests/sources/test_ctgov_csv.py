"""A row of the CSV download becomes a partial record: all it says, nothing it does not say."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.errors import InputError
from skinproof.sources.ctgov import ReadResult, read_ctgov
from skinproof.sources.ctgov_csv import COLUMNS, ID_COLUMN, csv_record

SYNTHETIC = {ID_COLUMN: "NCT99999901", "Study Title": "Synthetic study of a synthetic ointment"}


def read(row: dict[str, str]) -> ReadResult:
    return read_ctgov(msgspec.json.encode(csv_record(row)))


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, str]]:
    with gzip.open(shared / "data/samples/ctg-studies_download.csv.gz") as stream:
        return list(csv.DictReader(io.TextIOWrapper(stream, "utf-8-sig", newline="")))


def test_the_download_has_the_columns_we_know(rows: list[dict[str, str]]) -> None:
    assert tuple(rows[0]) == COLUMNS


def test_every_row_of_a_real_download_is_read(rows: list[dict[str, str]]) -> None:
    """The only odd value of 1,944 rows is the time perspective that the site itself cuts off."""
    issues: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        result = read(row)
        assert result.record.nct_id == row[ID_COLUMN]
        assert len(result.record.interventions) == sum(1 for part in row["Interventions"].split("|") if part)
        issues.update((issue.kind, issue.path, issue.found) for issue in result.issues)
    place = "protocolSection.designModule.designInfo.timePerspective"
    assert issues == {("unknown_enum", place, '"p"'): 358}


def test_countries_with_a_comma_in_their_name_are_whole(rows: list[dict[str, str]]) -> None:
    counts = Counter(country for row in rows for country in read(row).record.countries)
    assert {name for name in counts if ", " in name} == {
        "Korea, Republic of", "Iran, Islamic Republic of", "Moldova, Republic of",
    }  # fmt: skip
    assert "Republic of" not in counts


def test_a_full_row_says_all_it_holds() -> None:
    row = SYNTHETIC | {
        "Acronym": "SYN", "Study Status": "COMPLETED", "Study Results": "YES", "Conditions": "A|B",
        "Interventions": "DRUG: x: y|DEVICE: z", "Primary Outcome Measures": "m, described, 4 weeks",
        "Sponsor": "S", "Funder Type": "INDUSTRY", "Collaborators": "C|D", "Sex": "ALL", "Age": "ADULT, OLDER_ADULT",
        "Phases": "PHASE1|PHASE2", "Enrollment": "30", "Study Type": "INTERVENTIONAL",
        "Study Design": "Allocation: RANDOMIZED|Intervention Model: PARALLEL|Masking: DOUBLE (PARTICIPANT, INVESTIGATOR)|Primary Purpose: TREATMENT",
        "Other IDs": "own-1|other-2", "Start Date": "2020-05", "Last Update Posted": "2021-06-07",
        "Locations": "Clinic, Town, 123, Palestinian Territories, Occupied|No country",
        "Study Documents": "Study Protocol and Statistical Analysis Plan, https://cdn.clinicaltrials.gov/large-docs/x/Prot_SAP_000.pdf",
    }  # fmt: skip
    result = read(row)
    record, protocol = result.record, result.record.protocol_section
    assert result.issues == ()
    assert record.has_results is True
    assert record.conditions == ("A", "B")
    assert [(i.type, i.name) for i in record.interventions] == [("DRUG", "x: y"), ("DEVICE", "z")]
    assert protocol.outcomes_module.primary_outcomes[0].measure == "m, described, 4 weeks"
    assert protocol.outcomes_module.primary_outcomes[0].time_frame is None
    masking = record.design_info.masking_info
    assert masking is not None
    assert (masking.masking, masking.who_masked) == ("DOUBLE", ("PARTICIPANT", "INVESTIGATOR"))
    assert (record.enrollment_count, record.enrollment_type, record.phases) == (
        30,
        None,
        ("PHASE1", "PHASE2"),
    )
    own = protocol.identification_module.org_study_id_info
    assert own is not None
    assert own.id == "own-1"
    assert [other.id for other in protocol.identification_module.secondary_id_infos] == ["other-2"]
    assert (record.start_date, record.last_update_posted) == ("2020-05", "2021-06-07")
    assert record.countries == ("Palestinian Territories, Occupied",)
    assert protocol.contacts_locations_module.locations[1].facility == "No country"
    assert record.document_section is not None
    assert record.document_section.large_document_module is not None
    (doc,) = record.document_section.large_document_module.large_docs
    assert (doc.filename, doc.has_protocol, doc.has_sap, doc.has_icf) == (
        "Prot_SAP_000.pdf",
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("column", "text", "kind"),
    [
        ("Enrollment", "about 30", "wrong_type"), ("Enrollment", "-3", "wrong_type"),
        ("Study Results", "Maybe", "wrong_type"), ("Phases", "Phase 2", "unknown_enum"),
        ("Start Date", "May 2020", "bad_date"), ("Study Design", "Colour: BLUE", "unknown_field"),
        ("Study Design", "Masking: double blind", "unknown_enum"), ("Interventions", "PILL: x", "unknown_enum"),
    ],
)  # fmt: skip
def test_what_a_cell_cannot_be_read_as_is_noted_not_guessed(column: str, text: str, kind: str) -> None:
    result = read(SYNTHETIC | {column: text})
    assert [issue.kind for issue in result.issues] == [kind]


def test_blank_cells_say_nothing() -> None:
    result = read(dict.fromkeys(COLUMNS, " ") | SYNTHETIC)
    assert result.issues == ()
    assert result.record == read(SYNTHETIC).record
    assert result.record.has_results is None


def test_a_row_without_an_id_is_refused() -> None:
    with pytest.raises(InputError):
        read({"Study Title": "Synthetic"})


@given(
    st.dictionaries(st.sampled_from(COLUMNS[1:]), st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
)
def test_any_text_in_any_cell_loads(row: dict[str, Any]) -> None:
    assert read(row | {ID_COLUMN: "NCT99999901"}).record.nct_id == "NCT99999901"


def test_a_row_cut_short_or_too_long_loads() -> None:
    """csv.DictReader gives None for missing cells and a list for cells beyond the header."""
    row: dict[Any, Any] = SYNTHETIC | {"Conditions": None, None: ["beyond"]}
    assert read(row).record.conditions == ()
