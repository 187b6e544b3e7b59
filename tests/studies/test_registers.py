"""Ids of trial registers: found whole or not at all, and fillers never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.studies.registers import field_ids, named_ids, placeholder, register_of


@pytest.mark.parametrize(
    ("given_text", "register", "named"),
    [
        ("NCT99000001", "ClinicalTrials.gov", "NCT99000001"),
        ("nct 99000001", "ClinicalTrials.gov", "NCT99000001"),
        ("ISRCTN-95931417", "ISRCTN", "ISRCTN95931417"),
        ("EudraCT number: 2015-000431-32", "EudraCT", "2015-000431-32"),
        ("EUCTR2015-000431-32-ES", "EudraCT", "2015-000431-32"),
        ("2022-502759-70-01", "CTIS", "2022-502759-70"),
        ("2023-507172-44", "CTIS", "2023-507172-44"),
        ("ChiCTR1900021234", "ChiCTR", "ChiCTR1900021234"),
        ("CHICTR-TRC-12002345", "ChiCTR", "ChiCTR-TRC-12002345"),
        ("JPRN-UMIN000012355", "UMIN", "UMIN000012355"),
        ("JPRN-jRCT2051220179", "jRCT", "jRCT2051220179"),
        ("jRCTs031190123", "jRCT", "jRCTs031190123"),
        ("ACTRN12614000265673", "ANZCTR", "ACTRN12614000265673"),
        ("DRKS00012355", "DRKS", "DRKS00012355"),
        ("CTRI/2019/11/021872", "CTRI", "CTRI/2019/11/021872"),
        ("IRCT20200217046526N2", "IRCT", "IRCT20200217046526N2"),
        ("KCT0001235", "CRIS", "KCT0001235"),
        ("rbr-6XYZ12", "ReBEC", "RBR-6xyz12"),
        ("PACTR201234567890123", "PACTR", "PACTR201234567890123"),
        ("TCTR20191234567", "TCTR", "TCTR20191234567"),
        ("SLCTR/2010/001", "SLCTR", "SLCTR/2010/001"),
        ("LBCTR2019012355", "LBCTR", "LBCTR2019012355"),
        ("NTR1235", "NTR", "NTR1235"),
        ("NL6612", "NTR", "NL6612"),
        ("U1111-1246-7549", "UTN", "U1111-1246-7549"),
    ],
)
def test_an_id_is_found_as_people_write_it_and_given_as_its_register_writes_it(
    given_text: str, register: str, named: str
) -> None:
    """Two ways to write an id must not be two trials."""
    (found,) = field_ids(given_text)
    assert (found.register, found.id) == (register, named)
    assert register_of(named) is not None


@pytest.mark.parametrize(
    "text",
    [
        "NCT9900001", "NCT990000011", "XNCT99000001", "NCT99000001-2", "2015-000431-321", "2015-000431", "R37HL066289",
        "NCI-2012-03005", "2018-A01972-53", "amendment 3 of NCT99000001", "not applicable", "", "1995-000431-32",
        "NCT00000000", "NCT12345678", "ISRCTN11111111",
    ],
)  # fmt: skip
def test_what_is_no_whole_id_is_none(text: str) -> None:
    """A wrong id joins two trials for ever."""
    assert field_ids(text) == ()


@pytest.mark.parametrize(
    "text", ["n/a", "None", "not applicable", "Pending", "--", "00000000", "TBD", "not yet registered"]
)
def test_words_for_nothing_are_placeholders(text: str) -> None:
    """Half the trials of the world are registered as "none"."""
    assert placeholder(text) is not None


def test_a_list_of_ids_gives_each_that_stands_alone() -> None:
    """Other registers put all other ids of a trial into one field."""
    text = "U1111-1296-5487;2022-003405-30;NCT99000001, H-23060; part of NCT99000002 and 3 others"
    found = field_ids(text)
    assert [f.id for f in found] == ["U1111-1296-5487", "2022-003405-30", "NCT99000001"]
    assert [text[f.start : f.end] for f in found] == [f.id for f in found]


def test_a_bare_number_in_running_text_needs_a_word_that_says_what_it_is() -> None:
    """2015-000431-32 may be a catalogue number."""
    assert not list(named_ids("Reagent 2015-000431-32 was used; see NL1235.", ""))
    assert [f.id for f in named_ids("EudraCT 2015-000431-32", "")] == ["2015-000431-32"]
    assert [f.id for f in named_ids("NL6612", "Trial registration")] == ["NL6612"]


def test_quotes_lead_back_to_the_text() -> None:
    """No link without the words it rests on."""
    text = "Registered (NCT99000001; ISRCTN 95931417) and EudraCT: 2015-000431-32."
    found = list(named_ids(text, ""))
    assert [text[f.start : f.end] for f in found] == [
        "NCT99000001",
        "ISRCTN 95931417",
        "EudraCT: 2015-000431-32",
    ]


@given(st.text(max_size=300))
def test_any_text_is_read_without_error_and_in_bounds(text: str) -> None:
    """Registry text is typed by anybody."""
    for found in named_ids(text, text):
        assert 0 <= found.start < found.end <= len(text)


def test_long_text_is_read_in_time_that_grows_with_it() -> None:
    """A hostile abstract must not stop a build."""
    for piece in ("NCT ", "EudraCT ::", "2015-", "UMIN-CTR ID:", "-NL -"):
        assert not list(named_ids(piece * 20_000, ""))
