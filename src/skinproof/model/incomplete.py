"""A query of a source that is not known to be held whole."""

import msgspec


class IncompleteQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One such query.

    reason: stopped (its last sync did not come to its end) | missing (it did, and something is missing)
    reported, stored: records the source said it has, and how many of them were held; None where that is not known
    """

    source: str
    query: str
    reason: str
    reported: int | None
    stored: int | None
