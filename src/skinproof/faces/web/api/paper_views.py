"""Papers over the API: what `find --papers` and `show PMID:` answer."""

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.commands import show as show_command
from skinproof.faces.found_papers import HEADER, FoundPaperList, ask_papers, csv_rows, found_paper
from skinproof.faces.output import stamped
from skinproof.faces.web.api.endpoint import Asked, Param, Reply, told
from skinproof.model.papers import paper_filters
from skinproof.studies.paper_kinds import EVIDENCE, KINDS, TRIAL
from skinproof.workflows.query import last_day

EARLIEST, LATEST = 1000, 9999

PARAMS = (
    Param("q", "What to look for; without it, all that meet the filters, by id."),
    Param("agent", "Agent or class of agents, by id, label or synonym.", many=True, example="ev"),
    Param("role", "What the agent does.", many=True),
    Param("indication", "Complaint, with all below it, by id, label or synonym.", many=True, example="scar"),
    Param("cutaneous", "About skin, hair or nails.", "flag"),
    Param("aesthetic", "About appearance.", "flag"),
    Param("evidence", "What was studied: people, animals, or cells and tissues in the laboratory.", many=True, choices=EVIDENCE),
    Param("kind", "What it is or how it stands; trial: indexed as the report of a trial in people.", many=True, choices=(*KINDS, TRIAL)),
    Param("linked", "Whether it is linked as the report of a study that is held.", "flag"),
    Param("apart", "true: only evidence beside the studies, as the map counts it: it reports something of its own, stands, and is linked to no "
          "study that is held.", "flag"),
    Param("year_from", "Published in or after this year.", "whole", least=EARLIEST, most=LATEST),
    Param("year_to", "Published in or before this year.", "whole", least=EARLIEST, most=LATEST),
    Param("as_of", "Published by the end of this day: YYYY-MM-DD, YYYY-MM or YYYY. Papers are told by their newest records all the same.",
          "date"),
)  # fmt: skip
LONGEST_WORDS = 1000
"""Letters of a search."""


def papers(asked: Asked) -> Reply:
    """Papers that have the words, or that meet the filters."""
    words, workspace, filters = asked.question.one("q"), asked.live.workspace, asked.filters()
    if words is not None and len(words) > LONGEST_WORDS:
        raise UsageError(f"a search has at most {LONGEST_WORDS:,} letters; this one has {len(words):,}")
    wanted = paper_filters(filters)
    assert wanted is not None  # no other parameter is taken
    years = [asked.question.number(name, 0, EARLIEST, LATEST) or None for name in ("year_from", "year_to")]
    said = asked.question
    wanted = msgspec.structs.replace(
        wanted, kind=said.all("kind"), evidence=said.all("evidence"), linked=said.flag("linked"),
        apart=said.flag("apart") or None, year_from=years[0], year_to=years[1], published_by=last_day(asked.as_of),
    )  # fmt: skip
    if words is not None:
        answer = ask_papers(workspace, words, wanted, asked.limit, asked.offset)
    else:
        found = workspace.papers(wanted)
        answer = FoundPaperList(
            query=None, total=len(found.papers), offset=asked.offset, expanded=(), stamp=found.stamp,
            hits=tuple(found_paper(paper, workspace) for paper in asked.part(found.papers)),
        )  # fmt: skip
    return Reply(answer, lambda: (stamped(HEADER), csv_rows(answer)), answer.total, told(filters))


def paper(asked: Asked) -> Reply:
    """One paper by PMID, PMC id, DOI or record id."""
    page = asked.live.site().source.papers.page(asked.name)
    return Reply(page, lambda: (stamped(show_command.HEADER), show_command.quote_rows(page)))
