"""Counts over all papers of an edition in one question each, beside `store.read_facets` for studies.

One narrow table holds one row a paper, each by its version in force. Papers that name the same agents and complaints share
a number (`combo`), as studies do: what depends on the vocabulary is worked out once for each of them.
"""

from collections.abc import Collection
from itertools import count
from threading import RLock
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from skinproof.store.read_papers import PaperConditions, PaperReader, paper_where

_NUMBERS = count(1)

_FACTS = """
create table {facts} as select record_id, text_id, pmid, pmcid, doi, year, published, kinds, publication_types, deleted,
    cutaneous, aesthetic, agents, indications, dense_rank() over (order by agents, indications, cutaneous) as combo
from read_parquet($papers) paper join read_parquet($reports) report using (record_id, source, sha256)
"""
_EMPTY = """
create table {facts} (record_id varchar, text_id bigint, pmid varchar, pmcid varchar, doi varchar, year integer,
    published varchar, kinds varchar[], publication_types varchar[], deleted boolean, cutaneous varchar, aesthetic varchar,
    agents varchar[], indications varchar[], combo bigint)
"""

PAPER_ORDERS = {
    "relevance": "rank, record_id",
    "published": "published desc nulls last, record_id",
    "id": "record_id",
}
"""How found papers can be sorted; relevance only where words were looked for."""

COUNTED = {
    "kind": "unnest(case when list_has_any(list_transform(publication_types, lambda t: lower(t)), $trial_types) "
    "then list_append(kinds, 'trial') else kinds end)",
    "evidence": "unnest(kinds)",
    "year": "year",
    "linked": "record_id in (select unnest($reporting))",
}
"""What papers can be counted by, and where it is read."""


class PaperFacetConditions(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions, and more; None = not asked. combos: numbers of `PaperCombo`; hits: as in `read_facets.FacetConditions`."""

    base: PaperConditions = PaperConditions()
    combos: tuple[int, ...] | None = None
    hits: pa.Table | None = None


class PaperCombo(NamedTuple):
    """What papers of the same agents and complaints add up to. A paper can be of people, of animals and of the laboratory at once;
    unclear: of none of these."""

    combo: int
    agents: tuple[str, ...]
    indications: tuple[str, ...]
    cutaneous: str
    papers: int
    human: int
    animal: int
    laboratory: int
    unclear: int


class PaperFacetReader:
    """The narrow table of the papers of one edition; made at the first question.

    trial_types: publication types, in small letters, that make a paper the report of a trial.
    """

    def __init__(self, reader: PaperReader, trial_types: Collection[str]) -> None:
        self._reader, self._trial_types = reader, sorted(trial_types)
        self._name: str | None = None
        self._making = RLock()

    def _facts(self) -> str:
        with self._making:
            if self._name is None:
                name = f"paper_facts_{next(_NUMBERS)}"
                if self._reader.has_papers():
                    files = {table: self._reader._files(table) for table in ("papers", "reports")}
                    self._reader._rows(_FACTS.format(facts=name), files)
                else:
                    self._reader._rows(_EMPTY.format(facts=name), {})
                self._name = name
            return self._name

    def _where(self, wanted: PaperFacetConditions) -> tuple[str, dict[str, Any], dict[str, pa.Table]]:
        where, values = paper_where(wanted.base)
        tables = {}
        if wanted.combos is not None:
            where.append("combo in (select unnest($combos))")
            values["combos"] = list(wanted.combos)
        if wanted.hits is not None:
            where.append("rank is not null")
            tables["hits"] = wanted.hits
        return " and ".join(where), values, tables

    def _from(self, wanted: PaperFacetConditions) -> str:
        facts = self._facts()
        return f"{facts} left join hits using (text_id)" if wanted.hits is not None else facts

    def combos(self, wanted: PaperFacetConditions) -> list[PaperCombo]:
        """The papers that meet the conditions, added up by what they name."""
        where, values, tables = self._where(wanted)
        kinds = ", ".join(
            f"count(*) filter (list_contains(kinds, '{kind}'))" for kind in ("human", "animal", "laboratory")
        )
        rows = self._reader._rows(
            f"""select combo, any_value(agents), any_value(indications), any_value(cutaneous), count(*), {kinds},
                count(*) filter (not list_has_any(kinds, ['human', 'animal', 'laboratory']))
                from {self._from(wanted)} where {where} group by combo order by combo""",
            values,
            **tables,
        )
        return [PaperCombo._make((r[0], tuple(r[1] or ()), tuple(r[2] or ()), *r[3:])) for r in rows]

    def counts(self, by: str, wanted: PaperFacetConditions) -> list[tuple[Any, int]]:
        """(value, papers) by one of COUNTED. A paper counts under each of its values."""
        where, values, tables = self._where(wanted)
        values["trial_types"] = self._trial_types
        sql = f"select v, count(*) from (select {COUNTED[by]} as v from {self._from(wanted)} where {where}) group by 1"
        return [(row[0], row[1]) for row in self._reader._rows(sql, values, **tables)]

    def count(self, wanted: PaperFacetConditions) -> int:
        """How many papers meet the conditions."""
        where, values, tables = self._where(wanted)
        rows = self._reader._rows(
            f"select count(*) from {self._from(wanted)} where {where}", values, **tables
        )
        return int(rows[0][0])

    def ids(
        self, wanted: PaperFacetConditions, order: str, limit: int, offset: int = 0
    ) -> list[tuple[str, int]]:
        """(record id, text id) of some of the papers that meet the conditions. order: one of PAPER_ORDERS."""
        where, values, tables = self._where(wanted)
        by = PAPER_ORDERS[order if wanted.hits is not None or order != "relevance" else "published"]
        sql = f"select record_id, text_id from {self._from(wanted)} where {where} order by {by} limit {int(limit)} offset {int(offset)}"
        return [(row[0], row[1]) for row in self._reader._rows(sql, values, **tables)]

    def undated(self) -> int:
        """Papers that tell no day, month or year of publication."""
        sql = f"select count(*) from {self._facts()} where published is null and not deleted"
        return int(self._reader._rows(sql, {})[0][0])
