"""Every effect-size case of the reference files, with the numbers that went into it.

Where a case is in both versions, the newer one counts (`v5/`), since ROM, CVR, SMDH and their paired forms changed.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# What metafor adds where the call says nothing; ours adds nothing, so the comparison asks for it by name.
COUNTED = {
    "RR", "OR", "RD", "PETO", "YUQ", "YUY", "PBIT", "OR2DN", "OR2DL", "PR", "PLN", "PLO",
    "MPRR", "MPOR", "MPRD", "MPORC", "MPPETO", "MPORM",
}  # fmt: skip

# Calls that metafor stops or answers with NA, and that stop here too.
REFUSED = {
    "SMD/vtype=HO": "no such variance formula",
    "COR/vtype=UB": "no such variance formula",
    "escalc_zero_sd": "a standardized effect of two standard deviations of 0",
    "escalc_neg_sd": "negative standard deviation",
    "escalc_neg_count": "negative count",
    "escalc_events_gt_n": "more events than people",
    "escalc_r_gt1": "correlation above 1",
}

FAILURE_CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "escalc_zero_sd": ("SMD", {"m1i": 5, "sd1i": 0, "n1i": 10, "m2i": 4, "sd2i": 0, "n2i": 10}),
    "escalc_n1": ("SMD", {"m1i": 5, "sd1i": 1, "n1i": 1, "m2i": 4, "sd2i": 1, "n2i": 1}),
    "escalc_n2": ("SMD", {"m1i": 5, "sd1i": 1, "n1i": 2, "m2i": 4, "sd2i": 1.2, "n2i": 2}),
    "escalc_neg_rom": ("ROM", {"m1i": -5, "sd1i": 1, "n1i": 10, "m2i": 4, "sd2i": 1, "n2i": 10}),
    "escalc_bothneg_rom": ("ROM", {"m1i": -5, "sd1i": 1, "n1i": 10, "m2i": -4, "sd2i": 1, "n2i": 10}),
    "escalc_neg_sd": ("MD", {"m1i": 5, "sd1i": -1, "n1i": 10, "m2i": 4, "sd2i": 1, "n2i": 10}),
    "escalc_neg_count": ("OR", {"ai": -1, "bi": 5, "ci": 2, "di": 7}),
    "escalc_events_gt_n": ("OR", {"ai": 12, "n1i": 10, "ci": 2, "n2i": 7}),
    "escalc_r1": ("ZCOR", {"ri": 1, "ni": 20}),
    "escalc_r_gt1": ("ZCOR", {"ri": 1.2, "ni": 20}),
    "escalc_zcor_n3": ("ZCOR", {"ri": 0.5, "ni": 3}),
    "escalc_zcor_n4": ("ZCOR", {"ri": 0.5, "ni": 4}),
    "escalc_nonint": ("OR", {"ai": 2.5, "bi": 5.25, "ci": 2, "di": 7}),
    "escalc_na": ("OR", {"ai": [2, np.nan], "bi": [5, 5], "ci": [2, 2], "di": [7, 7]}),
}


@dataclass(frozen=True)
class Case:
    """One call: file and path of the leaf, the arguments for our `escalc`, and what metafor gave."""

    where: str
    measure: str
    arguments: dict[str, Any]
    expected: dict[str, Any]

    @property
    def name(self) -> str:
        return self.where.rsplit(":", 1)[1]


def reference_files(shared: Path) -> dict[str, Path]:
    """Name of a reference file -> path, in both versions (`v5/` in the name)."""
    root = shared / "reference" / "metafor"
    return {str(path.relative_to(root))[: -len(".json.gz")]: path for path in sorted(root.rglob("*.json.gz"))}


def read(path: Path) -> Any:
    with gzip.open(path) as stream:
        return json.load(stream)


def numbers(values: Any) -> Any:
    """JSON values as floats: null is NaN."""
    if isinstance(values, list):
        return np.array([np.nan if v is None else float(v) for v in values])
    return values


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every answer of escalc in a file, and every refusal of it, wherever it stands."""
    if not isinstance(node, dict):
        return
    if ("yi" in node and "args" in node) or (
        "error" in node and ("escalc" in path or path[-1].startswith("escalc_"))
    ):
        yield path, node
    else:
        for key, child in node.items():
            yield from leaves(child, (*path, key))


