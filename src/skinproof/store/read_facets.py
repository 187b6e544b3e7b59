"""Counts over all studies of an edition in one question each: for maps and filters that answer at once, however many there are.

For each day that is asked for, a narrow table holds one row a study. Studies that name the same agents and complaints
share a number (`combo`): thousands of studies have a few hundred such combinations, so what depends on the vocabulary is
worked out once for each of them, and only numbers are added up here.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from threading import RLock
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from skinproof.store.masks import Masks, Places, counts
from skinproof.store.read import _WHERE, Conditions, EditionReader

_DAYS_KEPT = 4
"""Days of the past whose tables are kept."""
_LATE_KEPT = 20
"""Days of the past of which it is kept who owed results: more than of tables, as it takes longer to find out."""
_NUMBERS = count(1)
"""Readers of one edition share its tables; each has its own names."""

_FACTS = """
create table {facts} as with known as (select * from {table} where counted)
select (row_number() over (order by record_id) - 1)::integer as place, record_id, source, sha256, text_id, dense_rank() over (order by agents, indications, cutaneous) as combo,
    study_type, allocation, intervention_model, cast(0 as tinyint) as design, has_results, cast(null as boolean) as overdue,
    enrollment_count, enrollment_type, overall_status, phases, countries, start_date, visible_from,
    cast(substr(visible_from, 1, 4) as smallint) as year, primary_completion_date, completion_date, cutaneous, aesthetic,
    agents, indications
from known
"""
_SPLIT = (
    "create table {combos} as select distinct combo, agents, indications, cutaneous from {facts}",
    "alter table {facts} drop agents",
    "alter table {facts} drop indications",
)
_ROUTES = """
create table {routes} as select distinct f.text_id, p.role, f.value
from read_parquet($findings) f join read_parquet($preparations) p on p.text_id = f.text_id and p.number = f.preparation
where f.property = 'route' and f.value is not null
"""

_OF_COMBO = ("agents", "indications")
_MORE = {
    # Where people judged a study, what they left holds instead of what was read.
    "routes": "case when record_id in (select record_id from {facts}_judged) "
    "then record_id in (select record_id from {facts}_routes where list_contains($routes, value) and list_contains($route_roles, role)) "
    "else text_id in (select text_id from {routes} where list_contains($routes, value) and list_contains($route_roles, role)) end",
    "designs": "list_contains($designs, design)",
    "results": "has_results = $results",
    "overdue": "overdue = $overdue",
    "years": "list_contains($years, year)",
    "combos": "combo in (select unnest($combos))",
    "hits": "text_id in (select text_id from hits)",
}

ORDERS = {
    "relevance": "record_id",
    "posted": "visible_from desc nulls last, record_id",
    "participants": "enrollment_count desc nulls last, record_id",
    "id": "record_id",
}
"""How found studies can be sorted; relevance only where words were looked for: then as the texts stand."""

COUNTED = {
    "status": "overall_status", "phase": "unnest(phases)", "country": "unnest(countries)", "year": "year",
    "results": "has_results", "design": "design", "overdue": "overdue", "cutaneous": "cutaneous", "aesthetic": "aesthetic",
}  # fmt: skip
"""What studies can be counted by, and the column it is read from."""

_EMPTY = {"phase": "len(phases) = 0", "country": "len(countries) = 0"}

UNSAID = {
    "statuses": "overall_status is null", "phases": "coalesce(len(phases), 0) = 0",
    "countries": "coalesce(len(countries), 0) = 0", "years": "year is null", "start": "start_date is null",
}  # fmt: skip
"""Conditions for which a study can be asked that says nothing, and how that is told."""


class FacetConditions(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions, and more; None = not asked. routes: vocabulary names, in preparations with one of route_roles; designs:
    places in the list of designs; combos: numbers of `Combo`; hits: (text id, place) of texts that hold the words, best first;
    unsaid: of these conditions (names of UNSAID) studies that say nothing are kept, too, or alone where nothing else is asked.
    """

    base: Conditions = Conditions()
    routes: tuple[str, ...] | None = None
    route_roles: tuple[str, ...] = ()
    designs: tuple[int, ...] | None = None
    results: bool | None = None
    overdue: bool | None = None
    years: tuple[int, ...] | None = None
    combos: tuple[int, ...] | None = None
    hits: pa.Table | None = None
    unsaid: tuple[str, ...] = ()


