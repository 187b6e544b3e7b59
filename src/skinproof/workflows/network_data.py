"""A CSV of a network, read strictly: one row an arm, or one row a contrast of two treatments.

Cells are read as those of any table of outcomes (`pool_data`); on top of that, what cannot be true of a study in a network
is refused with its rows: one arm, the same treatment twice, a treatment against itself, contrasts that are missing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import msgspec

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.network_effects import MEASURES
from skinproof.views.network_table import ARMS, CONTRASTS, NetworkRow, NetworkTable
from skinproof.workflows.pool_data import MISSING, cell_number, named_column, parse_csv, row_filter

WORDS = {"xi": "events", "ni": "n", "mi": "mean", "sdi": "sd", "n1i": "n1", "n2i": "n2"}
"""Columns by metafor's names, and the word that means the same here."""

_SIZES = ("n1i", "n2i")
_NAMED = 5


def read_network(
    body: bytes, name: str, measure: str, *, study: str = "study", treatment: str | None = None, versus: str | None = None,
    only: Sequence[str] = (),
) -> NetworkTable:  # fmt: skip
    """The rows of a CSV that a network is to be made of.

    study, treatment, versus: names of columns; without them `treatment` (arms), or `treat1` and `treat2` (contrasts: the
    effect of the first minus the second). only: "COLUMN=VALUE" that a row must meet.

    Raises:
        InputError: no CSV; the message names the line.
        UsageError: a column that is needed is not there, or no such measure.
        SynthesisError: a cell or a study that cannot be true, by row and column.
    """
    if measure not in MEASURES:
        raise UsageError(f"measure {measure!r} is not known for networks; there are {', '.join(MEASURES)}")
    found = parse_csv(body, name)
    treatment, versus = _treatment_columns(found.header, name, treatment, versus)
    named = [study, treatment, *([versus] if versus else [])]
    for column in named:
        named_column(found, name, column)
    columns = _number_columns(found.header, name, measure, contrasts=versus is not None)
    wanted = [row_filter(found, name, text) for text in only]
    rows: list[NetworkRow] = []
    outcomes = set()
    for line, cells in found.rows:
        cell = dict(zip(found.header, cells, strict=True))
        if all(cell[column] == value for column, value in wanted):
            rows.append(_row(len(rows) + 1, line, cell, named, columns))
            outcomes.add(cell.get("outcome", ""))
    if not rows:
        raise UsageError(
            f"{name}: no row" + (f" has {' and '.join(only)}" if found.rows else "s below the header")
        )
    _check_spelling(rows, treatment)
    rows = _contrasts_checked(rows) if versus else _arms_checked(rows, treatment)
    return NetworkTable(
        name=name, kind=CONTRASTS if versus else ARMS, numbers=tuple(columns), rows=tuple(rows),
        outcome=outcomes.pop() if len(outcomes) == 1 else "", notes=_odd(rows, columns),
    )  # fmt: skip


def _treatment_columns(
    header: Collection[str], name: str, treatment: str | None, versus: str | None
) -> tuple[str, str | None]:
    if treatment is None and versus is None and {"treat1", "treat2"} <= set(header):
        return "treat1", "treat2"
    if treatment is None and "treatment" not in header:
        raise UsageError(
            f"{name}: no column 'treatment' (one row an arm) and no 'treat1' and 'treat2' (one row a contrast); name it"
            " with --treatment, or both with --treatment and --versus"
        )
    return treatment or "treatment", versus


def _number_columns(header: Collection[str], name: str, measure: str, *, contrasts: bool) -> dict[str, str]:
    """metafor's name -> the column of this table."""

    def column(metafor: str) -> str | None:
        return next((n for n in (metafor, WORDS.get(metafor, metafor)) if n in header), None)

    needs = MEASURES[measure].needs
    if needs and not contrasts:
        own = {n: found for n in needs if (found := column(n))}
        if len(own) == len(needs):
            return own
    spread = next((n for n in ("vi", "sei") if n in header), None)
    if "yi" in header and spread:
        sizes = _SIZES if contrasts else ("ni",)
        return {"yi": "yi", spread: spread} | {n: found for n in sizes if (found := column(n))}
    arms = "" if contrasts or not needs else f"{', '.join(f'{n} (or {WORDS[n]})' for n in needs)}, or "
    kind = "the contrasts" if contrasts else "the arms"
    raise UsageError(f"{name}: {measure} needs columns {arms}yi with vi (or sei) of {kind}")


def _row(
    place: int, line: int, cell: Mapping[str, str], named: Sequence[str], columns: Mapping[str, str]
) -> NetworkRow:
    where = f"row {place} (line {line}" + (f", {cell[named[0]]})" if cell[named[0]] else ")")
    for column in named:
        if cell[column] in MISSING:
            what = "study" if column == named[0] else "treatment"
            raise SynthesisError(f"{where}, column '{column}': empty; name the {what} of every row")
    numbers = {metafor: cell_number(cell[column], column, where) for metafor, column in columns.items()}
    _check(numbers, columns, where)
    if named[-1] != named[1] and cell[named[1]] == cell[named[2]]:
        raise SynthesisError(
            f"{where}: {cell[named[1]]!r} is compared with itself; check columns '{named[1]}' and '{named[2]}'"
        )
    missing = [
        columns[n]
        for n, value in numbers.items()
        if value is None and n not in _SIZES and not (n == "ni" and "yi" in numbers)
    ]
    return NetworkRow(
        row=place, line=line, study=cell[named[0]], treatment=cell[named[1]], versus=cell[named[2]] if len(named) > 2 else "",
        numbers=numbers, left_out=f"{' and '.join(missing)} not reported" if missing else "",
    )  # fmt: skip