def columns_of(data: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The numbers that a leaf was computed from."""
    if path[0] == "escalc" and data["id"] == "synth.paired_split_face":
        raw = {key: numbers(value) for key, value in data["raw"].items()}
        if path[-1] == "SMCC from change":
            spread = raw["sd1i"] ** 2 + raw["sd2i"] ** 2 - 2 * raw["ri"] * raw["sd1i"] * raw["sd2i"]
            zero = np.zeros_like(spread)
            change = raw["m1i"] - raw["m2i"]
            return {
                "m1i": change,
                "m2i": zero,
                "sd1i": np.sqrt(spread),
                "sd2i": zero,
                "ri": zero,
                "ni": raw["ni"],
            }
        return raw
    if path[0] == "escalc":
        columns = data.get("columns") or {"ai": "ai", "mi": "mi", "ni": "ni"}
        return {argument: numbers(data["raw"][column]) for argument, column in columns.items()}
    if path[0] == "matched_pairs_binary":
        inputs = {key: numbers(value) for key, value in data["matched_pairs_binary"]["inputs"].items()}
        # The margins' correlation of the MPORM call is not written in the file; 0.3 is what its variances give.
        return {**inputs, "ri": 0.3} if path[-1] == "MPORM" else inputs
    if path[0] == "prepost_control":
        arm = {key: numbers(value) for key, value in data["prepost_control"][path[-1]].items()}
        return {
            "m1i": arm["m_post"], "m2i": arm["m_pre"], "sd1i": arm["sd_pre"], "sd2i": arm["sd_post"],
            "ni": arm["ni"], "ri": arm["ri"],
        }  # fmt: skip
    inputs = {key: numbers(value) for key, value in data["cases"][path[1]]["inputs"].items()}
    if path[2] == "prop":
        return {"xi": inputs["ai"], "ni": inputs["n1i"]}
    return {key: inputs[key] for key in ("ai", "bi", "ci", "di")}


def call_of(data: dict[str, Any], path: tuple[str, ...], leaf: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The measure and our arguments for a leaf, with metafor's own constant written out."""
    if path[-1] in FAILURE_CALLS:
        measure, arguments = FAILURE_CALLS[path[-1]]
        return measure, dict(arguments)
    args = dict(leaf.get("args") or {})
    variant = path[-1]
    if not args:
        measure, _, option = variant.partition("/vtype=")
        args = {"measure": "SMCR" if path[0] == "prepost_control" else measure}
        if option:
            args["vtype"] = option
    measure = args.pop("measure")
    if measure == "AS" and ("drop00" in args):
        # The stored arguments say add=0.5, but the numbers are metafor's default for AS, which adds nothing.
        args["add"] = 0.0
    arguments = {**columns_of(data, path), **args}
    if measure in COUNTED:
        arguments.setdefault("add", 0.5)
        arguments.setdefault("to", "only0")
    return measure, arguments


def all_cases(shared: Path) -> list[Case]:
    """Every leaf of every file and version; where both versions have it, both are listed."""
    found = []
    for name, path in reference_files(shared).items():
        data = read(path)
        for where, leaf in leaves({key: value for key, value in data.items() if key != "suites"}):
            measure, arguments = call_of(data, where, leaf)
            found.append(Case(f"{name}:{'|'.join(where)}", measure, arguments, leaf))
    return found


# What changed between the versions (README of the reference): the older numbers of these are not ours.
CHANGED = {"ROM", "ROMC", "CVR", "CVRC", "SMDH", "SMCRH", "SMD/nocorrect", "SMCC/vtype=UB", "SMCR/vtype=UB"}


def superseded(case: Case, names: set[str]) -> bool:
    """Whether only the newer version of this case counts."""
    changed = case.name.split("|")[-1] in CHANGED or case.measure in CHANGED
    return changed and not case.where.startswith("v5/") and f"v5/{case.where}" in names
