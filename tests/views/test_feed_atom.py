"""The Atom feed: valid, with ids that stay, and nothing of a record that could act."""

import xml.etree.ElementTree as ET

import msgspec

from skinproof.views.change_items import Change
from skinproof.views.changes import ChangeReport, Compared, Conclusion, Event, Mark, StudyChange, headline
from skinproof.views.feed_atom import ATOM, atom_feed, empty_feed
from tests.views.synthetic import stamp

HOSTILE = "]]><script>alert(1)</script>&\x1b[31m\x00\u202e"
TAG = f"{{{ATOM}}}"


def report(text: str = "Synthetic study") -> ChangeReport:
    mark = Mark(
        sha256="ab" * 32,
        source="ctgov",
        completeness="full",
        registry_date="2024-02-03",
        seen="2024-03-01T10:00:00+00:00",
    )
    study = StudyChange(
        record_id="NCT99999901", title=text, before=msgspec.structs.replace(mark, sha256="cd" * 32), after=mark,
        changes=(Change(kind="status", field="x", label="Status", old=text, new="Completed"),), alters=("count",),
    )  # fmt: skip
    one = Conclusion(
        kind="overdue",
        about=text,
        before="not due",
        after="overdue",
        cause="time",
        record_ids=("NCT99999901",),
    )
    return ChangeReport(
        compared=Compared(by="seen", words="then with now", before_day="2024-01-01", after_day="2024-03-02"), n_before=1,
        n_after=1, n_same_content=0, n_first_versions=0, studies=(study,), conclusions=(one,), readings=(), rules=(),
        events=(Event(at="2024-03-01T00:00:00+00:00", source="ctgov", record_id=text, kind="gone", detail=""),), notes=(),
        stamp=stamp(),
    )  # fmt: skip


def test_every_part_that_atom_asks_for_is_there() -> None:
    """RFC 4287: id, title and updated of the feed and of each entry, and an author."""
    feed = ET.fromstring(atom_feed(report()))
    assert feed.tag == f"{TAG}feed" and feed.find(f"{TAG}author/{TAG}name") is not None
    entries = feed.findall(f"{TAG}entry")
    assert len(entries) == 3
    for part in (feed, *entries):
        assert all(len(part.findall(f"{TAG}{name}")) == 1 for name in ("id", "title", "updated"))
        assert (part.findtext(f"{TAG}id") or "").startswith("urn:uuid:")
        assert "T" in (part.findtext(f"{TAG}updated") or "")
    assert len({entry.findtext(f"{TAG}id") for entry in entries}) == 3
    assert ET.fromstring(empty_feed()).findtext(f"{TAG}id")


def test_ids_stay_when_words_about_a_change_move() -> None:
    """A reader must not show an old change as new because a title was reworded."""
    ids = [
        [
            entry.findtext(f"{TAG}id")
            for entry in ET.fromstring(atom_feed(report(text))).findall(f"{TAG}entry")
        ][1]
        for text in ("one title", "another title")
    ]
    assert ids[0] == ids[1]
    assert atom_feed(report()) == atom_feed(report())


def test_hostile_text_stays_text() -> None:
    body = atom_feed(report(HOSTILE))
    assert (
        b"<script" not in body
        and b"\x1b" not in body
        and b"\x00" not in body
        and "\u202e".encode() not in body
    )
    assert "<script>" in "".join(ET.fromstring(body).itertext())


def test_a_headline_counts_what_changed() -> None:
    assert headline(report()) == "1 study changed, 1 conclusion altered, 1 note from the sources."
