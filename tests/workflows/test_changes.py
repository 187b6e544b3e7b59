"""Changes between states of a small synthetic store: editions, days, watches; nothing told twice, nothing lost."""

import copy
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import NotFoundError, UsageError
from skinproof.faces.commands.changes import HEADER, csv_rows
from skinproof.faces.site.changes_page import changes_context, changes_feed
from skinproof.faces.site.environment import environment
from skinproof.model.exchange import Query
from skinproof.model.summary import Filters
from skinproof.store.editions import Editions
from skinproof.store.raw import RawStore
from skinproof.views.changes import ChangeReport, change_words, headline
from skinproof.workflows.build import build
from skinproof.workflows.change_states import sides
from skinproof.workflows.changes import compare, last_year, study_history
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace
from skinproof.workflows.watch import add_watch, news, told
from tests.workflows.records import PRP, SCAR, given, record

TODAY = date(2024, 6, 2)
NOW = datetime(2024, 6, 2, 8, tzinfo=UTC)


def edited(base: dict[str, Any], updated: str, **status: Any) -> dict[str, Any]:
    made = copy.deepcopy(base)
    module = made["protocolSection"]["statusModule"]
    module.update(status)
    module["lastUpdatePostDateStruct"]["date"] = updated
    return made


STOPPED = edited(SCAR, "2024-05-20", overallStatus="TERMINATED", whyStopped="No funds")
SAME = edited(PRP, "2024-05-21")
BURN = record(
    7, title="Exosomes for burns", updated="2024-05-22", posted="2024-05-22", **given("Exosomes", "Burns")
)


