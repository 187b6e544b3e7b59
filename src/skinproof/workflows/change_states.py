"""The two states that are compared: editions, days of the registry, or what was stored here before a time."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from skinproof.errors import NotFoundError, UsageError
from skinproof.model.dates import PartialDate
from skinproof.store.editions import Editions
from skinproof.store.raw import RawStore
from skinproof.store.read_seen import SeenReader
from skinproof.views.changes import Compared
from skinproof.views.clock_lines import stamp_day
from skinproof.workflows.query import Workspace

BY = ("seen", "registry")


class PastWorkspace(Workspace):
    """An edition as if some versions had not been stored."""

    def __init__(self, data_dir: Path, edition: str | None, hidden: Collection[str]) -> None:
        super().__init__(data_dir, edition)
        self._reader = SeenReader(self._reader, hidden)


class State(NamedTuple):
    """One side: the versions in force in a workspace as of a registry day (None: the newest)."""

    workspace: Workspace
    as_of: str | None


class Sides(NamedTuple):
    """What is compared. seen: sha256 -> when it was first stored; both workspaces are the caller's to close."""

    before: State
    after: State
    compared: Compared
    seen: Mapping[str, str]
    notes: tuple[str, ...] = ()
    noticed: tuple[str, str | None] | None = None
    """From when, and until before when, what sources said of records belongs to it (ISO, UTC; None: open, or no part of it)."""

    def close(self) -> None:
        """Let go of the files of both sides."""
        self.before.workspace.close()
        self.after.workspace.close()


def first_seen(data_dir: Path) -> list[tuple[str, str, str]]:
    """(record id, sha256, first seen) of every stored version."""
    with RawStore.open(data_dir, write=False) as raw:
        return [(record_id, sha, seen) for record_id, _, sha, seen in raw.first_seen()]


def sides(
    data_dir: Path, today: date, *, since: str | None = None, by: str = "seen", from_edition: str | None = None,
    to_edition: str | None = None, edition: str | None = None,
) -> Sides:  # fmt: skip
    """The sides that are meant: of two editions, else since a time; with neither, the edition before the current one.

    since: a date (its first day), or a date and time with or without a zone (UTC without). by: when versions were stored
    here (`seen`) or posted by the registry. edition: the one that counts as current, by default the one that is.
    Raises: UsageError, NotFoundError.
    """
    if since is not None and (from_edition or to_edition):
        raise UsageError(
            "--since compares with a time, --from and --to with an edition: give one or the other"
        )
    if since is None:
        return _of_editions(data_dir, today, from_edition, to_edition or edition)
    if by == "registry":
        return _of_registry(data_dir, today, since, edition)
    return _of_seen(data_dir, today, since, edition)


def watched(
    data_dir: Path, today: date, name: str, told: Mapping[str, str], scope: Collection[str], when: str
) -> Sides:
    """What a watch told of some studies, and what it would tell now.

    told: record id -> sha256 of the version that was in force when it was told; scope: ids that answer it now; when: ISO
    time of the last telling.
    """
    rows = first_seen(data_dir)
    known = set(told.values())
    wanted = set(scope) | set(told)
    hidden = {sha for record_id, sha, _ in rows if record_id in wanted and sha not in known}
    compared = Compared(
        by="watch", words=f"what is new for the watch {name!r} since {when[:16].replace('T', ' ')} UTC", before_day=when[:10],
        after_day=today.isoformat(), watch=name,
    )  # fmt: skip
    return _seen_sides(data_dir, hidden, rows, compared)


def _of_editions(data_dir: Path, today: date, first: str | None, last: str | None) -> Sides:
    editions = Editions(data_dir / "editions")
    made = editions.made()
    to_name = _named(last, made) if last else editions.manifest().edition
    notes: tuple[str, ...] = ()
    if first:
        from_name = _named(first, made)
    else:
        older = [
            name
            for name in sorted(made, key=lambda n: (made[n], n))
            if made[name] <= made[to_name] and name != to_name
        ]
        from_name = older[-1] if older else to_name
        if not older:
            held = (
                "Only one edition is held" if len(made) == 1 else f"No edition older than {to_name} is held"
            )
            notes = (f"{held}, so there is nothing to compare it with; --since DATE compares with a day.",)
        elif len(made) > 2 and from_name in (unsure := editions.undated()):
            # Which of several came before is then known from the times of files alone.
            notes = (
                f"It is not kept when {'this edition was' if len(unsure) == 1 else 'these editions were'} made: an earlier skinproof "
                "made them. The times of their files stand for it, and those are new in a copied folder; --from and --to name editions.",
            )
    days = {name: datetime.fromtimestamp(made[name], UTC) for name in (from_name, to_name)}
    current = to_name == editions.current()
    after_day = max(today, days[to_name].date()) if current else days[to_name].date()
    forward = made[from_name] < made[to_name]
    if from_name == to_name:
        after_day = days[to_name].date()
        notes = notes or ("This is one and the same edition, so there is nothing to compare.",)
    elif not forward:
        notes = ("The first of the two editions is the newer one: this reads backwards.",)
    compared = Compared(
        by="edition", from_edition=from_name, to_edition=to_name, before_day=days[from_name].date().isoformat(),
        after_day=after_day.isoformat(),
        words=(
            f"edition {from_name} (made {days[from_name]:%Y-%m-%d %H:%M}) with edition {to_name} "
            f"(made {days[to_name]:%Y-%m-%d %H:%M} UTC): the version of each study in force"
        ),
    )  # fmt: skip
    seen = {sha: at for _, sha, at in first_seen(data_dir)}
    before = State(Workspace(data_dir, from_name), None)
    until = None if current else days[to_name].isoformat(timespec="seconds")
    noticed = (days[from_name].isoformat(timespec="seconds"), until) if forward else None
    return Sides(before, State(Workspace(data_dir, to_name), None), compared, seen, notes, noticed)


