"""The model names every field and word the registry's own description names, and no other."""

import json
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
import yaml

from skinproof.model import fields, record
from skinproof.model.record import StudyRecord

DESCRIPTIONS = (
    "ctg-oas-v2_cyanheads_aktagon.yaml",
    "ctg-oas-v2_openwork.yaml",
    "ctg-oas-v2_danemesis.yaml",
    "ctg-oas-v2_jrenewhite.yaml",
    "ctg-oas-v2_2023-10_mcode.yaml",
)
RENAMED = {"Status": "OverallStatus"}


def model_tree(type_: Any, path: str = "") -> dict[str, str]:
    """JSON path -> kind of value, for every field of the model."""
    origin, args = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return model_tree(args[0], path)
    if origin in (UnionType, Union):
        return model_tree(next(arg for arg in args if arg is not type(None)), path)
    if origin is tuple:
        return model_tree(args[0], path + "[]")
    if origin is Literal:
        return {path: "string"}
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        tree = {}
        for field in msgspec.structs.fields(type_):
            tree |= model_tree(field.type, f"{path}.{field.encode_name}")
        return tree
    return {path: {str: "string", int: "integer", float: "number", bool: "boolean"}[type_]}


def described_tree(schemas: dict[str, Any], node: dict[str, Any], path: str = "") -> dict[str, str]:
    if "$ref" in node:
        node = schemas[node["$ref"].rpartition("/")[2]]
    if node.get("type") == "array":
        return described_tree(schemas, node["items"], path + "[]")
    if "properties" in node:
        tree = {}
        for name, inner in node["properties"].items():
            tree |= described_tree(schemas, inner, f"{path}.{name}")
        return tree
    return {path: node["type"]}


@pytest.fixture(scope="module")
def described(shared: Path) -> dict[str, dict[str, Any]]:
    folder = shared / "data" / "ctgov_api"
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in DESCRIPTIONS}
    return {name: yaml.load(text, yaml.CSafeLoader)["components"]["schemas"] for name, text in texts.items()}


def test_every_described_field_is_in_the_model_and_no_other(described: dict[str, dict[str, Any]]) -> None:
    """A field that is missing here would be an unknown_field issue in every record that has it."""
    model = model_tree(StudyRecord)
    union: dict[str, str] = {}
    for schemas in described.values():
        tree = described_tree(schemas, schemas["Study"])
        # A description that leaves a part open (type: object) says nothing of what is in it.
        union |= {path: kind for path, kind in tree.items() if kind != "object"}
    union[".protocolSection.designModule.nPtrsToThisExpAccNctId"] = "integer"  # number in some versions
    assert model == union


def test_every_word_list_is_the_described_one(shared: Path) -> None:
    listed = json.loads((shared / "data/ctgov_api/enums_from_oas_2.0.5.json").read_text(encoding="utf-8"))
    listed.pop("FieldStatsType")  # of the statistics end points, not of a record
    for name, words in listed.items():
        assert list(get_args(getattr(fields, RENAMED.get(name, name)))) == words, name


def test_word_lists_keep_words_of_every_version(described: dict[str, dict[str, Any]]) -> None:
    for schemas in described.values():
        for name, node in schemas.items():
            known = getattr(fields, RENAMED.get(name, name), None)
            if "enum" in node and known is not None:
                assert set(node["enum"]) <= set(get_args(known)), name


def test_modules_a_record_lacks_are_empty_and_sections_are_none() -> None:
    empty = StudyRecord()
    assert empty.protocol_section.design_module == record.DesignModule()
    assert empty.results_section is None
    assert (empty.nct_id, empty.enrollment_count, empty.version_holder, empty.countries) == (
        "",
        None,
        None,
        (),
    )
    assert empty.design_info == record.DesignInfo()


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        StudyRecord().has_results = True  # type: ignore[misc]
