"""A maker's product beside registered doses: read strictly, compared only with its like."""

from pathlib import Path

import pytest

from skinproof.errors import InputError
from skinproof.extraction.size import _STATISTICS
from skinproof.views.certificate import LARGEST, STATISTICS, Certificate, read_certificate
from skinproof.views.compare import Comparison, compare
from skinproof.vocabulary.loader import load_bundled
from tests.views.synthetic import VOCABULARY, stamp
from tests.views.synthetic_preparations import ROWS, amount, row, said

SAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/product.yml"
GIVEN = tuple(r for r in ROWS if r.preparation.role in ("given", "carrier"))
HEAD = "product: Synthetic one\nagent: exosome\n"


def read(text: str) -> Certificate:
    return read_certificate(text.encode(), "product.yml", VOCABULARY)


def compared(text: str, rows=GIVEN) -> Comparison:  # type: ignore[no-untyped-def]
    return compare(read(HEAD + text), rows, VOCABULARY, stamp())


def test_the_sample_is_read_with_the_shipped_vocabulary_and_says_it_is_synthetic() -> None:
    """Whoever starts from the sample must get an answer, and must not take its numbers for advice."""
    body = SAMPLE.read_bytes()
    assert b"SYNTHETIC" in body
    found = read_certificate(body, "product.yml", load_bundled())
    states = {finding.property: finding.state for finding in found.preparation.findings}
    assert states["dose"] == states["route"] == states["size"] == "reported"
    assert states["yield"] == "not_reported"
    (size,) = found.preparation.finding("size").readings
    assert (size.value, size.flags) == ("120 nm", ("statistic: mode", "method: NTA"))


def test_every_value_quotes_its_key() -> None:
    (reading,) = read(HEAD + "dose: 1e10  {particles}\n").preparation.finding("dose").readings
    span = reading.spans[0]
    assert (span.field, span.quote, span.end) == ("certificate.dose", "1e10 {particles}", len(span.quote))


def test_a_dose_is_placed_among_its_like_narrowest_first() -> None:
    (placed,) = compared("dose: 1e9 {particles}\nroute: topical\nindication: alopecia\n").placed
    narrow, *wider = placed.beside
    assert narrow.group == "extracellular vesicles, topical, alopecia"
    assert (narrow.n_points, narrow.n_studies, narrow.lower, narrow.equal) == (2, 1, 1, 0)
    assert (
        narrow.words
        == "1 of 2 doses lower (1 study; too few for a median, range 2×10⁸–2×10¹⁰); no dose in any unit in 0 of 1 study"
    )
    assert [b.group.split(", ")[1:] for b in wider] == [
        ["topical", "any complaint"], ["any route", "alopecia"], ["any route", "any complaint"]
    ]  # fmt: skip


def test_a_complaint_takes_in_what_lies_below_it() -> None:
    (placed,) = compared("dose: 1e9 {particles}\nindication: scar\n").placed
    assert placed.beside[0].studies == 2


def test_doses_of_other_unit_kinds_are_named_and_not_compared() -> None:
    """1e9 particles are neither more nor less than 100 µg."""
    (placed,) = compared("dose: 50 ug{protein}\nroute: topical\n").placed
    assert placed.beside[0].n_points == 0
    assert "nothing to compare with on this axis" in placed.beside[0].words
    assert placed.beside[0].elsewhere == {"Particles per administration": 4, "Particles per mL": 1}
    assert (placed.beside[1].n_points, placed.beside[1].lower) == (1, 0)


def test_unclear_doses_are_not_counted_as_lower() -> None:
    (placed,) = compared("dose: 1e12 {particles}\n", GIVEN[-1:]).placed
    assert (placed.beside[0].n_points, placed.beside[0].lower) == (0, 0)


