"""`skinproof journal`."""

from pathlib import Path

import click
import msgspec

from skinproof.errors import InputError, NotFoundError
from skinproof.faces.options import data_option, pass_services
from skinproof.faces.output import print_lines, text_width
from skinproof.faces.services import Services
from skinproof.model.journal import JournalLine, broken
from skinproof.views.text import Column, clean, table, wrap
from skinproof.views.words import plural

_LARGEST = 1 << 30


@click.command("journal")
@click.option(
    "--jsonl", is_flag=True, help="Print every line as JSON, one a line: a copy that can be verified."
)
@click.option("--verify", is_flag=True, help="Check that no line was changed, dropped or moved.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="FILE", help="A copy made with --jsonl."
)
@data_option
@pass_services
def command(services: Services, jsonl: bool, verify: bool, path: Path | None, data: str | None) -> None:
    """What people said of the machine's answers: every line, oldest first.

    Lines are only added. Each carries a hash over itself and the line before, so that --verify finds a change.
    """
    if path is not None:
        lines = _read(path)
    else:
        try:
            lines = services.journal(services.data_dir(data))
        except NotFoundError:
            lines = ()
    if verify:
        _verify(lines)
    elif jsonl:
        print_lines(_json(line) for line in lines) if lines else None
    else:
        print_lines(_table(lines, text_width()))


def _verify(lines: tuple[JournalLine, ...]) -> None:
    found = broken(lines)
    if found is not None:
        raise InputError(f"the journal is not as it was written: {found}; restore it from a copy")
    last = f"; chain of the last: {lines[-1].chain}" if lines else ""
    print_lines([f"{plural(len(lines), 'line')}, each as it was written{last}"])


def _json(line: JournalLine) -> str:
    return msgspec.json.encode(line, order="deterministic").decode()


def _read(path: Path) -> tuple[JournalLine, ...]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is larger than any journal ({_LARGEST:,} bytes)")
        text = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"no file {path}") from None
    lines = []
    for number, row in enumerate(text.splitlines(), 1):
        if row.strip():
            try:
                lines.append(msgspec.json.decode(row, type=JournalLine))
            except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
                raise InputError(f"{path}, line {number}: no line of a journal ({error})") from error
    return tuple(lines)


def _table(lines: tuple[JournalLine, ...], width: int) -> list[str]:
    if not lines:
        return wrap("The journal is empty: nobody has judged an answer yet.", width)
    columns = [
        Column("Line", right=True), Column("When"), Column("Who", wraps=True), Column("What"), Column("Of", wraps=True),
        Column("Why", wraps=True),
    ]  # fmt: skip
    rows = [
        (
            f"{line.id}", line.at[:16].replace("T", " "), clean(line.who),
            f"{line.verdict}{f' {line.value}' if line.value else ''}", clean(f"{line.kind} {line.subject.replace('|', ' ')}"),
            clean(line.reason),
        )
        for line in lines
    ]  # fmt: skip
    return [*table(columns, rows, width), "", plural(len(lines), "line")]
