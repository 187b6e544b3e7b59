"""The command line: `skinproof COMMAND`. Each command is imported only when it is used, so that help is instant.

Exit codes: those of `skinproof.errors`, 0 for success, 130 when stopped by Ctrl-C, 141 when the reader of a pipe
has gone. An error is one line on stderr, with a hint where there is one.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from skinproof import __version__
from skinproof.errors import SkinproofError, StoreError

COMMANDS = {
    "import": ("import_", "Store every record version of some files or folders."),
    "sync": ("sync", "Bring new and changed records from the sources, and prove that none is missing."),
    "build": ("build", "Make a new edition of everything imported so far."),
    "map": ("map", "The evidence map: agents by complaints."),
    "count": ("count", "How many studies of an agent: in all, cutaneous, aesthetic, by role."),
    "list": ("list", "Studies that meet the filters, one row each."),
    "about": ("about", "One agent or complaint on one page."),
    "claim": ("claim", "What the records say of a claim, or of a number of trials that somebody stated."),
    "find": ("find", "Full-text search in the records, with synonyms."),
    "show": ("show", "One study or paper, with the quotes behind each tag."),
    "links": ("links", "Which papers report which studies, and which registrations are one trial."),
    "judge": (
        "judge",
        "Accept, correct or reject an answer about a study; take a line back; what waits for a look.",
    ),
    "journal": ("journal", "What people said of the machine's answers: every line, oldest first."),
    "changes": ("changes", "What changed, and what of it alters a conclusion."),
    "watch": ("watch", "Saved searches: what is new for each since it was last told."),
    "preparations": ("preparations", "What was given: source, making, dose, schedule and route."),
    "landscape": ("landscape", "Doses by agent, complaint and route, each unit kind by itself."),
    "gaps": ("gaps", "What studies leave unsaid of a preparation, and what clashes."),
    "compare": ("compare", "A product of your own beside what registered studies gave."),
    "pool": ("pool", "What the studies of a table say together: a meta-analysis."),
    "living": (
        "living",
        "How a pooled answer came about, study by study, and what the newest study changed.",
    ),
    "multilevel": (
        "multilevel",
        "What studies with several effects each say together: outcomes, times, arms.",
    ),
    "network": ("network", "Many treatments compared at once, through each other."),
    "pooled": ("pooled", "Adverse events and outcomes in the studies that posted results, pooled."),
    "issues": ("issues", "Odd values, near-miss spellings, refused records."),
    "site": ("site", "Write a static site of the current edition."),
    "serve": ("serve", "The pages, live, and every view as JSON and CSV."),
    "login": (
        "login",
        "Who may judge answers in the browser: names and password hashes in a file of their own.",
    ),
    "mcp": ("mcp", "The same answers for an assistant, over the Model Context Protocol."),
    "evaluate": ("evaluate", "Score the tags against a labelled table."),
    "propose": ("propose", "What a language model says of some studies, beside what the rules read."),
    "demo": ("demo", "The bundled facts through import, build, map and site."),
    "vocabulary": ("vocabulary", "List or search the terms that are looked for."),
    "backup": ("backup", "Write all that cannot be made again into one file."),
    "restore": ("restore", "Put a backup back into an empty store."),
    "gc": ("gc", "Remove earlier editions and what killed builds left behind."),
    "doctor": ("doctor", "What this installation and its data folder are like."),
    "version": ("version", "Print the version."),
}
"""Name -> module in `faces.commands`, and what it does in one line, so that help needs no module."""

INTERRUPTED, PIPE_CLOSED = 130, 141


class SkinproofGroup(click.Group):
    """Commands found by name in COMMANDS; every way to fail ends in one line and a documented exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"skinproof.faces.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, with the nearest name where there is no such command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"there is no command {args[0]!r}{_near(args[0])}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, say what went wrong in one line, and leave with the exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        words = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except BaseException as error:
            code = _failed(error, "--debug" in words)
        sys.exit(code if isinstance(code, int) else 0)


def _near(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else "; `skinproof --help` lists them"


def _failed(error: BaseException, debug: bool) -> int:
    """Say it on stderr and return the exit code. With --debug an error of the program keeps its traceback."""
    # click takes a closed pipe for exit code 1, and shows by its stand-in for stdout that this was why.
    if isinstance(error, BrokenPipeError) or type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
        return _pipe_closed()
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else SkinproofError.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _say("stopped; what was stored before is kept", INTERRUPTED)
    if isinstance(error, click.ClickException):
        return _say(_of_click(error), error.exit_code)
    if isinstance(error, SkinproofError):
        if debug:
            _traceback()
        return _say(str(error), error.exit_code)
    if isinstance(error, OSError) and not debug:
        name = f": {error.filename}" if error.filename else ""
        return _say(f"{error.strerror or error}{name}", StoreError.exit_code)
    if debug:
        _traceback()
    hint = "" if debug else "; run `skinproof --debug ...` for details and report them"
    return _say(f"unexpected {type(error).__name__}: {error}{hint}", SkinproofError.exit_code)


def _of_click(error: click.ClickException) -> str:
    text = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{text.rstrip('.')} (try `{error.ctx.command_path} --help`)"
    return text


def _say(message: str, code: int) -> int:
    from skinproof.views.text import clean

    click.echo(f"error: {clean(message)}", err=True)
    return code


def _traceback() -> None:
    import traceback

    traceback.print_exc()


def _pipe_closed() -> int:
    """Leave without a word, and keep Python from complaining when it flushes what nobody reads."""
    try:
        target = os.open(os.devnull, os.O_WRONLY)
        os.dup2(target, sys.__stdout__.fileno() if sys.__stdout__ else 1)
    except OSError:
        pass
    return PIPE_CLOSED


@click.group(
    cls=SkinproofGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `skinproof demo`, or import a download and build. docs/reference/cli.md has every option.",
)
@click.version_option(__version__, prog_name="skinproof", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Which regenerative preparation was tested for which skin complaint, in how many people, and where it says so."""
