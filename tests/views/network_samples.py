"""Networks for tests: the published trials of smokers, and small ones."""

from pathlib import Path

from skinproof.views.network_answer import network_answer
from skinproof.views.networked import NetworkAsked, Networked
from skinproof.workflows.network_data import read_network

QUIT = (Path(__file__).resolve().parents[2] / "docs/examples/quit-smoking.csv").read_bytes()


def quit_smoking(**asked) -> Networked:  # type: ignore[no-untyped-def]
    """The example: 24 trials, quitters, 0.5 added where an arm has none."""
    asked = {"measure": "OR", "add": 0.5, "reference": "no contact", "better": "higher", **asked}
    return network_answer(read_network(QUIT, "quit-smoking.csv", asked["measure"]), NetworkAsked(**asked))


def network(text: str, measure: str = "GEN", **asked) -> Networked:  # type: ignore[no-untyped-def]
    """The answer of a table in text."""
    return network_answer(
        read_network(text.encode(), "t.csv", measure), NetworkAsked(measure=measure, **asked)
    )


def contrasts(*rows: str, **asked) -> Networked:  # type: ignore[no-untyped-def]
    """Rows of study, treat1, treat2, yi, vi, n1, n2."""
    return network("study,treat1,treat2,yi,vi,n1,n2\n" + "\n".join(rows) + "\n", **asked)
