"""A registry record is read whole, or with a note of each odd value; it is never lost for an odd field."""

import copy
import json
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skinproof.errors import InputError
from skinproof.model.issue import FOUND_LENGTH, KINDS
from skinproof.model.record import StudyRecord
from skinproof.sources.ctgov import LARGEST_BELIEVED_ENROLLMENT, read_ctgov
from skinproof.sources.ctgov_walk import MOST_ISSUES
from tests.chance import examples
from tests.sources.regold import expected_path, golden_body, golden_ids, reading

SYNTHETIC = "NCT99999901"


def synthetic(**protocol: Any) -> dict[str, Any]:
    """A synthetic record that says nothing but its id and `protocol`."""
    return {"protocolSection": {"identificationModule": {"nctId": SYNTHETIC}, **protocol}}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def without_blanks(value: Any) -> Any:
    """The value without nulls and empty lists, which mean the same as nothing."""
    if isinstance(value, dict):
        return {key: without_blanks(item) for key, item in value.items() if item not in (None, [])}
    if isinstance(value, list):
        return [without_blanks(item) for item in value]
    return value


# Golden records


@pytest.mark.parametrize("nct_id", golden_ids())
def test_golden_records_read_as_expected(nct_id: str) -> None:
    expected = json.loads(expected_path(nct_id).read_bytes())
    assert json.loads(msgspec.json.encode(reading(nct_id))) == expected


@pytest.mark.parametrize("nct_id", golden_ids())
def test_nothing_of_a_golden_record_is_lost(nct_id: str) -> None:
    result = read_ctgov(golden_body(nct_id))
    written = json.loads(msgspec.json.encode(result.record))
    assert written == without_blanks(json.loads(golden_body(nct_id)))


def test_posted_results_are_read_with_groups_denominators_and_events() -> None:
    results = read_ctgov(golden_body("NCT02467387")).record.results_section
    assert results is not None
    assert results.adverse_events_module is not None
    event = results.adverse_events_module.serious_events[0]
    assert (event.term, event.stats[0].num_affected, event.stats[0].num_at_risk) == (
        "atrial fibrillation",
        1,
        22,
    )
    assert results.outcome_measures_module is not None
    measure = results.outcome_measures_module.outcome_measures[0]
    assert {count.group_id for count in measure.denoms[0].counts} == {group.id for group in measure.groups}


# What is refused


