"""Sync against a local server: first and later runs, cuts, changes, deletions, aliases, and what cannot be proved."""

import multiprocessing
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import BusyError, InputError, NotFoundError, UsageError
from skinproof.sources.record_paths import described_paths
from skinproof.store.editions import Editions
from skinproof.store.lock import writer_lock
from skinproof.store.raw import RawStore
from skinproof.transport.policy import Policy
from skinproof.views.stamp import caveats, stamp_line
from skinproof.workflows import sync_query, sync_sources
from skinproof.workflows.drift import accept_drift
from skinproof.workflows.health import health
from skinproof.workflows.query import open_workspace
from skinproof.workflows.sync import OWN_FILE, list_queries, sync
from skinproof.workflows.sync_ids import ids_on
from skinproof.workflows.sync_report import QueryReport, SyncReport
from tests.transport.misbehaving import Registry, name_of, record

POLICY = Policy(first_pause=0.001, longest_pause=0.002, tries=3)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Desk:
    """A server, a data folder, and a clock."""

    def __init__(self, server: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.folder, self.now = server, folder, NOW
        self.patch = monkeypatch
        self.environment = {"SKINPROOF_CTGOV_BASE_URL": server.base}

    def small_pages(self, size: int) -> None:
        from skinproof.sources.ctgov_api import CtgovFeed

        site = sync_sources.SITES["ctgov"]._replace(feed=lambda base: CtgovFeed(base, size))
        self.patch.setattr(sync_sources, "SITES", {"ctgov": site})

    def sync(self, **more: Any) -> SyncReport:
        self.server.requests.clear()
        more = {"names": ["ev"], "sources": ["ctgov"], "make_edition": False} | more
        return sync(
            self.folder,
            open_fetch=sync_sources.polite(self.environment, POLICY),
            environment=self.environment,
            now=lambda: self.now,
            **more,
        )

    def one(self, **more: Any) -> QueryReport:
        (query,) = self.sync(**more).queries
        return query

    def events(self) -> list[tuple[str, str, str]]:
        with RawStore.open(self.folder) as store:
            return [(e.record_id, e.kind, e.detail) for e in store.sync_state().events()]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    records = [record(n, f"2024-{1 + n % 12:02d}-{1 + n % 9:02d}") for n in range(240)]
    with Registry(records) as server:
        yield Desk(server, tmp_path / "data", monkeypatch)


def test_the_first_sync_brings_all_and_the_second_asks_little_and_builds_nothing(desk: Desk) -> None:
    first = desk.sync(make_edition=True)
    assert (first.exit_code, first.stored, first.reported) == (0, 240, 240)
    assert first.queries[0].kind == "full" and first.queries[0].new == 240
    assert first.build is not None and first.build.made
    second = desk.sync(make_edition=True)
    assert (second.exit_code, second.stored, second.reported) == (0, 240, 240)
    assert len(desk.server.requests) <= 4 and second.queries[0].requests == len(desk.server.requests)
    assert (second.queries[0].new, second.queries[0].changed) == (0, 0)
    assert second.build is not None and not second.build.made


def test_changed_new_and_deleted_records_are_found(desk: Desk) -> None:
    desk.one()
    desk.server.put([record(3, "2026-11-20", overallStatus="COMPLETED"), record(900, "2026-11-21")])
    desk.server.delete(name_of(5))
    found = desk.one()
    assert (found.kind, found.new, found.changed, found.gone) == ("changed", 1, 1, (name_of(5),))
    assert (found.stored, found.reported, found.complete) == (240, 240, True)
    assert desk.events() == [(name_of(5), "gone", "")]
    with RawStore.open(desk.folder) as store:
        assert len(store.seen(name_of(3))) == 2, "the earlier version stays"
        assert len(store.seen(name_of(5))) == 1, "what the source deleted stays here"


def test_a_change_with_an_old_date_is_found_by_the_dates_of_the_sweep(desk: Desk) -> None:
    desk.one()
    desk.server.put([record(3, "2019-01-01", overallStatus="COMPLETED")])
    found = desk.one()
    assert (found.changed, found.swept, found.complete) == (1, True, True)


def test_an_alias_and_a_record_that_left_the_query_are_told_apart(desk: Desk) -> None:
    desk.one()
    desk.server.delete(name_of(6))
    desk.server.aliases[name_of(6)] = name_of(7)
    found = desk.one()
    assert found.aliases == ((name_of(6), name_of(7)),) and not found.gone and found.complete
    desk.server.put([record(6)])
    del desk.server.aliases[name_of(6)]
    assert desk.one().complete
    assert desk.events() == [(name_of(6), "alias", name_of(7)), (name_of(6), "back", "ev")]
    hidden = desk.server._ids  # the query gives it no more, the record is still there

    def without(asked: dict[str, str]) -> list[str]:
        return [name for name in hidden(asked) if name != name_of(8) or "filter.ids" in asked]

    desk.patch.setattr(desk.server, "_ids", without)
    desk.server.put([])  # what was packed before is not sent again
    found = desk.one()
    assert found.left == (name_of(8),) and not found.gone and found.complete
    assert desk.events()[-1] == (name_of(8), "left", "ev")


def test_a_cut_run_goes_on_at_its_page(desk: Desk) -> None:
    desk.small_pages(50)
    desk.server.next(None, None, None, *["500"] * 3)
    cut = desk.sync(make_edition=True)
    assert cut.exit_code == 9 and cut.build is not None and cut.build.n_studies == 100
    assert [
        (q.query, q.reason, q.stored, q.reported)
        for q in Editions(desk.folder / "editions").manifest().incomplete
    ] == [("ev", "stopped", 100, 240)]
    assert cut.queries[0].new == 100 and "what was stored stays" in str(cut.queries[0].error)
    rest = desk.one()
    assert (rest.resumed, rest.new, rest.unchanged, rest.complete) == (True, 140, 0, True)
    assert sum("pageToken" in path for path in desk.server.requests) == 3


def test_stored_of_a_run_that_stopped_counts_all_that_is_held_of_its_query(desk: Desk) -> None:
    """A source that is down for a night must not look as if ten thousand records were lost."""
    desk.small_pages(50)
    desk.server.next(None, None, None, *["500"] * 3)
    assert desk.sync().stored == 100
    desk.server.next(None, None, *["500"] * 3)
    again = desk.sync()
    assert (again.exit_code, again.queries[0].resumed, again.stored) == (9, True, 150)
    assert desk.sync().stored == 240
    desk.environment["SKINPROOF_CTGOV_BASE_URL"] = "http://127.0.0.1:9/api"
    down = desk.sync(names=["secretome", "ev"])
    assert [(q.name, q.stored) for q in down.queries if q.name == "ev"] == [("ev", 240)]


def test_a_token_that_expired_begins_the_query_again_and_keeps_what_is_stored(desk: Desk) -> None:
    desk.small_pages(50)
    desk.server.next(None, None, "expired-not", "expired")
    found = desk.one()
    assert (found.restarts, found.new, found.unchanged, found.complete) == (
        1,
        240,
        0,
        True,
    ) or found.unchanged > 0
    assert found.stored == found.reported == 240


def test_data_that_changed_while_it_was_away_begins_again(desk: Desk) -> None:
    desk.small_pages(50)
    desk.server.next(None, None, None, *["500"] * 3)
    desk.sync()
    desk.server.put([record(999)])
    found = desk.one()
    assert found.restarts == 1 and found.stored == found.reported == 241 and found.complete


@pytest.mark.parametrize("fault", ["missing", "total", "duplicate", "token-again"])
def test_a_page_that_says_something_else_than_is_there_is_put_right(desk: Desk, fault: str) -> None:
    """A record left off a page, a wrong total, a record twice: the ids are asked for, and the missing one by its id."""
    desk.small_pages(50)
    desk.server.next(None, fault)
    found = desk.one()
    assert (found.stored, found.reported, found.complete, found.exit_code) == (240, 240, True, 0)


def test_less_than_is_reported_is_never_a_success(desk: Desk) -> None:
    """Loaders in the field stored 1,000 of 3,454 and said nothing."""
    right = desk.server.page

    def short(asked: dict[str, str], fault: str | None) -> tuple[int, bytes]:
        status, body = right(asked, fault)
        return status, body.replace(b'"totalCount":240', b'"totalCount":3454')

    desk.patch.setattr(desk.server, "page", short)
    report = desk.sync(make_edition=True)
    (found,) = report.queries
    assert (report.exit_code, found.stored, found.reported, found.unexplained) == (10, 240, 3454, 3214)
    assert not found.complete and report.build is not None, "what others brought is not kept from anyone"
    (mark,) = Editions(desk.folder / "editions").manifest().incomplete
    assert (mark.query, mark.reason, mark.stored, mark.reported) == ("ev", "missing", 240, 3454)
    with closing(open_workspace(desk.folder)) as workspace:
        stamp = workspace.stamp()
    assert "not whole: ev of ctgov" in stamp_line(stamp)
    assert any("with 240 of 3,454 records" in line for line in caveats(stamp))


def test_a_record_that_cannot_be_read_is_named_and_the_run_fails(desk: Desk) -> None:
    name = name_of(300)
    twice = f'{{"protocolSection":{{"identificationModule":{{"nctId":"{name}","nctId":"{name}"}}}}}}'
    desk.server.put_raw(name, twice.encode())
    found = desk.one()
    assert (found.exit_code, found.stored, found.reported, found.missing) == (10, 240, 241, (name,))
    assert [(u.record_id, "there twice" in u.reason) for u in found.unread] == [(name, True)]
    with RawStore.open(desk.folder) as store:
        assert [(r.name, r.where) for r in store.refusals()] == [("ctgov query ev", name)]
    desk.server.put([record(300)])
    assert desk.one().complete, "and the next run takes it in"
    with RawStore.open(desk.folder) as store:
        assert store.refusals() == []


def test_a_field_renamed_upstream_stops_the_run_before_anything_is_built(desk: Desk) -> None:
    desk.sync(make_edition=True)
    desk.server.put([record(3, "2026-11-20")])
    desk.server.studies_named = "trials"
    report = desk.sync(make_edition=True)
    assert (
        report.exit_code == 11
        and report.build is None
        and "without `studies`" in str(report.queries[0].error)
    )
    desk.server.studies_named = "studies"
    assert desk.one().changed == 1


def test_an_edition_is_whole_again_after_the_next_sync(desk: Desk) -> None:
    desk.small_pages(50)
    desk.server.next(None, None, None, *["500"] * 3)
    cut = desk.sync(make_edition=True)
    rest = desk.sync(make_edition=True)
    assert rest.exit_code == 0 and rest.build is not None and cut.build is not None
    assert rest.build.made and rest.build.edition != cut.build.edition
    assert Editions(desk.folder / "editions").manifest().incomplete == ()
    desk.server.next(None, *["500"] * 3)  # nothing new comes, and that is not known to be all
    again = desk.sync(make_edition=True)
    assert again.exit_code == 9 and again.build is not None
    (mark,) = Editions(desk.folder / "editions").manifest().incomplete
    assert (mark.reason, mark.stored, mark.reported) == ("stopped", None, None)


STATUS = "protocolSection.statusModule.overallStatus"


def fields_of(*without: str) -> list[dict[str, Any]]:
    """What the server says of its fields: those that are read here but some, in the API's shape."""
    nodes: dict[str, dict[str, Any]] = {"": {"children": []}}
    for path in sorted(described_paths()):
        if path.startswith(without):
            continue
        head, _, name = path.rpartition(".")
        nodes[path] = {"name": name, "type": "text", "children": []}
        if head.endswith("[]"):
            nodes[head.removesuffix("[]")]["type"] = "Some[]"
        nodes[head.removesuffix("[]")]["children"].append(nodes[path])
    return list(nodes[""]["children"])


def test_the_fields_of_the_source_are_asked_for_once_and_new_ones_told_once(desk: Desk) -> None:
    desk.server.fields = fields_of()
    assert desk.sync().fields == () and sum("metadata" in path for path in desk.server.requests) == 1
    desk.sync()
    assert not any("metadata" in path for path in desk.server.requests)
    protocol = next(node for node in desk.server.fields if node["name"] == "protocolSection")
    protocol["children"].append({"name": "newModule", "type": "X", "children": [{"name": "a"}]})
    desk.server.put([])
    (news,) = desk.sync().fields
    assert news.new == ("protocolSection.newModule",) and not news.vanished
    desk.server.put([])
    assert desk.sync().fields == ()


def test_a_field_that_is_read_and_vanished_ends_with_11_and_what_came_is_stored(desk: Desk) -> None:
    desk.server.fields = fields_of()
    first = desk.sync(make_edition=True)
    desk.server.fields = fields_of(STATUS)
    desk.server.put([record(900, "2026-11-21")])
    for _ in range(2):  # the second run does not ask again, and does not forget
        found = desk.sync(make_edition=True)
        assert found.exit_code == 11 and found.build is None and found.queries[0].stored == 241
        assert found.fields[0].vanished == (STATUS,)
    assert first.build is not None and Editions(desk.folder / "editions").current() == first.build.edition
    accept_drift(desk.folder, [f"ctgov:{STATUS}"], "a curator", "2026-11-23T12:00:00+00:00")
    assert desk.sync(make_edition=True).exit_code == 0
    desk.server.fields = fields_of()
    desk.server.put([])
    assert desk.sync().fields == ()


def test_the_first_time_only_fields_of_every_record_count_as_vanished(desk: Desk) -> None:
    desk.server.fields = fields_of("protocolSection.referencesModule", "protocolSection.identificationModule")
    found = desk.sync()
    assert found.exit_code == 11
    assert all(path.startswith("protocolSection.identificationModule.") for path in found.fields[0].vanished)


def test_a_build_that_stops_is_told_with_the_whole_report(desk: Desk) -> None:
    desk.sync(make_edition=True)
    desk.server.put([record(n, "2026-11-20") for n in range(30)])
    desk.server.body_edit = (b'"overallStatus"', b'"recruitmentState"')
    found = desk.sync(make_edition=True)
    assert found.exit_code == 11 and found.build is None and found.queries[0].complete
    assert "probably renamed to" in str(found.build_error) and "stays current" in str(found.build_error)


def test_a_large_query_is_swept_once_a_week_and_when_the_count_differs(desk: Desk) -> None:
    desk.small_pages(50)  # 240 records are more than three pages
    assert not desk.one().swept
    quiet = desk.one()
    assert (quiet.swept, quiet.complete, len(desk.server.requests)) == (False, True, 3)
    desk.server.delete(name_of(9))
    counted = desk.one()
    assert counted.swept and counted.gone == (name_of(9),)
    desk.now += timedelta(days=6)
    assert not desk.one().swept
    desk.now += timedelta(days=2)
    assert desk.one().swept
    assert desk.one(ids_only=True).swept


def test_full_reads_all_pages_again(desk: Desk) -> None:
    desk.one()
    found = desk.one(full=True)
    assert (found.kind, found.unchanged, found.complete) == ("full", 240, True)


def test_a_query_with_other_words_is_another_query(desk: Desk) -> None:
    own = "queries:\n- {name: mine, title: Mine, written: 2026-11-01, groups: [[exosome]]}\n"
    desk.folder.mkdir()
    (desk.folder / OWN_FILE).write_text(own)
    assert desk.one(names=["mine"]).kind == "full"
    assert desk.one(names=["mine"]).kind == "changed"
    (desk.folder / OWN_FILE).write_text(own.replace("exosome", "secretome"))
    assert desk.one(names=["mine"]).kind == "full"
    listed = {query.name: query for query in list_queries(desk.folder)}
    assert not listed["mine"].shipped and "240 stored" in listed["mine"].last["ctgov"]
    (desk.folder / OWN_FILE).write_text("queries: 3")
    with pytest.raises(InputError, match=r"queries\.yml"):
        desk.sync()


def test_a_selection_of_fields_is_stored_as_partial(desk: Desk) -> None:
    own = "queries:\n- {name: few, title: Few, written: 2026-11-01, ctgov: {terms: x, fields: [DesignModule]}}\n"
    desk.folder.mkdir()
    (desk.folder / OWN_FILE).write_text(own)
    assert desk.one(names=["few"]).complete
    with RawStore.open(desk.folder) as store:
        assert {row.completeness for row in store.versions()} == {"partial"}


def test_a_source_that_is_out_of_reach_says_so_once(desk: Desk) -> None:
    desk.environment["SKINPROOF_CTGOV_BASE_URL"] = "http://127.0.0.1:9/api"
    report = desk.sync(names=["ev", "secretome"])
    assert report.exit_code == 9 and [bool(q.error) for q in report.queries] == [True, True]
    assert "could not be reached" in str(report.queries[1].error) and report.queries[1].requests == 0


def test_a_source_that_gave_no_answer_is_told_by_doctor_and_by_every_answer(desk: Desk) -> None:
    """Not even the first request came through: what is held may be old, and nothing may hide it."""
    good = desk.environment["SKINPROOF_CTGOV_BASE_URL"]
    assert desk.sync(make_edition=True).exit_code == 0
    desk.environment["SKINPROOF_CTGOV_BASE_URL"] = "http://127.0.0.1:9/api"
    assert desk.sync(names=["ev", "secretome"], make_edition=True).exit_code == 9
    told = health(desk.folder, {}, NOW)
    assert [words.split(",")[0] for words in told.unfinished] == ["ctgov ev", "ctgov secretome"]
    with closing(open_workspace(desk.folder)) as workspace:
        stamp = workspace.stamp()
    assert [one.query for one in stamp.incomplete] == ["ev", "secretome"]
    assert "The last sync of ev at ctgov stopped before its end: " in " ".join(caveats(stamp))
    desk.environment["SKINPROOF_CTGOV_BASE_URL"] = good
    report = desk.sync(names=["ev", "secretome"], make_edition=True)
    assert report.exit_code == 0 and [q.kind for q in report.queries] == ["changed", "full"]
    assert health(desk.folder, {}, NOW).unfinished == ()


def test_a_second_writer_refuses_or_waits(desk: Desk) -> None:
    with writer_lock(desk.folder), pytest.raises(BusyError, match="another skinproof is writing"):
        desk.sync()
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(desk.folder, ready, done))
    process.start()
    try:
        assert ready.wait(120)
        assert desk.one(wait=120).complete
    finally:
        process.join()


