"""Whose results are due is found out one day after the other, once a day, and is not forgotten while other days are asked for."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from skinproof.errors import StoreError
from skinproof.store import read_facets
from skinproof.workflows import facets as facets_module
from skinproof.workflows.build import build
from skinproof.workflows.facets import FacetQueries, Picked
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace, open_workspace
from tests.waiting import until
from tests.workflows.records import ALL, lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Find = Callable[[], list[str]]
DUE = "NCT99000001"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("overdue")
    import_files([lines(folder / "r.jsonl", ALL)], folder / "data", NOW)
    build(folder / "data")
    found = open_workspace(folder / "data")
    yield found
    found.close()


def overdue(facets: FacetQueries, day: str | None) -> int:
    return facets.count(facets.conditions(Picked(overdue=True)), day)


def test_asking_for_other_days_forgets_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    facets = FacetQueries(workspace, lambda day, find: [DUE])
    assert facets.clocks_read(None, 30) and facets.clocks_read("2023-05-05", 30)
    assert overdue(facets, None) == overdue(facets, "2023-05-05") == 1
    for year in range(2014, 2023):
        facets.map(Picked(), f"{year}-06-01")
    assert len(facets._reader._days) == read_facets._DAYS_KEPT + 1
    assert facets.clocks_read(None, 0) and overdue(facets, None) == 1
    assert facets.clocks_read("2023-05-05", 0) and overdue(facets, "2023-05-05") == 1
    monkeypatch.setattr(read_facets, "_LATE_KEPT", 2)
    for year in (2020, 2021, 2022):
        assert facets.clocks_read(f"{year}", 30)
    assert not facets._reader.knows_overdue("2023-05-05") and facets._reader.knows_overdue(None)
    assert facets.clocks_read("2023-05-05", 30), "found out once more"


def test_one_thread_reads_and_who_asks_for_every_day_there_is_waits_in_a_short_line(
    workspace: Workspace,
) -> None:
    gate, asked, held = threading.Event(), [], []

    def late(day: str | None, find: Find) -> list[str]:
        asked.append(day)
        gate.wait(60)
        return []

    facets = FacetQueries(workspace, late, lambda: held.append(1), lambda: held.append(-1))
    for year in range(1950, 2020):
        assert not facets.clocks_read(f"{year}", 0)
    assert not facets.clocks_read(None, 0)
    assert held == [1] and sum(t.name == "skinproof-clocks" for t in threading.enumerate()) == 1
    gate.set()
    assert facets.clocks_read("2019", 30)
    until(lambda: held == [1, -1], "the thread")
    last = ["2019-12-31", "2018-12-31", "2017-12-31"]
    assert asked[-4:] == [None, *last] and len(asked) <= 2 + facets_module.DAYS_WAITING


def test_what_fails_is_told_at_once_and_tried_again(workspace: Workspace) -> None:
    tried = []

    def late(day: str | None, find: Find) -> list[str]:
        tried.append(day)
        if len(tried) == 1:
            raise StoreError("the disk is away")
        return []

    facets = FacetQueries(workspace, late)
    assert not facets.clocks_read(None, 30)
    assert facets.clocks_read(None, 30) and tried == [None, None]


def test_a_table_that_could_not_be_made_leaves_nothing_behind(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    facets = FacetQueries(workspace)
    tables = "select count(*) from duckdb_tables() where table_name like 'facts_%'"
    before = workspace._reader._rows(tables, {})

    def fails(name: str) -> None:
        raise StoreError("too late")

    monkeypatch.setattr(facets._reader, "_make_judged", fails)
    with pytest.raises(StoreError):
        facets.map(Picked(), None)
    assert workspace._reader._rows(tables, {}) == before
