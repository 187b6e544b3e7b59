"""The review's sentence, counted by hand from six synthetic studies."""

import msgspec
import pytest

from skinproof.views.counts import count_studies, role_group
from tests.views.synthetic import STUDIES, VOCABULARY, stamp

EV = frozenset(VOCABULARY.descendants("agent:ev"))
COUNTS = count_studies(STUDIES, VOCABULARY, stamp(), agents=EV, agent_label="extracellular vesicles")


@pytest.mark.parametrize(
    ("scope", "role", "study_type", "expected"),
    [
        ("all", "all", "all", [1, 2, 3, 6]),
        ("cutaneous", "all", "all", [1, 2]),
        ("aesthetic", "all", "all", [1]),
        ("all", "given", "all", [1, 2]),
        ("all", "carrier", "all", [6]),
        ("all", "measured", "all", [3]),
        ("all", "mentioned", "all", [4]),
        ("all", "all", "INTERVENTIONAL", [1, 2]),
        ("all", "measured", "OBSERVATIONAL", [3]),
        ("all", "carrier", "not reported", [6]),
        ("aesthetic", "measured", "all", []),
    ],
)
def test_every_number_has_its_ids(scope: str, role: str, study_type: str, expected: list[int]) -> None:
    """A number nobody can open is a rumour."""
    count = COUNTS.count(scope, role, study_type)
    assert count.record_ids == tuple(f"NCT999999{number:02d}" for number in expected)
    assert count.n == len(expected)


def test_the_sentence_says_what_is_and_is_not_counted() -> None:
    assert COUNTS.sentence == (
        "In the newest versions held, 4 studies of extracellular vesicles: 2 cutaneous, 1 aesthetic. By role: given to "
        "people 2, drug carrier 1, only in a comparison arm 0, only measured 1. Not counted: 1 study that only mentions "
        "it."
    )


def test_a_dated_answer_says_its_day_and_its_gaps() -> None:
    dated = count_studies(
        STUDIES[:1],
        VOCABULARY,
        stamp(
            as_of="2020-12-31", undated=2, later_described=1, n_partial=1, newest_registry_date="2021-03-04"
        ),
        agents=EV,
        agent_label="EV",
    )
    assert dated.sentence.startswith("As of 2020-12-31, 1 study of EV:")
    said = " ".join(dated.caveats)
    for words in (
        "not a census", "2 studies have no first-posted day", "1 study counted as of 2020-12-31 is described by a later",
        "1 study is known only from a partial record", "2021-03-04",
    ):  # fmt: skip
        assert words in said


def test_roles_narrow_the_total() -> None:
    measured = count_studies(STUDIES, VOCABULARY, stamp(), agents=EV, agent_label="EV", roles=("measured",))
    assert measured.count().record_ids == ("NCT99999903",)
    mentioned = count_studies(STUDIES, VOCABULARY, stamp(), agents=EV, agent_label="EV", roles=("mentioned",))
    assert mentioned.count().record_ids == ("NCT99999904",)


def test_the_strongest_role_decides() -> None:
    assert role_group(STUDIES[3], {"agent:prp", "agent:exosome"}) == "given"
    assert role_group(STUDIES[3], EV) == "mentioned"
    assert role_group(STUDIES[4], EV) is None


def test_a_dated_answer_names_what_it_could_not_place() -> None:
    """A dated number without what it leaves out would be quoted as if it were whole."""
    later = [msgspec.structs.replace(study, later_version=True) for study in STUDIES[:1]]
    counts = count_studies(
        later, VOCABULARY, stamp(as_of="2020-01-01"), agents=EV, agent_label="EVs", undated=STUDIES[1:4]
    )
    assert counts.later_described == ("NCT99999901",)
    assert counts.undated == ("NCT99999902", "NCT99999903")  # the fourth only mentions vesicles
    assert counts.sentence.endswith(
        "Left out: 2 more studies have no first-posted day. Of those counted, 1 is described by a later version."
    )