def test_nothing_to_compare_with_is_said_plainly() -> None:
    answer = compare(read("product: x\nagent: msc\ndose: 1e6 {cells}\n"), GIVEN, VOCABULARY, stamp())
    assert (
        "No study in these data gives mesenchymal stem cells: there is nothing to compare with."
        in answer.notes
    )
    assert answer.placed[0].beside[0].words == "no such study in these data: nothing to compare with"
    silent = compared("dose: 1e9 {particles}\n", (row(0),))
    assert silent.placed[0].beside[0].words == "nothing to compare with: no dose in any unit in 1 of 1 study"
    none = compared("route: topical\n")
    assert none.placed == ()
    assert any("states no dose" in note for note in none.notes)


def test_the_same_dose_is_neither_lower_nor_higher() -> None:
    (placed,) = compared("dose: 100 ug{protein}\n").placed
    assert (placed.beside[0].lower, placed.beside[0].equal) == (0, 1)
    assert "1 the same" in placed.beside[0].words


@pytest.mark.parametrize(
    ("text", "said_why"),
    [
        ("", "expected `key: value`"),
        ("- a\n- b\n", "expected `key: value`"),
        ("agent: exosome\n", "the key 'product' is missing"),
        ("product: x\n", "the key 'agent' is missing"),
        (HEAD + "dosis: 5 ug\n", "product.yml:3: there is no key 'dosis'; did you mean 'dose'?"),
        (HEAD + "agent: exosome\n", "product.yml:3: agent: stands twice"),
        (HEAD + "agnt: exosome\n", "did you mean 'agent'"),
        (HEAD + "dose: 10 billion\n", "product.yml:3: dose: '10 billion': there is no unit 'billion'"),
        (HEAD + "dose:\n  - 5 ug\n  - many\n", "product.yml:5: dose: 'many': write a number and a unit"),
        (HEAD + "dose: 120 nm\n", "product.yml:3: dose: '120 nm' is not an amount per administration"),
        (HEAD + "dose: 0 {particles}\n", "product.yml:3: dose: '0 {particles}': 0 is no amount"),
        (HEAD + "size: 0 nm\n", "0 is no amount"),
        (HEAD + "concentration: 10000000000\n", "product.yml:3: concentration: '10000000000': the unit is missing"),
        (HEAD + "dose: -5 ug\n", "product.yml:3: dose: '-5 ug': the number is negative"),
        (HEAD + "concentration: 1e10 particles/mL\n", "did you mean `{particles}/mL`?"),
        (HEAD + "size: '120 nm, statistic: modus'\n", "product.yml:3: size: there is no statistic 'modus'; it is one of mode, mean, median, range"),
        (HEAD + "size: 120 nm, mode\n", "did you mean `statistic: mode`?"),
        (HEAD + "reporting: [cell_free]\n", "product.yml:3: reporting: 'cell_free' is a claim and no item: what a product is called is read from its name"),
        (HEAD + "reporting: [I1, Raw dat]\n", "did you mean R2 (raw data)?"),
        (HEAD + "dose: 5 ug/mL\n", "is not an amount per administration"),
        (HEAD + "concentration: 5 ug\n", "is not an amount over a volume"),
        (HEAD + "size: 5 ug\n", "is not a diameter"),
        (HEAD + "yield: 5 ug\n", "is not an amount over what it came from"),
        (HEAD + "indication: alopecja\n", "product.yml:3: indication: there is no indication 'alopecja'; did you mean alopecia"),
        (HEAD + "role: measured\n", "is given or carrier"),
        (HEAD + "dose:\n", "product.yml:3: dose: empty"),
        (HEAD + "dose: []\n", "dose: an empty list"),
        (HEAD + "dose: {a: b}\n", "product.yml:3: dose: expected one piece of text"),
        (HEAD + "dose: &a [*a]\n", "found an alias"),
        (HEAD + "product: [a, b]\n", "stands twice"),
        ("product: [a, b]\nagent: exosome\n", "takes one value"),
        (HEAD + "dose: [1\n", "not readable as YAML"),
        (HEAD + "---\nproduct: y\n", "more than one YAML document"),
        (HEAD + "note: " + "x" * 501 + "\n", "more than 500 characters"),
        (HEAD + "markers: [" + "a," * 50 + "]\n", "more than 40 values"),
        (HEAD + "dose: " + "[" * 50_000, "product.yml:3: a list inside a list"),
        ("#" * (LARGEST + 1), "more than 100,000 bytes"),
        (HEAD + "dose: \x1b ug\n", "not readable as YAML"),
    ],
)  # fmt: skip
def test_what_a_file_says_wrong_is_refused_with_line_and_key(text: str, said_why: str) -> None:
    """A value passed over in silence would make the comparison wrong."""
    with pytest.raises(InputError) as refused:
        read(text)
    assert said_why in str(refused.value)


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("donor: allogenic donors", "allogeneic"), ("route: intravenus", "intravenous"), ("source: fat tisue", "adipose"),
        ("indication: hairloss", "alopecia"), ("donor: nobody", "it is one of"), ("agent: exosme", "exosome"),
    ],
)  # fmt: skip
def test_a_word_that_is_no_term_is_refused_with_the_nearest(line: str, near: str) -> None:
    head = "product: Synthetic one\n" if line.startswith("agent") else HEAD
    with pytest.raises(InputError) as refused:
        read_certificate(f"{head}{line}\n".encode(), "product.yml", load_bundled())
    assert near in str(refused.value)


