"""The scores of what is read of preparations, per label set, field and state, as the tables of `accuracy.md`.

Run: `python validation/preparation_scores.py` prints them, `--write` puts them into the page. The records are those of the
reference data in `../shared` (or SKINPROOF_SHARED). A label set whose file is not there is left out.
"""

import gzip
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from skinproof.extraction.kernel import Extractor
from skinproof.sources.ctgov import read_ctgov
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.views.evaluation import Answer, EvaluationReport, FieldScore
from skinproof.views.evaluation_judge import CALL_FIELDS, PREPARATION_FIELDS
from skinproof.vocabulary.loader import load_bundled
from skinproof.workflows.evaluate import answer_from, evaluate, read_gold

HERE = Path(__file__).resolve().parent
PAGE = HERE / "accuracy.md"
TABLES = ("gold", "tuning", "tuning2", "doses", "held_out", "held_out_second")
LABELS = {
    "gold": "labelled table (in sample)",
    "tuning": "`labels/preparations_tuning.csv` (tuned on)",
    "tuning2": "`labels/preparations_tuning2.csv` (tuned on)",
    "doses": "`labels/preparations_doses.csv` (doses only)",
    "held_out": "`labels/preparations_held_out.csv` (held out)",
    "held_out_second": "the same held-out records, second reader",
}
START, END = "<!-- scores of preparations: written by preparation_scores.py -->", "<!-- end of scores -->"


def shared_folder() -> Path:
    """Where the reference data is."""
    return Path(os.environ.get("SKINPROOF_SHARED", HERE.parents[1] / "shared"))


def table(shared: Path, name: str) -> Path:
    """The file of a label set."""
    if name == "gold":
        return shared / "gold" / "trials_labelled.csv"
    return HERE / "labels" / f"preparations_{name}.csv"


def read_answers(shared: Path) -> dict[str, Answer]:
    """What is read of every labelled record; of an id in both files the fuller record counts."""
    wanted = set()
    for name in TABLES:
        if (path := table(shared, name)).is_file():
            wanted |= {label.record_id for label in read_gold(path.read_bytes())[0]}
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    found: dict[str, Answer] = {}
    for name in ("msc_v2", "trial_texts_v2"):
        with gzip.open(shared / "data" / f"{name}.jsonl.gz") as lines:
            for line in lines:
                nct_id = line.partition(b'"nctId": "')[2][:11].decode()
                if nct_id in wanted and nct_id not in found:
                    record = read_ctgov(line).record
                    text = study_text(record)
                    tags = tagger.tag(record, text)
                    calls = {field: getattr(tags, field) for field in CALL_FIELDS}
                    found[nct_id] = answer_from(calls, tags.tags, extractor.read(record, text, tags))
    return found


def reports(shared: Path, answers: Mapping[str, Answer]) -> dict[str, EvaluationReport]:
    """Label set -> its report, for the sets that are there."""
    return {name: evaluate(path, answers) for name in TABLES if (path := table(shared, name)).is_file()}


def section(found: Mapping[str, EvaluationReport]) -> str:
    """The scores as two tables: accuracy by label set, and how the cells of each set divide by state."""
    lines = [START, "", "| field | " + " | ".join(LABELS[name] for name in found) + " |"]
    lines.append("|---|" + "---|" * len(found))
    for field in PREPARATION_FIELDS:
        cells = (_accuracy(report.fields.get(field)) for report in found.values())
        lines.append(f"| `{field}` | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| set | field | n | value right | wrong value | said but absent | missed | absent right | unclear |",
    ]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for name, report in found.items():
        lines += [f"| {name.replace('_', ' ')} | {row}" for row in _states(report)]
    return "\n".join((*lines, "", END))


def _accuracy(score: FieldScore | None) -> str:
    if score is None or score.accuracy is None or score.accuracy_interval is None:
        return "-"
    low, high = score.accuracy_interval
    return f"{score.accuracy:.3f} of {score.n} ({low:.2f} to {high:.2f})"


def _states(report: EvaluationReport) -> Iterator[str]:
    for field in PREPARATION_FIELDS:
        if field not in report.fields:
            continue
        score = report.fields[field]
        counts = (getattr(score.states, name) for name in score.states.__struct_fields__)
        yield f"`{field}` | {score.n} | " + " | ".join(map(str, counts)) + " |"


def main(words: Sequence[str] = ()) -> int:
    """Prints the tables, or puts them into the page with `--write`."""
    shared = shared_folder()
    text = section(reports(shared, read_answers(shared)))
    if "--write" in words:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
        PAGE.write_text(before + text + rest.partition(END)[2], encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
