"""What is stored of preparations comes back as it was: a lost span or state would be a claim without its words."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from skinproof.model.findings import (
    BASE_UNITS,
    STATES,
    Finding,
    Preparation,
    Quantity,
    Reading,
    Span,
)
from skinproof.store.tables import RowBatch, sorted_table
from skinproof.studies.preparation_rows import preparation_rows, read_preparations

_words = st.text("abc µ10^", max_size=8)
_texts = st.lists(_words, max_size=2).map(tuple)
_places = st.lists(st.integers(0, 9), max_size=2, unique=True).map(tuple)
_quantities = st.builds(
    Quantity,
    kind=st.sampled_from(sorted(BASE_UNITS)),
    low=st.floats(0, 1e12),
    high=st.floats(0, 1e12),
    per=st.sampled_from(("", "mL", "kg")),
    per_value=st.sampled_from((1.0, 3.0)),
    bound=st.sampled_from(("", "up_to")),
)
_readings = st.builds(
    Reading,
    value=_words,
    spans=st.lists(st.builds(Span, _words, st.integers(0, 99), st.integers(0, 99), _words), max_size=2).map(
        tuple
    ),
    rule=_words,
    reason=_words,
    quantity=st.none() | _quantities,
    arms=_texts,
    flags=_texts,
)


def _findings(names: list[str]) -> st.SearchStrategy[tuple[Finding, ...]]:
    return st.tuples(
        *(
            st.builds(
                Finding,
                property=st.just(name),
                state=st.sampled_from(STATES),
                rule=_words,
                reason=_words,
                readings=st.lists(_readings, max_size=2).map(tuple),
                looked_in=_texts,
            )
            for name in names
        )
    )


_preparations = st.lists(
    st.builds(
        Preparation,
        number=st.just(0),
        agent_class=_words,
        role=_words,
        agents=_texts,
        name=_words,
        interventions=_places,
        arms=_places,
        findings=st.lists(st.sampled_from(("dose", "route", "source")), unique=True, max_size=3).flatmap(
            _findings
        ),
    ),
    max_size=3,
).map(
    lambda found: tuple(
        Preparation(**{**{f: getattr(p, f) for f in p.__struct_fields__}, "number": n})
        for n, p in enumerate(found, 1)
    )
)


@given(_preparations)
def test_preparations_come_back_from_their_tables_as_they_went_in(stored: tuple[Preparation, ...]) -> None:
    batch = RowBatch()
    batch.add((7,), preparation_rows(stored))
    tables: dict[str, pa.Table] = {
        name: sorted_table(name, [batch.arrow(name)]) for name in ("preparations", "findings")
    }
    rows = {name: [tuple(row.values())[2:] for row in table.to_pylist()] for name, table in tables.items()}
    assert read_preparations(rows["preparations"], rows["findings"]) == stored