def test_a_dose_in_a_stated_volume_is_placed_as_the_amount_given() -> None:
    """The product and the registered studies are read in the same way."""
    registered = (row(0, said("dose", amount("particles", 2e8, per="mL", per_value=3.0))),)
    (placed,) = compared("dose: 1e9 {particles}/3 mL\n", registered).placed
    assert (placed.per, placed.value) == ("", 1e9)
    assert (placed.beside[0].n_points, placed.beside[0].lower) == (1, 1)


def test_the_statistics_of_a_file_are_those_of_records() -> None:
    assert set(STATISTICS) == {*(name for name, _ in _STATISTICS), "range"}
    (size,) = (
        read(HEAD + "size: '120 nm, Statistic: Mode, method: NTA'\n").preparation.finding("size").readings
    )
    assert size.flags == ("statistic: mode", "method: NTA")


def test_it_is_said_what_is_not_compared() -> None:
    notes = " ".join(compared("dose: 1e9 {particles}\n").notes)
    assert "Purity, size, markers" in notes


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InputError, match="not UTF-8 text at byte 0"):
        read_certificate(b"\xff\xfe", "product.yml", VOCABULARY)


def test_words_of_the_vocabulary_are_understood_by_synonym() -> None:
    found = read("product: x\nagent: PRP\nindication: [hair loss]\n")
    assert (found.preparation.agent_class, found.indications) == ("prp", ("indication:alopecia",))
    assert read("product: x\nagent: EV\n").preparation.agents == ()


@pytest.mark.parametrize(
    ("line", "fact", "value"),
    [("route: cream", "route", "topical"), ("route: IV", "route", "intravenous"), ("source: Wharton's jelly", "source", "wharton_jelly"),
     ("storage: kept at -80 °C in PBS", "storage", "kept at -80 °C in PBS"), ("reporting: [i1, lot]", "reporting", "I1")],
)  # fmt: skip
def test_words_of_makers_are_understood_or_kept(line: str, fact: str, value: str) -> None:
    body = f"product: x\nagent: prp\n{line}\n".encode()
    found = read_certificate(body, "product.yml", load_bundled())
    assert found.preparation.finding(fact).readings[0].value == value


def test_what_a_product_is_called_counts_as_a_claim() -> None:
    """A certificate that says exosome or cell-free is held to it as a record is."""
    found = read("product: Cell-free exosome serum\nagent: exosome\n").preparation.finding("reporting")
    assert [r.value for r in found.readings] == ["claim:exosome", "claim:cell_free"]
    with pytest.raises(InputError, match="no reporting item 'X9'"):
        read(HEAD + "reporting: X9\n")


def test_a_range_is_placed_by_its_middle() -> None:
    rows = (row(0, said("dose", amount("protein", 50.0))),)
    (placed,) = compared("dose: 10-1000 ug{protein}\n", rows).placed
    assert (placed.value, placed.beside[0].lower) == (pytest.approx(100.0), 1)
