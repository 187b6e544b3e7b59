"""Whether the drift alarm cries wolf, and from how many records on it hears a field that was renamed or emptied.

Run: `python validation/drift.py` prints the page, `--write` puts it into `drift.md`. Needs the reference data beside the
checkout (SKINPROOF_SHARED or ../shared): 5,157 dated versions of 310 real ClinicalTrials.gov records.

False alarms: all versions in the order in which the registry posted them, a quarter at a time; each quarter's versions are
judged against all earlier ones, as a build would. Detection: of the newest version of each record, some are taken as new,
and in a share of them one field is removed, or renamed; the version before is what was held.
"""

import argparse
import gzip
import json
import os
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

from skinproof.sources.record_paths import ALWAYS, filled_paths, holder_of
from skinproof.store.editions import quarter
from skinproof.views.fill import ALPHA, ODDS, Fill, Seen, drift_line, find_drift
from skinproof.workflows.drift import KNOWLEDGE, SAMPLE

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path(__file__).resolve().with_suffix(".md")
SEED = 20_261_123
DRAWS = 3
SIZES = (3, 5, 10, 20, 50, 100, 300)
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
FIELDS = tuple(sorted(ALWAYS)) + tuple(
    f"protocolSection.{path}"
    for path in (
        "armsInterventionsModule.interventions", "armsInterventionsModule.armGroups", "armsInterventionsModule.interventions[].name",
        "outcomesModule.primaryOutcomes", "outcomesModule.secondaryOutcomes", "designModule.enrollmentInfo.count", "designModule.phases",
        "designModule.designInfo.allocation", "statusModule.startDateStruct.date", "statusModule.completionDateStruct.date",
        "statusModule.primaryCompletionDateStruct.date", "identificationModule.officialTitle", "contactsLocationsModule.locations",
        "descriptionModule.detailedDescription", "conditionsModule.keywords", "sponsorCollaboratorsModule.responsibleParty.type",
        "referencesModule.references", "statusModule.whyStopped",
    )
)  # fmt: skip

Version = tuple[str, str, str | None, frozenset[str]]


def versions(shared: Path) -> list[Version]:
    """(record, day of last update, day fetched, filled paths), whole records, as posted."""
    found = []
    with gzip.open(shared / "data" / "ctgov_v2_versions.jsonl.gz", "rb") as file:
        for line in file:
            given = json.loads(line)
            body = json.dumps(given["record"], separators=(",", ":")).encode()
            found.append(
                (given["nctId"], given["lastUpdatePostDate"] or "", holder_of(body), filled_paths(body))
            )
    return sorted(found, key=lambda one: (one[1], one[2] or "", one[0]))


def fill_of(sample: list[Version]) -> Fill:
    """The fill of some versions."""
    counts = Counter(path for *_, paths in sample for path in paths)
    newest = max((day for _, _, day, _ in sample if day), default=None)
    return Fill(versions=len(sample), sampled=len(sample), newest=newest, paths=counts)


def quarters(every: list[Version]) -> tuple[int, int, list[str]]:
    """Quarters judged, versions judged, and what was told."""
    chance = random.Random(SEED)  # noqa: S311
    by_quarter: dict[str, list[Version]] = defaultdict(list)
    for one in every:
        by_quarter[quarter(one[1] or None)].append(one)
    held: list[Version] = []
    newest: dict[str, frozenset[str]] = {}
    told: list[str] = []
    judged = 0
    for name in sorted(by_quarter):
        new = by_quarter[name]
        if held:
            reference = fill_of(chance.sample(held, min(SAMPLE, len(held))))
            # As in a build one version of each record, as if fetched after all before it.
            seen = [
                Seen(paths=paths, before=newest.get(record))
                for record, paths in {v[0]: v[3] for v in new}.items()
            ]
            told += [
                f"{name}: {drift_line(one)}"
                for one in find_drift("ctgov", seen, reference, KNOWLEDGE["ctgov"])
            ]
            judged += len(seen)
        held += new
        newest.update({record: paths for record, _, _, paths in new})
    return len(by_quarter) - 1, judged, told


def spoilt(paths: frozenset[str], field: str, renamed: bool) -> frozenset[str]:
    """The paths without a field and what is below it; renamed: they are there under another name."""
    inside = {path for path in paths if path == field or path.startswith((f"{field}.", f"{field}[]"))}
    other = {field + "New" + path[len(field) :] for path in inside} if renamed else set()
    return paths - inside | other


