"""Synthetic records with posted adverse events, for pooled questions: invented studies, named as such."""

from typing import Any

from tests.views.results_samples import event_group, flow
from tests.workflows.records import given, record


def posted(
    number: int, treated: tuple[int, int], *, other: tuple[int, int] | None = None, deaths: int = 0, agent: str = "Mesenchymal stem cells",
    condition: str = "Burns", titles: tuple[str, str] = ("Treated", "Control"), model: str = "PARALLEL", threshold: str = "0",
) -> dict[str, Any]:  # fmt: skip
    """A trial of two arms; treated: people with a serious event, and at risk; other: the same of other events."""
    made = record(
        number,
        title=f"{agent} in {condition.lower()}, study {number}",
        updated="2022-01-01",
        **given(agent, condition),
    )
    xi, ni = treated
    made["protocolSection"]["designModule"]["designInfo"]["interventionModel"] = model
    made["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": 2 * ni, "type": "ACTUAL"}
    made["hasResults"] = True
    made["resultsSection"] = {
        "participantFlowModule": flow(["Treated", "Control"], [ni, ni]),
        "adverseEventsModule": {"frequencyThreshold": threshold, "eventGroups": [
            event_group(0, titles[0], (xi, ni), other or (0, ni), deaths=(deaths, ni)),
            event_group(1, titles[1], (9, ni), (ni, ni), deaths=(9, ni)),
        ]},
    }  # fmt: skip
    return made


def without_results(number: int) -> dict[str, Any]:
    """A trial of which the registry has results, and the record held has none."""
    made = record(
        number,
        title="Exosomes for burns",
        updated="2022-01-01",
        **given("Adipose stem cell exosomes", "Burns"),
    )
    made["hasResults"] = True
    return made


POSTED = [
    posted(21, (1, 20), other=(0, 20), deaths=1),
    posted(22, (4, 30), other=(5, 30)),
    posted(23, (0, 15), condition="Heart failure"),
    posted(24, (2, 10), model="CROSSOVER"),
    posted(25, (2, 10), titles=("Sham", "Cells")),
    posted(26, (0, 12), agent="Platelet rich plasma"),
    without_results(27),
]
