"""Papers are brought in by the same engine as studies: whole, resumed, updated, and held against what is reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import SourceError
from skinproof.model.exchange import Fetch, Request, Response
from skinproof.sources.europepmc_api import EuropePmcFeed
from skinproof.sources.pubmed_api import PubmedFeed
from skinproof.store.raw import RawStore
from skinproof.workflows import sync_sources
from skinproof.workflows.sync import sync
from skinproof.workflows.sync_report import QueryReport
from skinproof.workflows.sync_sources import SITES, Site, feed_of, key_of, pace_of
from tests.sources.test_paper_feeds import EuropePmc, Pubmed, result

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(folder: Path, source: str, fetch: Fetch, **more: Any) -> QueryReport:
    @contextmanager
    def open_fetch(site: Site) -> Iterator[Fetch]:
        yield fetch

    report = sync(
        folder, open_fetch=open_fetch, environment={}, now=lambda: NOW, sources=[source], names=["ev"],
        make_edition=False, **more,
    )  # fmt: skip
    return report.queries[0]


def held(folder: Path) -> list[str]:
    with RawStore.open(folder) as store:
        return sorted(version.record_id for version in store.versions())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both feeds with small pages, and a cap of 40 papers a search."""
    pubmed = SITES["pubmed"]._replace(
        feed_with=lambda base, key, contact: PubmedFeed(base, page_size=15, most_given=40)
    )
    europe = SITES["europepmc"]._replace(feed=lambda base: EuropePmcFeed(base, page_size=15))
    monkeypatch.setattr(sync_sources, "SITES", {**SITES, "pubmed": pubmed, "europepmc": europe})


def cut_after(fetch: Fetch, count: int) -> Fetch:
    left = [count]

    def cut(request: Request) -> Response:
        left[0] -= 1
        if left[0] < 0:
            raise SourceError("synthetic: out of reach")
        return fetch(request)

    return cut


def test_pubmed_is_synced_whole_past_its_cap_and_nothing_comes_twice(tmp_path: Path, small: None) -> None:
    server = Pubmed(150, 40)
    first = run(tmp_path, "pubmed", server)
    assert (first.stored, first.reported, first.complete) == (150, 150, True)
    assert held(tmp_path) == [f"PMID:{n}" for n in sorted(server.entered)]
    server.entered[999_000_151] = date(2026, 11, 20)
    again = run(tmp_path, "pubmed", server)
    assert (again.stored, again.reported, again.complete) == (151, 151, True)
    assert len(held(tmp_path)) == 151


@pytest.mark.parametrize("after", [1, 4, 9, 14])
def test_a_sync_of_pubmed_that_is_cut_goes_on(tmp_path: Path, small: None, after: int) -> None:
    server = Pubmed(150, 40)
    stopped = run(tmp_path, "pubmed", cut_after(server, after))
    assert not stopped.complete and stopped.error
    done = run(tmp_path, "pubmed", server)
    assert (done.stored, done.reported, done.complete) == (150, 150, True)
    assert len(held(tmp_path)) == 150


def test_a_paper_that_pubmed_lists_and_does_not_give_is_not_passed_over(tmp_path: Path, small: None) -> None:
    """Reported and stored must be told apart, with the id."""
    report = run(tmp_path, "pubmed", Pubmed(30, 40, lost=frozenset({999_000_007})))
    assert report.stored == 29
    assert "PMID:999000007" in (*report.gone, *report.missing)


def test_europe_pmc_is_synced_whole_with_its_preprints(tmp_path: Path, small: None) -> None:
    server = EuropePmc([result(n, "PPR" if n % 3 == 0 else "MED") for n in range(1, 51)])
    first = run(tmp_path, "europepmc", server)
    assert (first.stored, first.reported, first.complete) == (50, 50, True)
    again = run(tmp_path, "europepmc", server)
    assert again.complete and len(held(tmp_path)) == 50


def test_the_key_of_ncbi_is_sent_only_where_nobody_listens() -> None:
    site = SITES["pubmed"]
    key = {"SKINPROOF_NCBI_KEY": "synthetic"}
    assert key_of(site, key) == "synthetic" and pace_of(site, key) == 10
    assert key_of(site, {}) is None and pace_of(site, {}) == 3
    open_line = {**key, "SKINPROOF_PUBMED_BASE_URL": "http://mirror.test/eutils"}
    assert key_of(site, open_line) is None and pace_of(site, open_line) == 3
    assert key_of(site, {**key, "SKINPROOF_PUBMED_BASE_URL": "http://127.0.0.1:9"}) == "synthetic"
    assert key_of(SITES["europepmc"], key) is None
    assert [feed_of(one, key).name for one in SITES.values()] == ["ctgov", "pubmed", "europepmc"]
