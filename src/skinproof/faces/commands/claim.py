"""`skinproof claim "TEXT"`."""

from collections.abc import Callable

import click

from skinproof.faces.ask import agent_id, open_asked, term_id
from skinproof.faces.evidence_text import claim_lines
from skinproof.faces.options import Asked, as_of_option, data_option, json_option, pass_services
from skinproof.faces.output import print_json, print_lines, stamp_lines, text_width
from skinproof.faces.services import Services
from skinproof.views.claim_reading import Overrides
from skinproof.views.claim_words import COMPARATORS
from skinproof.vocabulary.term import Vocabulary

NONE = "none"
"""What is written for a part that the claim does not have, whatever was read."""


@click.command("claim")
@click.argument("text", metavar="TEXT")
@click.option(
    "--agent", multiple=True, metavar="NAME", help="What is given, instead of what was read; none = nothing."
)
@click.option("--indication", multiple=True, metavar="NAME", help="For what, instead of what was read.")
@click.option(
    "--route", multiple=True, metavar="NAME", help="How or with which procedure, instead of what was read."
)
@click.option("--comparator", multiple=True, metavar="NAME", help="Compared with: placebo, sham, PRP...")
@as_of_option
@data_option
@json_option
@pass_services
def command(
    services: Services, text: str, agent: tuple[str, ...], indication: tuple[str, ...], route: tuple[str, ...],
    comparator: tuple[str, ...], as_of: str | None, data: str | None, as_json: bool,
) -> None:  # fmt: skip
    """What the records say of a claim, or of a number of trials that somebody stated.

    The claim is shown as it was understood, and can be set right with options. No studies, no results, too imprecise, no
    difference and a difference are different answers; none of them is medical advice.
    """
    from skinproof.workflows.claim import check_claim

    with open_asked(services, Asked(data, as_of, as_json, False, {})) as workspace:
        overrides = read_overrides(agent, indication, route, comparator, workspace.vocabulary)
        answer = check_claim(workspace, text, overrides, as_of)
        stamp = (
            answer.evidence.stamp
            if answer.evidence is not None
            else workspace.stamp(as_of or answer.claim.day)
        )
    if as_json:
        print_json(answer, stamp=stamp)
    else:
        width = text_width()
        print_lines([*claim_lines(answer, width), *stamp_lines(stamp, width)])


def read_overrides(
    agent: tuple[str, ...], indication: tuple[str, ...], route: tuple[str, ...], comparator: tuple[str, ...], words: Vocabulary
) -> Overrides:  # fmt: skip
    """What was typed instead of what was read. Raises: UsageError for a word that means nothing."""
    return Overrides(
        agents=_ids(agent, lambda word: agent_id(word, words)),
        indications=_ids(indication, lambda word: term_id(word, "indication", words)),
        ways=_ids(route, lambda word: _way(word, words)),
        comparators=_ids(comparator, lambda word: _comparator(word, words)),
    )


def _ids(typed: tuple[str, ...], meant: Callable[[str], str]) -> tuple[str, ...] | None:
    if not typed:
        return None
    return tuple(meant(word) for word in typed if word.strip().lower() != NONE)


def _way(word: str, vocabulary: Vocabulary) -> str:
    """A procedure, else a route. Raises: UsageError."""
    for kind in ("procedure", "route"):
        if f"{kind}:{word.strip().lower().removeprefix(f'{kind}:')}" in vocabulary.terms or any(
            vocabulary.terms[name].kind == kind for name in vocabulary.terms_for(word)
        ):
            return term_id(word, kind, vocabulary)
    return term_id(word, "procedure", vocabulary)


def _comparator(word: str, vocabulary: Vocabulary) -> str:
    key = "_".join(word.strip().lower().split())
    return key if key in COMPARATORS else agent_id(word, vocabulary)
