"""NBIB and RIS become papers; cut, odd and hostile files cost only what is bad in them."""

import time

import pytest

from skinproof.model.paper import Paper
from skinproof.model.raw import Limits, RawItem
from skinproof.sources.nbib import read_nbib
from skinproof.sources.ris import read_ris
from tests.sources.paper_samples import read

NBIB = b"""
PMID- 999000001
OWN - NLM
STAT- MEDLINE
DCOM- 20200304
LR  - 20200305
IS  - 1234-5678 (Electronic)
VI  - 12
IP  - 3
DP  - 2020 Jan-Feb
TI  - Synthetic example: exosomes of adipose stem
      cells for scars.
PG  - 1-9
LID - 10.9999/Synth.1 [doi]
AB  - BACKGROUND: Synthetic. METHODS: 10(9) particles
      were given. NCT99900001.
FAU - Example, Ann B
AU  - Example AB
AUID- ORCID: 0000-0000-0000-0000
AD  - Nowhere.
AD  - Elsewhere.
FAU - Sample, Bo
AU  - Sample B
CN  - Synthetic Group
LA  - eng
SI  - ClinicalTrials.gov/NCT99900001
PT  - Journal Article
PT  - Randomized Controlled Trial
TT  - Ein Beispiel.
TA  - Synth J
JT  - Synthetic journal
RN  - 0 (Synthetic Substance (factor 2))
RN  - EC 9.9.9.9 (Synthetase)
MH  - *Exosomes/metabolism/*pharmacology
MH  - Humans
OT  - *scar
RIN - Synth J. 2021;1:1. PMID: 999000002
EDAT- 2020/01/06 06:00
CRDT- 2020/01/05 06:00
PMC - PMC9999999
AID - 10.9999/Synth.1 [doi]
SO  - Synth J. 2020;12(3):1-9.

PMID- 999000003
TI  - Synthetic two
"""

RIS = b"""TY  - JOUR
TI  - Synthetic example in RIS
AU  - Example, Ann
A1  - Sample, Bo, Jr.
AU  - Synthetic Group
PY  - 2020
DA  - 2020/03//
AB  - First line
second line: goes on
SP  - 1
EP  - 9
JF  - Synthetic journal
SN  - 1234-5678
KW  - scar
KW  - exosome
M3  - Article; Review
DO  - https://doi.org/10.9999/SYNTH.2
ER  -

TY  - JOUR
TI  - Synthetic example without ids
ER  -
"""


def nbib(data: bytes = NBIB) -> Paper:
    return read_nbib(read(data)[0][0].body).record


def test_nbib_is_read_field_by_field() -> None:
    items, refusals = read(NBIB)
    assert refusals == [] and [item.record_id for item in items] == ["PMID:999000001", "PMID:999000003"]
    assert {(item.source, item.completeness) for item in items} == {("nbib", "partial")}
    assert [item.registry_date for item in items] == ["2020-03-05", None]
    assert [item.where for item in items] == [
        "line 2, byte 1",
        "line 44, byte " + str(NBIB.rindex(b"PMID- ")),
    ]
    found = nbib()
    assert found.title == "Synthetic example: exosomes of adipose stem cells for scars."
    assert found.abstract[0].text.endswith("10(9) particles were given. NCT99900001.")
    assert (found.doi, found.pmcid, found.pages) == ("10.9999/synth.1", "PMC9999999", "1-9")
    assert (str(found.published), found.published_text) == ("2020", "2020 Jan-Feb")
    assert [str(day) for day in (found.entered, found.revised, found.completed)] == [
        "2020-01-05", "2020-03-05", "2020-03-04",
    ]  # fmt: skip
    assert [author.name for author in found.authors] == ["Example AB", "Sample B", "Synthetic Group"]
    assert found.authors[0].affiliations == ("Nowhere.", "Elsewhere.")
    assert found.authors[0].orcid == "0000-0000-0000-0000"
    assert [(i.bank, i.number) for i in found.registry_ids] == [("ClinicalTrials.gov", "NCT99900001")]
    assert [(c.kind, c.pmid) for c in found.corrections] == [("RetractionIn", "999000002")]
    assert [(s.name, s.number) for s in found.substances] == [
        ("Synthetic Substance (factor 2)", None),
        ("Synthetase", "EC 9.9.9.9"),
    ]
    heading = found.mesh[0]
    assert (heading.descriptor, heading.major) == ("Exosomes", True)
    assert [(q.name, q.major) for q in heading.qualifiers] == [("metabolism", False), ("pharmacology", True)]
    assert found.vernacular_title == "Ein Beispiel." and found.issns == ("1234-5678",)


def test_the_body_of_nbib_holds_every_field_in_order() -> None:
    body = read(NBIB)[0][0].body.decode()
    for line in NBIB.decode().splitlines()[1:43]:
        assert line[6:].strip()[:40] in body


