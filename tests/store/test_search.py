"""Full-text search: what a person types finds what they mean, and nothing they type can break it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.errors import StoreError, UsageError
from skinproof.store.search import FIELDS, SearchReader, SearchWriter, _folded
from skinproof.store.search_query import fts_expression

SYNONYMS = {"exosome": ("extracellular vesicle", "exosomes")}


def expand(word: str) -> tuple[str, ...]:
    return SYNONYMS.get(word.lower(), ())


def texts(**fields: str) -> tuple[str, ...]:
    return tuple(fields.get(name, "") for name in FIELDS)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "search.sqlite"
    writer = SearchWriter(path)
    writer.add(
        [
            (1, texts(title="Extracellular vesicles for wound healing", condition="Wound")),
            (2, texts(title="Platelet rich plasma in melasma", eligibility="no exosome treatment before")),
            (3, texts(title="Healing of the wounded atópic skin", sponsor="A university")),
        ]
    )
    writer.finish()
    return path


def found(path: Path, query: str) -> list[int]:
    reader = SearchReader(path)
    try:
        expression = fts_expression(query, expand)
        return [number for _, number in reader.ranked(expression.match)]
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("exosome", [1, 2]),
        ("title:exosome", [1]),
        ('="exosome"', [2]),
        ('"wound healing"', [1]),
        ("wound healing", [1, 3]),
        ("melas*", [2]),
        ("atopic", [3]),
        ("wound NOT vesicle", [3]),
        ("melasma OR sponsor:university", [2, 3]),
        ("(melasma OR atopic) skin", [3]),
        ("nothing-like-this", []),
    ],
)
def test_a_query_finds_the_studies_it_means(index: Path, query: str, expected: list[int]) -> None:
    """Words, phrases, prefix, AND/OR/NOT, fields and synonyms are the promise of `find`."""
    assert sorted(found(index, query)) == expected


def test_a_title_hit_comes_before_a_hit_in_the_exclusion_criteria(index: Path) -> None:
    """A study about exosomes must not hide behind one that excludes them."""
    assert found(index, "exosome") == [1, 2]


def test_snippets_mark_the_words_that_were_found(index: Path) -> None:
    """A reader sees why a study is in the list."""
    reader = SearchReader(index)
    expression = fts_expression("exosome", expand)
    rows = reader.ranked(expression.match)
    snippets = reader.snippets(expression.phrases, [rowid for rowid, _ in rows])
    assert snippets[rows[0][0]] == [("title", "\x02Extracellular vesicles\x03 for wound healing")]
    reader.close()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "empty"),
        ("(wound", "closing bracket is missing"),
        ("wound)", "closing bracket without"),
        ('"wound', "unclosed quotation mark at character 1"),
        ("NOT wound", "NOT needs something before"),
        ("wound AND", "AND needs a word after"),
        ("colour:red", "there is no field 'colour'"),
        ("***", "no letter or digit"),
        ("wound -burn", "character 7: to leave out 'burn' write NOT burn"),
        ("wo*nd", "only at the end of a word"),
        (" ".join(["w"] * 65), "at most 64"),
    ],
)
def test_a_query_that_cannot_be_read_says_where_and_why(query: str, message: str) -> None:
    """Bad input gets a clear error, not a database message."""
    with pytest.raises(UsageError, match=message):
        fts_expression(query, expand)


@given(st.text(max_size=60))
def test_no_text_reaches_the_database_as_an_operator(
    tmp_path_factory: pytest.TempPathFactory, query: str
) -> None:
    """Whatever is typed either searches or is refused with our own error."""
    path = tmp_path_factory.getbasetemp() / "any.sqlite"
    if not path.exists():
        writer = SearchWriter(path)
        writer.add([(1, texts(title="wound"))])
        writer.finish()
    try:
        expression = fts_expression(query, expand)
    except UsageError:
        return
    reader = SearchReader(path)
    try:
        assert set(reader.ranked(expression.match)) <= {(1, 1)}
    finally:
        reader.close()


def test_a_reader_keeps_its_index_while_a_build_replaces_it(index: Path) -> None:
    """Readers never wait for a build and never see half of one."""
    reader = SearchReader(index)
    writer = SearchWriter(index)
    writer.add([(4, texts(title="A new vesicle study")), (1, texts(title="known, passed over"))])
    assert writer.added == 1
    expression = fts_expression("vesicle", expand)
    assert [number for _, number in reader.ranked(expression.match)] == [1]
    writer.finish()
    assert [number for _, number in reader.ranked(expression.match)] == [1]
    reader.close()
    assert sorted(found(index, "vesicle")) == [1, 4]


def test_an_abandoned_build_leaves_the_index_as_it_was(index: Path) -> None:
    """A failed build must not lose what could be found before."""
    before = index.read_bytes()
    writer = SearchWriter(index)
    writer.add([(9, texts(title="half"))])
    writer.abandon()
    assert index.read_bytes() == before
    assert [p.name for p in index.parent.iterdir()] == [index.name]


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    """A deleted index is derived data: building brings it back."""
    with pytest.raises(StoreError, match="skinproof build"):
        SearchReader(tmp_path / "none.sqlite")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hair-LOSS_2, (TGF\x1fb)", " hair loss_2 tgf b"),
        ("Café des Ångströms", " cafe des angstroms"),
        ("\u200b – ", ""),
        ("", ""),
    ],
)
def test_words_are_folded_as_the_index_folds_them(text: str, folded: str) -> None:
    assert _folded(text) == folded
