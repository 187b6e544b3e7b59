"""Synthetic records with posted results: invented studies, named as such."""

import json
from typing import Any

from skinproof.model.record import StudyRecord
from skinproof.sources.ctgov import read_ctgov


def arm(label: str, kind: str = "EXPERIMENTAL", text: str = "") -> dict[str, Any]:
    """A registered arm."""
    return {"label": label, "type": kind, **({"description": text} if text else {})}


def event_group(
    place: int, title: str, serious: tuple[int, int], other: tuple[int, int], **more: Any
) -> dict[str, Any]:
    """A group of adverse events; deaths=(affected, at risk) as in `more`."""
    deaths = more.pop("deaths", None)
    return {
        "id": f"EG{place:03d}", "title": title,
        "seriousNumAffected": serious[0], "seriousNumAtRisk": serious[1],
        "otherNumAffected": other[0], "otherNumAtRisk": other[1],
        **({"deathsNumAffected": deaths[0], "deathsNumAtRisk": deaths[1]} if deaths else {}), **more,
    }  # fmt: skip


def flow(titles: list[str], people: list[int]) -> dict[str, Any]:
    """A participant flow of one period."""
    return {
        "groups": [{"id": f"FG{i:03d}", "title": title} for i, title in enumerate(titles)],
        "periods": [{"title": "Overall Study", "milestones": [{"type": "STARTED", "achievements": [
            {"groupId": f"FG{i:03d}", "numSubjects": str(n)} for i, n in enumerate(people)]}]}],
    }  # fmt: skip


def outcome(
    title: str, param: str, spread: str | None, unit: str, values: list[dict[str, str]], **more: Any
) -> dict[str, Any]:
    """An outcome measure of as many groups as values; each value has n (people analysed) and the registry's keys."""
    ids = [f"OG{i:03d}" for i in range(len(values))]
    titles = more.pop("titles", [f"Arm {i}" for i in range(len(values))])
    return {
        "type": "PRIMARY", "title": title, "reportingStatus": "POSTED", "paramType": param, "unitOfMeasure": unit,
        **({"dispersionType": spread} if spread else {}), "timeFrame": "12 weeks",
        "groups": [{"id": key, "title": name} for key, name in zip(ids, titles, strict=True)],
        "denoms": [{"units": more.pop("units", "Participants"), "counts": [
            {"groupId": key, "value": one["n"]} for key, one in zip(ids, values, strict=True)]}],
        "classes": [{"categories": [{"measurements": [
            {"groupId": key, **{k: v for k, v in one.items() if k != "n"}} for key, one in zip(ids, values, strict=True)]}]}],
        **more,
    }  # fmt: skip


def body(
    arms: list[dict[str, Any]], *, events: list[dict[str, Any]] | None = None, outcomes: list[dict[str, Any]] | None = None,
    flows: dict[str, Any] | None = None, model: str = "PARALLEL", threshold: str = "0", enrolled: int = 40,
) -> dict[str, Any]:  # fmt: skip
    """A record in the registry's shape."""
    results: dict[str, Any] = {}
    if flows:
        results["participantFlowModule"] = flows
    if events is not None:
        results["adverseEventsModule"] = {"frequencyThreshold": threshold, "eventGroups": events}
    if outcomes is not None:
        results["outcomeMeasuresModule"] = {"outcomeMeasures": outcomes}
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT99000001", "briefTitle": "Synthetic record"},
            "designModule": {
                "studyType": "INTERVENTIONAL", "designInfo": {"interventionModel": model},
                "enrollmentInfo": {"count": enrolled, "type": "ACTUAL"},
            },
            "armsInterventionsModule": {"armGroups": arms},
        },
        "resultsSection": results,
        "hasResults": True,
    }  # fmt: skip


def record(*args: Any, **more: Any) -> StudyRecord:
    """The same, read."""
    return read_ctgov(json.dumps(body(*args, **more)).encode()).record


def value_at(tree: Any, path: str) -> Any:
    """What stands at a JSON path."""
    for step in path.replace("]", "").replace("[", ".").split("."):
        tree = tree[int(step)] if step.isdigit() else tree[step]
    return tree
