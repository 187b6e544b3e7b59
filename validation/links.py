"""Every link and join drawn from the real samples, with the verdict of a person who read both records.

    python validation/links.py DATA_DIR [--write]

DATA_DIR: a data folder with the sample files imported and built. Verdicts stand in links.csv: from_id, to_id, verdict
(right | wrong), why. A link without a verdict is listed as unread and counts as neither.
"""

import csv
import sys
from pathlib import Path

from skinproof.workflows.query import open_workspace

HERE = Path(__file__).parent

COST = """
## What linking costs

`python benchmarks/links.py DATA_DIR`, processor time, one run on a shared machine of two cores, the same records (27,001 versions of 26,333 registry records and 365 papers):

| build | whole | link step | without it |
|---|---|---|---|
| first, 27,001 versions read | 47.8 s | 1.43 s (3.1% of the rest; target: at most 5%) | 46.4 s |
| all partitions again, words read before (`cache.sqlite` kept) | 19.8 s | 1.46 s (7.9% of the rest) | 18.4 s |
| update, 246 versions read (0.9%) | 2.94 s | 1.69 s | 1.25 s (2.7% of the first) |

The link step reads all ids again, whatever is new: it is the constant of an update (target: 3% of a first build and a small constant; 3% are 1.43 s, so the constant is 1.5 s).
"""
"""Measured apart, by benchmarks/links.py."""


def page(data_dir: Path) -> str:
    with (HERE / "links.csv").open(encoding="utf-8", newline="") as file:
        verdicts = {(row["from_id"], row["to_id"]): row for row in csv.DictReader(file)}
    workspace = open_workspace(data_dir)
    counts = workspace.reports()
    rows, right, wrong, waiting = [], 0, 0, 0
    for link in workspace.links:
        found = verdicts.get((link.from_id, link.to_id), {"verdict": "unread", "why": ""})
        if link.state == "linked":
            right += found["verdict"] == "right"
            wrong += found["verdict"] == "wrong"
        else:
            waiting += 1
        rules = ", ".join(dict.fromkeys(e.rule for e in link.evidence))
        quotes = "; ".join(dict.fromkeys(e.quote or e.named for e in link.evidence))
        cells = (
            link.from_id,
            link.to_id,
            link.relation,
            link.state,
            rules,
            quotes,
            found["verdict"],
            found["why"],
        )
        rows.append("| " + " | ".join(cells) + " |")
    workspace.close()
    judged = right + wrong
    share = f"{right} of {judged} right ({right / judged:.0%})" if judged else "none judged"
    return f"""# Links drawn from real records, read by hand

Made by `python validation/links.py DATA_DIR --write` from all sample files of papers and registers together with the records of ClinicalTrials.gov.
{counts.registry_records:,} registry records, {counts.papers:,} papers; {counts.studies:,} studies after joining.

Linked: {share}. Left to a person: {waiting}.

No paper of these samples reports a study of these samples: none of their registry ids is held, and no record held cites a paper held. The table therefore tests joins of registrations
and notices; links of papers to studies are tested on made records only (`tests/studies/test_links.py`), and how many real links are missed is not known.

| from | to | relation | state | rules | words | by hand | why |
|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}
{COST}"""


if __name__ == "__main__":
    text = page(Path(sys.argv[1]))
    if "--write" in sys.argv:
        (HERE / "links.md").write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