def _hold(folder: Path, ready: Any, done: Any) -> None:
    with writer_lock(folder):
        ready.set()
        done.wait(0.8)


def test_what_there_is_not_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="known: ctgov"):
        desk.sync(sources=["ictrp"])
    with pytest.raises(NotFoundError, match="no query 'nothing'"):
        desk.sync(names=["nothing"])


def test_the_ids_of_a_day_are_kept_beside_our_count(desk: Desk) -> None:
    """A published count can be made again on its own terms, and its difference from ours is listed."""
    desk.sync(make_edition=True)
    desk.now += timedelta(days=10)
    desk.server.delete(name_of(5))
    desk.server.put([record(900)])
    desk.sync(make_edition=True)
    then = ids_on(desk.folder, "ev", "ctgov", "2026-11-25")
    now = ids_on(desk.folder, "ev", "ctgov", None)
    assert (then.asked_on[:10], then.n, then.reported, then.swept) == ("2026-11-23", 240, 240, True)
    assert name_of(5) in then.ids and name_of(5) not in now.ids and name_of(900) in now.ids
    assert now.beside is not None and now.beside.only_ours == (name_of(5),) and len(now.beside.both) == 240
    with pytest.raises(NotFoundError, match="first asked on 2026-11-23"):
        ids_on(desk.folder, "ev", "ctgov", "2026-11-22")
    with pytest.raises(NotFoundError, match="never asked"):
        ids_on(desk.folder, "secretome", "ctgov", None)
    with pytest.raises(UsageError, match="--on"):
        ids_on(desk.folder, "ev", "ctgov", "yesterday")


