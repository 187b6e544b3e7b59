"""Every dose cell of the labelled tables, read by a person, against what the grammar reads in it.

The grammar reads both the records and the tables they are scored against. An error that it makes on both sides would
score as right; this table, written by hand from the words, would show it.
"""

import csv
import math
from pathlib import Path
from typing import NamedTuple

import pytest

from skinproof.model.findings import Quantity
from skinproof.workflows.gold_words import read_amounts
from tests.conftest import ROOT

TUNING = ROOT / "validation" / "labels" / "preparations_tuning.csv"


class Hand(NamedTuple):
    """One amount as a person reads it: low and high in the base unit of the kind, over what it stands.

    `per` may name several bases, parted by `|`, where the words allow both.
    """

    kind: str
    low: float
    high: float
    per: str = ""


def cells(low: float, high: float | None = None, per: str = "") -> Hand:
    return Hand("cells", low, low if high is None else high, per)


def one(kind: str, low: float, per: str = "") -> Hand:
    return Hand(kind, low, low, per)


KG = "kg"

# The volume a number is said to stand in ("in 10μl", "/3 ml") may be read as its basis or as an amount of its own.
HAND: dict[str, tuple[Hand, ...]] = {
    # the labelled table
    "2 million cells/kg": (cells(2e6, per=KG),),
    "1.0x10^8 or 3.0x10^8 cells": (cells(1e8), cells(3e8)),
    "1x10^6/kg": (cells(1e6, per=KG),),
    "supernatant of (1.22-1.51)x10^6 cells/kg": (Hand("cell_equivalents", 1.22e6, 1.51e6, KG),),
    "200 microgram total protein (strokecenter.org mirror; amount not in the JSON record)": (),
    "50μg or 20μg in 10μl PBS": (one("mass", 50, "|mL"), one("mass", 20, "|mL")),
    "20, 60, 200 pmol phospholipid/kg": tuple(one("lipid", n, KG) for n in (20, 60, 200)),
    "2.0*10E8 nano vesicles/3 ml": (one("particles", 2e8, "mL"),),
    "150mg": (one("mass", 150_000),),
    "not reported (EV); MSC 100×10e6": (),
    "5μg, 10μg or 20μg in 1ml": tuple(one("mass", n, "|mL") for n in (5, 10, 20)),
    "0.5-2x10^10 nanoparticles/3 ml": (Hand("particles", 0.5e10, 2e10, "mL"),),
    "8.0*10^8 or 16.0*10^8 vesicles/3 ml": (one("particles", 8e8, "mL"), one("particles", 16e8, "mL")),
    "10 mL, 7x10^11 EVs; 15 mL, 10.5x10^11 EVs": (
        one("volume", 10), one("particles", 7e11), one("volume", 15), one("particles", 10.5e11),
    ),
    "15ml": (one("volume", 15),),
    "2 million cell/cm3; conditioned medium 1 cc/cm3": (cells(2e6, per="cm3"), one("volume", 1, "cm3")),
    "1 cc": (one("volume", 1),),
    "3 cc; 20x10^6 cells": (one("volume", 3), cells(2e7)),
    "three escalating levels, not quantified": (),
    "20ng, 50ng, 100ng, 200ng": tuple(one("mass", n) for n in (0.02, 0.05, 0.1, 0.2)),
    "5 ng or 50 ng": (one("mass", 0.005), one("mass", 0.05)),
    "5.0*10^8~5.0*10^9": (cells(5e8, 5e9),),
    "10^6 cells/kg": (cells(1e6, per=KG),),
    "1x10e7 cells/500ul": (cells(1e7, per="mL"),),
    "10-20 x 10^6 cells/20mL": (cells(1e7, 2e7, "mL"),),
    "1*10^6 cells per dose; 3 or 6 million total": (cells(1e6, per="|{dose}"), cells(3e6), cells(6e6)),
    "10 mln. cells": (cells(1e7),),
    "50 million": (cells(5e7),),
    "150 - 225 x 10^6 cells": (cells(1.5e8, 2.25e8),),
    "1x10^6/kg or 3x10^6/kg": (cells(1e6, per=KG), cells(3e6, per=KG)),
    "2 x 10^6 cells/kg": (cells(2e6, per=KG),),
    "1.5x10E6/kg to 2.0x10E6/kg and higher arms": (cells(1.5e6, 2e6, KG),),
    "1.0x10^8 cells": (cells(1e8),),
    "2-3x10^6 cells/kg": (cells(2e6, 3e6, KG),),
    "not applicable": (),
    "1 million MSC/kg": (cells(1e6, per=KG),),
    "3.0 x 10^6 cells/kg": (cells(3e6, per=KG),),
    "2×10^6/kg": (cells(2e6, per=KG),),
    "2×10^6 cells/kg": (cells(2e6, per=KG),),
    "100 million cells": (cells(1e8),),
    "(1-5)×10^6 per cm2": (cells(1e6, 5e6, "cm2"),),
    "2-6x10^6 in 1.5 ml": (cells(2e6, 6e6, "|mL"),),
    "500,000/kg": (cells(5e5, per=KG),),
    "1×10^6/kg": (cells(1e6, per=KG),),
    "1.2 g per month": (one("mass", 1_200_000, "mo"),),
    "5x10^8 to 1x10^9 cells": (cells(5e8, 1e9),),
    "HD-PRP above 4-6 times baseline": (),
    "viability at least 85%": (),
    "10% lotion": (one("fraction", 10),),
    # validation/labels/preparations_tuning.csv
    "3 x 10^9 to 3 x 10^11 lymphocytes": (cells(3e9, 3e11),),
    "60 million cells intrathecally (approximately 1 million cells/kg) and 20 million cells intravenously": (
        cells(6e7), cells(1e6, per=KG), cells(2e7),
    ),
    "0.5*10^6 MSC/kg": (cells(5e5, per=KG),),
    "6 million or 18 million cells": (cells(6e6), cells(1.8e7)),
    "IL-15 0.25, 0.5, 1 or 2 micrograms/kg; cell dose not reported": (),
    "1x10^6/kg, 2x10^6/kg, 3x10^6/kg (1st, 2nd, 3rd infusion)": tuple(
        cells(n, per=KG) for n in (1e6, 2e6, 3e6)
    ),
    "1*10^6 UC-MSC/kg": (cells(1e6, per=KG),),
    "1.5-2.0 mln cells/kg": (cells(1.5e6, 2e6, KG),),
    "1*10^6/kg": (cells(1e6, per=KG),),
    "1 x 10^6, 10 x 10^6 or 50 x 10^6 MSCs": (cells(1e6), cells(1e7), cells(5e7)),
    "1×10^6 cells/kg": (cells(1e6, per=KG),),
    "1x10^6 cells/kg": (cells(1e6, per=KG),),
    "target dose of 100 million allo-MSCs (20 injections of 0.4 ml)": (
        cells(1e8), one("volume", 0.4, "|{injection}"),
    ),
    "total 5*10^8": (cells(5e8),),
    "50 million or 100 million AMSCs": (cells(5e7), cells(1e8)),
    "in total 1x10^6 cells/kg": (cells(1e6, per=KG),),
    "5-6 mL BMAC; 4-5 ml PRP": (Hand("volume", 5, 6), Hand("volume", 4, 5)),
    "1*10^7 cells in 1 ml": (cells(1e7, per="|mL"),),
    "1*10^7 MSCs in 1ml": (cells(1e7, per="|mL"),),
    "4x10^8 cells (highest dose)": (cells(4e8),),
    "120 million cells in 10mls": (cells(1.2e8, per="|mL"),),
    "1000000 cells/kg": (cells(1e6, per=KG),),
    "1.5x10^6/kg; 2x10^6/kg in second part": (cells(1.5e6, per=KG), cells(2e6, per=KG)),
    "100 million cells in 200mls saline": (cells(1e8, per="|mL"),),
    "10ug/drop": (one("mass", 10, "{drop}"),),
    "one million cells/kg (10 million cells/ml)": (cells(1e6, per=KG), cells(1e7, per="mL")),
    "2.0*10^8, 4.0*10^8, 8.0*10^8, 12.0*10^8 or 16.0*10^8 nano vesicles/3 ml": tuple(
        one("particles", n, "mL") for n in (2e8, 4e8, 8e8, 12e8, 16e8)
    ),
    "1 million MSV cells/kg in 100 ml": (cells(1e6, per=KG),),
    "2.5mg/2cm2": (one("mass", 2500, "cm2"),),
    "2.0*10^8, 8.0*10^8 or 16.0*10^8 particles; phase 2 a quarter of MTD or MTD/day": tuple(
        one("particles", n) for n in (2e8, 8e8, 16e8)
    ),
    "2 x 10^6/kg (range 1.5 x 10^6 to 2.5 x 10^6 MSC/kg, maximum 200 x10^6)": (
        cells(2e6, per=KG), cells(1.5e6, 2.5e6, KG), cells(2e8),
    ),
    "0.5 × 10^6/kg, 1 × 10^6/kg or 2 × 10^6/kg": tuple(cells(n, per=KG) for n in (0.5e6, 1e6, 2e6)),
    "3-5 x 10^11 particles/dose": (Hand("particles", 3e11, 5e11, "|{dose}"),),
    "15 mL, 10.5 x 10^8 EV": (one("volume", 15), one("particles", 10.5e8)),
    "0.1 mL per linear centimeter, up to 2 mL per side, at 2, 4, or 6 million cells/mL": (
        one("volume", 0.1), one("volume", 2), *(cells(n, per="mL") for n in (2e6, 4e6, 6e6)),
    ),
    "1 million cells/kg": (cells(1e6, per=KG),),
    "1-3 million cells per injection (total 8-30)": (cells(1e6, 3e6, "|{injection}"),),
    "exosomes from daily conditioned medium of 120 million MSCs in 500 µl, 50 µl in each nostril": (
        one("cell_equivalents", 1.2e8, "|mL"), one("volume", 0.05, "|{nostril}"),
    ),
    "5 mL of exosome solution": (one("volume", 5),),
    "12.5 million cells (5 million cells/ml, 0.5 ml per quadrant)": (
        cells(1.25e7), cells(5e6, per="mL"), one("volume", 0.5, "|{site}"),
    ),
    "100 µg MSC exosomes/g ointment, 1 fingertip unit": (one("mass", 100, "g"),),
}  # fmt: skip


def same(hand: Hand, read: Quantity) -> bool:
    return (
        read.kind == hand.kind
        and read.per in hand.per.split("|")
        and math.isclose(read.low, hand.low, rel_tol=1e-9)
        and math.isclose(read.high, hand.high, rel_tol=1e-9)
    )


@pytest.mark.parametrize("words", HAND, ids=lambda words: words[:60])
def test_the_grammar_reads_a_dose_cell_as_a_person_does(words: str) -> None:
    read, unread = read_amounts(words)
    assert not unread
    for hand in HAND[words]:
        assert any(same(hand, q) for q in read), f"{hand} is not among {read}"
    beyond = [q for q in read if not any(same(hand, q) for hand in HAND[words])]
    assert all(q.kind == "volume" for q in beyond), f"read beyond the words: {beyond}"


def _doses(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["dose_as_stated"].strip() for row in csv.DictReader(lines)} - {"not reported", "not_seen"}


def test_every_dose_of_the_tuning_labels_was_read_by_hand() -> None:
    assert _doses(TUNING) <= set(HAND)


def test_every_dose_of_the_labelled_table_was_read_by_hand(shared: Path) -> None:
    assert _doses(shared / "gold" / "trials_labelled.csv") <= set(HAND)
