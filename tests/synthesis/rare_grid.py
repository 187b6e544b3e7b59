"""The reference cases of rare-event pooling: 2x2 tables and events of every file that has some, by name."""

import gzip
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TWO_ARMS = ("ai", "bi", "ci", "di")


def files(shared: Path) -> list[Path]:
    """Every reference file of both metafor versions, in order."""
    folder = shared / "reference" / "metafor"
    return sorted(folder.glob("*.json.gz")) + sorted((folder / "v5").glob("*.json.gz"))


def name(path: Path) -> str:
    """The file's name, with v5/ for those of metafor 5."""
    return ("v5/" if path.parent.name == "v5" else "") + path.name.removesuffix(".json.gz")


def load(path: Path) -> dict[str, Any]:
    with gzip.open(path) as stream:
        found: dict[str, Any] = json.load(stream)
    return found


def columns(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, list[float]]:
    """The raw columns under their argument names; NaN where the data have none."""
    return {
        argument: [math.nan if value is None else float(value) for value in data["raw"][column]]
        for argument, column in data["columns"].items()
        if argument in names
    }


def number(value: Any) -> float:
    """A reference value as a float: null and "NaN" are NaN, "Inf" is infinite, vectors of one are their number."""
    if isinstance(value, list):
        return number(value[0])
    if value is None:
        return math.nan
    return float(value.replace("Inf", "inf")) if isinstance(value, str) else float(value)


def apart(reference: float, ours: float, floor: float) -> float:
    """Relative deviation, against at least `floor`; 0 for two NaN or two equal infinities."""
    if (math.isnan(reference) and math.isnan(ours)) or reference == ours:
        return 0.0
    gap = abs(reference - ours) / max(abs(reference), floor)
    return math.inf if math.isnan(gap) else gap


def mh_cases(shared: Path) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any], str, dict[str, Any]]]:
    """(file, case, reference, columns, measure, options) of every Mantel-Haenszel and Peto result."""
    options: dict[str, dict[str, Any]] = {
        "": {},
        "correct": {"add": (0.5, 0.0)},
        "nocorrect": {"add": (0.5, 0.0), "correct": False},
        "add0": {"add": (0.0, 0.0), "drop00": False},
        "add.5all": {"add": (0.5, 0.5), "to": ("only0", "all")},
        "leave1out": {"add": (0.5, 0.0)},
    }
    for path in files(shared):
        data = load(path)
        for case, reference in data.get("mh_peto", {}).items():
            measure, _, option = case.partition("/")
            chosen = {} if measure == "PETO" else options[option]
            yield name(path), case, reference, columns(data, TWO_ARMS), measure, chosen
        if "rare_events" not in path.name:
            continue
        for table, found in data["cases"].items():
            given = {column: found["inputs"][column] for column in ("ai", "ci", "n1i", "n2i")}
            for case, reference in found["mh"].items():
                measure, add, kind = case.split("/")
                chosen = {"add": (0.5 if add == "add=0.5" else 0.0, 0.0), "drop00": add == "add=0.5"}
                chosen["correct"] = kind == "cmh-corrected"
                yield f"{name(path)}:{table}", case, reference, given, measure, chosen
            yield f"{name(path)}:{table}", "PETO", found["peto"], given, "PETO", {}


def glmm_cases(shared: Path) -> Iterator[tuple[str, str, dict[str, Any], str, dict[str, Any]]]:
    """(file, case, reference, measure, arguments) of every generalised linear mixed model."""
    for path in files(shared):
        data = load(path)
        for case, reference in data.get("glmm", {}).items():
            parts = case.split("/")
            if "xi" in data["columns"]:
                given: dict[str, Any] = columns(data, ("xi", "ni"))
                given |= {"method": parts[0], "test": parts[1] if len(parts) > 1 else "z"}
                yield name(path), case, reference, "PLO", given
            else:
                given = columns(data, TWO_ARMS)
                yield name(path), case, reference, "OR", given | {"model": parts[0], "method": parts[1]}
        if "rare_events" not in path.name:
            continue
        for table, found in data["cases"].items():
            given = {column: found["inputs"][column] for column in ("ai", "ci", "n1i", "n2i")}
            for case, reference in found["glmm"].items():
                model, method, kept = case.split("/")
                chosen = {"model": model, "method": method, "drop00": kept == "drop00"}
                yield f"{name(path)}:{table}", case, reference, "OR", given | chosen
            arm = {"xi": found["inputs"]["ai"], "ni": found["inputs"]["n1i"]}
            yield f"{name(path)}:{table}", "PLO", found["glmm.PLO.treat"], "PLO", arm