def test_ris_is_read_field_by_field() -> None:
    items, refusals = read(RIS)
    assert refusals == [] and items[0].record_id == "DOI:10.9999/synth.2"
    assert items[1].record_id.startswith("RIS:") and len(items[1].record_id) == 20
    found = read_ris(items[0].body).record
    assert found.record_id == items[0].record_id and found.doi == "10.9999/synth.2"
    assert found.title == "Synthetic example in RIS"
    assert found.abstract[0].text == "First line second line: goes on"
    assert [author.name for author in found.authors] == ["Example Ann", "Synthetic Group", "Sample Bo Jr."]
    assert (str(found.published), found.published_text, found.pages) == ("2020-03", "2020/03//", "1-9")
    assert (found.keywords, found.publication_types) == (("scar", "exosome"), ("Article", "Review"))
    other = read_ris(items[1].body).record
    assert other.record_id == items[1].record_id and other.doi is None and other.year is None


@pytest.mark.parametrize(
    ("lines", "record_id"),
    [
        ("AN  - 999000001\nDB  - PubMed", "PMID:999000001"),
        ("AN  - 999000001\nDB  - MEDLINE", "PMID:999000001"),
        ("AN  - L999000001\nDB  - Embase\nDO  - 10.9999/x", "DOI:10.9999/x"),
        ("AN  - 999000001\nDB  - Embase\nDO  - 10.9999/x", "DOI:10.9999/x"),
        ("UR  - https://pubmed.ncbi.nlm.nih.gov/999000001/\nDO  - 10.9999/x", "PMID:999000001"),
        ("UR  - https://evil.test/pubmed.ncbi.nlm.nih.gov/999000001\nDO  - 10.9999/x", "DOI:10.9999/x"),
        ("C2  - PMC9999999\nDO  - 10.9999/x", "PMC:9999999"),
        ("DO  - 10.9999/x\nUR  - https://doi.org/10.9999/y", "RIS:"),
        ("AN  - PMID: 999000001", "PMID:999000001"),
    ],
)
def test_a_number_is_a_pmid_only_where_the_record_says_so(lines: str, record_id: str) -> None:
    """Another database's number taken for a PMID would join two papers."""
    (item,), _ = read(f"TY  - JOUR\nTI  - Synthetic\n{lines}\nER  - \n".encode())
    assert item.record_id.startswith(record_id) and (record_id == "RIS:" or item.record_id == record_id)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
def test_line_ends_and_marks_change_nothing(end: bytes, mark: bytes) -> None:
    for data in (NBIB, RIS):
        items, refusals = read(mark + data.replace(b"\n", end))
        assert refusals == []
        assert [item.sha256 for item in items] == [item.sha256 for item in read(data)[0]]


BAD = {
    "RIS cut at its end": (RIS.rstrip().removesuffix(b"ER  -"), "no last line", 1),
    "RIS without ER before the next": (RIS.replace(b"ER  -\n\nTY", b"\nTY", 1), "no last line", 1),
    "RIS with text behind": (RIS + b"stray words\n", "belongs to no record", 1),
    "RIS with nothing in it": (RIS + b"TY  - JOUR\nER  - \n", "nothing in it", 2),
    "NBIB with a stray line": (NBIB + b"stray words\n", "neither a field nor goes on", 1),
    "NBIB without a number": (NBIB.replace(b"999000003", b"9990x"), "no PMID, found '9990x'", 1),
    "NBIB not in UTF-8": (NBIB.replace(b"Synthetic two", b"Synth\xe9tique"), "not UTF-8", 1),
    "RIS not in UTF-8": (RIS.replace(b"without ids", b"sans num\xe9ro"), "not UTF-8", 1),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_bad_costs_only_itself(case: str) -> None:
    data, reason, good = BAD[case]
    items, refusals = read(data)
    assert len(items) == good
    (refusal,) = refusals
    assert reason in refusal.reason and refusal.where.startswith("line ")


def test_a_number_that_comes_twice_gives_two_versions_of_one_paper() -> None:
    items, _ = read(NBIB + NBIB.replace(b"particles", b"vesicles"))
    assert [item.record_id for item in items].count("PMID:999000001") == 2
    assert len({item.sha256 for item in items}) == 3


def test_long_and_endless_texts_stay_within_bounds() -> None:
    """A title of a million characters is read; a record without end is refused, in time that grows with its length."""
    long = NBIB.replace(b"Synthetic two", b"Synthetic " + b"word " * 200_000)
    assert len(read_nbib(read(long)[0][1].body).record.title or "") == 1_000_009
    limits = Limits(record_bytes=1 << 20)
    times = []
    for size in (6 << 20, 24 << 20):
        begin = time.process_time()
        items, refusals = read(NBIB + b"AB  - " + b"x" * size + b"\n" + RIS, limits=limits)
        times.append(time.process_time() - begin)
        assert items[0].record_id == "PMID:999000001" and refusals
    assert times[1] < 12 * times[0] + 0.2


def test_many_records_are_all_found() -> None:
    many = b"".join(
        b"PMID- %d\nTI  - Synthetic %d\n      %s\n\n" % (999_000_000 + n, n, b"more words " * 30)
        for n in range(1, 9_001)
    )
    items, refusals = read(many)
    assert refusals == [] and len(items) == 9_000
    assert [item.record_id for item in items] == [f"PMID:{999_000_000 + n}" for n in range(1, 9_001)]
    last = items[-1]
    assert isinstance(last, RawItem)
    byte = int(last.where.rpartition(" ")[2])
    assert many[byte:].startswith(b"PMID- 999009000")
    assert last.where.startswith("line " + str(many[:byte].count(b"\n") + 1) + ",")
