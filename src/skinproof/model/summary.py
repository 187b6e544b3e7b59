"""One row of an edition's `studies` table: what every count, map, list and filter reads."""

import msgspec

from skinproof.model.incomplete import IncompleteQuery


class StudySummary(msgspec.Struct, frozen=True, kw_only=True):
    """One study as described by one record version. Dates are ISO text with the precision given.

    `None` and empty tuples mean: not reported in this version.
    completeness: `full` (a registry's own record) or `partial` (a CSV export, a facts snapshot).
    registry_date: last-update posted day of this version, None where the version states none.
    agents: `term|role`; agent_classes_given: agent classes with role given or carrier.
    """

    record_id: str
    source: str
    sha256: str
    completeness: str
    registry_date: str | None
    first_posted: str | None
    brief_title: str | None
    official_title: str | None
    acronym: str | None
    aliases: tuple[str, ...] = ()
    overall_status: str | None
    study_type: str | None
    phases: tuple[str, ...] = ()
    allocation: str | None
    intervention_model: str | None
    masking: str | None
    primary_purpose: str | None
    enrollment_count: int | None
    enrollment_type: str | None
    start_date: str | None
    primary_completion_date: str | None
    completion_date: str | None
    lead_sponsor: str | None
    lead_sponsor_class: str | None
    countries: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    has_results: bool | None
    agent_class: str
    ev_role: str
    agents: tuple[str, ...] = ()
    agent_classes_given: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    cutaneous: str
    aesthetic: str
    issue_count: int = 0
    suggestion_count: int = 0
    text_id: int = 0
    """Names the words of this version: tags stand under it, and the full-text index knows it."""
    later_version: bool = False
    """True where the asked day lies before every version held, so a later version describes the study."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asked to see; empty = everything. Several values of one filter mean OR, filters mean AND.

    agent: vocabulary ids or agent classes; indication: vocabulary ids, descendants included;
    role: one of model.tags.ROLES; cutaneous, aesthetic: `yes` | `no`;
    phase, status, country: registry words, compared without case;
    start_from, start_to, posted_from, posted_to: ISO dates (YYYY, YYYY-MM or YYYY-MM-DD), inclusive.
    """

    agent: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    indication: tuple[str, ...] = ()
    cutaneous: str | None = None
    aesthetic: str | None = None
    phase: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    start_from: str | None = None
    start_to: str | None = None
    posted_from: str | None = None
    posted_to: str | None = None


class EditionStamp(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer and page says of where it comes from.

    as_of: the registry day asked for, None = the newest version held of each study.
    undated: studies without a first-posted day, which a dated answer cannot place and leaves out.
    later_described: studies counted as of that day but described by a later version, because none that old is held.
    first_stored: of a dated answer, the day on which this store got its first version: what records said before, it
        knows only as far as older versions were imported
    seen: only versions stored by the end of this day are read; None = all
    incomplete: queries of sources that were not held whole when the edition was made
    judged: answers of visible studies that people judged and whose word holds; to_look_at: judged answers of which the rules
        say something else since, or of which people differ: there the rules hold
    removed: studies whose record their register no longer has, as a sync noticed (by the day asked for)
    """

    edition: str
    as_of: str | None
    n_versions: int
    n_studies: int
    n_partial: int
    undated: int
    later_described: int
    newest_registry_date: str | None
    rules: dict[str, str]
    first_stored: str | None = None
    seen: str | None = None
    incomplete: tuple[IncompleteQuery, ...] = ()
    judged: int = 0
    to_look_at: int = 0
    removed: int = 0
