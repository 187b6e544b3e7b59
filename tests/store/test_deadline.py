"""A query that runs longer than its thread may work is stopped; others run on."""

import sqlite3
import time

import duckdb
import pytest

from skinproof.errors import TooSlow
from skinproof.store.deadline import deadline, stopped_by

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


def test_sqlite_is_stopped() -> None:
    db = sqlite3.connect(":memory:")
    began = time.monotonic()
    with (
        pytest.raises(sqlite3.OperationalError, match="interrupted"),
        deadline(0.2),
        stopped_by(db.interrupt),
    ):
        db.execute(ENDLESS).fetchall()
    assert time.monotonic() - began < 60
    db.close()


def test_duckdb_is_stopped() -> None:
    db = duckdb.connect()
    began = time.monotonic()
    with pytest.raises(duckdb.InterruptException), deadline(0.2), stopped_by(db.interrupt):
        db.execute("select count(*) from range(100000000000) a(i) where i % 7 = 3").fetchall()
    assert time.monotonic() - began < 60
    db.close()


def test_without_a_deadline_nothing_is_stopped_and_a_passed_one_refuses_at_once() -> None:
    with stopped_by(lambda: pytest.fail("nothing was to be stopped")):
        time.sleep(0.1)
    with deadline(0.0), pytest.raises(TooSlow), stopped_by(lambda: None):
        pytest.fail("it should not have begun")
