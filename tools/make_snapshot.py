"""Write src/skinproof/data/snapshot.csv from two tables of facts that people read out of trial records.

    python tools/make_snapshot.py LABELLED.csv PAGES.csv [--out src/skinproof/data/snapshot.csv]

What it does: keeps facts (ids, what was given or measured, figures, dates, places), leaves out every
judgement (agent class, role of the vesicles, cutaneous, aesthetic), restates cells in short noun phrases,
moves remarks in brackets to the `note` column, and sorts by id. The same tables give the same bytes.

Three states of a cell, kept apart:
    (empty)          nobody has seen it: the excerpt that was read did not show it
    not reported     the record was read and does not say it
    not applicable   the question makes no sense for this study
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from pathlib import Path

COLUMNS = (
    "registry_id", "other_id", "given", "measured", "cell_source", "donor", "conditions", "route", "dose",
    "schedule", "separation", "size_or_purity", "phase", "status", "start_year", "first_posted", "enrollment",
    "allocation", "masking", "countries", "sponsor", "has_posted_results", "primary_outcome", "source_url",
    "read_from", "fact_date", "confidence", "note",
)  # fmt: skip

UNSEEN = {"not_seen", "unknown", "not extracted", ""}
READ_FROM = {
    "data/msc_v2.jsonl.gz": ("registry record", "2022-10"),
    "data/trial_texts.jsonl.gz": ("registry title and texts", "2018"),
}
"""Where a row was read, and the time the source stood for; pages on the web carry no day of reading."""

PHASES = {
    "Not Applicable": "Not applicable", "NA": "Not applicable", "N/A": "Not applicable",
    "Phase 1/Phase 2": "Phase 1; Phase 2", "Phase 1, Phase 2": "Phase 1; Phase 2",
    "Phase 2, Phase 3": "Phase 2; Phase 3",
}  # fmt: skip
ALLOCATIONS = {"NA": "Not applicable", "N/A": "Not applicable"}
COUNTRIES = {
    "Iran, Islamic Republic of": "Iran",
    "Korea, Republic of": "South Korea",
    "Russian Federation": "Russia",
}
ROUTES = {
    "injection_local": "local injection", "wound_dressing": "wound dressing", "intra_articular": "intra-articular",
    "laser_assisted": "laser-assisted", "ocular": "eye",
}  # fmt: skip
CELLS = {
    "wharton_jelly": "Wharton jelly", "umbilical_cord": "umbilical cord", "bone_marrow": "bone marrow",
    "menstrual": "menstrual blood", "dendritic": "dendritic cells", "ipsc": "induced pluripotent stem cells",
    "fibroblast": "fibroblasts", "platelet": "platelets",
}  # fmt: skip

SPELLED = {
    r"\bMSC-EVs\b": "MSC extracellular vesicles",
    r"\bEVs\b": "extracellular vesicles",
    r"\bEV\b": "extracellular vesicle",
    r"\bSVF\b": "stromal vascular fraction",
    r"\bDFU\b": "diabetic foot ulcer",
    r"\bdystrophic EB\b": "dystrophic epidermolysis bullosa",
    r"\bARDS\b": "acute respiratory distress syndrome",
    r"\bPRP\b": "platelet-rich plasma",
    r"\bPRGF\b": "plasma rich in growth factors",
    r"\bMSC\b(?= (?:conditioned|culture|exosomes?|extracellular|gel|hydrogel|secretome|sheet|small)\b)": (
        "mesenchymal stem cell"
    ),
    r"\bMSC\b(?!-)": "mesenchymal stem cells",
    r"\bHSCT\b": "haematopoietic stem cell transplant",
}
"""Short forms written out for readers, in what was given or measured and in complaints; product names and
what stands in brackets stay."""

IDS = {
    "AGE-ZERO-AGA (NCT id not shown)": ("AGE-ZERO-AGA", ""),
    "AZD8601-T2DM (doi 10.1038/s41467-019-08852-4)": ("AZD8601-T2DM", "doi 10.1038/s41467-019-08852-4"),
    "DRKAILIU-RCT (NCT id not shown)": ("DRKAILIU-RCT", ""),
    "EXO-OA01 (NCT id not shown)": ("EXO-OA01", ""),
    "EudraCT 2020-001978-29 (IRAS 284162)": ("2020-001978-29", "IRAS 284162"),
    "GD-iExo-003-AIS XMEC-2023-004 (NCT id not shown)": ("GD-iExo-003-AIS", "XMEC-2023-004"),
    "MRG-201-KELOID-PH2 (NCT id not shown)": ("MRG-201-KELOID-PH2", ""),
    "PDRN-PERIOCULAR trialx-326066 (NCT id not shown)": ("PDRN-PERIOCULAR", "trialx-326066"),
    "POF-MSC-EV-ROYAN (NCT id not shown)": ("POF-MSC-EV-ROYAN", ""),
}
"""Ids printed with a remark: (id, other id). Those without a registry number get the note `NO_NUMBER`."""
NO_NUMBER = "registry number not shown on the page, so the id is a working name"

# (id, column) -> (what the cell says now, what moves to the note); "" = nothing moves.
EDITS: dict[tuple[str, str], tuple[str, str]] = {
    ("NCT03384433", "dose"): (
        "200 microgram total protein",
        "dose seen in a mirror, not in the registry record",
    ),
    ("NCT04366063", "dose"): ("MSC 100×10e6; EV dose not reported", ""),
    ("NCT04844840", "dose"): ("various doses", ""),
    ("NCT04969172", "dose"): ("10^10 exosome particles", "dose printed as 1010"),
    ("NCT06138210", "schedule"): (
        "dose escalation then expansion",
        "possibly the same study as GD-iExo-003-AIS",
    ),
    ("NCT06677931", "size_or_purity"): ("30-150 nm", "size given in general terms, not for the batch"),
    ("NCT05738629", "size_or_purity"): ("30-150 nm", "size given in general terms, not for the batch"),
    ("NCT06539273", "size_or_purity"): (
        "Nanosight NS300 size and concentration; flow cytometry markers",
        "methods named without their values",
    ),
    ("EXO-OA01", "separation"): ("GMP", "separation method not reported"),
    ("IRCT-81016", "separation"): ("from conditioned media", "separation method not shown"),
    ("NCT01716481", "given"): (
        "autologous MSC expanded in autologous serum",
        "vesicles named only in a cited reference",
    ),
    ("NCT04224207", "given"): ("Wharton jelly MSC", "exosomes named only as background"),
    ("NCT04352803", "given"): ("autologous adipose MSC", "vesicles named only as background"),
    ("NCT04551443", "given"): ("Wharton jelly MSC", "vesicles named only as background"),
    ("NCT04551456", "given"): ("Wharton jelly MSC", "vesicles named only as background"),
    ("NCT05512988", "given"): ("umbilical cord MSC", "vesicles named only as mechanism"),
    ("NCT04185584", "given"): (
        "allogeneic bone marrow MSC (SCM-AGH)",
        "follow-up of earlier treated people",
    ),
    ("NCT03051880", "given"): ("EGF cream", "given to prevent the complaint"),
    ("IRCT20221130056672N6", "given"): (
        "exosomes",
        "cell source not shown; the page address belongs to another title and names Wharton jelly",
    ),
    ("NCT06239207", "given"): ("exosomes", "compared with PRP; cell source not shown"),
    ("NCT06825884", "given"): ("extracellular vesicles", "cell source not shown"),
    ("NCT04202770", "given"): ("exosomes", "cell source not shown"),
    ("NCT07248410", "given"): ("exosomes with fractional laser", "split-scalp design"),
    ("NCT04491240", "given"): ("MSC exosomes (two types)", ""),
    ("NCT06516419", "given"): ("concentrated adipose MSC secretome", ""),
    ("NCT07373054", "given"): ("lyophilised umbilical cord MSC exosomes", ""),
    ("NCT00609661", "measured"): ("stem cell response", ""),
    ("NCT01604902", "measured"): ("skin miRNA", ""),
    ("NCT02024243", "measured"): ("wound-edge miR-210", ""),
    ("NCT02581098", "measured"): ("wound-edge miR-200b", "miR-21 mimic used outside the body"),
    ("NCT03222986", "measured"): ("exosomes in blood and urine", "by nanoparticle tracking"),
    ("NCT03546751", "measured"): ("microRNA inside and outside extracellular vesicles", ""),
    ("NCT03964922", "measured"): ("suppressive cells in blood", "exosomes named only in a cited reference"),
    ("NCT05191381", "conditions"): ("COVID-19 critical illness", "blood treated outside the body"),
    ("NCT04747574", "status"): ("Recruiting", "status as of 2021-02"),
    ("NCT04664738", "status"): ("Unknown status", "active, not recruiting in 2023-09"),
    ("NCT06677931", "status"): (
        "Completed",
        "status on a mirror updated 2026-01-22; an older mirror says recruiting",
    ),
    ("NCT06677931", "enrollment"): ("30", "an older mirror says 60"),
    ("2020-001978-29", "enrollment"): ("", "up to 25 volunteers in part A; the total was not seen"),
    ("NCT02213705", "status"): ("Active, not recruiting", "status last verified 2020-10"),
    ("NCT02224742", "masking"): ("Single", "the observer is masked"),
    ("NCT04664738", "sponsor"): ("Rion Inc.", "earlier sponsor Steven L. Moran"),
    ("IRCT20190810044500N23", "sponsor"): (
        "Shahid Sadoughi University of Medical Sciences",
        "sponsor taken from an affiliation",
    ),
    ("NCT05979584", "sponsor"): ("", "site Peking University 3rd Hospital; the sponsor was not seen"),
}


def state(cell: str) -> str:
    """The cell with its two kinds of absence spelled one way: empty, or `not reported`."""
    text = " ".join(cell.split())
    if text in UNSEEN:
        return ""
    return "not reported" if text == "not_reported" else text


def joined(cell: str) -> str:
    """A comma list as a `; ` list; commas inside brackets stay."""
    return re.sub(r",\s+(?![^(]*\))", "; ", cell)


def spelled(cell: str) -> str:
    """The cell with short forms written out, the first time they come, outside brackets."""
    for short, words in SPELLED.items():
        if words.lower() not in cell.lower():
            cell = re.sub(short + r"(?![^(]*\))", words, cell, count=1)
    return cell


def facts(row: dict[str, str]) -> dict[str, str]:
    """One row of the snapshot from one row of a labelled table."""
    printed_id = row["registry_id"].strip()
    record_id, other_id = IDS.get(printed_id, (printed_id, ""))
    seen = {name: state(value) for name, value in row.items() if name != "source_url_or_file"}
    source = row["source_url_or_file"].strip()
    read_from, fact_date = READ_FROM.get(source, ("web page", ""))
    out = dict.fromkeys(COLUMNS, "")
    notes = [NO_NUMBER] if "NCT id not shown" in printed_id else []

    material = seen["source_material"]
    only_measured = row["ev_role"] == "biomarker"
    nothing_given = material.startswith("none (")
    out["measured"] = material if only_measured else ""
    out["given"] = "nothing given" if nothing_given else "" if only_measured else material
    schedule = "not applicable" if seen["schedule"] == "none" else seen["schedule"]
    route = "not applicable" if only_measured or nothing_given else seen["route"]
    dose = "not applicable" if only_measured or nothing_given else seen["dose_as_stated"]
    out |= {
        "registry_id": record_id,
        "other_id": other_id,
        "cell_source": CELLS.get(seen["source_normalised"], seen["source_normalised"]),
        "donor": seen["donor_relation"],
        "conditions": joined(seen["condition"]),
        "route": ROUTES.get(route, route),
        "dose": dose,
        "schedule": schedule,
        "separation": seen["isolation_method"],
        "size_or_purity": seen["size_or_purity_reported"],
        "phase": PHASES.get(seen["phase"], seen["phase"]),
        "status": seen["status"],
        "start_year": seen["start_year"],
        "first_posted": seen["first_posted"],
        "enrollment": seen["enrollment"],
        "allocation": ALLOCATIONS.get(seen["allocation"], seen["allocation"]),
        "masking": seen["masking"],
        "countries": COUNTRIES.get(seen["country"], joined(seen["country"])),
        "sponsor": seen["sponsor"],
        "has_posted_results": {"y": "yes", "n": "no"}.get(
            seen["has_posted_results"], seen["has_posted_results"]
        ),
        "primary_outcome": seen["primary_outcome"],
        "source_url": f"https://clinicaltrials.gov/study/{record_id}" if source in READ_FROM else source,
        "read_from": read_from,
        "fact_date": fact_date,
        "confidence": seen["confidence"],
    }
    for column in COLUMNS:
        if (record_id, column) in EDITS:
            out[column], moved = EDITS[record_id, column]
            notes += [moved] if moved else []
    for column in ("given", "measured", "conditions"):
        out[column] = spelled(out[column])
    out["note"] = "; ".join(notes)
    return out


def sentence_like(row: dict[str, str]) -> list[str]:
    """Names of cells that look like copied prose: a full stop at the end, two sentences, or too long."""
    return [
        name
        for name, cell in row.items()
        if name not in ("sponsor", "source_url")
        and (cell.endswith((".", "!", "?")) or re.search(r"[a-z]\. [A-Z]", cell) or len(cell) > 160)
    ]


def make(labelled: Path, pages: Path) -> str:
    """The snapshot as CSV text. Exits with a message where a cell looks like prose or an id comes twice."""
    rows: dict[str, dict[str, str]] = {}
    for path in (labelled, pages):
        with path.open(encoding="utf-8", newline="") as stream:
            for source_row in csv.DictReader(stream):
                row = facts(source_row)
                if row["registry_id"] in rows:
                    sys.exit(f"{path}: {row['registry_id']} comes twice")
                if wrong := sentence_like(row):
                    sys.exit(f"{path}: {row['registry_id']}: restate {', '.join(wrong)} as a short phrase")
                rows[row["registry_id"]] = row
    unused = {record_id for record_id, _ in EDITS} - rows.keys()
    if unused:
        sys.exit(f"edits for unknown ids: {', '.join(sorted(unused))}")
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[record_id] for record_id in sorted(rows))
    return text.getvalue()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the bundled facts-only snapshot.")
    parser.add_argument("labelled", type=Path)
    parser.add_argument("pages", type=Path)
    default = Path(__file__).parents[1] / "src/skinproof/data/snapshot.csv"
    parser.add_argument("--out", type=Path, default=default)
    args = parser.parse_args()
    args.out.write_text(make(args.labelled, args.pages), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