def _check(numbers: Mapping[str, float | None], columns: Mapping[str, str], where: str) -> None:
    for n, value in numbers.items():
        if value is None:
            continue
        at = f"{where}, column '{columns[n]}': {value:g}"
        if n == "xi" and value < 0:
            raise SynthesisError(f"{at} is negative; a number of people starts at 0")
        if n == "xi" and value != int(value):
            raise SynthesisError(f"{at} is not a whole number of events; give the counts as they were")
        if n in ("ni", *_SIZES) and value <= 0:
            raise SynthesisError(f"{at} people: an arm nobody is in has no effect; leave the row out")
        if n == "sdi" and value <= 0:
            raise SynthesisError(
                f"{at} as a standard deviation; check for a rounded value, or a standard error of 0"
            )
        if n in ("vi", "sei") and value <= 0:
            raise SynthesisError(f"{at}: must be above 0, or the study would have all the weight")
    events, people = numbers.get("xi"), numbers.get("ni")
    if events is not None and people is not None and events > people:
        raise SynthesisError(
            f"{where}: {columns['xi']} = {events:g} events among {columns['ni']} = {people:g} people; check for events"
            " counted more than once a person"
        )


def _odd(rows: Sequence[NetworkRow], columns: Mapping[str, str]) -> tuple[str, ...]:
    """Numbers of people that are no whole numbers; the first few are named."""
    found = [
        f"{row.named}: {columns[n]} = {value:g} is not a whole number."
        for row in rows for n, value in row.numbers.items()
        if n in ("xi", "ni", *_SIZES) and value is not None and value != int(value)
    ]  # fmt: skip
    more = [f"... and {len(found) - _NAMED} more such numbers."] if len(found) > _NAMED else []
    return tuple(part[:1].upper() + part[1:] for part in (*found[:_NAMED], *more))


def _check_spelling(rows: Sequence[NetworkRow], column: str) -> None:
    """Two spellings of one treatment would be two treatments, and tear the network."""
    seen: dict[str, tuple[str, int]] = {}
    for row in rows:
        for name in (row.treatment, *([row.versus] if row.versus else [])):
            first, where = seen.setdefault(" ".join(name.split()).casefold(), (name, row.row))
            if first != name:
                raise SynthesisError(
                    f"{row.named}, column '{column}': {name!r}, but {first!r} in row {where}; write a treatment alike everywhere"
                )


def _by_study(rows: Sequence[NetworkRow]) -> dict[str, list[NetworkRow]]:
    groups: dict[str, list[NetworkRow]] = defaultdict(list)
    for row in rows:
        groups[row.study].append(row)
    return groups


def _arms_checked(rows: Sequence[NetworkRow], column: str) -> list[NetworkRow]:
    """The rows, with those left out whose study has no second arm that reports its numbers."""
    alone = set()
    for members in _by_study(rows).values():
        seen: dict[str, NetworkRow] = {}
        for row in members:
            if row.treatment in seen:
                raise SynthesisError(
                    f"{row.named}, column '{column}': {row.treatment!r} again, as in row {seen[row.treatment].row}; put arms of"
                    " the same treatment together first, or give the arms names that tell them apart"
                )
            seen[row.treatment] = row
        if len(members) < 2:
            raise SynthesisError(
                f"{members[0].named}: its only arm is {members[0].treatment!r}, which compares nothing; add the other arm, or"
                " leave the row out"
            )
        told = [row for row in members if not row.left_out]
        if len(told) == 1:
            alone.add(told[0].row)
    why = "no other arm of the study reports its numbers"
    return [msgspec.structs.replace(row, left_out=why) if row.row in alone else row for row in rows]


def _contrasts_checked(rows: Sequence[NetworkRow]) -> list[NetworkRow]:
    """The rows, with all of a study left out where a contrast of it is not reported."""
    incomplete = set()
    for study, members in _by_study(rows).items():
        seen: dict[frozenset[str], NetworkRow] = {}
        for row in members:
            pair = frozenset((row.treatment, row.versus))
            if pair in seen:
                raise SynthesisError(
                    f"{row.named}: {row.treatment!r} and {row.versus!r} again, as in row {seen[pair].row}; give each contrast"
                    " of a study once"
                )
            seen[pair] = row
        arms = sorted(set().union(*seen))
        for one, two in combinations(arms, 2):
            if frozenset((one, two)) not in seen:
                raise SynthesisError(
                    f"{members[0].named}: the study has {len(arms)} arms and no contrast of {one!r} and {two!r}, so what its"
                    " contrasts share (their covariance) is unknown; give all contrasts of its arms, or one row for each arm"
                )
        if any(row.left_out for row in members):
            incomplete.add(study)
    why = "another contrast of the study is not reported"
    return [
        msgspec.structs.replace(row, left_out=row.left_out or why) if row.study in incomplete else row
        for row in rows
    ]
