"""The answer of a network: what every pair rests on, and words that say no more than that."""

import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.views.network_words import network_lines
from skinproof.views.networked import DIRECT, INDIRECT, MIXED
from tests.views.network_samples import contrasts, network, quit_smoking

LINE = ("A,x,y,-0.5,0.04,50,50", "B,x,y,-0.6,0.04,40,40", "C,y,z,-0.3,0.04,30,30")


def text(found) -> str:  # type: ignore[no-untyped-def]
    return " ".join(network_lines(found))


def test_every_pair_says_what_it_rests_on() -> None:
    found = contrasts(*LINE, reference="y")
    kinds = {(p.treat1, p.treat2): (p.evidence, p.studies) for p in found.pairs}
    assert kinds == {
        ("x", "y"): (DIRECT, ("A", "B")),
        ("x", "z"): (INDIRECT, ()),
        ("y", "z"): (DIRECT, ("C",)),
    }
    assert {p.evidence for p in quit_smoking().pairs} == {MIXED}
    said = text(found)
    assert (
        "3 studies with 240 people compare 3 treatments. Of their 3 pairs, 2 were compared within a study."
        in said
    )
    assert "On one study only: y and z." in said
    assert "known only by way of other treatments: x and z." in said
    assert "Direct and indirect evidence cannot be compared: no pair has both." in said


def test_people_and_studies_are_counted_once_for_each_arm() -> None:
    nodes = {n.name: (n.studies, n.people, n.partners) for n in quit_smoking().nodes}
    assert nodes["no contact"] == (19, 7231, 3) and nodes["group counselling"] == (6, 555, 3)
    multi = contrasts("A,x,y,1,2,10,20", "A,x,z,2,2,10,30", "A,y,z,1,2,20,30")
    assert multi.people == 60
    assert contrasts("A,x,y,1,2,10,").people is None


def test_the_reference_is_what_most_studies_have_unless_one_is_named() -> None:
    assert contrasts(*LINE).reference == "y"
    assert contrasts(*LINE, reference="z").reference == "z"
    with pytest.raises(UsageError, match="--reference 'w': no such treatment; there are x, y, z"):
        contrasts(*LINE, reference="w")


def test_no_difference_is_never_said_of_what_is_uncertain() -> None:
    said = text(quit_smoking())
    assert "Not told apart from no contact: self-help. That is no proof that they do the same." in said
    assert (
        "individual counselling against no contact: odds ratio 2.03 (95% CI 1.39 to 2.98): higher, the better side."
        in said
    )
    assert (
        "A new study may find no difference from no contact, or the opposite, for: group counselling" in said
    )
    assert "the worse side" in text(quit_smoking(better="lower"))


def test_ranks_never_stand_without_their_caution() -> None:
    found = quit_smoking()
    assert [r.treatment for r in found.ranks] == [n.name for n in found.nodes]
    assert "do not say which product to use" in found.rank_note
    assert found.rank_note in text(found)
    assert "Which is best is not settled: 3 of 4 treatments" in text(found)
    assert quit_smoking() == found, "the same seed gives the same ranks"
    assert quit_smoking(better="").ranks == ()
    assert "Nothing is ranked" in text(quit_smoking(better=""))


def test_direct_and_indirect_evidence_that_disagree_are_named() -> None:
    rows = ("A,x,y,-1,0.01,9,9", "B,y,z,-1,0.01,9,9", "C,x,z,1,0.01,9,9")
    said = text(contrasts(*rows, method="EE"))
    assert "Direct and indirect evidence disagree (p < 0.001); do not rely on the combined numbers" in said
    assert "They differ for 3 of 3 pairs that have both: x and y (p < 0.001)" in said


def test_the_spread_between_studies_is_said_with_or_without_a_prediction_interval() -> None:
    assert "Of the spread between studies, 89% is more than chance explains (I2; tau2 0.45)." in text(
        quit_smoking()
    )
    assert "(I2). There is no prediction interval." in text(quit_smoking(method="EE"))
    assert "No comparison is made twice" in text(contrasts("A,x,y,1,1,9,9", "B,y,z,1,1,9,9"))


def test_one_study_is_told_as_one() -> None:
    said = text(contrasts("A,x,y,-1,0.01,9,9"))
    assert "1 study with 18 people compares 2 treatments." in said
    assert "One study only: nothing is pooled, and how far studies differ is unknown." in said


def test_an_arm_without_events_leaves_its_study_out_until_a_constant_is_asked_for() -> None:
    found = quit_smoking(add=0.0)
    assert found.k == 22 and quit_smoking().k == 24
    assert {row.study for row in found.left_out} == {"Rabkin et al. 1984", "Williams and Hall 1988"}
    assert "nobody or everybody has the event has no odds (row 10, no contact)" in found.left_out[0].why
    assert "--add 0.5 keeps the study" in text(found)
    with pytest.raises(UsageError, match="--add is for counts"):
        contrasts(*LINE, add=0.5)


def test_a_network_in_parts_is_refused_with_its_parts_and_one_part_can_be_pooled() -> None:
    rows = ("A,x,y,1,1,9,9", "B,v,w,1,1,9,9", "C,v,w,2,1,9,9")
    with pytest.raises(SynthesisError) as error:
        contrasts(*rows)
    assert "no study joins its 2 parts" in str(error.value)
    assert "1. v, w (2 studies); 2. x, y (1 study). Pool one part with --part 'v'" in str(error.value)
    found = contrasts(*rows, part="w")
    assert found.k == 2 and [n.name for n in found.nodes] == ["v", "w"]
    with pytest.raises(UsageError, match="--part 'z': no such treatment"):
        contrasts(*rows, part="z")


def test_contrasts_that_contradict_each_other_are_named_by_their_rows() -> None:
    rows = ("A,x,y,1,1,9,9", "B,x,y,1,1,9,9", "B,y,z,1,1,9,9", "B,x,z,-1,1,9,9")
    with pytest.raises(SynthesisError, match=r"rows 2, 3, 4 \(B\): the contrast of .* contradicts the other"):
        contrasts(*rows)


def test_nothing_to_pool_is_refused_with_the_reason() -> None:
    with pytest.raises(
        SynthesisError, match="no study takes part, so there is no network: A: an arm in which nobody"
    ):
        network("study,treatment,events,n\nA,x,0,9\nA,y,0,9\n", "OR")


def test_a_product_is_no_treatment_of_a_network() -> None:
    with pytest.raises(SynthesisError, match="'Glow®' is a product"):
        contrasts("A,Glow®,y,1,1,9,9")


def test_standard_errors_and_arms_with_given_values_are_taken() -> None:
    by_error = network("study,treat1,treat2,yi,sei\nA,x,y,0.2,0.1\n", "HR")
    assert by_error.pairs[0].se == pytest.approx(0.1) and by_error.pairs[0].shown.est == pytest.approx(
        1.2214, rel=1e-4
    )
    by_arm = network("study,treatment,yi,vi\nA,x,3,1\nA,y,1,2\n")
    assert (by_arm.pairs[0].estimate, by_arm.pairs[0].se) == (pytest.approx(2), pytest.approx(3**0.5))
