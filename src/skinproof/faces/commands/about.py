"""`skinproof about TERM`."""

import click

from skinproof.errors import UsageError
from skinproof.faces.ask import agent_id, open_asked, term_id
from skinproof.faces.evidence_text import about_lines
from skinproof.faces.options import Asked, as_of_option, data_option, json_option, pass_services
from skinproof.faces.output import print_json, print_lines, stamp_lines, text_width
from skinproof.faces.services import Services
from skinproof.vocabulary.term import Vocabulary


@click.command("about")
@click.argument("term", metavar="TERM")
@as_of_option
@data_option
@json_option
@pass_services
def command(services: Services, term: str, as_of: str | None, data: str | None, as_json: bool) -> None:
    """One agent or complaint on one page.

    TERM is an agent, a class of agents (ev, prp) or a complaint, by id, label or synonym: studies and people, what was compared,
    how large with its MCID, harm, preparations, what is running, what is missing.
    """
    from skinproof.workflows.about import about_term
    from skinproof.workflows.evidence import EvidenceSource

    with open_asked(services, Asked(data, as_of, as_json, False, {})) as workspace:
        page = about_term(EvidenceSource(workspace, as_of), named(term, workspace.vocabulary))
    if as_json:
        print_json(page)
    else:
        width = text_width()
        print_lines([*about_lines(page, width), *stamp_lines(page.evidence.stamp, width)])


def named(word: str, vocabulary: Vocabulary) -> str:
    """The agent, class or complaint that a word means. Raises: UsageError."""
    try:
        return agent_id(word, vocabulary)
    except UsageError as error:
        try:
            return term_id(word, "indication", vocabulary)
        except UsageError:
            raise UsageError(str(error).replace("no agent", "no agent or complaint", 1)) from error
