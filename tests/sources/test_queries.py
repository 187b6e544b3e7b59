"""Named queries: the shipped ones are in order and in the vocabulary's words; a user's own are checked."""

from datetime import date

import pytest

from skinproof.errors import InputError, NotFoundError
from skinproof.sources.queries import SOURCES, fingerprint, named, read_queries, shipped, with_own
from skinproof.vocabulary.forms import normal_form
from skinproof.vocabulary.loader import load_bundled

OWN = b"""
queries:
  - name: mine
    title: Mine
    written: 2026-11-01
    groups: [[exosome, extracellular vesicle], [scar]]
"""


def test_the_shipped_queries_are_in_order_and_say_when_they_were_written() -> None:
    assert {"ev", "secretome", "msc-skin", "prp-skin", "growth-factors"} <= {q.name for q in shipped()}
    for query in shipped():
        assert date(2026, 1, 1) < query.written < date(2030, 1, 1)
        assert query.compare is not None and query.compare.agent
        for source in query.sources:
            assert query.asked(source).terms.count("(") >= 1


def test_the_shipped_words_for_agents_are_those_of_the_vocabulary() -> None:
    """A query that asks for other words than the classifier reads would not be comparable with its count."""
    vocabulary = load_bundled()
    known = {normal_form(surface.text) for surface in vocabulary.surfaces()}
    exact = {surface.text for surface in vocabulary.surfaces()}
    strange = {
        word
        for query in shipped()
        for word in query.groups[0]
        if normal_form(word) not in known and word not in exact
    }
    assert strange == set()


def test_what_our_count_is_made_of_exists() -> None:
    from skinproof.model.tags import AGENT_CLASSES

    vocabulary = load_bundled()
    for query in shipped():
        assert query.compare is not None
        for agent in query.compare.agent:
            assert agent in AGENT_CLASSES or agent in vocabulary.terms, f"{query.name}: {agent}"


def test_each_source_is_asked_in_its_own_syntax() -> None:
    (query,) = read_queries(OWN, "own")
    assert query.asked("ctgov").terms == '(exosome OR "extracellular vesicle") AND (scar)'
    assert query.asked("pubmed").terms.startswith('("exosome"[tiab] OR "extracellular vesicle"[tiab]) AND')
    assert query.asked("europepmc").terms.endswith('AND (TITLE_ABS:"scar")')


def test_terms_params_and_fields_of_one_source_stand_instead_of_the_groups() -> None:
    body = (
        OWN
        + b"""    ctgov:
      terms: "exosome   AND AREA[Phase]PHASE2"
      params: {filter.overallStatus: RECRUITING, filter.advanced: "AREA[StudyType]INTERVENTIONAL"}
      fields: [BriefTitle]
"""
    )
    asked = read_queries(body, "own")[0].asked("ctgov")
    assert asked.terms == "exosome AND AREA[Phase]PHASE2" and asked.fields == ("BriefTitle",)
    assert dict(asked.params)["filter.overallStatus"] == "RECRUITING"


def test_only_what_is_asked_makes_the_fingerprint() -> None:
    first = read_queries(OWN, "own")[0].asked("ctgov")
    retitled = read_queries(OWN.replace(b"title: Mine", b"title: Ours"), "own")[0].asked("ctgov")
    other = read_queries(OWN.replace(b"[scar]", b"[scar, keloid]"), "own")[0].asked("ctgov")
    assert fingerprint(first) == fingerprint(retitled) != fingerprint(other)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"name: mine", b"name: My Query", "small letters"),
        (b"written: 2026-11-01", b"written: yesterday", "not in order"),
        (b"    written: 2026-11-01\n", b"", "written"),
        (b"groups:", b"words:", "not a known key"),
        (b"[scar]", b'["sc\\"ar"]', "quotation marks"),
        (b"[scar]", b"[]", "length"),
        (b"groups: [[exosome, extracellular vesicle], [scar]]", b"sources: [ctgov]", "everything"),
        (b"    groups: [[exosome, extracellular vesicle], [scar]]\n", b"", "asks nothing"),
        (b"[scar]]", b"[scar]]\n    sources: [ctgov, ictrp]", "unknown source"),
        (b"[scar]]", b"[scar]]\n    ctgov: {terms: 'NCT01234567, NCT07654321'}", "nothing but NCT ids"),
        (b"[scar]]", b"[scar]]\n    ctgov: {params: {pageSize: '3'}}", "set by skinproof itself"),
        (b"[scar]]", b"[scar]]\n    ctgov: {fields: ['a|b']}", "not the name of a field"),
        (b"queries:", b"queries: [", "not in order"),
    ],
)
def test_a_query_that_is_not_in_order_is_refused_with_its_name(old: bytes, new: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read_queries(OWN.replace(old, new), "queries.yml of mine")
    assert "queries.yml of mine" in str(raised.value)


def test_own_queries_stand_beside_the_shipped_ones_and_not_before_them() -> None:
    own = read_queries(OWN, "own")
    assert named(with_own(own, "own"), "mine") is own[0]
    with pytest.raises(InputError, match="ships with skinproof"):
        with_own(read_queries(OWN.replace(b"mine", b"ev"), "own"), "own")
    with pytest.raises(NotFoundError, match="known: ev, "):
        named(shipped(), "nothing")
    assert all(source in SOURCES for query in own for source in query.sources)


GOOD = b"""queries:
  - name: mine
    title: Mine
    written: 2026-11-01
    groups: [[exosome]]
  - name: other
    title: Other
    written: 2026-11-01
    groups: [[scar]]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (GOOD, b"", "is empty: write `queries:`"),
        (GOOD, b"# nothing yet\n", "is empty"),
        (b"groups: [[scar]]", b"groups: [[scar]", "line 1[01]: this is not in order as YAML"),
        (b"    title: Other\n", b"", "line 6, query 'other': not in order: `title` is missing"),
        (b"title: Other", b"titel: Other", "line 6, query 'other': not in order: `ti"),
        (b"groups: [[scar]]", b"groups: scar", "`groups` should be a list, found text"),
        (b"name: other", b"name: Other one", "line 6, query 'Other one': a name has small letters"),
        (b"name: other", b"name: mine", "line 6, query 'mine': the name is there twice"),
        (b"queries:", b"query:", "not in order: `"),
    ],
)
def test_a_fault_is_told_by_line_and_query_in_words(old: bytes, new: bytes, said: str) -> None:
    """Who wrote the file by hand must find the place without knowing our types."""
    assert old in GOOD and read_queries(GOOD, "own")
    with pytest.raises(InputError, match=said) as caught:
        read_queries(GOOD.replace(old, new), "own")
    assert "Object" not in str(caught.value) and "$" not in str(caught.value)
