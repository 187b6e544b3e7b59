"""Claims as people type them: what is given, for what, how, against what, and what was not understood."""

from time import process_time

import pytest

from skinproof.views.claim import understood_lines
from skinproof.views.claim_reading import LONGEST, Claim, ClaimReader, Overrides
from skinproof.views.claim_words import LAY_WORDS, VESICLES_OF
from skinproof.vocabulary.loader import load_bundled

# claim | agents | complaints | ways | comparators | what is said
TYPED = """
exosomes after fractional laser improve acne scars | exosome | acne_scar | fractional_laser | | benefit
exosomes after fractional CO2 laser improve acne scars | exosome | acne_scar | ablative_laser | | benefit
exosomes for wound healing | exosome | wound | | | none
PRP speeds wound healing | prp | wound | | | benefit
PRP for hair regrowth | prp | alopecia | | | none
PRP helps androgenetic alopecia | prp | androgenetic_alopecia | | | benefit
prp for hair loss | prp | alopecia | | | none
AGA and exosomes | exosome | androgenetic_alopecia | | | none
ADSC-CM after microneedling reduces melasma | conditioned_medium | melasma | needling | | benefit
exosmes improve hair growth | exosome | alopecia | | | benefit
extracelular vesicels for psoriasis | ev | psoriasis | | | none
platlet rich plasma for wrinkels | prp | wrinkle | | | none
exosomes do not help atopic dermatitis | exosome | atopic_dermatitis | | | no_effect
Exosomes don't work for vitiligo | exosome | vitiligo | | | no_effect
Exosomes don’t improve melasma | exosome | melasma | | | no_effect
there is no evidence that PRP heals wounds | prp | wound | | | no_effect
stem cells are useless for burns | stem_cell | burn | | | no_effect
Exosomes are better than PRP for hair loss | exosome | alopecia | | prp | benefit
platelet-rich plasma vs placebo for wrinkles | prp | wrinkle | | placebo | none
secretome versus standard care for wounds | secretome | wound | | usual_care | none
exosomes compared with saline in keloids | exosome | keloid | | placebo | none
microneedling with exosomes vs microneedling alone for acne scars | exosome | acne_scar | needling | needling | none
stem cells cure burns | stem_cell | burn | | | benefit
MSCs for epidermolysis bullosa | msc | epidermolysis_bullosa | | | none
MSC-derived exosomes heal diabetic foot ulcers | msc_ev | diabetic_foot | | | benefit
umbilical cord stem cell exosomes IV for aging | umbilical_msc_ev | ageing | intravenous | | none
stem cell conditioned media improves wrinkles | conditioned_medium | wrinkle | | | benefit
topical EGF heals diabetic foot ulcers | egf | diabetic_foot | topical | | benefit
injected exosomes cause keloids | exosome | keloid | injection_local | | harm
PRP injections regrow hair | prp | hair | injection_local | | benefit
nanofat for scars | fat_graft | scar | | | none
keloids: fat grafting works | fat_graft | keloid | | | benefit
GHK-Cu helps wrinkles | copper_peptide | wrinkle | | | benefit
copper peptides and hair | copper_peptide | hair | | | none
PDRN rejuvenates the face | pdrn | ageing | | | benefit
salmon DNA for skin | pdrn | skin | | | none
growth factor serum for under eye dark circles | growth_factor | periorbital_hyperpigmentation | topical | | none
baldness platelets | platelet_product | alopecia | | | none
ev for eczema | ev | dermatitis | | | none
exosome therapy for post-acne scarring | exosome | acne_scar | | | none
vitiligo melanocyte transplantation | melanocyte | vitiligo | | | none
PRF membrane speeds healing of burns | prf | burn | | | benefit
exosomes are safe | exosome | | | | safe
exosomes are not safe | exosome | | | | harm
stem cell exosomes for photoaging with radiofrequency | msc_ev | photoageing | radiofrequency | | none
EXOSOMES AFTER MICRONEEDLING FOR MELASMA | exosome | melasma | needling | | none
exosomes plus PRP for alopecia areata | exosome prp | alopecia_areata | | | none
""".strip().splitlines()


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(load_bundled())


def names(claim: Claim, part: str) -> str:
    return " ".join(one.id.partition(":")[2] or one.id for one in getattr(claim, part))


@pytest.mark.parametrize("line", TYPED, ids=[line.partition(" |")[0] for line in TYPED])
def test_a_claim_is_understood_as_a_reader_means_it(reader: ClaimReader, line: str) -> None:
    """A dermatologist would get the answer to another question than the one typed."""
    text, agents, complaints, ways, against, said = (cell.strip() for cell in line.split("|"))
    claim = reader.read(text)
    found = [names(claim, part) for part in ("agents", "indications", "ways", "comparators")]
    assert (*found, claim.direction.value) == (agents, complaints, ways, against, said)


@pytest.mark.parametrize("line", TYPED)
def test_every_part_quotes_the_words_it_came_from(reader: ClaimReader, line: str) -> None:
    """What is shown back would not be what was typed."""
    claim = reader.read(line.partition(" |")[0])
    for part in (*claim.agents, *claim.indications, *claim.ways, *claim.comparators):
        assert claim.text[part.start : part.end] == part.quote != ""
        assert part.id not in {choice.id for choice in part.others}


