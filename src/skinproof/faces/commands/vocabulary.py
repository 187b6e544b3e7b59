"""`skinproof vocabulary [WORD]`."""

import click

from skinproof.faces.options import csv_option, json_option, pass_services
from skinproof.faces.output import print_csv, print_json, print_lines, text_width
from skinproof.faces.services import Services
from skinproof.views.terms import KINDS, TermRow, list_terms
from skinproof.views.text import Column, table
from skinproof.views.words import plural

HEADER = TermRow.__struct_fields__
FORMS_SHOWN = 5


@click.command("vocabulary")
@click.argument("words", nargs=-1, metavar="[WORD]")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help=f"Only {', '.join(KINDS)}.")
@json_option
@csv_option
@pass_services
def command(
    services: Services, words: tuple[str, ...], kind: str | None, as_json: bool, as_csv: bool
) -> None:
    """List or search the terms that are looked for.

    WORD finds terms by id, label, synonym or code. Any of these can be given to --agent and --indication.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    found = list_terms(services.vocabulary(), " ".join(words), kind)
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(HEADER, [[getattr(row, name) for name in HEADER] for row in found.rows])
    elif not found.rows:
        print_lines(["No term has that word."])
    else:
        columns = [
            Column("Id"),
            Column("Label", wraps=True),
            Column("Under", wraps=True),
            Column("Forms", wraps=True),
        ]
        rows = [(row.id, row.label, ", ".join(row.parents), _forms(row.forms)) for row in found.rows]
        print_lines([plural(len(rows), "term"), "", *table(columns, rows, text_width())])


def _forms(forms: tuple[str, ...]) -> str:
    """The first forms; --json and --csv have all."""
    more = f" and {len(forms) - FORMS_SHOWN} more" if len(forms) > FORMS_SHOWN else ""
    return "; ".join(forms[:FORMS_SHOWN]) + more