def test_ids_that_stay_the_same_are_kept_once(desk: Desk) -> None:
    for _ in range(3):
        desk.one()
    with RawStore.open(desk.folder) as store:
        runs = store.sync_state().runs("ev", "ctgov")
    assert len(runs) == 3 and len({run.ids for run in runs}) == 1


def test_progress_is_told(desk: Desk) -> None:
    told: list[tuple[str, int, int | None]] = []
    desk.small_pages(100)
    desk.sync(progress=lambda *said: told.append(said))
    assert told == [("ClinicalTrials.gov, ev", n, 240) for n in (100, 200, 240)]


def test_every_number_of_the_engine_is_one_that_the_docs_name() -> None:
    text = (Path(__file__).parents[2] / "docs" / "howto" / "keep-in-sync.md").read_text(encoding="utf-8")
    assert f"{sync_query.LAG_DAYS} days before" in text and f"every {sync_query.SWEEP_DAYS} days" in text


def test_a_study_that_its_register_removed_says_so(desk: Desk) -> None:
    """What stands in the store is a last version then, and a reader must not take it for a live record."""
    desk.sync(make_edition=True)
    desk.server.delete(name_of(5))
    desk.sync(make_edition=True)
    with closing(open_workspace(desk.folder)) as workspace:
        assert workspace.removed_on(name_of(5)) == NOW.date().isoformat()
        assert workspace.removed_on(name_of(6)) is None
