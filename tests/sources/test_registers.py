"""Files of WHO ICTRP, ISRCTN and EU CTIS: each field in its place, odd words as issues, bad records by place."""

import csv
import gzip
import io
import json
import time
import tracemalloc
from importlib import resources
from typing import Any, get_args

import pytest
import yaml

from skinproof.errors import InputError
from skinproof.model import fields
from skinproof.model.issue import Issue
from skinproof.model.raw import Limits, RawItem
from skinproof.model.record import StudyRecord
from skinproof.sources.api_shape import facts, whole_number
from skinproof.sources.ctis import read_ctis
from skinproof.sources.files import iter_records
from skinproof.sources.ictrp import read_ictrp
from skinproof.sources.isrctn import read_isrctn
from skinproof.sources.readable import numbered, readable
from skinproof.sources.register_dates import day_of
from skinproof.sources.register_item import register_identity
from tests.sources.paper_samples import read
from tests.sources.raw_samples import zipped
from tests.sources.register_samples import (
    TRIAL,
    ctis_json,
    ctis_trial,
    full_trial,
    ictrp_xml,
    isrctn_xml,
    trial,
    trial_xml,
)

READ = {"ictrp": read_ictrp, "isrctn": read_isrctn, "ctis": read_ctis}


def one(data: bytes) -> tuple[RawItem, StudyRecord, tuple[Issue, ...]]:
    """The one record of a file, read."""
    (item,), refusals = read(data)
    assert refusals == []
    result = READ[item.source](item.body)
    return item, result.record, result.issues


def row(**changed: str) -> tuple[StudyRecord, tuple[Issue, ...]]:
    """The synthetic ICTRP row with some fields changed, read."""
    return one(ictrp_xml(trial(**changed)))[1:]