class Combo(NamedTuple):
    """What studies of the same agents and complaints add up to. designs: how many are of each design, by its place."""

    combo: int
    agents: tuple[str, ...]
    indications: tuple[str, ...]
    cutaneous: str
    studies: int
    participants: int | None
    planned: int
    without_enrollment: int
    randomised: int
    completed: int
    with_results: int
    results_unknown: int
    overdue: int
    designs: tuple[int, ...]


class JudgedRoutes(Protocol):
    """Whoever knows what people left of the routes of studies."""

    @property
    def record_ids(self) -> Sequence[str]:
        """Studies of which anything was said."""

    def routes_of(self, record_id: str, sha256: str) -> Sequence[tuple[str, str]] | None:
        """(role, route) of the preparations of a version as they hold; None where nobody said anything of it."""


class FacetReader:
    """The narrow tables of one edition. design_of: the place of a design, from study type, allocation and model.

    judged: what people said of routes; asked when the table of a day is made.
    """

    def __init__(
        self,
        reader: EditionReader,
        design_of: Callable[[str | None, str | None, str | None], int],
        designs: int,
        judged: Callable[[], JudgedRoutes] | None = None,
    ) -> None:
        self._judged = judged
        self._reader, self._design_of, self._n_designs = reader, design_of, designs
        self._days: OrderedDict[str | None, str] = OrderedDict()
        self._late: dict[str | None, pa.Table] = {}
        self._route_name = f"routes_{next(_NUMBERS)}"
        self._making = RLock()
        self._routes = False
        self._masks: dict[str | None, Masks] = {}

    def _facts(self, as_of: str | None) -> str:
        with self._making:
            name = self._days.get(as_of)
            if name is not None:
                self._days.move_to_end(as_of)
            else:
                name = self._days[as_of] = self._make(as_of)
                # The newest versions are asked for all the time: their table stays.
                for old in [day for day in self._days if day is not None][:-_DAYS_KEPT]:
                    self._masks.pop(old, None)
                    self._drop(self._days.pop(old))
            return name

    def _drop(self, name: str) -> None:
        """Let go of the tables of a day, however late it is."""
        for part in ("", "_combos", "_judged", "_routes"):
            with self._reader._db.cursor() as cursor:
                cursor.execute(f"drop table if exists {name}{part}")

    def _make(self, as_of: str | None) -> str:
        name = f"facts_{next(_NUMBERS)}"
        try:
            self._fill(name, as_of)
        except BaseException:
            self._drop(name)
            raise
        return name

    def _fill(self, name: str, as_of: str | None) -> None:
        self._run(_FACTS.format(facts=name, table=self._reader._in_force(as_of)))
        for sql in _SPLIT:
            self._run(sql.format(facts=name, combos=f"{name}_combos"))
        words = self._run(f"select distinct study_type, allocation, intervention_model from {name}")
        ranked = pa.table(
            {
                **{
                    column: pa.array([row[n] for row in words], pa.string()) for n, column in enumerate("abc")
                },
                "design": pa.array([self._design_of(*row) for row in words], pa.int8()),
            }
        )
        same = " and ".join(
            f"{name}.{own} is not distinct from ranked.{other}"
            for own, other in (("study_type", "a"), ("allocation", "b"), ("intervention_model", "c"))
        )
        self._run(f"update {name} set design = ranked.design from ranked where {same}", {}, ranked=ranked)
        self._make_judged(name)
        if as_of in self._late:
            self._mark(name, self._late[as_of])

    def _make_judged(self, name: str) -> None:
        """What people left of the routes of the versions in a table of facts."""
        said = self._judged() if self._judged is not None else None
        versions: list[tuple[str, str]] = []
        if said is not None and said.record_ids:
            sql = f"select record_id, sha256 from {name} where list_contains($ids, record_id)"
            versions = [(row[0], row[1]) for row in self._run(sql, {"ids": list(said.record_ids)})]
        found = {key[0]: said.routes_of(*key) for key in versions} if said is not None else {}
        rows = [(record_id, *pair) for record_id, pairs in found.items() for pair in pairs or ()]
        judged = pa.table(
            {"record_id": pa.array([i for i, p in found.items() if p is not None], pa.string())}
        )
        routes = pa.table(
            {
                column: pa.array([row[n] for row in rows], pa.string())
                for n, column in enumerate(("record_id", "role", "value"))
            }
        )
        self._run(f"create table {name}_judged as select * from judged", {}, judged=judged)
        self._run(f"create table {name}_routes as select * from routes", {}, routes=routes)

    def _route_table(self) -> None:
        with self._making:
            if self._routes:
                return
            files = {name: self._reader._files(name) for name in ("findings", "preparations")}
            if all(files.values()):
                self._run(_ROUTES.format(routes=self._route_name), files)
            else:
                self._run(f"create table {self._route_name} (text_id bigint, role varchar, value varchar)")
            self._routes = True

    def _run(
        self, sql: str, values: Mapping[str, Any] | None = None, **tables: pa.Table
    ) -> list[tuple[Any, ...]]:
        with self._reader._asked(tables) as cursor:
            given = {key: value for key, value in (values or {}).items() if f"${key}" in sql}
            return cursor.execute(sql, given).fetchall() if given else cursor.execute(sql).fetchall()

    def _table(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        with self._reader._asked({}) as cursor:
            given = {key: value for key, value in (values or {}).items() if f"${key}" in sql}
            return (cursor.sql(sql, params=given) if given else cursor.sql(sql)).to_arrow_table()

    def _where(self, wanted: FacetConditions, facts: str) -> tuple[str, dict[str, Any], dict[str, pa.Table]]:
        values: dict[str, Any] = {}
        where: list[str] = ["true"]
        of_combo: list[str] = []
        for name in Conditions.__struct_fields__:
            value = getattr(wanted.base, name)
            if value is None or name == "every":
                continue
            values[name] = list(value) if isinstance(value, tuple) else value
            (of_combo if name in _OF_COMBO else where).append(_or_unsaid(name, _WHERE[name], wanted))
        if of_combo:
            where.append(f"combo in (select combo from {facts}_combos where {' and '.join(of_combo)})")
        tables = {}
        for name, sql in _MORE.items():
            value = getattr(wanted, name)
            if value is None:
                continue
            sql = sql.replace("{routes}", self._route_name).replace("{facts}", facts)
            where.append(_or_unsaid(name, sql, wanted))
            if name == "hits":
                tables["hits"] = value
            else:
                values[name] = list(value) if isinstance(value, tuple) else value
        where += [UNSAID[name] for name in _unsaid_alone(wanted)]
        if wanted.routes is not None:
            self._route_table()
            values["route_roles"] = list(wanted.route_roles)
        return " and ".join(where), values, tables

    def combos(self, wanted: FacetConditions, as_of: str | None) -> list[Combo]:
        """The studies that meet the conditions, added up by what they name."""
        facts = self._facts(as_of)
        where, values, tables = self._where(wanted, facts)
        designs = ", ".join(f"count(*) filter (design = {n})" for n in range(self._n_designs))
        rows = self._run(
            f"""select c.combo, c.agents, c.indications, c.cutaneous, s.* exclude (combo) from (
                select combo, count(*) as n, sum(enrollment_count)::bigint,
                count(*) filter (enrollment_type = 'ESTIMATED' and enrollment_count is not null),
                count(*) filter (enrollment_count is null), count(*) filter (allocation = 'RANDOMIZED'),
                count(*) filter (overall_status = 'COMPLETED'), count(*) filter (has_results),
                count(*) filter (has_results is null), count(*) filter (overdue), {designs}
                from {facts} where {where} group by combo) s join {facts}_combos c using (combo) order by 1""",
            values,
            **tables,
        )
        return [
            Combo._make((r[0], tuple(r[1] or ()), tuple(r[2] or ()), *r[3:13], tuple(r[13:]))) for r in rows
        ]

    def counts(self, by: str, wanted: FacetConditions, as_of: str | None) -> list[tuple[Any, int]]:
        """(value, studies) by one of COUNTED; None = the record does not say. A study counts under each of its values."""
        masks = self._masks_of(as_of)
        values = masks.kept((by,), lambda: self._values(by, masks, as_of))
        return counts(values, self._mask(wanted, as_of))

    def named(
        self, column: str, members: Mapping[str, frozenset[str]], wanted: FacetConditions, as_of: str | None
    ) -> dict[str, int]:
        """Studies of each name, where any: those whose `agents` or `indications` (column) hold one of its members."""
        masks, mask = self._masks_of(as_of), self._mask(wanted, as_of)
        found = {}
        for name, ids in members.items():
            own = masks.kept((column, ids), lambda ids=ids: self._members(column, ids, masks, as_of))  # type: ignore[misc]
            if n := (own & mask).bit_count():
                found[name] = n
        return found

    def _members(self, column: str, ids: frozenset[str], masks: Masks, as_of: str | None) -> int:
        facts = self._facts(as_of)
        sql = f"""select place from {facts} where combo in
            (select combo from {facts}_combos where list_has_any({column}, $ids))"""
        return masks.of(self._places(sql, {"ids": sorted(ids)}))

    def _values(self, by: str, masks: Masks, as_of: str | None) -> dict[object, int]:
        facts = self._facts(as_of)
        sql = f"select v, list(place) from (select {COUNTED[by]} as v, place from {facts}) group by 1"
        if by in _EMPTY:
            sql += f" union all select null, list(place) from {facts} where {_EMPTY[by]} having count(*) > 0"
        rows = self._run(sql)
        return masks.by_value((row[0] for row in rows), (np.array(row[1], np.int32) for row in rows))

    def _masks_of(self, as_of: str | None) -> Masks:
        with self._making:
            masks = self._masks.get(as_of)
            if masks is None:
                held = self._table(f"select record_id, text_id from {self._facts(as_of)} order by place")
                names = held.column("record_id").combine_chunks()
                masks = self._masks[as_of] = Masks(names, held.column("text_id").to_numpy())
            return masks

    def _mask(self, wanted: FacetConditions, as_of: str | None) -> int:
        """The studies that meet the conditions."""
        masks = self._masks_of(as_of)
        mask = masks.all if wanted.hits is None else masks.hits(wanted.hits)[1]
        for part in _parts(wanted):
            mask &= masks.kept(part, lambda part=part: self._part(part, masks, as_of))  # type: ignore[misc]
        return mask

    def _part(self, part: FacetConditions, masks: Masks, as_of: str | None) -> int:
        facts = self._facts(as_of)
        where, values, _ = self._where(part, facts)
        return masks.of(self._places(f"select place from {facts} where {where}", values))

    def _places(self, sql: str, values: Mapping[str, Any] | None = None) -> Places:
        places: Places = self._table(sql, values).column("place").to_numpy()
        return places

    def count(self, wanted: FacetConditions, as_of: str | None) -> int:
        """How many studies meet the conditions."""
        return self._mask(wanted, as_of).bit_count()

    def ids(
        self, wanted: FacetConditions, as_of: str | None, order: str, limit: int, offset: int = 0
    ) -> list[tuple[str, int]]:
        """(record id, text id) of some of the studies that meet the conditions. order: one of ORDERS."""
        masks = self._masks_of(as_of)
        places: Places | None = None
        if order == "relevance" and wanted.hits is not None:
            places = masks.hits(wanted.hits)[0]
        elif ORDERS[order] != "record_id":
            places = self._order(order, masks, as_of)
        return masks.some(self._mask(wanted, as_of), places, limit, offset)

    def _order(self, order: str, masks: Masks, as_of: str | None) -> Places:
        with self._making:
            held = masks.orders.get(order)
            if held is None:
                sql = f"select place from {self._facts(as_of)} order by {ORDERS[order]}"
                held = masks.orders[order] = self._places(sql)
            return held

    def may_be_overdue(self, as_of: str | None, due_by: str) -> list[tuple[str, str, str]]:
        """(record id, source, sha256) of studies that may owe results: none posted, and over before `due_by`."""
        sql = f"""select record_id, source, sha256 from {self._facts(as_of)}
            where has_results = false and coalesce(study_type, 'INTERVENTIONAL') = 'INTERVENTIONAL'
            and coalesce(overall_status, '') <> 'WITHDRAWN'
            and coalesce(primary_completion_date, completion_date) <= $due_by order by sha256"""
        return [(row[0], row[1], row[2]) for row in self._run(sql, {"due_by": due_by})]

    def mark_overdue(self, as_of: str | None, record_ids: Sequence[str]) -> None:
        """Keep which studies owe results; until then none is known to."""
        late = pa.table({"record_id": pa.array(record_ids, pa.string())})
        with self._making:
            self._mark(self._facts(as_of), late)
            self._masks_of(as_of).forget(_of_overdue)
            self._late[as_of] = late
            for old in [day for day in self._late if day is not None][:-_LATE_KEPT]:
                del self._late[old]

    def knows_overdue(self, as_of: str | None) -> bool:
        """Whether it was told which studies owe results on that day."""
        return as_of in self._late

    def _mark(self, facts: str, late: pa.Table) -> None:
        sql = f"update {facts} set overdue = record_id in (select record_id from late)"
        self._run(sql, {}, late=late)


def _of_overdue(key: object) -> bool:
    """Whether what is kept under a key hangs on which studies owe results."""
    return key == ("overdue",) or (isinstance(key, FacetConditions) and key.overdue is not None)


def _parts(wanted: FacetConditions) -> Iterator[FacetConditions]:
    """The conditions one by one, without the texts."""
    for name in Conditions.__struct_fields__:
        value = getattr(wanted.base, name)
        if value is not None and name != "every":
            yield FacetConditions(base=Conditions(**{name: value}), unsaid=_only(name, wanted))
    for name in _MORE:
        value = getattr(wanted, name)
        if value is not None and name != "hits":
            roles = wanted.route_roles if name == "routes" else ()
            part = FacetConditions(route_roles=roles, unsaid=_only(name, wanted))
            yield msgspec.structs.replace(part, **{name: value})
    for name in _unsaid_alone(wanted):
        yield FacetConditions(unsaid=(name,))


def _only(name: str, wanted: FacetConditions) -> tuple[str, ...]:
    return (name,) if name in wanted.unsaid else ()


def _or_unsaid(name: str, sql: str, wanted: FacetConditions) -> str:
    return f"({sql} or {UNSAID[name]})" if name in wanted.unsaid else sql


def _unsaid_alone(wanted: FacetConditions) -> list[str]:
    """Those of `unsaid` for which nothing else is asked."""
    values = {
        "years": wanted.years,
        **{name: getattr(wanted.base, name, None) for name in UNSAID if name != "years"},
    }
    return [name for name in UNSAID if name in wanted.unsaid and values[name] is None]
