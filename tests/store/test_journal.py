"""The journal: what people said is kept as they said it, on either store."""

from pathlib import Path

import pytest

from skinproof.errors import StoreError
from skinproof.model.journal import JournalLine, Judgement, broken
from skinproof.store.raw import RawStore
from skinproof.store.raw_file import errors_of

NOW = "2026-11-23T12:00:00+00:00"


def said(subject: str, verdict: str = "reject", **more: str) -> Judgement:
    return Judgement(who="ada", kind="link", subject=subject, verdict=verdict, reason="seen", **more)  # type: ignore[arg-type]


@pytest.mark.usefixtures("both_stores")
def test_lines_come_back_as_they_were_written_and_their_chain_holds(tmp_path: Path) -> None:
    """A judgement that reads differently later is worth nothing."""
    with RawStore.open(tmp_path, write=True) as store:
        first = store.journal().add([said("a|b"), said("a|c", "correct", value="é\n", fingerprint="f")], NOW)
        store.journal().add([said("a|b", "withdraw", value="1")], NOW)
    with RawStore.open(tmp_path) as store:
        lines = store.journal().lines()
        assert lines[:2] == first
        assert [line.id for line in store.journal().lines("link", "a|b")] == [1, 3]
        assert store.journal().lines("other") == ()
    assert [line.id for line in lines] == [1, 2, 3]
    assert broken(lines) is None


@pytest.mark.usefixtures("both_stores")
@pytest.mark.parametrize("sql", ["delete from journal", "update journal set reason = 'other'"])
def test_a_line_cannot_be_changed_or_deleted(tmp_path: Path, sql: str) -> None:
    """Not even by a later version of this program."""
    with RawStore.open(tmp_path, write=True) as store:
        store.journal().add([said("a|b")], NOW)
        with pytest.raises(StoreError, match="never"), errors_of("store"):
            store._db.execute(sql)
    with RawStore.open(tmp_path) as store:
        assert len(store.journal().lines()) == 1


@pytest.mark.usefixtures("both_stores")
def test_all_judgements_of_one_call_are_written_or_none(tmp_path: Path) -> None:
    """Half a decision is a wrong decision."""
    with RawStore.open(tmp_path, write=True) as store:
        with pytest.raises(StoreError):
            store.journal().add(
                [said("a|b"), Judgement(who=None, kind="link", subject="x", verdict="accept")], NOW
            )  # type: ignore[arg-type]
        assert store.journal().lines() == ()
        assert [line.id for line in store.journal().add([said("a|b")], NOW)] == [1]


def test_a_line_changed_dropped_or_moved_breaks_the_chain(tmp_path: Path) -> None:
    """Whoever edits an export is found out."""
    with RawStore.open(tmp_path, write=True) as store:
        lines = store.journal().add([said("a|b"), said("a|c"), said("a|d")], NOW)
    fields = {name: getattr(lines[1], name) for name in JournalLine.__struct_fields__}
    for name in ("who", "kind", "subject", "reason", "at", "fingerprint"):
        changed = JournalLine(**{**fields, name: "other"})
        assert "line 2" in (broken([lines[0], changed, lines[2]]) or "")
    assert "line 3" in (broken([lines[0], lines[2]]) or "")
    assert "line 2 stands" in (broken([lines[1], lines[0], lines[2]]) or "")