def _named(text: str, made: Mapping[str, float]) -> str:
    found = [name for name in made if name.startswith(text)]
    if len(found) != 1:
        known = ", ".join(sorted(made, key=lambda name: made[name])) or "none"
        raise NotFoundError(
            f"{'no' if not found else 'more than one'} edition {text!r}; held, oldest first: {known}"
        )
    return found[0]


def _of_registry(data_dir: Path, today: date, since: str, edition: str | None) -> Sides:
    day = _first_day(since)
    before = (day - timedelta(days=1)).isoformat()
    workspace = Workspace(data_dir, edition)
    # Days of the registry may lie after today, where a clock is behind or a source dates ahead: none is left out.
    newest = stamp_day(workspace.stamp(None)) or today
    last = max(today, newest, day - timedelta(days=1)).isoformat()
    notes = _ahead(since, day, max(today, newest), "posted")
    compared = Compared(
        by="registry", since=since, before_day=before, after_day=last,
        words=f"versions that the registry posted before {day.isoformat()} with all posted since", to_edition=workspace.manifest.edition,
    )  # fmt: skip
    seen = {sha: at for _, sha, at in first_seen(data_dir)}
    after = State(Workspace(data_dir, edition), last)
    return Sides(State(workspace, before), after, compared, seen, notes, (day.isoformat(), None))


def _ahead(since: str, day: date, newest: date, what: str) -> tuple[str, ...]:
    if day <= newest:
        return ()
    return (f"{since} is after {newest.isoformat()}, so there can be nothing {what} since.",)


def _of_seen(data_dir: Path, today: date, since: str, edition: str | None) -> Sides:
    at = time_of(since)
    rows = first_seen(data_dir)
    earliest = min((seen for *_, seen in rows), default=at)
    notes: tuple[str, ...] = ()
    if at <= earliest:
        # Before the first import nothing was known: all of it is no news.
        hidden = {sha for _, sha, seen in rows if seen > earliest}
        notes = (
            f"The first records were stored here on {earliest[:16].replace('T', ' ')} UTC, not before the time asked for: "
            "what that first run brought is what is compared with.",
        )
    else:
        hidden = {sha for _, sha, seen in rows if seen >= at}
    start = max(at, earliest)
    stored = max((seen for *_, seen in rows), default=at)[:10]
    notes += _ahead(since, date.fromisoformat(at[:10]), max(today, date.fromisoformat(stored)), "stored")
    compared = Compared(
        by="seen", since=since, before_day=start[:10], after_day=today.isoformat(),
        words=f"what was stored here before {start[:16].replace('T', ' ')} UTC with what is stored now",
    )  # fmt: skip
    return _seen_sides(data_dir, hidden, rows, compared, notes, edition, start)


def _seen_sides(
    data_dir: Path, hidden: Collection[str], rows: list[tuple[str, str, str]], compared: Compared, notes: tuple[str, ...] = (),
    edition: str | None = None, start: str | None = None,
) -> Sides:  # fmt: skip
    seen = {sha: at for _, sha, at in rows}
    before = State(PastWorkspace(data_dir, edition, hidden), None)
    noticed = (start or compared.before_day, None)
    return Sides(before, State(Workspace(data_dir, edition), None), compared, seen, notes, noticed)


def _first_day(text: str) -> date:
    try:
        return PartialDate.parse(text[:10]).earliest()
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date: write YYYY-MM-DD, YYYY-MM or YYYY") from error


def time_of(text: str) -> str:
    """A date or a time as the store writes times: ISO, UTC."""
    if "T" not in text and " " not in text.strip():
        return _first_day(text).isoformat()
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} is neither a date nor a time such as 2026-11-23T18:00") from error
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC).isoformat()