def table(*rows: dict[str, str], encoding: str = "utf-8", names: bool = True, separator: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    if names:
        writer.writerow(rows[0])
    writer.writerows(r.values() for r in rows)
    return out.getvalue().encode(encoding)


def test_an_ictrp_row_becomes_a_partial_record() -> None:
    item, record, issues = one(ictrp_xml(TRIAL))
    assert (item.record_id, item.source, item.completeness) == ("NCT99900001", "ictrp", "partial")
    assert (item.registry_date, item.version_holder) == ("2098-05-20", "2099-09-06")
    assert issues == ()
    assert (record.nct_id, record.brief_title, record.acronym) == ("NCT99900001", "Synthetic example", None)
    protocol = record.protocol_section
    assert [i.id for i in protocol.identification_module.secondary_id_infos] == ["SYN-1", "ISRCTN00000001"]
    assert (record.start_date, record.first_posted, record.last_update_posted) == (
        "2098-04-25",
        "2098-04-08",
        None,
    )
    assert (record.overall_status, record.study_type, record.phases) == (
        "RECRUITING",
        "INTERVENTIONAL",
        ("PHASE2", "PHASE3"),
    )
    assert (record.enrollment_count, record.enrollment_type) == (50, None)
    assert (record.conditions, record.countries) == (("Scar", "Wound"), ("France", "Japan"))
    assert [(i.type, i.name) for i in record.interventions] == [("DRUG", "Exosomes"), ("OTHER", "Sham")]
    outcomes = protocol.outcomes_module.primary_outcomes
    assert [o.measure for o in outcomes] == ["Scar height; day 90", "Pain"]
    about = protocol.eligibility_module
    assert about.eligibility_criteria == "Inclusion Criteria:\n\n- a scar of at least 2 cm"
    assert (about.minimum_age, about.maximum_age, about.sex) == ("18 Years", None, "ALL")


def test_the_same_trial_in_two_exports_is_one_version() -> None:
    items, _ = read(ictrp_xml(TRIAL, trial(Export_date="07/10/2099 01:02:03"), trial(Target_size="51")))
    first, later, changed = items
    assert first.sha256 == later.sha256 != changed.sha256
    assert (first.version_holder, later.version_holder) == ("2099-09-06", "2099-10-07")
    assert register_identity(json.loads(first.body), first.body) == first.sha256


WORDS = {
    "not recruiting": ({"Recruitment_Status": "Not Recruiting"}, "overallStatus", "unknown_enum"),
    "authorised": ({"Recruitment_Status": "Authorised"}, "overallStatus", "unknown_enum"),
    "no phase chosen": ({"Phase": "Not selected"}, "phases[0]", "unknown_enum"),
    "a phase without counterpart": ({"Phase": "0"}, "phases[0]", "unknown_enum"),
    "numbers of two groups": ({"Target_size": "a:50;b:50;"}, "count", "wrong_type"),
    "a sex that is none": ({"Inclusion_gender": "Whoever"}, "sex", "unknown_enum"),
    "day or month": ({"Date_enrollement": "08/04/2098"}, "date", "bad_date"),
    "no day of a month": ({"Date_registration3": "20980230"}, "date", "bad_date"),
    "words for a date": ({"Date_enrollement": "in spring"}, "date", "bad_date"),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_word_without_counterpart_stays_and_is_noted(case: str) -> None:
    changed, name, kind = WORDS[case]
    _, (issue,) = row(**changed)
    assert (issue.kind, issue.path.rpartition(".")[2]) == (kind, name)


def test_day_and_month_are_told_apart_only_where_that_is_sure() -> None:
    """Some registers write day/month/year; of another's 08/04/2098 the year alone is kept."""
    assert row(Date_enrollement="08/04/2098")[0].start_date == "2098"
    assert row(Date_enrollement="16/04/2098")[0].start_date == "2098-04-16"
    assert row(Date_enrollement="04/16/2098")[0].start_date == "2098-04-16"
    assert row(TrialID="DRKS99900001", Date_enrollement="08/04/2098")[0].start_date == "2098-04-08"


DATES = {
    "April 25, 2024": "2024-04-25",
    "January 2022": "2022-01",
    "20240408": "2024-04-08",
    "2024-04-08": "2024-04-08",
    "2009/04/01": "2009-04-01",
    "2024-4-8": "2024-04-08",
    "2024-04": "2024-04",
    "2024": "2024",
    "27 May 2024": "2024-05-27",
    "27-May-2024": "2024-05-27",
    "16/04/2024 16:01:13": "2024-04-16",
    "2015-11-01T00:00:00.000Z": "2015-11-01",
    "2025-08-20T03:46:14.147548867": "2025-08-20",
    "31/02/2024": "31/02/2024",
    "n.d.": "n.d.",
    "": "",
}


@pytest.mark.parametrize("text", DATES)
def test_dates_keep_the_precision_given(text: str) -> None:
    assert day_of(text).text == DATES[text]


AGES = {
    ">= 20age old": "20 Years",
    "16years-old": "16 Years",
    "60(Year)": "60 Years",
    "2 Months": "2 Months",
    "18": "18",
    "65+": "65+",
    "> 18 Years": "> 18 Years",
    "Not applicable": None,
    "": None,
    "\n\t\t": None,
}


@pytest.mark.parametrize("text", AGES)
def test_an_age_gets_the_unit_that_is_said(text: str) -> None:
    record, issues = row(Inclusion_agemin=text)
    assert (record.protocol_section.eligibility_module.minimum_age, issues) == (AGES[text], ())


def test_the_labels_of_eu_registers_part_end_points_objectives_and_products() -> None:
    record, issues = row(
        TrialID="EUCTR2099-999999-99-XX",
        Primary_outcome="Main Objective: To see; to know;Secondary Objective: More;Primary end point(s): Scar;Timepoint(s) of "
        "evaluation of this end point: day 90",
        Secondary_outcome="Secondary end point(s): Pain\r<br>;Timepoint(s) of evaluation of this end point: day 7",
        Condition="Scar of skin <br>MedDRA version: 20.0\nLevel: LLT\nTerm: Scar\n;Therapeutic area: Diseases [C]",
        Intervention="<br>Product Name: Exosol<br>Product Code: X<br>Strength: 5-<br><br>Trade Name: Sham<br>Pharmaceutical Form: Gel",
        Study_design="Controlled: yes<br>Randomised: yes<br>Open: no<br>Single blind: no<br>Double blind: yes<br>Parallel group: yes",
        Phase="Human pharmacology (Phase I): no\nTherapeutic exploratory (Phase II): yes\nTherapeutic confirmatory - (Phase III): yes",
        Inclusion_gender="<br>Female: yes<br>Male: no<br>",
    )
    protocol = record.protocol_section
    assert issues == ()
    assert record.detailed_description == "Main Objective: To see; to know\n\nSecondary Objective: More"
    module = protocol.outcomes_module
    assert [(o.measure, o.time_frame) for o in module.primary_outcomes] == [("Scar", "day 90")]
    assert [(o.measure, o.time_frame) for o in module.secondary_outcomes] == [("Pain", "day 7")]
    assert record.conditions == ("Scar of skin",)
    assert record.keywords == (
        "MedDRA version: 20.0",
        "Level: LLT",
        "Term: Scar",
        "Therapeutic area: Diseases [C]",
    )
    assert [i.name for i in record.interventions] == ["Exosol", "Sham"]
    assert record.interventions[0].description == "Product Name: Exosol\nProduct Code: X\nStrength: 5-"
    design = record.design_info
    assert (design.allocation, design.intervention_model, design.masking_info) == (
        "RANDOMIZED",
        "PARALLEL",
        None,
    )
    assert "Double blind: yes" in (design.intervention_model_description or "")
    assert record.phases == ("PHASE2", "PHASE3")
    assert protocol.eligibility_module.sex == "FEMALE"


def test_the_words_of_clinicaltrials_gov_in_ictrp_are_the_api_s() -> None:
    record, issues = row(
        Study_design="Allocation: N/A. Intervention model: Single Group Assignment. Primary purpose: Treatment. Masking: "
        "Double (Participant, Investigator)."
    )
    design = record.design_info
    assert issues == ()
    assert (design.allocation, design.intervention_model, design.primary_purpose) == (
        "NA",
        "SINGLE_GROUP",
        "TREATMENT",
    )
    assert design.masking_info is not None
    assert (design.masking_info.masking, design.masking_info.who_masked) == (
        "DOUBLE",
        ("PARTICIPANT", "INVESTIGATOR"),
    )
    other = row(Study_design="Allocation: ; Masking: ; Study design purpose: diagnostic")
    assert other[1] == () and other[0].design_info.allocation is None


def test_codes_are_keywords_and_no_conditions() -> None:
    record, _ = row(Condition="Scar of skin;L90.5;10039580", Primary_outcome="Height;Pain;")
    assert (record.conditions, record.keywords) == (("Scar of skin",), ("L90.5", "10039580"))
    assert [o.measure for o in record.protocol_section.outcomes_module.primary_outcomes] == ["Height", "Pain"]


SPACED = {name.replace("_", " "): text for name, text in TRIAL.items()}


@pytest.mark.parametrize(
    "data",
    [
        table(SPACED),
        b"\xef\xbb\xbf" + table(SPACED),
        table(SPACED, separator=";"),
        table(SPACED, separator="\t"),
        gzip.compress(table(SPACED)),
        zipped({"a.csv": table(SPACED)}),
        table(TRIAL),
    ],
    ids=["csv", "bom", "semicolons", "tabs", "gzip", "zip", "names of the XML"],
)
def test_the_csv_gives_the_record_that_the_xml_gives(data: bytes) -> None:
    item, record, issues = one(data)
    assert (item.source, item.record_id, issues) == ("ictrp", "NCT99900001", ())
    assert item.where.endswith("line 2")
    assert record == one(ictrp_xml(TRIAL))[1]


def test_the_weekly_file_is_read_without_a_line_of_names() -> None:
    names = facts("ictrp")["columns"]
    cells = dict.fromkeys(names, "") | {
        "TrialID": "NCT99900001",
        "last_updated": "20 May 2098",
        "SecondaryIDs": "SYN-1",
        "public_title": "Synthetic, example",
        "Conditions": "Scar",
        "Gender": "Female",
        "type_enrolment": "Anticipated",
        "Target_size": "7",
    }
    (item,), refusals = read(table(cells, names=False))
    record = read_ictrp(item.body).record
    assert (refusals, item.registry_date, record.conditions) == ([], "2098-05-20", ("Scar",))
    assert (record.brief_title, record.enrollment_count, record.enrollment_type) == (
        "Synthetic, example",
        7,
        "ESTIMATED",
    )
    named = {("" if name == "last_updated" else name): text for name, text in cells.items()}
    assert read(table(named))[0][0].registry_date == "2098-05-20"


BAD_ROWS = {
    "no id": (trial_xml(trial(TrialID="")), "no TrialID"),
    "a sentence for an id": (trial_xml(trial(TrialID="not yet assigned")), "found 'not yet assigned'"),
    "a markup for an id": (trial_xml(trial(TrialID="<script>1")), "should be a registry's id"),
    "a field twice": (trial_xml(TRIAL).replace("</Trial>", "<Phase>4</Phase></Trial>"), "the element Phase is there twice"),
    "not closed": (trial_xml(TRIAL).removesuffix("</Trial>"), "not closed before the next"),
    "not well-formed": (trial_xml(TRIAL).replace("Synthetic example\n", "<b>a\n", 1), "not XML"),
    "between": ("<Other>x</Other>", "between records"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_costs_only_itself(case: str) -> None:
    bad, reason = BAD_ROWS[case]
    items, (refusal,) = read(ictrp_xml(trial(TrialID="NCT99900002"), bad, trial(TrialID="NCT99900003")))
    assert [item.record_id for item in items] == ["NCT99900002", "NCT99900003"]
    assert reason in refusal.reason and refusal.where.startswith("line ")


def test_a_bad_row_of_a_table_costs_only_itself() -> None:
    rows = [
        SPACED,
        {**SPACED, "TrialID": ""},
        {**SPACED, "Public title": "latin é"},
        {**SPACED, "TrialID": "NCT99900004"},
    ]
    data = b"".join(part.encode("latin-1") for part in table(*rows).decode().splitlines(keepends=True))
    items, refusals = read(data)
    assert [item.record_id for item in items] == ["NCT99900001", "NCT99900004"]
    assert [refusal.reason for refusal in refusals] == [
        "no TrialID",
        "not UTF-8 text; save the file as UTF-8",
    ]
    assert all(", byte" not in refusal.where for refusal in refusals)


WHOLE = {
    "utf-16 xml": (ictrp_xml(TRIAL).decode().encode("utf-16"), "UTF-16 text; save the file as UTF-8"),
    "utf-16 csv": (table(SPACED, encoding="utf-16"), "UTF-16 text; save the file as UTF-8"),
    "xml in latin-1": (ictrp_xml(TRIAL).replace(b"UTF-8", b"ISO-8859-1"), "XML in ISO-8859-1; save the file as UTF-8"),
    "entities": (
        b'<!DOCTYPE Trials_downloaded_from_ICTRP [<!ENTITY a "b">]>' + ictrp_xml(TRIAL).split(b"\n", 1)[1],
        "entities of its own",
    ),
    "a column twice": (table(SPACED).replace(b"Acronym", b"Phase", 1), "a column name is there twice"),
    "ctis search": (json.dumps({"data": [ctis_trial()], "ctStatus": 1, "ctNumber": None}).encode(), "page of search results"),
    "ctis line of a search": (b'{"ctNumber": "2099-599999-01-00", "ctStatus": 4}', "no authorizedPartI"),
    "ctis without a number": (ctis_json(ctis_trial(ctNumber=None)), "no ctNumber"),
    "ctis with another number": (ctis_json(ctis_trial("2099-12")), "found '2099-12'"),
    "ctis with a key twice": (ctis_json(ctis_trial()).replace(b'"ctStatus": 4', b'"ctStatus": 4, "ctStatus": 5'), "there twice"),
    "isrctn without a number": (isrctn_xml(full_trial("")), "no ISRCTN number"),
    "isrctn with another number": (isrctn_xml(full_trial("12")), "should be 8 digits, found '12'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_what_is_no_record_is_refused_with_its_reason(case: str) -> None:
    data, reason = WHOLE[case]
    items, refusals = read(data)
    assert (items if "entities" not in case else []) == []
    assert reason in refusals[0].reason


@pytest.mark.parametrize(
    "data",
    [ictrp_xml(TRIAL, trial(TrialID="NCT99900002")), isrctn_xml(full_trial(), full_trial("00000002"))],
    ids=["ictrp", "isrctn"],
)
def test_a_file_cut_off_anywhere_gives_its_whole_records_and_says_so(data: bytes) -> None:
    whole = len(read(data)[0])
    assert whole == 2
    for cut in range(len(data) // 2, len(data) - 20, 97):
        items, refusals = read(data[:cut])
        assert len(items) <= whole and refusals
    packed = gzip.compress(data)
    assert any("cut off" in refusal.reason for refusal in read(packed[: len(packed) - 12])[1])


def test_an_isrctn_trial_becomes_a_full_record() -> None:
    output = '<outputs><output outputType="resultsarticle"><externalLink url="https://pubmed.ncbi.nlm.nih.gov/999000001/"/></output></outputs>'
    data = isrctn_xml(full_trial(around="").replace("</trial>", output + "</trial>"))
    item, record, issues = one(data)
    assert (item.record_id, item.source, item.completeness) == ("ISRCTN00000001", "isrctn", "full")
    assert (item.registry_date, issues) == ("2098-03-04", ())
    protocol = record.protocol_section
    assert (record.first_posted, record.last_update_posted, record.start_date) == (
        "2097-02-03",
        "2098-03-04",
        "2098-05-06",
    )
    assert [(i.id, i.type) for i in protocol.identification_module.secondary_id_infos] == [
        ("NCT99900001", "REGISTRY"),
        ("SYN-1", None),
    ]
    assert [o.measure for o in protocol.outcomes_module.primary_outcomes] == [
        "1. Scar height > 2 mm",
        "2. Pain",
    ]
    assert (record.enrollment_count, record.enrollment_type) == (1200, "ESTIMATED")
    assert (record.phases, record.design_info.allocation) == (("PHASE1", "PHASE2"), "RANDOMIZED")
    assert protocol.eligibility_module.minimum_age == "18 Years"
    sponsors = protocol.sponsor_collaborators_module
    assert sponsors.lead_sponsor is not None
    assert (sponsors.lead_sponsor.name, sponsors.lead_sponsor.class_) == ("Synthetic University", "OTHER")
    assert [c.name for c in sponsors.collaborators] == ["Synthetic Fund"]
    (paper,) = protocol.references_module.references
    assert (paper.pmid, paper.type) == ("999000001", "RESULT")


def test_one_isrctn_trial_by_itself_is_the_same_version_as_in_a_list() -> None:
    alone = full_trial().replace("<fullTrial>", '<fullTrial xmlns="http://www.67bricks.com/isrctn">').encode()
    assert one(alone)[0].sha256 == one(isrctn_xml(full_trial()))[0].sha256


def test_isrctn_lines_lack_the_sponsor_and_are_partial() -> None:
    line = {
        "isrctn": "00000001",
        "trialDescription": {"title": "Synthetic"},
        "record_last_import": "2099-01-02 03:04:05",
    }
    data = (json.dumps(line) + "\n" + json.dumps({**line, "isrctn": "00000002"}) + "\n").encode()
    items, refusals = read(data)
    assert (refusals, [(i.record_id, i.completeness, i.version_holder) for i in items]) == (
        [],
        [("ISRCTN00000001", "partial", "2099-01-02"), ("ISRCTN00000002", "partial", "2099-01-02")],
    )


def test_outcomes_in_parts_keep_their_method_and_times() -> None:
    inside = (
        "<secondaryOutcomes><outcomeMeasure><variable>Redness</variable><method>Photo</method>"
        "<timepoints>Day 7</timepoints></outcomeMeasure></secondaryOutcomes>"
    )
    _, record, _ = one(isrctn_xml(full_trial(inside=inside)))
    (found,) = record.protocol_section.outcomes_module.secondary_outcomes
    assert (found.measure, found.description, found.time_frame) == ("Redness", "Photo", "Day 7")


def test_a_ctis_trial_becomes_a_full_record() -> None:
    item, record, issues = one(ctis_json(ctis_trial()))
    assert (item.record_id, item.source, item.completeness) == ("2099-599999-01-00", "ctis", "full")
    assert (item.registry_date, issues) == ("2098-05-09", ())
    protocol = record.protocol_section
    ids = protocol.identification_module
    assert [i.id for i in ids.secondary_id_infos] == ["NCT99900001", "1; 2"]
    assert ids.org_study_id_info is not None and ids.org_study_id_info.id == "SYN-1"
    assert (record.start_date, record.first_posted, record.last_update_posted) == (
        "2098-04-08",
        "2098-03-02",
        "2098-05-09",
    )
    assert (record.overall_status, record.phases, record.study_type) == (
        "RECRUITING",
        ("PHASE2",),
        "INTERVENTIONAL",
    )
    assert (record.enrollment_count, record.enrollment_type) == (50, "ESTIMATED")
    (product,) = record.interventions
    assert product.name == "Exosomes"
    assert product.description == "Role: Test\nRoute: TOPICAL USE\nLargest daily dose: 10 mg"
    assert [o.measure for o in protocol.outcomes_module.primary_outcomes] == ["Height", "Pain"]
    about = protocol.eligibility_module
    assert (about.sex, about.std_ages) == ("FEMALE", ("ADULT",))
    assert about.eligibility_criteria == "Inclusion Criteria:\n\n1. a scar > 2 cm"
    assert record.countries == ("France", "Japan")


def test_ctis_lists_lines_and_the_older_shape_are_read() -> None:
    both = (ctis_trial(), ctis_trial("2099-599998-01-00"))
    for data in (
        ctis_json(*both),
        b"\n".join(ctis_json(t) for t in both),
        b"\xef\xbb\xbf" + ctis_json(*both),
    ):
        items, refusals = read(data)
        assert (refusals, [i.record_id for i in items]) == ([], [t["ctNumber"] for t in both])
    new = ctis_trial()
    application = new.pop("authorizedApplication")
    old = {**new, **application, "ctStatus": "Ongoing, recruiting", "lastUpdated": "2098-05-09"}
    del old["ctPublicStatusCode"]
    assert one(ctis_json(old))[1] == one(ctis_json(ctis_trial()))[1]


ODD_CTIS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown code": ({"ctPublicStatusCode": 99}, "wrong_type"),
    "ended": ({"ctPublicStatusCode": 8}, "unknown_enum"),
    "a phase that is none": ({"trialPhase": "Phase X"}, "unknown_enum"),
    "a day that is none": ({"lastUpdated": "31/02/2098"}, "bad_date"),
}


@pytest.mark.parametrize("case", ODD_CTIS)
def test_odd_words_of_ctis_become_issues(case: str) -> None:
    changed, kind = ODD_CTIS[case]
    _, _, (issue,) = one(ctis_json(ctis_trial(**changed)))
    assert issue.kind == kind


def test_a_company_that_ctis_calls_non_commercial_gets_no_class() -> None:
    whole = ctis_trial()
    whole["authorizedApplication"]["authorizedPartI"]["sponsors"][0]["commercial"] = "Non-Commercial"
    _, record, (issue,) = one(ctis_json(whole))
    assert issue.found == '"Pharmaceutical company, Non-Commercial"'
    sponsor = record.protocol_section.sponsor_collaborators_module.lead_sponsor
    assert sponsor is not None and (sponsor.name, sponsor.class_) == ("Synthetic", None)


HOSTILE: list[Any] = [
    None,
    7,
    True,
    "x",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    [{"number": "x"}],
    "a" * 1000,
    -1,
    1.5,
]


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_any_value_anywhere_in_a_ctis_trial_is_read_or_noted(value: Any) -> None:
    """No shape of one field takes the rest of the record with it."""

    def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        return [path, *(found for key, child in inner for found in places(child, (*path, key)))][
            bool(not path) :
        ]

    for path in places(ctis_trial()):
        whole: Any = ctis_trial()
        holder = whole
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = value
        (parts, refusals) = read(json.dumps(whole).encode())
        for item in parts:
            assert read_ctis(item.body).record.nct_id == item.record_id
        assert len(parts) + len(refusals) >= 1


@pytest.mark.parametrize("name", ["ictrp", "isrctn", "ctis"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[1]", b'{"a":1}'])
def test_a_body_that_is_none_of_ours_is_an_input_error(name: str, body: bytes) -> None:
    with pytest.raises(InputError):
        READ[name](body)


def test_readable_text_loses_tags_and_keeps_words() -> None:
    assert readable("a<br/>b<BR>c") == "a\nb\nc"
    assert readable("eGFR <45 mL, TGF-<b>b</b>, <TGF>, x<y>z") == "eGFR <45 mL, TGF-b, <TGF>, x<y>z"
    assert readable('<p class="x">One</p><ul><li>two</li><li>three</li></ul>') == "One\n\ntwo\nthree"
    assert readable("&lt;br&gt;a &amp;gt; b") == "a > b"
    assert readable("H<sub>2</sub>O 10<sup>9</sup>/mL CD4<sup>+</sup>") == "H2O 10⁹/mL CD4+"
    assert readable("a\r\nb\u2028c") == "a\nb\nc"
    start = time.process_time()
    readable("<" * 200_000 + "<p " * 50_000 + "&" * 100_000)
    assert time.process_time() - start < 5


def test_only_a_list_numbered_without_a_gap_is_taken_apart() -> None:
    assert numbered("1. a\n2. b\nmore\n3) c") == ["1. a", "2. b\nmore", "3) c"]
    for whole in ("1. a\n3. b", "first:\n1. a\n2. b", "1. a", "1.5 mg\n2.5 mg"):
        assert numbered(whole) == [whole]
    assert numbered("") == []


def test_counts_are_numbers_or_stay_words() -> None:
    assert [whole_number(text) for text in ("3,060", "0", "", "12 (6 each)", "9" * 30)] == [
        3060,
        0,
        None,
        "12 (6 each)",
        "9" * 30,
    ]


LISTS = {
    "status": fields.OverallStatus,
    "study_type": fields.StudyType,
    "phase": fields.Phase,
    "phase_line": fields.Phase,
    "sex": fields.Sex,
    "age": fields.StandardAge,
    "allocation": fields.DesignAllocation,
    "model": fields.InterventionalAssignment,
    "purpose": fields.PrimaryPurpose,
    "masking": fields.DesignMasking,
    "who_masked": fields.WhoMasked,
    "intervention": fields.InterventionType,
    "sponsor": fields.AgencyClass,
    "enrolment": fields.EnrollmentType,
    "sharing": fields.IpdSharing,
}


@pytest.mark.parametrize("name", ["ictrp", "isrctn", "ctis"])
def test_every_word_of_a_facts_file_is_one_of_the_api_and_every_source_has_its_terms(name: str) -> None:
    found = yaml.safe_load((resources.files("skinproof.sources") / f"{name}.yml").read_text("utf-8"))
    assert found["terms"]["page"].startswith("https://") and found["terms"]["asks"]
    for table_name, words in found["words"].items():
        assert all(word == word.lower() for word in words), table_name
        if table_name in LISTS:
            given = {
                one for value in words.values() for one in (value if isinstance(value, list) else [value])
            }
            assert given <= set(get_args(LISTS[table_name])), table_name


def test_a_large_xml_is_read_in_little_memory() -> None:
    """Memory does not grow with the file: 60 MB here."""
    text = trial_xml(trial(Inclusion_Criteria="synthetic words " * 2000)).encode()

    class Long(io.RawIOBase):
        left = 2000

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if not self.left:
                return b""
            self.left -= 1
            return (
                (b"<Trials_downloaded_from_ICTRP>" if self.left == 1999 else b"")
                + text
                + (b"</Trials_downloaded_from_ICTRP>" if not self.left else b"")
            )

    tracemalloc.start()
    count = sum(isinstance(part, RawItem) for part in iter_records(Long(), "large", Limits()))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000 and peak < 30 << 20
