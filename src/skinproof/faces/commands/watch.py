"""`skinproof watch`: saved searches, and what is new for them."""

from contextlib import closing
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import read_filters, said
from skinproof.faces.changes_text import change_lines
from skinproof.faces.options import data_option, filter_options, json_option, pass_services
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.services import Services
from skinproof.faces.whole_file import check_writable, write_whole
from skinproof.views.changes import headline
from skinproof.views.feed_atom import atom_feed
from skinproof.views.text import Column, clean, cut, table
from skinproof.views.words import plural
from skinproof.workflows.watch import News

MAIL_WIDTH = 78


@click.group("watch")
def command() -> None:
    """Saved searches: what is new for each since it was last told."""


@command.command("add")
@click.argument("name")
@click.argument("words", nargs=-1)
@filter_options()
@data_option
@json_option
@pass_services
def add(
    services: Services, /, name: str, words: tuple[str, ...], data: str | None, as_json: bool, **typed: Any
) -> None:
    """Save a search: words as for `find`, filters, or both. What answers it now counts as told."""
    folder = services.data_dir(data)
    with closing(services.open_workspace(folder)) as workspace:
        filters = read_filters(typed, workspace)
    watch = services.add_watch(folder, name, " ".join(words), filters)
    if as_json:
        print_json(
            {
                "name": watch.name,
                "query": watch.query,
                "filters": said(watch.filters),
                "studies": len(watch.told),
            }
        )
    else:
        print_lines([f"watching {clean(watch.name)}: {plural(len(watch.told), 'study', 'studies')} now"])


@command.command("list")
@data_option
@json_option
@pass_services
def listed(services: Services, data: str | None, as_json: bool) -> None:
    """The saved searches, and when each was last told."""
    found = services.watches(services.data_dir(data))
    if as_json:
        print_json({"watches": [
            {"name": w.name, "query": w.query, "filters": said(w.filters), "told_at": w.told_at, "studies": len(w.told)} for w in found
        ]})  # fmt: skip
        return
    rows = [
        (
            w.name,
            " ".join((w.query, _filter_words(said(w.filters)))).strip(),
            f"{len(w.told):,}",
            w.told_at[:16],
        )
        for w in found
    ]
    columns = [
        Column("Name"),
        Column("Search", wraps=True),
        Column("Studies", right=True),
        Column("Last told (UTC)"),
    ]
    print_lines(
        table(columns, rows, text_width()) if rows else ["no watch yet: skinproof watch add NAME WORDS"]
    )


@command.command("remove")
@click.argument("name")
@data_option
@pass_services
def remove(services: Services, name: str, data: str | None) -> None:
    """Forget a saved search."""
    services.remove_watch(services.data_dir(data), name)
    print_lines([f"removed {clean(name)}"])


@command.command("run")
@click.argument("name", required=False)
@click.option(
    "--mail", type=click.Path(path_type=Path), metavar="FILE", help="Write a mail (subject and text), too."
)
@click.option(
    "--atom", type=click.Path(path_type=Path), metavar="FILE", help="Write an Atom feed, too (one NAME)."
)
@click.option(
    "--webhook",
    metavar="URL",
    envvar="SKINPROOF_WEBHOOK_URL",
    help="Send JSON to an address of yours (https).",
)
@click.option("--quiet", is_flag=True, help="Print nothing where nothing is new.")
@click.option("--all", "everything", is_flag=True, help="Print every study and change.")
@data_option
@json_option
@pass_services
def run(
    services: Services, name: str | None, mail: Path | None, atom: Path | None, webhook: str | None, quiet: bool,
    everything: bool, data: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Tell what is new for a watch (or all), and note that it was told.

    It counts as told once everything asked for was written, sent and printed. Where nothing is new, no file is written and
    nothing is sent.
    """
    folder = services.data_dir(data)
    names = [name] if name else [watch.name for watch in services.watches(folder)]
    if atom and len(names) != 1:
        raise UsageError("--atom takes one watch: name it")
    # Refused now, not on the day there is news.
    if webhook:
        services.check_webhook(webhook)
    for file in filter(None, (mail, atom)):
        check_writable(file)
    found = [services.news(folder, one) for one in names]
    fresh = [one for one in found if not one.report.empty]
    if fresh and mail:
        write_whole(mail, mail_bytes(fresh))
    if fresh and atom:
        write_whole(atom, atom_feed(fresh[0].report, f"skinproof: {fresh[0].watch.name}"))
    for one in fresh if webhook else []:
        body, key = message(one)
        services.send(str(webhook), body, key)
    if as_json:
        print_json({"watches": [{"name": one.watch.name, "report": one.report} for one in found]})
    elif not (quiet and not fresh):
        print_lines(
            _lines(fresh if quiet else found, text_width(), everything)
            or ["no watch yet: skinproof watch add NAME WORDS"]
        )
    for one in found:
        services.told(folder, one)


def _lines(found: list[News], width: int, everything: bool) -> list[str]:
    lines: list[str] = []
    for one in found:
        lines += [*([""] if lines else []), f"Watch {clean(one.watch.name)}: {clean(_search(one))}"]
        lines += change_lines(one.report, width, everything)
    return lines


def _search(one: News) -> str:
    return " ".join(part for part in (one.watch.query, _filter_words(said(one.watch.filters))) if part)


def _filter_words(filters: dict[str, Any]) -> str:
    return "; ".join(
        f"{name} {', '.join(value) if isinstance(value, list) else value}" for name, value in filters.items()
    )


def mail_bytes(found: list[News]) -> bytes:
    """A mail without sender and receiver: subject and plain text, ready for a mailer."""
    mail = EmailMessage(policy=SMTP)
    first = found[0]
    subject = f"skinproof {first.watch.name}: {headline(first.report)}"
    if len(found) > 1:
        subject = f"skinproof: news for {', '.join(one.watch.name for one in found)}"
    mail["Subject"] = cut(clean(subject), 150)
    mail.set_content(
        "\n".join(_lines(found, MAIL_WIDTH, everything=False)) + "\n", charset="utf-8", cte="8bit"
    )
    return mail.as_bytes()


def message(one: News) -> tuple[bytes, str]:
    """What is sent to a webhook, and a key that is the same for the same news."""
    text = "\n".join(_lines([one], MAIL_WIDTH, everything=False))
    news = msgspec.json.encode(
        {"watch": one.watch.name, "headline": headline(one.report), "text": text, "report": one.report}
    )
    told = msgspec.json.encode(
        (one.watch.name, one.watch.told, one.then.told, one.then.events), order="sorted"
    )
    return news, sha256(told).hexdigest()
