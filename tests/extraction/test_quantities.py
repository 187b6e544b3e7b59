"""A dose that is misread by a power of ten, or counted as the wrong thing, is worse than none."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skinproof.extraction.numbers import find_numbers
from skinproof.extraction.quantities import BOUNDS_OF, find_amounts, find_levels, quantity_text
from skinproof.extraction.units import MEASURES, PERS, read_counted, read_measure, read_per
from skinproof.model.findings import BASE_UNITS, BOUNDS, PER_UNITS, QUANTITY_KINDS, Quantity

REAL = [
    # (registry id, words of the record, kind, low, high, per, how many of it), expected values written by hand
    ("NCT02138331", "the supernatant produced from (1.22-1.51) × 10 (6)/kg", "cell_equivalents", 1.22e6, 1.51e6, "kg", 1),
    ("NCT03437759", "50μg or 20μg MSC-Exo in 10μl PBS", "mass", 50, 50, "", 1),
    ("NCT03857841", "UNEX-42 at 20 pmol phospholipid/kg body weight", "lipid", 20, 20, "kg", 1),
    ("NCT04276987", "MSCs-derived exosomes (2.0*10E8 nano vesicles/3 ml at Day 1)", "particles", 2e8, 2e8, "mL", 3),
    ("NCT04356300", "Exosome of MSC at a dose of 150mg will be given", "mass", 150000, 150000, "", 1),
    ("NCT04366063", "two doses of MSCs 100×10e6 (±10%)", "cells", 1e8, 1e8, "", 1),
    ("NCT04388982", "Dosage：5μg MSCs-Exos,Total volume： 1ml", "mass", 5, 5, "", 1),
    ("NCT04491240", "contained 0.5-2x10^10 of nanoparticles (exosomes)", "particles", 5e9, 2e10, "", 1),
    ("NCT04544215", "exosomes (8.0*108 nano vesicles/3 ml at Day 1", "particles", 8e8, 8e8, "mL", 3),
    ("NCT04544215", "exosomes (16.0*108 nano vesicles/3 ml at Day 1", "particles", 1.6e9, 1.6e9, "mL", 3),
    ("NCT05125562", "which is 7x1011 EVs, and", "particles", 7e11, 7e11, "", 1),
    ("NCT05125562", "which is 10.5x1011 EVs.", "particles", 1.05e12, 1.05e12, "", 1),
    ("NCT05130983", "ExoFlo 15ml, IV", "volume", 15, 15, "", 1),
    ("NCT05354141", "which is approximately 1.2 trillion EVs.", "particles", 1.2e12, 1.2e12, "", 1),
    ("NCT04326959", "UC-MSCs at a dose of 2 million cells / cm3 using", "cells", 2e6, 2e6, "cm3", 1),
    ("NCT04326959", "booster with Conditioned Medium 1 cc/cm3 in 3 weeks", "volume", 1, 1, "cm3", 1),
    ("NCT04326959", "in Nacl 1 cc/million cell and booster", "volume", 1, 1, "{cells}", 1e6),
    ("NCT04326959", "Triamcinolon acetonide (TA) at a dose of 40 mg / cc / cm3", "mass", 40000, 40000, "mL", 1),
    ("NCT04753476", "Day 1: 1 cc every 12 hours", "volume", 1, 1, "", 1),
    ("NCT05008588", "transplantation of 20x10^6 UC-MSCs", "cells", 2e7, 2e7, "", 1),
    ("NCT00656227", "20ng, 50ng, 100ng and 200ng", "mass", 0.02, 0.02, "", 1),
    ("NCT00978367", "either 5 ng avotermin doses or 50 ng doses", "mass", 0.005, 0.005, "", 1),
    ("NCT00955669", "5.0*108~5.0*109 MSCs and MNCs were transplant", "cells", 5e8, 5e9, "", 1),
    ("NCT00962923", "single dose, 10^6 cells/kg body weight", "cells", 1e6, 1e6, "kg", 1),
    ("NCT01309061", "Dose: 1x10e7 cells/500ul/lipoinjection 20ml", "cells", 1e7, 1e7, "mL", 0.5),
    ("NCT01686139", "10-20 x 10^6 cells/20mL", "cells", 1e7, 2e7, "mL", 20),
    ("NCT01686139", "cells injected: 10-20*10^6 cells (up to volume", "cells", 1e7, 2e7, "", 1),
    ("NCT02772289", "one dose of 1*10^6 cells of Perinatal Tissue", "cells", 1e6, 1e6, "", 1),
    ("NCT02772289", "Target dose of 3 million Mesenchymal Stem Cells", "cells", 3e6, 3e6, "", 1),
    ("NCT02888704", "ADSTEM Inj. 1.0x10^8 mesenchymal stem cells as", "cells", 1e8, 1e8, "", 1),
    ("NCT03113747", "a total of 10 mln. of cultured cells;", "cells", 1e7, 1e7, "", 1),
    ("NCT03211793", "(50 million allogeneic MSCs in 0.9% NaCl", "cells", 5e7, 5e7, "", 1),
    ("NCT03211793", "mesenchymal stromal cells (BM-MSC) (45-50*10^6) or placebo", "cells", 4.5e7, 5e7, "", 1),
    ("NCT03339973", "150 - 225 x 10^6 cells per patient", "cells", 1.5e8, 2.25e8, "", 1),
    ("NCT03424629", "UC-MSCs infusions (each time 1×10^6/kg)", "cells", 1e6, 1e6, "kg", 1),
    ("NCT03765957", "injected intravenously with 1.5x10E6/kg and", "cells", 1.5e6, 1.5e6, "kg", 1),
    ("NCT04153630", "with a dose of 2-3x106 cells / Kg", "cells", 2e6, 3e6, "kg", 1),
    ("NCT04153630", "dose: 2-3x10e6 BM-MSC / Kg", "cells", 2e6, 3e6, "kg", 1),
    ("NCT04356287", "consist of 1 million MSC/kg suspended in 50 mL", "cells", 1e6, 1e6, "kg", 1),
    ("NCT04520022", "3.0 x 106 cells/kg, IV", "cells", 3e6, 3e6, "kg", 1),
    ("NCT04711200", "2×10^6/kg of Adipose derived stromal cells", "cells", 2e6, 2e6, "kg", 1),
    ("NCT04785027", "at a dose of 2×10 ^ 6 cells/kg at week 0", "cells", 2e6, 2e6, "kg", 1),
    ("NCT05319106", "The dosage range of each cm2 ulcer wound is (1～5)×10^6.", "cells", 1e6, 5e6, "cm2", 1),
    ("NCT04224207", "received cell numbers between 2-6x106 in a 1.5 ml saline", "cells", 2e6, 6e6, "", 1),
    ("NCT04352803", "Adipose Derived Mesenchymal Cells 500,000/kg IV", "cells", 5e5, 5e5, "kg", 1),
    ("NCT04551443", "equal doses of 1x106 /kg of WJMSCs", "cells", 1e6, 1e6, "kg", 1),
    ("NCT05512988", "is set at 1×10^6/Kg/time per injection", "cells", 1e6, 1e6, "kg", 1),
    ("NCT02594046", "2 g of allogeneic human adipose derived stem cell component extract", "mass", 2e6, 2e6, "", 1),
    ("NCT02619734", "will be from 5x108 to 1x109 total number of cells", "cells", 5e8, 1e9, "", 1),
    ("NCT02597777", "AH8 10% Lotion formulated in", "fraction", 10, 10, "", 1),
    ("NCT02546882", "with 1 million cells for 1 cm2 area", "cells", 1e6, 1e6, "cm2", 1),
    ("NCT02923375", "up to a maximum of 100 million cells", "cells", 1e8, 1e8, "", 1),
    ("NCT01956903", "Dosage 0,7 x 10e6 MSC/Kg/dose", "cells", 7e5, 7e5, "kg", 1),
    ("NCT01300598", "Dose : 1x10e7 cells/3mL,5x10e7 cells/3mL", "cells", 1e7, 1e7, "mL", 3),
    ("NCT02893306", "dose: 2-3 millions/Kg ; dosage: single", "cells", 2e6, 3e6, "kg", 1),
    ("NCT01399749", "autologous ASC or chondrocytes, 1 million per cm² lesion", "cells", 1e6, 1e6, "cm2", 1),
    ("NCT02359929", "receive is 2 x 1000000 cells/kg.", "cells", 2e6, 2e6, "kg", 1),
    ("NCT04371601", "mesenchymal stem cells were given at 106/Kg body weight", "cells", 1e6, 1e6, "kg", 1),
    ("NCT02776943", "administer 5x10^6 of UCMSC per cm^2 of the cartilage", "cells", 5e6, 5e6, "cm2", 1),
    ("NCT04538885", "with a dosage of (2.5mg/2cm2), and", "mass", 2500, 2500, "cm2", 2),
    ("NCT02611167", "in escalating doses of 1 x 10 6 MSC/kg,", "cells", 1e6, 1e6, "kg", 1),
    ("NCT02814864", "IV MSC injection (2x106 - 6x106/kg MSC)", "cells", 2e6, 6e6, "kg", 1),
    ("NCT02325843", "5×106/0.5ml MSC was injected", "cells", 5e6, 5e6, "mL", 0.5),
    ("NCT00721045", "150 M allogeneic MPCs by transendocardial", "cells", 1.5e8, 1.5e8, "", 1),
    ("NCT02886884", "infusion of 20 million allogeneic Mesenchymal Human Stem Cells (hMSCs)", "cells", 2e7, 2e7, "", 1),
    ("NCT01662973", "at a dose of 1*10E6 UC-MSC/kg body weight for 12 weeks", "cells", 1e6, 1e6, "kg", 1),
    ("NCT02065167", "20x106 cells per cc in a single", "cells", 2e7, 2e7, "mL", 1),
    ("NCT01392625", "a required dose of 1 X 108 cells, each", "cells", 1e8, 1e8, "", 1),
    ("NCT04664738", "10 % PEP; 20 % PEP", "fraction", 10, 10, "", 1),
    ("NCT06239207", "2 to 10 billion particles/5ml, 0.1 ml/cm2", "particles", 2e9, 1e10, "mL", 5),
    ("NCT05658094", "100e10 particle", "particles", 1e12, 1e12, "", 1),
    ("NCT06932393", "5E8 to 5E9 particles/cm²", "particles", 5e8, 5e9, "cm2", 1),
    ("NCT07203599", "1.0×10^8, 1.0×10^9, 1.0×10^10 particles per site", "particles", 1e8, 1e8, "{site}", 1),
    ("NCT01159288", "8.5×10^11-1.0×10^13 MHC class II molecules", "molecules", 8.5e11, 1e13, "", 1),
    ("NCT04969172", "1010 exosome particles", "particles", 1e10, 1e10, "", 1),
    ("NCT06138210", "20 μg/kg; 40 μg/kg; 80 μg/kg", "mass", 20, 20, "kg", 1),
    ("NCT07398612", "2×10⁹, 4×10⁹, 8×10⁹ particles/mL", "particles", 2e9, 2e9, "mL", 1),
    ("NCT06469411", "400 microgram protein/ml", "protein", 400, 400, "mL", 1),
    ("NCT06598202", "1 mL per nostril (three dose levels)", "volume", 1, 1, "{nostril}", 1),
]  # fmt: skip

WRITTEN = [
    ("7~8log10 cells", "cells", 1e7, 1e8),
    ("dose .5 x 10^6/kg of cells", "cells", 5e5, 5e5),  # NCT03371329
    ("7~8log10 UMSC-exo", "particles", 1e7, 1e8),
    ("3.3 x 10^4 IU recombinant human Epo", "activity", 33000, 33000),
    ("10^4-6 cells", "cells", 1e4, 1e6),
    ("MSC, 1-2×107, bone marrow injection", "cells", 1e7, 2e7),  # NCT01526850
    ("A-MSCs 5 x 10~7 diluted on 100 mL", "cells", 5e7, 5e7),  # NCT03609905
    ("100 x 10^6 (100 million) MSC", "cells", 1e8, 1e8),
    ("25×10^6 (±5×10^6) MSC", "cells", 2.5e7, 2.5e7),
    ("200 million hCSCs", "cells", 2e8, 2e8),
    ("20M and 100M cells", "cells", 2e7, 2e7),
    ("2×10^9 particles", "particles", 2e9, 2e9),
    ("10⁹ exosomes", "particles", 1e9, 1e9),
    ("5–10 billion exosomes", "particles", 5e9, 1e10),
    ("200 billion EVs per vial", "particles", 2e11, 2e11),
    ("0.5-1 × 10⁶ cells/cm2", "cells", 5e5, 1e6),
    ("100 µg MSC exosomes/g ointment", "mass", 100, 100),
    ("10 ug/drop, four times a day for 14 days", "mass", 10, 10),
    ("EVs from 1 x 10^7 MSCs", "cell_equivalents", 1e7, 1e7),
    ("secretome of 2 million cells", "cell_equivalents", 2e6, 2e6),
    ("1.22 to 1.51 million MSCs/kg", "cells", 1.22e6, 1.51e6),
    ("2.10^6 cells/kg", "cells", 2e6, 2e6),
    ("1,5 x 10^6 cells", "cells", 1.5e6, 1.5e6),
    ("500.000 cells", "cells", 5e5, 5e5),
    ("1 000 000 cells", "cells", 1e6, 1e6),
    ("half a million cells", "cells", 5e5, 5e5),
    ("twenty-five million cells", "cells", 2.5e7, 2.5e7),
    ("five mL of conditioned medium", "volume", 5, 5),
    ("500,000 to 1 million cells", "cells", 5e5, 1e6),
    ("between 1 and 2 million cells", "cells", 1e6, 2e6),
    ("50 micrograms of exosomal protein", "protein", 50, 50),
    ("100 mcg mRNA", "rna", 100, 100),
    ("1,000,000 platelets/µL", "platelets", 1e6, 1e6),
    ("10 U/kg", "activity", 10, 10),
    ("120 nm", "diameter", 120, 120),
    ("2 million cells kg-1", "cells", 2e6, 2e6),
]


@pytest.mark.parametrize(("record", "words", "kind", "low", "high", "per", "value"), REAL)
def test_amounts_as_records_write_them(
    record: str, words: str, kind: str, low: float, high: float, per: str, value: float
) -> None:
    quantity = find_amounts(words)[0].quantity
    assert (quantity.kind, quantity.low, quantity.high) == (kind, low, high), record
    assert (quantity.per, quantity.per_value) == (per, value), record


@pytest.mark.parametrize(("words", "kind", "low", "high"), WRITTEN)
def test_forms_that_people_write(words: str, kind: str, low: float, high: float) -> None:
    quantity = find_amounts(words)[0].quantity
    assert (quantity.kind, quantity.low, quantity.high) == (kind, low, high)


@pytest.mark.parametrize(
    "words",
    [
        "125 million people worldwide", "20 patients with MSC", "CD34 mg", "3 infusions of MSCs", "6 MSC vials",
        "1X, 2X, 4X level", "920 × g for 3 min", "400 g for 5 min", "27G needle", "type 2 helper T cell", "1e400 cells",
        "nan mL", "0 mg", "10^-6 M", "week 16 after hUC-MSCs", "SARS-CoV-2 virus infects cells", "5 nmol of peptide",
        "25,000$ per treatment", "implants of 4.3 x 10*7 mm", "exposure 2 x 10~12 min", "in 2016 cells were", "mg/ml", "½",
    ],
)  # fmt: skip
def test_what_is_no_amount_of_a_product_is_not_read(words: str) -> None:
    assert find_amounts(words) == ()


def test_both_readings_of_a_lost_superscript_are_kept_and_said() -> None:
    amount = find_amounts("2 x 109 particles")[0]
    assert amount.quantity.low == 2e9
    assert [q.low for q in amount.others] == [218]
    assert "superscript lost: also readable as 218" in amount.flags


def test_a_bare_power_that_is_plausible_as_written_stays_as_written() -> None:
    assert find_amounts("106 mg")[0].quantity.low == 106000
    assert find_amounts("106 mg")[0].others == ()
    assert find_amounts("106 cells/kg")[0].quantity.low == 1e6


def test_lists_share_unit_and_power() -> None:
    lows = [a.quantity.low for a in find_amounts("20, 60, 200 pmol phospholipid/kg")]
    assert lows == [20, 60, 200]
    assert {a.quantity.per for a in find_amounts("20,60,200 pmol phospholipid/kg")} == {"kg"}
    assert [a.quantity.low for a in find_amounts("0.5, 1 and 2 x 10^6 cells/kg")] == [5e5, 1e6, 2e6]
    assert [a.quantity.low for a in find_amounts("1 or 2 million cells")] == [1e6, 2e6]


def test_days_before_an_amount_are_not_in_its_list() -> None:
    assert [a.quantity.low for a in find_amounts("on Day -4 and 1.75 mg/kg")] == [1750]


@pytest.mark.parametrize(
    ("words", "bound"),
    [
        ("up to 5 mL", "up_to"), ("at least 2 x 10^6 cells", "at_least"), ("approximately 5 mL", "about"),
        ("less than 5 mL", "less_than"), (">5 mL", "more_than"), ("5 mL", ""), ("a maximum of 5 mL", "up_to"),
    ],
)  # fmt: skip
def test_words_that_limit_a_number_are_kept(words: str, bound: str) -> None:
    assert find_amounts(words)[0].quantity.bound == bound
    assert bound in BOUNDS


@pytest.mark.parametrize("words", ["10^40 particles", "−5 mL of PRP", "-5 mL", "10^30 cells", "10^99 mg"])
def test_impossible_amounts_are_flagged(words: str) -> None:
    assert any(flag.startswith("impossible") for flag in find_amounts(words)[0].flags)


def test_a_share_above_all_is_unlikely() -> None:
    assert any(flag.startswith("unlikely") for flag in find_amounts("150 % PEP")[0].flags)


@pytest.mark.parametrize(
    "words", ["1X, 2X, 4X level", "three escalating doses", "low-dose group", "dose level 1"]
)
def test_levels_without_amounts_are_recognised(words: str) -> None:
    assert find_levels(words)
    assert not find_levels("5 mL once a week")


def test_protein_is_protein_only_where_it_is_said() -> None:
    assert find_amounts("50 µg MSC exosomes")[0].quantity.kind == "mass"
    assert find_amounts("50 µg total protein of exosomes")[0].quantity.kind == "protein"


def test_what_is_counted_is_named() -> None:
    assert find_amounts("2 million allogeneic UC-MSCs/kg")[0].counted == "allogeneic uc-mscs"
    assert find_amounts("1×10^6/kg")[0].flags == ("what is counted is not named",)


def test_normal_text_of_a_quantity() -> None:
    assert quantity_text(find_amounts("2.0*10^8 nano vesicles/3 ml")[0].quantity) == "2e8 {particles}/(3.mL)"
    assert (
        quantity_text(find_amounts("1.22 to 1.51 million MSCs/kg")[0].quantity) == "1.22e6-1.51e6 {cells}/kg"
    )
    assert quantity_text(find_amounts("0.5 mL")[0].quantity) == "0.5 mL"


SPELLINGS = {
    "particles": "particles", "cells": "cells", "platelets": "platelets", "molecules": "molecules",
    "volume": "mL", "mass": "µg", "protein": "µg protein", "rna": "µg RNA", "lipid": "pmol phospholipid",
    "fraction": "%", "activity": "IU", "diameter": "nm",
}  # fmt: skip
OVER = {
    "": "",
    "mL": "/mL",
    "kg": "/kg body weight",
    "cm2": " per cm²",
    "{eye}": " per eye",
    "{vial}": " per vial",
}


@given(
    kind=st.sampled_from(sorted(SPELLINGS)),
    mantissa=st.integers(min_value=1, max_value=999),
    exponent=st.integers(min_value=5, max_value=9),
    wide=st.booleans(),
    form=st.sampled_from(
        ["{}×10^{}", "{} x 10 ^ {}", "{}*10e{}", "{} · 10({})", "{}E{}", "{} X 10**{}", "{}x10E{}"]
    ),
    over=st.sampled_from(sorted(OVER)),
)
def test_what_is_written_is_read_back(
    kind: str, mantissa: int, exponent: int, wide: bool, form: str, over: str
) -> None:
    """A power of ten lost between writing and reading would move a dose on every picture."""
    high, bottom = f"{mantissa / 10:g}", f"{mantissa / 20:g}"
    span = f"{bottom} to " if wide else ""
    if kind in ("fraction", "diameter", "volume", "mass", "protein", "rna", "lipid", "activity"):
        power, written = "", f"{span}{high}"
    else:
        power, written = f"e{exponent}", span + form.format(high, exponent)
    low = float((bottom if wide else high) + power)
    amount = find_amounts(f"a dose of {written} {SPELLINGS[kind]}{OVER[over]}, weekly")[0]
    assert amount.quantity == Quantity(kind=kind, low=low, high=float(high + power), per=over)


@given(st.text(alphabet="0123456789.,-–x×^()/ eEµgmlkcs%±~⁶⁹ andtomillionfrucelsvip\n", max_size=200))
@example("1e400 cells")
@example("(((10^6")
def test_an_amount_lies_inside_its_text_and_is_a_true_quantity(text: str) -> None:
    last = 0
    for amount in find_amounts(text):
        assert last <= amount.start < amount.end <= len(text)
        assert any(c.isalnum() for c in text[amount.start : amount.end])
        for quantity in (amount.quantity, *amount.others):
            assert 0 <= quantity.low <= quantity.high < float("inf")
            assert quantity.kind in QUANTITY_KINDS
            assert quantity.per in ("", *PER_UNITS)
            assert quantity.bound in BOUNDS
            assert quantity.per_value > 0
        assert len(amount.counted) <= 60
        last = amount.start


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for amount in find_amounts(text):
        assert 0 <= amount.start < amount.end <= len(text)


UGLY = [
    "1",
    "1 ",
    "1,",
    "1.1,",
    "1,111",
    "10^",
    "2 x 10",
    "1-",
    "(1-",
    "1 million ",
    "5 mg/",
    "per kg ",
    "one ",
    "%",
    "1e",
]


@pytest.mark.parametrize("piece", UGLY)
def test_a_text_made_to_be_slow_is_read_to_its_end(piece: str) -> None:
    """One record of a megabyte must not stop an import."""
    text = piece * (32_000 // len(piece))
    found = find_amounts(text)
    assert all(0 <= amount.start < amount.end <= len(text) for amount in found)
    assert [amount.start for amount in found] == sorted(amount.start for amount in found)


def test_a_megabyte_and_ten_megabytes_of_digits_are_read_to_their_end() -> None:
    assert find_amounts("7" * 1_000_000 + " mg") == ()
    assert find_amounts("7" * 10_000_000 + " cells") == ()


def test_every_unit_is_a_code_of_the_standard() -> None:
    """Checked against a library of UCUM where one is installed, and against the table of prefixes everywhere."""
    prefix = {"p": -12, "n": -9, "u": -6, "m": -3, "d": -1}
    for name, (kind, ucum, shift) in MEASURES.items():
        base = BASE_UNITS[kind].partition("{")[0]
        if kind in ("mass", "volume", "lipid"):
            power = prefix.get(ucum[0], 0) if ucum not in ("g", "L") else 0
            of_base = prefix.get(base[0], 0) if base not in ("g", "L") else 0
            assert shift == power - of_base, name
        else:
            assert (ucum, shift) == (base or ucum, 0), name


def test_unit_factors_agree_with_a_library_of_units() -> None:
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry()
    to_pint = {
        "uL": "microliter",
        "nL": "nanoliter",
        "mL": "milliliter",
        "dL": "deciliter",
        "L": "liter",
        "ug": "microgram",
    }
    for kind, ucum, shift in MEASURES.values():
        if kind not in ("mass", "volume", "lipid"):
            continue
        base = BASE_UNITS[kind].partition("{")[0]
        factor = (
            registry.Quantity(1, to_pint.get(ucum, ucum.replace("u", "micro")))
            .to(to_pint.get(base, base))
            .magnitude
        )
        assert factor == pytest.approx(10.0**shift, rel=1e-12), ucum


def test_unit_codes_agree_with_a_library_of_ucum() -> None:
    ucumvert = pytest.importorskip("ucumvert")
    parser = ucumvert.get_ucum_parser()
    for code in {*BASE_UNITS.values(), *PER_UNITS, *(m[1] for m in MEASURES.values())}:
        assert parser.parse(code), code


def test_every_kind_has_bounds_and_every_basis_is_known() -> None:
    assert set(BOUNDS_OF) == set(QUANTITY_KINDS)
    assert {code for code, _ in PERS.values()} <= set(PER_UNITS)


def test_numbers_inside_names_are_not_numbers() -> None:
    assert [n.readings for n in find_numbers("CD34, UNEX-42 and IL-6 in 5 mL")] == [(("5", 0),)]


def test_units_stop_where_words_say_something_else() -> None:
    assert read_measure("5 mlx", 1) is None
    assert read_counted("5 million for cells", 9) is None
    assert read_per(" for 3 days", 0) is None
    assert read_per("/0 ml", 0) is None


@pytest.mark.parametrize(
    ("text", "low", "unit"),
    [
        (r"ADSTEM Inj. 0.5x10\^8 cells/5mL", 5e7, "{cells}/(5.mL)"),  # NCT04137562, a newer version
        (r"2.0\*10\^8 nano vesicles/3 ml", 2e8, "{particles}/(3.mL)"),
        (r"1\~2 x 10\^6 cells/kg", 1e6, "{cells}/kg"),
    ],
)
def test_signs_escaped_as_the_newer_registry_texts_do_are_read(text: str, low: float, unit: str) -> None:
    (found,) = find_amounts(text)
    assert (found.quantity.low, found.quantity.unit) == (low, unit)
    assert text[found.start : found.end] in text and "\\^" in text[found.start : found.end]