@pytest.mark.parametrize(
    "odd",
    [
        b"", b"null", b"[]", b"5", b'"NCT99999901"', b"{", b"<html></html>", b"\xff\xfe", b'{"a": NaN}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"protocolSection": {}} x',
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(odd: bytes) -> None:
    with pytest.raises(InputError):
        read_ctgov(odd)


@pytest.mark.parametrize(
    "nct_id",
    [
        None,
        99999901,
        "",
        "NCT9999990",
        "NCT999999011",
        " NCT99999901",
        "NCT99999901\n",
        "nct99999901",
        "NCT٩٩٩٩٩٩٠١",
    ],
)
def test_a_record_without_an_nct_id_is_refused_with_what_was_found(nct_id: Any) -> None:
    with pytest.raises(InputError, match=r"identificationModule\.nctId"):
        read_ctgov(body({"protocolSection": {"identificationModule": {"nctId": nct_id}}}))


def test_ids_of_other_registries_are_read_only_where_asked() -> None:
    other = body({"protocolSection": {"identificationModule": {"nctId": "SYNTHETIC-1"}}})
    with pytest.raises(InputError):
        read_ctgov(other)
    assert read_ctgov(other, any_registry_id=True).record.nct_id == "SYNTHETIC-1"


# What is noted


@pytest.mark.parametrize(
    ("protocol", "kind", "path", "found"),
    [
        ({"designModule": {"phases": ["PHASE1", "PHASE9"]}}, "unknown_enum", "designModule.phases[1]", '"PHASE9"'),
        ({"designModule": {"phases": "PHASE1"}}, "wrong_type", "designModule.phases", '"PHASE1"'),
        ({"designModule": {"phases": None}}, "wrong_type", "designModule.phases", "null"),
        ({"statusModule": {"startDateStruct": {"date": "2021-02-30"}}}, "bad_date", "statusModule.startDateStruct.date", '"2021-02-30"'),
        ({"statusModule": {"whyStopped": 5}}, "wrong_type", "statusModule.whyStopped", "5"),
        ({"statusModule": "RECRUITING"}, "wrong_type", "statusModule", '"RECRUITING"'),
        ({"newModule": {"a": 1}}, "unknown_field", "newModule", '{"a": 1}'),
        ({"designModule": {"enrollmentInfo": {"count": "12"}}}, "wrong_type", "designModule.enrollmentInfo.count", '"12"'),
        ({"designModule": {"enrollmentInfo": {"count": 12.0}}}, "wrong_type", "designModule.enrollmentInfo.count", "12.0"),
        ({"designModule": {"enrollmentInfo": {"count": True}}}, "wrong_type", "designModule.enrollmentInfo.count", "true"),
        ({"designModule": {"enrollmentInfo": {"count": -1}}}, "out_of_range", "designModule.enrollmentInfo.count", "-1"),
        ({"designModule": {"enrollmentInfo": {"count": 2**31}}}, "out_of_range", "designModule.enrollmentInfo.count", "2147483648"),
        ({"contactsLocationsModule": {"locations": [{"geoPoint": {"lat": 91, "lon": 0}}]}}, "out_of_range", "contactsLocationsModule.locations[0].geoPoint.lat", "91"),
        ({"oversightModule": {"isUsExport": "yes"}}, "wrong_type", "oversightModule.isUsExport", '"yes"'),
        ({"a b": 1}, "unknown_field", '["a b"]', "1"),
    ],
)  # fmt: skip
def test_an_odd_value_is_noted_with_its_place_and_text(
    protocol: dict[str, Any], kind: str, path: str, found: str
) -> None:
    result = read_ctgov(body(synthetic(**protocol)))
    (issue,) = result.issues
    place = f"protocolSection{path}" if path.startswith("[") else f"protocolSection.{path}"
    assert (issue.kind, issue.path, issue.found) == (kind, place, found)
    assert result.record.nct_id == SYNTHETIC


def test_a_good_word_beside_an_unknown_one_is_kept() -> None:
    result = read_ctgov(body(synthetic(designModule={"phases": ["PHASE1", "PHASE9", "PHASE2"]})))
    assert result.record.phases == ("PHASE1", "PHASE2")


def test_an_alias_that_is_no_nct_id_is_noted() -> None:
    record = synthetic()
    record["protocolSection"]["identificationModule"]["nctIdAliases"] = ["NCT99999902", "99999903"]
    result = read_ctgov(body(record))
    assert result.record.aliases == ("NCT99999902",)
    assert [issue.kind for issue in result.issues] == ["bad_id"]


def test_more_participants_than_anyone_believes_are_noted_and_kept() -> None:
    """Some are real, so the count is not thrown away; a sum can leave it out by its issue."""
    info = {"count": LARGEST_BELIEVED_ENROLLMENT + 1}
    result = read_ctgov(body(synthetic(designModule={"enrollmentInfo": info})))
    assert result.record.enrollment_count == LARGEST_BELIEVED_ENROLLMENT + 1
    assert [issue.kind for issue in result.issues] == ["out_of_range"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [(b"1e999", "out_of_range"), (b"9" * 5000, "out_of_range"), (b"-" + b"9" * 30, "out_of_range"), (b"1.5", "wrong_type")],
)  # fmt: skip
def test_a_number_no_machine_holds_does_not_lose_the_record(text: bytes, kind: str) -> None:
    record = body(synthetic(designModule={"enrollmentInfo": {"count": "@"}})).replace(b'"@"', text)
    result = read_ctgov(record)
    (issue,) = result.issues
    assert (issue.kind, result.record.enrollment_count) == (kind, None)
    assert len(issue.found) <= FOUND_LENGTH


def test_nesting_at_the_edge_of_what_can_be_read_loads_or_is_refused() -> None:
    for depth in range(900, 1000, 3):
        deep = b"[" * depth + b"]" * depth
        try:
            result = read_ctgov(body(synthetic(odd="@")).replace(b'"@"', deep))
        except InputError:
            continue
        assert [issue.kind for issue in result.issues] == ["unknown_field"]


def test_half_a_surrogate_pair_is_noted_and_the_rest_is_read() -> None:
    record = synthetic(
        descriptionModule={"briefSummary": "\ud800 half", "detailedDescription": "whole \U0001f9ea"}
    )
    result = read_ctgov(body(record))
    assert result.record.brief_summary is None
    assert result.record.detailed_description == "whole \U0001f9ea"
    (issue,) = result.issues
    assert issue.kind == "bad_text"
    issue.found.encode()


def test_a_surrogate_in_a_field_name_can_be_written_out() -> None:
    (issue,) = read_ctgov(body(synthetic(**{"\udfff": 1}))).issues
    assert issue.kind == "unknown_field"
    msgspec.json.encode(issue)


def test_long_raw_texts_are_cut() -> None:
    (issue,) = read_ctgov(body(synthetic(statusModule={"whyStopped": ["x" * 10_000]}))).issues
    assert len(issue.found) == FOUND_LENGTH
    (issue,) = read_ctgov(body(synthetic(designModule={"studyType": "é" * 10_000}))).issues
    assert len(issue.found) == FOUND_LENGTH


def test_a_record_cannot_flood_the_issue_list() -> None:
    result = read_ctgov(body(synthetic(designModule={"phases": ["?"] * (MOST_ISSUES + 7)})))
    assert len(result.issues) == MOST_ISSUES + 1
    assert result.issues[-1].kind == "more_issues"
    assert result.issues[-1].message.startswith("7 ")


def test_null_in_an_optional_field_means_not_reported() -> None:
    result = read_ctgov(body(synthetic(statusModule={"whyStopped": None, "startDateStruct": None})))
    assert result.issues == ()
    # and the same where something else is odd
    result = read_ctgov(body(synthetic(statusModule={"whyStopped": None, "odd": 1})))
    assert [issue.path for issue in result.issues] == ["protocolSection.statusModule.odd"]


# Every field of the model


def leaves(type_: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """(JSON names down to it, type) of every field of the model that holds a value; `[]` marks a list."""
    origin, args = get_origin(type_), get_args(type_)
    if origin in (UnionType, Union):
        return leaves(next(arg for arg in args if arg is not type(None)), path)
    if origin is tuple:
        return leaves(args[0], (*path, "[]"))
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        fields = msgspec.structs.fields(type_)
        return [leaf for field in fields for leaf in leaves(field.type, (*path, field.encode_name))]
    return [(path, type_)]


LEAVES = leaves(StudyRecord)


def with_value(path: tuple[str, ...], value: Any) -> tuple[dict[str, Any], str]:
    """A synthetic record with `value` at `path`, and the path as an issue writes it."""
    for step in reversed(path):
        value = [value] if step == "[]" else {step: value}
    record = value
    record.setdefault("protocolSection", {}).setdefault("identificationModule", {}).setdefault(
        "nctId", SYNTHETIC
    )
    return record, ".".join(path).replace(".[]", "[0]")


@pytest.mark.parametrize("odd", [5, "?", True, {"odd": 1}, ["?"], 10**30, -3.5])
def test_a_wrong_type_in_every_field_still_loads(odd: Any) -> None:
    """Not one field of the model can make a record unreadable."""
    for path, _ in LEAVES:
        if path[-1] == "nctId" and "expandedAccessInfo" not in path:
            continue
        record, _ = with_value(path, odd)
        result = read_ctgov(body(record))
        assert result.record.nct_id == SYNTHETIC, path
        assert {issue.kind for issue in result.issues} <= set(KINDS)


def test_every_date_field_is_checked() -> None:
    """A date field that the fast reading forgot would let 2021-02-30 through without a word."""
    dates = [
        (path, type_) for path, type_ in LEAVES if get_origin(type_) is Annotated and get_args(type_)[1].title
    ]
    assert len(dates) == 29
    for path, _ in dates:
        for odd in ("2021-02-30", "2021-02-30T10:00", "soon"):
            record, place = with_value(path, odd)
            (issue,) = read_ctgov(body(record)).issues
            assert (issue.kind, issue.path, issue.found) == ("bad_date", place, json.dumps(odd))


# Mutated golden records

GOLDEN = {nct_id: json.loads(golden_body(nct_id)) for nct_id in golden_ids()}


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


ID_CHAIN = ("protocolSection", "identificationModule", "nctId")
PLACES = [
    (nct_id, place)
    for nct_id, record in GOLDEN.items()
    for place in places(record)
    if place != ID_CHAIN[: len(place)]
]


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def written(place: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def wrong_for(value: Any) -> list[Any]:
    """Values of another JSON type than `value` has."""
    others = [{"odd": 1}, ["odd", 1], "odd", True, 7.5]
    same = {dict: dict, list: list, str: str, bool: bool, int: float, float: float}[type(value)]
    return [other for other in others if type(other) is not same]


@given(st.sampled_from(PLACES), st.data())
@settings(max_examples=examples(200))
def test_a_wrong_type_anywhere_is_noted_there_and_only_that_value_is_dropped(
    where: tuple[str, tuple[str | int, ...]], data: st.DataObject
) -> None:
    nct_id, place = where
    mutated, removed = copy.deepcopy(GOLDEN[nct_id]), copy.deepcopy(GOLDEN[nct_id])
    parent, last = at(mutated, place[:-1]), place[-1]
    parent[last] = data.draw(st.sampled_from(wrong_for(parent[last])))
    del at(removed, place[:-1])[last]
    result = read_ctgov(body(mutated))
    assert [issue.path for issue in result.issues] == [written(place)]
    assert result.record == read_ctgov(body(removed)).record


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(PLACES), json_values), min_size=1, max_size=4))
@settings(max_examples=examples(200))
def test_any_value_anywhere_loads_and_what_is_kept_reads_without_issues(
    changes: list[tuple[tuple[str, tuple[str | int, ...]], Any]],
) -> None:
    nct_id = changes[0][0][0]
    record = copy.deepcopy(GOLDEN[nct_id])
    for (_, place), value in changes:
        try:
            parent = at(record, place[:-1])
            parent[place[-1]] = value
        except (LookupError, TypeError):
            continue
    first = read_ctgov(body(record))
    again = read_ctgov(msgspec.json.encode(first.record))
    assert again.record == first.record
    assert [issue for issue in again.issues if issue.kind != "out_of_range"] == []
