"""Which queries are not known to be held whole, so that no answer drawn from them looks complete."""

from skinproof.model.incomplete import IncompleteQuery
from skinproof.store.raw import RawStore


def incomplete_queries(raw: RawStore) -> tuple[IncompleteQuery, ...]:
    """The queries whose newest run stopped before its end, or ended with something missing; by source and name."""
    return tuple(
        IncompleteQuery(
            source=run.source,
            query=run.query,
            reason="stopped" if run.state == "running" else "missing",
            # What a run that asks for changes has read so far says nothing of the whole.
            reported=run.reported if run.state == "incomplete" or run.kind == "full" else None,
            stored=run.stored if run.state == "incomplete" or run.kind == "full" else None,
        )
        for run in raw.sync_state().newest_states()
        if run.state != "complete"
    )
