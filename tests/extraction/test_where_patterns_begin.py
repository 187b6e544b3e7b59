"""A pattern that is tried only where its letters stand must find all that a search finds.

Whoever adds a way of writing to a pattern has to add its letters: these tests make strings from the pattern itself.
"""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skinproof.extraction import purity, reporting_words, yield_
from skinproof.extraction.letters import Letters, Need, tried
from skinproof.extraction.schedule_cues import KINDS
from skinproof.extraction.stems import lower
from tests.chance import examples

_SIGNS = st.characters(max_codepoint=126)
"""Digits of other scripts are no numbers here."""

_STARTS: list[tuple[str, re.Pattern[str], Need | None, Need, bool]] = [
    *((f"schedule {n} {kind.part}", kind.pattern, kind.starts, kind.needs, kind.exact) for n, kind in enumerate(KINDS)),
    *((f"purity {test.value}", test.words, test.starts or test.need, test.need, False) for test in purity._TESTS),
    *((f"reporting {rule.value}", rule.words, rule.starts, rule.need, rule.exact) for rule in reporting_words._RULES),
    ("yield", yield_._IN, yield_._BEGINNINGS, yield_._BEGINNINGS, False),
]  # fmt: skip


@pytest.mark.parametrize("name", [entry[0] for entry in _STARTS if entry[2] is not None])
@settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_string_of_a_pattern_is_found_where_its_letters_stand(name: str, data: st.DataObject) -> None:
    _, pattern, starts, _, exact = next(entry for entry in _STARTS if entry[0] == name)
    text = data.draw(st.from_regex(pattern, alphabet=_SIGNS))
    low = lower(text)
    words = text if exact else low
    assert starts is not None
    places = Letters(low).places(starts)
    assert [m.span() for m in tried(pattern, words, places, len(words))] == [
        m.span() for m in pattern.finditer(words)
    ]


@pytest.mark.parametrize("name", [entry[0] for entry in _STARTS if entry[0].startswith("schedule")])
@settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_string_of_a_schedule_pattern_holds_the_letters_it_needs(
    name: str, data: st.DataObject
) -> None:
    _, pattern, _, need, exact = next(entry for entry in _STARTS if entry[0] == name)
    text = data.draw(st.from_regex(pattern, alphabet=_SIGNS))
    found = pattern.search(text if exact else lower(text))
    assert found is None or Letters(lower(text)).within(need, found.start(), found.end())