def detection(
    every: list[Version], field: str, renamed: bool, size: int, share: float, paired: bool
) -> float:
    """Share of draws in which the field is named."""
    chance = random.Random(f"{SEED}{field}{renamed}{size}{share}{paired}")  # noqa: S311
    last: dict[str, list[frozenset[str]]] = defaultdict(list)
    for record, _, _, paths in every:
        last[record].append(paths)
    having = [
        paths for paths in last.values() if field in paths[-1] and field in paths[max(0, len(paths) - 2)]
    ]
    without = [paths for paths in last.values() if field not in paths[-1]]
    reference = fill_of([(record, "", None, paths[0]) for record, paths in last.items()])
    hits = 0
    for _ in range(DRAWS):
        n_having = round(size * len(having) / (len(having) + len(without))) if having else 0
        chosen = [*chance.choices(having, k=n_having), *chance.choices(without or having, k=size - n_having)]
        hurt = set(chance.sample(range(size), max(1, round(size * share))))
        seen = [
            Seen(
                paths=spoilt(paths[-1], field, renamed) if n in hurt else paths[-1],
                before=paths[max(0, len(paths) - 2)] if paired else None,
            )
            for n, paths in enumerate(chosen)
        ]
        found = find_drift("ctgov", seen, reference, KNOWLEDGE["ctgov"])
        hits += any(field == one.path or field.startswith(one.path) for one in found)
    return hits / DRAWS


def page(shared: Path) -> str:
    """The page."""
    every = versions(shared)
    n, judged, told = quarters(every)
    lines = [
        "# Does the drift alarm cry wolf, and from when on does it hear?", "",
        f"Written by `validation/drift.py`. {len(every):,} dated versions of {len({v[0] for v in every}):,} real ClinicalTrials.gov records.", "",
        "## False alarms", "",
        f"{n} quarters ({judged:,} newest versions of a record in its quarter) were judged, each against all earlier ones: {len(told)} alarms.", "",
        *(f"- {line}" for line in told), *([""] if told else []),
        f"Each field and test has a chance of {ALPHA:g}; with some 300 fields fewer than one build in a thousand is stopped without a",
        "cause, as long as people empty fields no more often than `LOST` in `views/fill.py` says. Of the 63 pairs of versions in these data",
        "with a day of update between them, fields other than those that come and go were lost in 0 to 2 of up to 63; that is too few to",
        f"prove the rates. New records may have a field at {ODDS:g} times smaller odds than the edition before anything is said.", "",
        "## Detection", "",
        f"Of {len(FIELDS)} fields: the mean over fields of the share of {DRAWS} draws in which the field was named, by number of new records and by how",
        "many of them are hurt (at least one). Fields that few records have, such as `whyStopped`, are in the mean.", "",
    ]  # fmt: skip
    for renamed, paired, title in (
        (True, True, "Renamed, records that were held before"),
        (False, True, "Emptied, records that were held before"),
        (True, False, "Renamed, records that are new altogether"),
        (False, False, "Emptied, records that are new altogether"),
    ):
        lines += [
            f"### {title}",
            "",
            "| new records | " + " | ".join(f"{share:.0%}" for share in SHARES) + " |",
            "|---:|" + "---:|" * len(SHARES),
        ]
        for size in SIZES:
            cells = []
            for share in SHARES:
                rates = [detection(every, field, renamed, size, share, paired) for field in FIELDS]
                cells.append(f"{sum(rates) / len(rates):.2f}")
            lines.append(f"| {size} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["## Field by field", "", "The fewest new records (held before) from which every draw named the field, when all of them are hurt.", "",
              "| field | renamed | emptied |", "|---|---:|---:|"]  # fmt: skip
    for field in FIELDS:
        cells = [
            next(
                (str(size) for size in SIZES if detection(every, field, renamed, size, 1.0, True) == 1.0),
                f"> {SIZES[-1]}",
            )
            for renamed in (True, False)
        ]
        lines.append(f"| `{field}` | {cells[0]} | {cells[1]} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    text = page(Path(os.environ.get("SKINPROOF_SHARED", ROOT.parent / "shared")))
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
