"""Asking an edition: filters by vocabulary, days, ids and words."""

from collections.abc import Iterator

import pytest

from skinproof.errors import NotFoundError, UsageError
from skinproof.model.summary import Filters
from skinproof.workflows.build import build
from skinproof.workflows.query import Workspace, last_day, open_workspace
from tests.workflows.records import ALL
from tests.workflows.test_build import imported


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    data = imported(tmp_path_factory.mktemp("query") / "data", ALL)
    build(data)
    opened = open_workspace(data)
    yield opened
    opened.close()


def ids(workspace: Workspace, as_of: str | None = None, **filters: object) -> list[int]:
    selection = workspace.select(Filters(**filters), as_of)  # type: ignore[arg-type]
    return [int(study.record_id[-1]) for study in selection.studies]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"agent": ("ev",)}, [1, 3]),
        ({"agent": ("agent:exosome",), "role": ("given",)}, [1]),
        ({"agent": ("ev",), "role": ("measured",)}, [3]),
        ({"agent": ("prp", "ev")}, [1, 2, 3]),
        ({"role": ("given",)}, [1, 2, 4]),
        ({"indication": ("indication:skin",)}, [1, 2, 3]),
        ({"cutaneous": "no"}, [4]),
        ({"aesthetic": "yes", "cutaneous": "yes"}, [1, 2]),
        ({"posted_from": "2020", "posted_to": "2020-12"}, [3]),
    ],
)
def test_filters_select_what_they_name(
    workspace: Workspace, filters: dict[str, object], expected: list[int]
) -> None:
    """Several values of a filter mean OR, filters mean AND, and a term includes what lies below it."""
    assert ids(workspace, **filters) == expected


def test_a_day_shows_the_study_as_it_stood(workspace: Workspace) -> None:
    """The enlarged trial had its old title in 2021."""
    old, _ = workspace.version_for("nct99000001", "2021")
    new, _ = workspace.version_for("NCT99000001")
    assert (old.brief_title, new.brief_title) == (
        "Exosomes for acne scar",
        "Exosomes for acne scar, enlarged",
    )
    assert ids(workspace, "2020-06-01") == [1, 3, 4]


@pytest.mark.parametrize(
    ("given", "expected"), [("2020", "2020-12-31"), ("2020-02", "2020-02-29"), (None, None)]
)
def test_an_imprecise_day_means_its_last(given: str | None, expected: str | None) -> None:
    """'As of 2020' includes all of 2020; the stamp states the day used."""
    assert last_day(given) == expected


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"agent": ("agent:nothing",)}, "no agent 'agent:nothing'"),
        ({"indication": ("agent:ev",)}, "no indication 'agent:ev'"),
        ({"agent": ("ev",), "role": ("eaten",)}, "no role 'eaten'"),
        ({"start_from": "yesterday"}, "is not a date"),
    ],
)
def test_an_unknown_name_is_refused_not_answered_with_nothing(
    workspace: Workspace, filters: dict[str, object], message: str
) -> None:
    """A typing error must not look like an evidence gap."""
    with pytest.raises(UsageError, match=message):
        ids(workspace, **filters)


def test_every_tag_quotes_the_record(workspace: Workspace) -> None:
    """The sentence behind every tag is really there."""
    from skinproof.studies.documents import study_text

    for study in workspace.select(Filters()).studies:
        text = study_text(workspace.record(study))
        rows = workspace.tags(study)
        assert set(rows.calls) == {"agent_class", "ev_role", "cutaneous", "aesthetic"}
        assert rows.tags
        for tag in rows.tags:
            field = text.text_of(tag.field)
            assert field is not None
            assert field[tag.start : tag.end] == tag.quote


def test_find_uses_synonyms_filters_and_days(workspace: Workspace) -> None:
    """exosome finds extracellular vesicle; an id finds its study; the newest wording is searched unless a day is given."""
    assert workspace.find("exosome").total == 2
    assert workspace.find("exosome", Filters(agent=("ev",), role=("given",))).total == 1
    assert workspace.find("enlarged").total == 1
    assert workspace.find("enlarged", as_of="2021-01-01").total == 0
    assert [h.summary.record_id for h in workspace.find("nct99000002").hits] == ["NCT99000002"]
    assert workspace.find("exosome", limit=1, offset=1).hits[0].snippets


def test_an_unknown_study_says_what_to_do(workspace: Workspace) -> None:
    """Not held is not the same as not existing."""
    with pytest.raises(NotFoundError, match="import its record"):
        workspace.version_for("NCT00000000")
    with pytest.raises(NotFoundError, match="not yet posted on 2018-12-31"):
        workspace.version_for("NCT99000001", "2018")
