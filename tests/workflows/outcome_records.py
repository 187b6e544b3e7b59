"""Synthetic records with posted outcome measures: invented studies, named as such."""

from typing import Any

from tests.views.results_samples import event_group, flow, outcome
from tests.workflows.records import given, record

TITLES = ["Treated", "Control"]


def measured(
    number: int, outcomes: list[dict[str, Any]], *, agent: str = "Adipose stem cell exosomes", condition: str = "Acne scar",
    year: int = 2019,
) -> dict[str, Any]:  # fmt: skip
    """A randomised trial of two arms with these outcome measures."""
    made = record(
        number,
        title=f"{agent} in {condition.lower()}, study {number}",
        updated="2022-01-01",
        **given(agent, condition),
    )
    made["protocolSection"]["designModule"]["designInfo"]["interventionModel"] = "PARALLEL"
    made["protocolSection"]["statusModule"]["primaryCompletionDateStruct"] = {
        "date": f"{year}-06",
        "type": "ACTUAL",
    }
    made["hasResults"] = True
    made["resultsSection"] = {
        "participantFlowModule": flow(TITLES, [40, 40]),
        "adverseEventsModule": {"frequencyThreshold": "0", "eventGroups": [
            event_group(0, "Treated", (0, 20), (1, 20), deaths=(0, 20)), event_group(1, "Control", (0, 20), (2, 20), deaths=(0, 20)),
        ]},
        "outcomeMeasuresModule": {"outcomeMeasures": outcomes},
    }  # fmt: skip
    return made


def means(
    title: str, one: tuple[str, str], two: tuple[str, str], *, n: str = "20", **more: Any
) -> dict[str, Any]:
    """An outcome measure with mean and SD in both arms."""
    values = [{"n": n, "value": value, "spread": spread} for value, spread in (one, two)]
    return outcome(
        title, "MEAN", "Standard Deviation", more.pop("unit", "score"), values, titles=TITLES, **more
    )


def healed(one: str, two: str, *, n: str = "20") -> dict[str, Any]:
    """Counts of people with complete wound closure."""
    values = [{"n": n, "value": one}, {"n": n, "value": two}]
    return outcome(
        "Complete wound closure at week 12",
        "COUNT_OF_PARTICIPANTS",
        None,
        "Participants",
        values,
        titles=TITLES,
    )


VSS = [
    measured(41, [means("Vancouver Scar Scale at week 12", ("4.1", "1.5"), ("5.2", "1.6"))], year=2017),
    measured(42, [means("Vancouver Scar Scale (VSS)", ("3.9", "1.2"), ("5.0", "1.9"))], year=2018),
    measured(43, [means("VSS total", ("4.4", "2.0"), ("4.9", "2.1"), n="35")], year=2020),
    measured(
        44,
        [means("Change from baseline in Vancouver Scar Scale", ("-2.0", "1.5"), ("-1.1", "1.6"))],
        year=2021,
    ),
]