def store(folder: Path, name: str, records: list[dict[str, Any]], day: datetime) -> None:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(records))
    import_files([path], folder / "data", day)
    build(folder / "data", jobs=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two imports: one study stopped, one only saved again, one new. Nothing is written to it."""
    tmp_path = tmp_path_factory.mktemp("changes")
    store(tmp_path, "one", [SCAR, PRP], datetime(2024, 1, 1, tzinfo=UTC))
    store(tmp_path, "two", [STOPPED, SAME, BURN], datetime(2024, 6, 1, tzinfo=UTC))
    return tmp_path / "data"


def found(data: Path, filters: Filters | None = None, **asked: Any) -> ChangeReport:
    both = sides(data, TODAY, **asked)
    try:
        return compare(both, filters)
    finally:
        both.close()


def said(report: ChangeReport) -> dict[str, list[str]]:
    return {study.record_id: [change_words(change) for change in study.changes] for study in report.studies}


@pytest.mark.parametrize(
    "asked",
    [{}, {"since": "2024-03-01"}, {"since": "2024-01-01"}, {"since": "2024-05-01", "by": "registry"}],
    ids=["editions", "seen", "seen, from the first import", "registry"],
)
def test_every_way_to_compare_finds_the_same_changes(data: Path, asked: dict[str, str]) -> None:
    report = found(data, **asked)
    assert said(report).keys() == {"NCT99000001", "NCT99000007"}
    assert "Status: Completed -> Terminated" in said(report)["NCT99000001"]
    assert report.n_same_content == 1
    (scar,) = (study for study in report.studies if study.record_id == "NCT99000001")
    assert scar.before and scar.after and scar.before.sha256 != scar.after.sha256
    assert (
        scar.after.seen
        and scar.after.seen.startswith("2024-06-01")
        and scar.after.registry_date == "2024-05-20"
    )


def test_a_tile_that_gets_its_first_study_is_a_gap_filled(data: Path) -> None:
    conclusions = {(c.kind, c.about): (c.before, c.after, c.cause) for c in found(data).conclusions}
    assert conclusions["gap", "Extracellular vesicles, burn"] == ("no registered study", "1 study", "record")


def test_filters_keep_only_what_meets_them_on_either_side(data: Path) -> None:
    """A study that stopped meeting a filter is a change, not a disappearance."""
    report = found(data, Filters(status=("COMPLETED",)))
    assert "NCT99000001" in said(report) and "Status: Completed -> Terminated" in said(report)["NCT99000001"]
    assert said(found(data, Filters(status=("RECRUITING",)))) == {}


def test_nothing_changed_says_what_was_compared(data: Path) -> None:
    report = found(data, since="2024-06-01T12:00")
    assert report.empty and "2024-06-01 12:00" in report.compared.words


def test_one_edition_alone_has_none_before_it(tmp_path: Path) -> None:
    store(tmp_path, "one", [SCAR], datetime(2024, 1, 1, tzinfo=UTC))
    report = found(tmp_path / "data")
    assert report.empty and "Only one edition" in report.notes[0]
    noticed(tmp_path / "data", "NCT99000001", "2030-06-01T12:00:00+00:00")
    report = found(tmp_path / "data")
    assert headline(report) == "There is nothing to compare with." and not report.events


def test_a_copied_folder_is_compared_with_another_edition_not_with_itself(tmp_path: Path) -> None:
    for n, records in enumerate(([SCAR], [SCAR, PRP], [PRP, SCAR, BURN])):
        store(tmp_path, str(n), records, datetime(2024, 1 + n, 1, tzinfo=UTC))
    editions = Editions(tmp_path / "data" / "editions")
    made, current = editions.made(), editions.current()
    own = found(tmp_path / "data").compared
    (editions.root / "MADE.jsonl").unlink()
    for at, name in enumerate((current, *(set(made) - {current}))):  # the current one was copied first
        os.utime(editions.root / str(name) / "manifest.json", (at, at))
    report = found(tmp_path / "data")
    assert report.compared.to_edition == own.to_edition == current != report.compared.from_edition
    assert "not kept when these editions were made" in report.notes[0]
    made = editions.made()
    alone = found(tmp_path / "data", to_edition=min(made, key=lambda name: made[name]))
    assert "No edition older than" in alone.notes[0]


def test_what_was_noticed_before_the_first_edition_was_made_is_not_told_again(tmp_path: Path) -> None:
    """Times, not days; the times that are kept, not those of the files, which a copy does not have."""
    store(tmp_path, "one", [SCAR], datetime(2024, 1, 1, tzinfo=UTC))
    store(tmp_path, "two", [SCAR, PRP], datetime(2024, 6, 1, tzinfo=UTC))
    data = tmp_path / "data"
    names = sorted((made := Editions(data / "editions").made()), key=lambda name: made[name])
    times = ("2024-05-01T10:00:00+00:00", "2024-05-01T12:00:00+00:00")
    (data / "editions" / "MADE.jsonl").write_text(
        "".join(json.dumps({"edition": n, "at": at}) + "\n" for n, at in zip(names, times, strict=True))
    )
    early, between = "2024-05-01T09:00:00+00:00", "2024-05-01T11:00:00+00:00"
    noticed(data, "NCT99000001", early, between)
    assert {event.at for event in found(data).events} == {between}
    backwards = found(data, from_edition=names[1], to_edition=names[0])
    assert not backwards.events and "backwards" in backwards.notes[0]


def test_days_of_the_registry_after_today_count_and_a_day_to_come_says_so(data: Path) -> None:
    early = sides(data, date(2024, 5, 1), since="2024-05-10", by="registry")
    report = compare(early)
    early.close()
    assert said(report).keys() == {"NCT99000001", "NCT99000007"}
    for by in ("registry", "seen"):
        ahead = found(data, since="2031-01-01", by=by)
        assert ahead.empty and "there can be nothing" in ahead.notes[0]


def test_what_cannot_be_compared_is_refused(data: Path) -> None:
    for asked in (
        {"since": "yesterday"},
        {"since": "2024-01-01", "from_edition": "a"},
        {"since": "2024-13-01", "by": "registry"},
    ):
        with pytest.raises(UsageError):
            sides(data, TODAY, **asked)
    with pytest.raises(NotFoundError, match="oldest first"):
        sides(data, TODAY, from_edition="zzz")


def noticed(data: Path, record_id: str, *at: str) -> None:
    """A record that is gone at its source, noticed at some times."""
    with RawStore.open(data, write=True) as raw:
        state = raw.sync_state()
        query = Query(
            name="mine", source="ctgov", title="Mine", terms="x", params=(), fields=(), written="2024-01-01"
        )
        for number, when in enumerate(at):
            run = state.begin(query, "f", "full", None, None, when)
            state.event(run.id, when, "ctgov", record_id, "alias", f"NCT0000000{number}")
        state.event(run.id, at[-1], "ctgov", record_id, "gone")


def test_the_feed_the_page_and_the_table_name_what_is_gone_at_its_source(tmp_path: Path) -> None:
    store(tmp_path, "one", [SCAR], datetime(2024, 1, 1, tzinfo=UTC))
    noticed(tmp_path / "data", "NCT99000001", "2024-06-01T12:00:00+00:00")
    report = found(tmp_path / "data", since="2024-05-01")
    assert [(row[0], row[2], row[13]) for row in csv_rows(report)] == [
        ("NCT99000001", kind, "2024-06-01T12:00:00+00:00") for kind in ("alias", "gone")
    ]
    assert {len(row) for row in csv_rows(report)} == {len(HEADER) + 2}
    workspace = Workspace(tmp_path / "data")
    year, before = last_year(workspace, None), last_year(workspace, "2024-05-31")
    workspace.close()
    assert year is not None and "not at its source any more" in changes_feed(year).decode()
    shown = changes_context(year, {"NCT99000001": "trials/x.html"})
    template = environment().get_template("changes.html")
    page = "".join(template.blocks["main"](template.new_context({"root": "", **shown})))
    assert "not at its source any more" in page and 'href="trials/x.html"' in page
    assert before is not None and before.events == ()


def test_the_year_of_a_site_hangs_on_the_edition_alone(data: Path) -> None:
    workspace = Workspace(data)
    one, two = last_year(workspace, None), last_year(workspace, None)
    assert one == two and one is not None and one.compared.after_day == "2024-05-22"
    assert said(one).keys() == {"NCT99000001", "NCT99000007"}
    workspace.close()


def test_an_overdue_flag_that_the_calendar_turned_is_told(tmp_path: Path) -> None:
    done = edited(SCAR, "2023-02-01", primaryCompletionDateStruct={"date": "2023-03-15", "type": "ACTUAL"})
    store(tmp_path, "one", [done], datetime(2024, 1, 1, tzinfo=UTC))
    report = found(tmp_path / "data", since="2024-02-01")
    (one,) = report.conclusions
    assert (one.kind, one.cause, one.record_ids) == ("overdue", "time", ("NCT99000001",))
    assert one.after == "overdue: due 2024-03-15, 79 days late" and not report.studies


def test_the_history_of_a_study_names_every_version(data: Path) -> None:
    workspace = Workspace(data)
    history = study_history(workspace, "NCT99000001")
    assert [step.first for step in history.steps] == [False, True] and history.n_versions == 2
    assert any(change.label == "Status" for change in history.steps[0].changes)
    workspace.close()


def test_a_watch_tells_each_change_once_and_loses_none(tmp_path: Path) -> None:
    """A delivery that failed must be told again; one that worked must not."""
    store(tmp_path, "one", [SCAR, PRP], datetime(2024, 1, 1, tzinfo=UTC))
    data = tmp_path / "data"
    assert set(add_watch(data, "ev", "", Filters(agent=("ev",)), NOW).told) == {"NCT99000001"}
    assert news(data, "ev", NOW).report.empty
    # Stored late, with a time before that of the watch: hashes are compared, not times.
    store(tmp_path, "two", [STOPPED, SAME, BURN], datetime(2023, 6, 1, tzinfo=UTC))
    first, again = news(data, "ev", NOW), news(data, "ev", NOW)
    assert said(first.report) == said(again.report)
    assert said(first.report).keys() == {"NCT99000001", "NCT99000007"}
    told(data, first)
    assert news(data, "ev", NOW).report.empty
    told(data, again)  # a second teller that ran at the same time changes nothing
    assert news(data, "ev", NOW).report.empty


def test_a_study_that_left_a_watch_is_told_once(tmp_path: Path) -> None:
    store(tmp_path, "one", [SCAR], datetime(2024, 1, 1, tzinfo=UTC))
    data = tmp_path / "data"
    add_watch(data, "done", "", Filters(status=("COMPLETED",)), NOW)
    store(tmp_path, "two", [STOPPED], datetime(2024, 6, 1, tzinfo=UTC))
    found_now = news(data, "done", NOW)
    assert [(event.kind, event.record_id) for event in found_now.report.events] == [("left", "NCT99000001")]
    told(data, found_now)
    assert news(data, "done", NOW).report.empty


def test_a_watch_needs_a_name_and_something_to_watch(data: Path) -> None:
    for name, words in (("a b", "scar"), ("x" * 41, "scar"), ("ok", "  ")):
        with pytest.raises(UsageError):
            add_watch(data, name, words, Filters(), NOW)
    with pytest.raises(NotFoundError, match="no watch"):
        news(data, "none", NOW)