def test_a_near_spelling_is_marked_as_one(reader: ClaimReader) -> None:
    """A guess would look like what was typed."""
    assert [part.how for part in reader.read("exosmes for scars").agents] == ["spelling"]
    assert [part.how for part in reader.read("exosomes for scars").agents] == ["words"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("blue cheese makes you happy", ("blue", "cheese", "happy")),
        ("exosomes plus minoxidil for hair loss", ("minoxidil",)),
        ("Do exosomes cause granulomas?", ("granulomas",)),
        ("'; DROP TABLE studies;--", ("DROP", "TABLE")),
        ("<script>alert(1)</script>", ("script", "alert", "1")),
        ("\x00\x1b[31m\u202e", ("31m",)),
        ("", ()),
        ("?!", ()),
        ("the", ()),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(reader: ClaimReader, text: str, left: tuple[str, ...]) -> None:
    """Words that change the claim would be passed over in silence."""
    assert reader.read(text).not_understood == left


@pytest.mark.parametrize(
    ("text", "counts", "day"),
    [
        ("217 clinical trials on EVs", [(217, ("agent:ev",), "all")], None),
        ("217 clinical trials on EVs, 14 on skin", [(217, ("agent:ev",), "all"), (14, ("agent:ev",), "cutaneous")], None),
        ("there are 1,471 trials of mesenchymal stem cells", [(1471, ("agent:msc",), "all")], None),
        ("143 trials of exosomes by Aug 2021", [(143, ("agent:exosome",), "all")], "2021-08"),
        ("73 EV trials as of 2022-06-10", [(73, ("agent:ev",), "all")], "2022-06-10"),
        ("64 studies in 2025", [(64, (), "all")], "2025"),
        ("5 aesthetic studies of exosomes", [(5, ("agent:exosome",), "aesthetic")], None),
        ("PRP helped 30 patients in 2 trials", [(2, ("agent:prp",), "all")], None),
        ("30 patients got exosomes for 12 weeks", [], None),
        ("exosomes at 1550 nm", [], None),
        ("0.5 mg of exosomes", [], None),
    ],
)  # fmt: skip
def test_a_claimed_number_of_studies_is_read_with_its_day(
    reader: ClaimReader, text: str, counts: list[tuple[int, tuple[str, ...], str]], day: str | None
) -> None:
    """A recount would be of another number, or of patients."""
    claim = reader.read(text)
    assert [(c.n, c.agents, c.scope) for c in claim.counts] == counts
    assert claim.day == day


def test_a_million_characters_are_read_at_once_and_said_to_be_cut(reader: ClaimReader) -> None:
    """A pasted book would hold the server."""
    start = process_time()
    for text in (
        "exosome " * 125_000,
        "a" * 1_000_000,
        "exosmoe " * 125_000,
        "not " * 250_000,
        "1 " * 500_000,
    ):
        claim = reader.read(text)
        assert claim.cut and len(claim.text) == LONGEST
    assert process_time() - start < 2


def test_what_a_user_chose_stands_instead_of_what_was_read(reader: ClaimReader) -> None:
    """A wrong reading could not be set right."""
    text = "exosomes for scars"
    chosen = reader.read(text, Overrides(agents=("prp",), indications=()))
    assert (names(chosen, "agents"), names(chosen, "indications")) == ("prp", "")
    assert chosen.agents[0].how == "asked"
    assert reader.read(text, Overrides(agents=("agent:exosome",))).agents[0].how == "words"


def test_lay_words_lead_to_terms_that_exist() -> None:
    """A word of the table would be understood as nothing."""
    known = set(load_bundled().terms)
    assert {i for ids in LAY_WORDS.values() for i in ids} <= known
    assert {*VESICLES_OF, *VESICLES_OF.values()} <= known


def test_a_fractional_laser_is_not_read_as_one_that_ablates(reader: ClaimReader) -> None:
    """Non-ablative lasers, common for acne scars, would be shut out by a word that nobody said."""
    way = reader.read("exosomes after fractional laser for acne scars").ways[0]
    assert (way.id, way.label) == ("procedure:fractional_laser", "Fractional laser")
    below = set(reader.vocabulary.descendants(way.id))
    assert {"procedure:ablative_laser", "procedure:non_ablative_laser"} <= below
    assert {"procedure:ablative_laser", "procedure:non_ablative_laser"} <= {c.id for c in way.others}


@pytest.mark.parametrize(
    ("text", "rivals"),
    [
        ("PRP is better than minoxidil for hair loss", ("minoxidil",)),
        ("PRP versus finasteride for hair loss", ("finasteride",)),
        ("exosomes are better than PRP for hair loss", ()),
        ("PRP regrows hair over months", ()),
        ("PRP in more than 30 people", ()),
    ],
)
def test_a_comparison_that_was_not_understood_is_said(
    reader: ClaimReader, text: str, rivals: tuple[str, ...]
) -> None:
    """An answer without the comparison would be taken for one with it."""
    claim = reader.read(text)
    assert claim.rivals_not_understood == rivals
    assert set(rivals) <= set(claim.not_understood)
    rows = dict(understood_lines(claim))
    told = rows["Compared with"]
    assert rows["How, or with what"] == "not named"
    assert all(f'"{word}", which was not understood' in told for word in rivals)
