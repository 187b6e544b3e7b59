"""How often, how many, how long: a wrong schedule would put a product beside studies it cannot be compared with."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.extraction import schedule
from skinproof.extraction.products import Product
from skinproof.extraction.scene import Scene
from skinproof.extraction.schedule_cues import PARTS, find_cues
from skinproof.model.findings import Finding
from skinproof.studies.documents import study_text
from skinproof.tagging.matcher import Form, Matcher
from skinproof.vocabulary.term import Vocabulary
from tests.extraction.given import scene
from tests.tagging.records import record

_EXOSOMES = Product(1, "ev", "given", ("agent:exosome",), "Exosomes", (0,), (0,), (1,))
_CELLS = Product(2, "msc", "given", ("agent:msc",), "MSCs", (0,), (0,), (1,))


def _read(
    given_as: str = "",
    *,
    arm: str = "",
    summary: str = "Exosomes are given.",
    product: Product = _EXOSOMES,
    title: str = "Exosomes for scars",
    products: tuple[Product, ...] = (_EXOSOMES,),
) -> Finding:
    """What is read of a synthetic study whose first intervention is described as `given_as`."""
    study = record(
        title,
        summary=summary,
        arms=(("EXPERIMENTAL", "A", arm), ("ACTIVE_COMPARATOR", "B", "")),
        interventions=(
            ("DRUG", "Exosomes", given_as, ("A",)),
            ("DRUG", "Calcipotriol ointment", "every 8 hours", ("B",)),
        ),
        outcomes=("Scar score, weekly for 6 weeks",),
        eligibility="No laser twice daily",
    )
    text = study_text(study)
    forms = [Form("exosomes", "agent:exosome"), Form("MSCs", "agent:msc"), Form("EVs", "agent:exosome")]
    found = Matcher(forms).find(text.text)
    finding = schedule.read(Scene(study, text, Vocabulary(()), {"agent": found}, products, product))
    for reading in finding.readings:
        for span in reading.spans:
            assert (text.text_of(span.field) or "")[span.start : span.end] == span.quote
    return finding


def _values(finding: Finding) -> list[str]:
    return [reading.value for reading in finding.readings]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        # NCT04276987
        (
            "5 times aerosol inhalation of MSCs-derived exosomes (2.0*10E8 nano vesicles/3 ml at Day 1, Day 2, "
            "Day 3, Day 4, Day 5).",
            "5 administrations; days 1, 2, 3, 4, 5",
        ),
        # NCT04356300
        ("will be given intravenously to patients once a day for 14 times.", "14 administrations; daily"),
        # NCT04388982
        ("Total volume： 1ml Frequency：Twice a week Duration：12 weeks", "twice weekly; for 12 weeks"),
        # NCT04491240
        ("Twice a day during 10 days inhalation of 3 ml special solution", "twice daily; for 10 days"),
        # NCT04753476
        (
            "Day 1: 1 cc every 12 hours Day 2: 1 cc every 12 hours Day 3: 1 cc every 12 hours",
            "every 12 hours; days 1, 2, 3",
        ),
        # NCT04235868
        ("apply once every 2-3 days.", "every 2-3 days"),
        # NCT05319106
        (
            "Each patient is treated for 2 consecutive times, and the interval between each treatment is 3 days.",
            "2 administrations; 3 days apart",
        ),
        # NCT04326959
        ("booster with Conditioned Medium 1 cc/cm3 in 3 weeks later.", "booster after 3 weeks"),
        # NCT05008588
        ("Intranasal of 3 cc of conditioned medium each, for 3 days in a row", "for 3 days"),
        # NCT02582775
        ("Day 60, 100 and 180 (collected during donor BM harvest for graft)", "days 60, 100, 180"),
        # NCT04520022
        ("3.0 x 106 cells/kg, IV, Total of 3 doses every 2weeks", "3 doses; every 2 weeks"),
        # NCT04657458
        ("Intravenous Infusion over 60 minutes", "over 60 minutes"),
        # NCT05130983
        (
            "IV administration of study agent at Day 0, Day 2, Day 4, Week 2, Week 6 and every 8 weeks thereafter "
            "to week 46",
            "every 8 weeks; until week 46; days 0, 2, 4; weeks 2, 6",
        ),
        # NCT05523011
        ("will apply exosome ointment (TID per day, 20 days)", "3 times daily; for 20 days"),
        # NCT02824393
        ("Intravenous infusion, twice at two week intervals", "2 administrations; 2 weeks apart"),
        # NCT02323789
        (
            "will receive two intravenous MSC infusions at baseline Day 0 and Day 14 and will be followed up for a 12 "
            "month period",
            "2 infusions; days 0, 14",
        ),
        # NCT01446614
        ("Intravenous administration of up to 6x10^5 MSCs per kg,qw,for 4 weeks", "weekly; for 4 weeks"),
        # NCT00826046
        (
            "will be treated with Prochymal twice per week at a dose of 2 x 106 hMSC/kg (actual body weight at screening) "
            "for each of 4 consecutive weeks.",
            "twice weekly; for 4 weeks",
        ),
        ("injected monthly, 6 times", "6 administrations; monthly"),
        ("once daily for 28 days", "daily; for 28 days"),
        ("three sessions 4 weeks apart", "3 sessions; 4 weeks apart"),
        ("two doses 7 days apart", "2 doses; 7 days apart"),
        ("infused at weeks 0, 2, 4, 6, 8", "weeks 0, 2, 4, 6, 8"),
        ("injected every other day", "every 2 days"),
        ("injected on D0 and D7", "days 0, 7"),
        ("injected on the 1st, 8th and 15th day", "days 1, 8, 15"),
        ("daily on days 1-14", "daily; days 1-14"),
        ("A single intralesional injection", "single injection"),
        ("up to six intravenous infusions", "up to 6 infusions"),
        ("repeated intralesional injections", "repeated injections"),
        ("injected q12h", "every 12 hours"),
        ("applied on alternate days", "every 2 days"),
        ("dripped into the vitreous after vitrectomy", "after vitrectomy"),
        ("injected 48 hours after reperfusion of the leg", "48 hours after reperfusion"),
    ],
)  # fmt: skip
def test_these_words_say_how_it_is_given(words: str, value: str) -> None:
    finding = _read(words)
    assert (finding.state, _values(finding)) == ("reported", [value])


@pytest.mark.parametrize(
    "words",
    [
        "Patients will be evaluated at 1, 3 and 6 months after the last injection.",
        "Patients will be followed for 12 months.",
        "Visits take place weekly and on days 1, 7 and 28.",
        "Wound area is measured every 4 weeks.",
        "Outcomes at month 6 after treatment.",
        "Stable vitiligo with the duration of 3-6 months.",
        "Cells were cultured for 14 days and the medium was changed every 3 days.",
        "The pellet is washed three times with buffer.",
        "Patients are allocated to one of three treatment groups.",
        "Two dose levels are studied.",
        "treated with one of the following three doses of cells",  # NCT00810212
        "three escalating doses will be tested",  # NCT01144962
        "A total of 99 patients will be accrued within 5 months.",  # NCT00081055
        "To assess the outcomes, after cells transplantation at months 1,3,6 and 12 we will examine",  # NCT01873625
        "once concluded his follow-up will be continued",  # NCT02292628
        "The level is 3 times higher than baseline.",
        "Once patients agree, they are enrolled.",
        "Exosomes of type 1 injection grade.",
        "Activities of daily living.",
        "2 x 10^9 particles in 3 ml.",
    ],
)
def test_these_words_say_nothing_of_how_it_is_given(words: str) -> None:
    finding = _read(words)
    assert (finding.state, finding.readings) == ("not_reported", ())
    assert "intervention" in finding.looked_in


def test_the_rhythm_of_another_intervention_in_the_same_arm_is_left_out() -> None:
    """NCT03392311 gives cells at five weeks, and calcipotriol twice daily."""
    finding = _read(
        arm="Exosomes intravenous injection at week 0, week 2, week 4. The topical treatment was calcipotriol "
        "ointment twice daily for 12 weeks."
    )
    assert _values(finding) == ["weeks 0, 2, 4"]
    assert finding.readings[0].arms == ("A",)


def test_two_products_in_one_sentence_each_get_their_own_days() -> None:
    """NCT04366063 gives cells on days 0 and 2 and vesicles on days 4 and 6."""
    words = "two doses of MSCs at Day 0 and Day 2, intravenously plus two doses of EVs at Day 4 and Day 6"
    both = (_EXOSOMES, _CELLS)
    assert "days 4, 6" in _values(_read(words, products=both))[0]
    assert "0" not in _values(_read(words, products=both))[0]
    assert "days 0, 2" in _values(_read(words, products=both, product=_CELLS))[0]


def test_a_dose_given_daily_is_not_called_a_single_dose() -> None:
    """NCT02772289: "one dose ... once a day for continuous three days"."""
    finding = _read("will receive one dose of 1*10^6 cells in the gel once a day for continuous three days")
    assert _values(finding) == ["daily; for 3 days"]


def test_the_text_is_read_where_interventions_and_arms_say_nothing() -> None:
    finding = _read(summary="Scars are common. Subjects then received a single IV dose of exosomes.")
    assert _values(finding) == ["single dose"]
    assert finding.readings[0].spans[0].field.endswith("briefSummary")


def test_work_in_animals_and_earlier_studies_is_not_what_is_given_here() -> None:
    finding = _read(summary="In mice exosomes injected daily for 7 days helped. Earlier, rats got 3 doses.")
    assert finding.state == "not_reported"


def test_arms_that_differ_are_readings_of_their_own() -> None:
    study = record(
        "Exosomes",
        arms=(("EXPERIMENTAL", "One", "one infusion"), ("EXPERIMENTAL", "Three", "three infusions")),
        interventions=(("DRUG", "Exosomes", "", ("One", "Three")),),
    )
    text = study_text(study)
    product = Product(1, "ev", "given", ("agent:exosome",), "Exosomes", (0,), (0, 1), ())
    finding = schedule.read(Scene(study, text, Vocabulary(()), {}, (product,), product))
    assert [(r.value, r.arms) for r in finding.readings] == [
        ("single infusion", ("One",)),
        ("3 infusions", ("Three",)),
    ]


def test_of_vesicles_that_are_only_measured_a_schedule_cannot_be_said() -> None:
    measured = _EXOSOMES._replace(role="measured", interventions=(), arms=())
    assert _read("once daily", product=measured).state == "not_applicable"


@given(st.text(alphabet="day s1,2-e very once twice(.)xX\nweek", max_size=300))
def test_cues_lie_in_order_apart_and_inside_the_text(text: str) -> None:
    cues = find_cues(text)
    assert all(0 <= cue.start < cue.end <= len(text) and cue.part in PARTS and cue.value for cue in cues)
    assert all(a.end <= b.start for a, b in pairwise(cues))


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "day 1, ",
        "every ",
        "once ",
        "1 1 ",
        "for 3 ",
        "two aa ",
        "after ",
        "interval a ",
        "booster a ",
        "at least 1 day and ",
        "1 day ± 1 ",
        "within 1 day of ",
        "daily, 1 day, ",
        "no more than ",
        "-1",
        " ",
    ],
)
def test_a_long_text_is_read_to_its_end(unit: str) -> None:
    """Patterns that look back or repeat without bound would hang on such a record."""
    text = unit * (300_000 // len(unit))
    assert all(text[cue.start : cue.end].strip() and cue.value for cue in find_cues(text))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        # NCT01892514
        ("core decompression of necrotic area and graft with Exosomes", "during core decompression"),
        # NCT03408639
        ("randomized to receive exosomes for a 26-week period.", "for 26 weeks"),
        # NCT02849613
        ("Exosomes, single IV, 1.106 cells/kg", "single administration"),
        # NCT03197428
        ("Exosomes are given during the modified Brostrom-Gould procedure", "during procedure"),
        # NCT01984450
        ("MCIC is a single stage arthroscopic procedure.", "single procedure"),
        # NCT04980261
        (
            "Patients will undergo an ORIF procedure and subsequently receive freeze-dried composite",
            "during ORIF",
        ),
        # NCT02417987
        (
            "Participants will be treated on 4 successive occasions with 2 weeks interval",
            "4 occasions; 2 weeks apart",
        ),
    ],
)
def test_the_operation_in_which_a_product_is_put_in_place_says_when(words: str, value: str) -> None:
    assert _values(_read(words)) == [value]


@pytest.mark.parametrize(
    "words",
    [
        "Patients with a history of spinal fusion and pain",  # synthetic
        "Cells treated with Vitamin-D3 and peptides",  # NCT05207995
        "Care is the mainstay of therapy, at a cost of 4 billion dollars annually",  # NCT03369275
        "Each year, 5 million people are diagnosed with heart failure and treated",  # after NCT00927784
        "drainage through the internal orifice with Exosomes",  # NCT03555773
        "stem cells from tissue taken during arthroplasty in patients",  # NCT01879046
        "the cells are administered in 20 divided doses to the muscle",  # NCT04661644
        "Group 2 will delay the injection for at least 3 months",  # NCT03337243
        "patients who have been resistant to multiple standard treatments",  # NCT01741857
        "Exosomes are evaluated for the benefits and harms of two fixed doses",  # NCT00827021
        "Patients receive cyclophosphamide IV on days -3 and -2",  # NCT00450450
        "MRI is done at baseline and 12 months after stem cell therapy",  # NCT02587715
        "processing will be done in the Cell Unit, within 24 hours",  # NCT03743155
    ],
)
def test_past_operations_vitamins_and_yearly_costs_are_no_schedule(words: str) -> None:
    assert _read(words).state == "not_reported"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        # NCT05078385
        ("Up to 2 additional administrations of EVs will be given", "up to 2 more administrations"),
        (
            "Treatments will be administered no less than 7 days and no more than 6 weeks apart.",
            "7 days to 6 weeks apart",
        ),
        (
            "The first treatment will be administered within 48 hours of the burn injury.",
            "within 48 hours of the burn injury",
        ),
        # NCT02104713
        (
            "Each administration of cells will be no less than ten days apart and no more than 6 weeks apart.",
            "10 days to 6 weeks apart",
        ),
        ("to be given over a period of no more than 8 weeks", "for up to 8 weeks"),
        # NCT02336230
        ("infused at least 3 days apart and no more than 5 days apart", "3-5 days apart"),
        # NCT00759018
        ("infusions given at least 3 days apart", "at least 3 days apart"),
        # NCT02065245
        ("the option to receive an additional 3 infusions", "3 more infusions"),
        ("the option to receive one additional infusion", "1 more infusion"),
        # NCT03412526
        ("given for a maximum of 10 doses", "up to 10 doses"),
        # NCT01764100
        ("infusion of at least two fixed doses", "at least 2 doses"),
        # NCT04173650
        (
            "each administration will occur 14 days (+/- 7 days) but no less than 7 days apart",
            "14 days (+/- 7 days) apart, no less than 7 days",
        ),
        # NCT02315027
        ("Ten doses intrathecally six months (±1 month) apart", "10 doses; 6 months (+/- 1 month) apart"),
        # NCT02181712
        ("the infusion will be completed within approximately 3 hours", "within 3 hours"),
    ],
)
def test_the_bounds_of_a_number_or_a_length_stay(words: str, value: str) -> None:
    assert _values(_read(words)) == [value]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Schedule: two sessions a month apart.", "2 sessions; 1 month apart"),  # NCT06239207
        ("Schedule: four biweekly scalp sessions.", "4 sessions; biweekly"),  # NCT06930326
        ("Schedule: three monthly split-face sessions with CO2 laser.", "3 sessions; monthly"),  # IRCT-76964
        ("Schedule: twice a week, 4 weeks.", "twice weekly; for 4 weeks"),  # NCT05475418
        ("Schedule: once daily, 5 days.", "daily; for 5 days"),  # NCT04747574
        ("Schedule: once daily in 4 ml saline, 5 days.", "daily; for 5 days"),  # NCT04969172
        ("Schedule: every 12 h, 3 days, intramuscular.", "every 12 hours; for 3 days"),  # NCT04753476
        # NCT05490173
        ("The course will consist of 5 instillations with an interval of 1 days", "5 instillations; 1 day apart"),
        # NCT04213248
        (
            "will receive artificial tears for 2 weeks to get the normalized baseline, followed by UMSC-exo "
            "10ug/drop, four times a day for 14 days.",
            "4 times daily; for 14 days",
        ),
    ],
)  # fmt: skip
def test_a_number_beside_a_rhythm_is_kept_with_it(words: str, value: str) -> None:
    assert _values(_read(words)) == [value]


@pytest.mark.parametrize(
    "words",
    [
        "Schedule: follow-up to 20 weeks.",  # IRCT20221130056672N5
        "1 dose will be obtained from a daily conditioned culture medium",  # NCT05490173
        "processing is done in the Unit, within 24 hours of the completion of the aspiration",  # NCT03454737
        "The cells should be infused within 2 hours of release.",  # NCT04815213
        "Samples will be received within 30 minutes of surgery.",  # NCT01641003
        "Improvement in the ratio from pre-infusion baseline(Day 0)to Day 7.",  # NCT05127122
        "Exosomes once were new, 5 days, they say.",  # synthetic
    ],
)
def test_transport_follow_up_and_endpoints_are_no_schedule(words: str) -> None:
    assert [v for v in _values(_read(words)) if v != "single administration"] == []


def test_words_behind_the_name_of_another_agent_are_of_that_agent() -> None:
    """NCT06239207 names platelet-rich plasma in the schedule of exosomes, without giving it as an intervention."""
    words = "Schedule: one session; PRP two sessions a month apart."
    assert _values(schedule.read(scene(words))) == ["single session"]
    assert _values(schedule.read(scene("Exosomes: one session, PRP: two sessions."))) == ["single session"]
    against = scene("Exosomes in one session versus platelet-rich plasma in two sessions.")
    assert _values(schedule.read(against)) == ["single session"]
    as_prp = scene("PRP two sessions a month apart.", agent_class="prp", name="PRP", agents=("agent:prp",))
    assert _values(schedule.read(as_prp)) == ["2 sessions; 1 month apart"]


def test_how_far_apart_may_stand_in_the_next_sentence() -> None:
    """NCT04173650 says the number beside the name, the distance behind a full stop."""
    finding = _read(
        summary="Up to 6 administrations of exosomes will be given. Each administration will occur 14 days apart."
    )
    assert _values(finding) == ["up to 6 administrations; 14 days apart"]
