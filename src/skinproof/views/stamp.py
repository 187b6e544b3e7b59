"""What every answer says of where it comes from and what it leaves out."""

from skinproof.model.incomplete import IncompleteQuery
from skinproof.model.summary import EditionStamp
from skinproof.views.words import plural


def stamp_line(stamp: EditionStamp) -> str:
    """One line: edition, day, how much it holds."""
    day = f"as of {stamp.as_of}" if stamp.as_of else "newest version held of each study"
    day += f"; as this store had seen by {stamp.seen}" if stamp.seen else ""
    held = f"{plural(stamp.n_studies, 'study', 'studies')} ({plural(stamp.n_versions, 'version')} held)"
    short = ", ".join(f"{one.query} of {one.source}" for one in stamp.incomplete)
    return f"Edition {stamp.edition}; {day}; {held}" + (f"; not whole: {short}" if short else "")


def caveats(stamp: EditionStamp) -> tuple[str, ...]:
    """What a reader must know before quoting a number, each a sentence; what does not apply is not said."""
    said = ["Only what has been imported is counted: this is not a census of any registry."]
    said += [_incomplete_words(one) for one in stamp.incomplete]
    if stamp.n_partial:
        said.append(
            f"{plural(stamp.n_partial, 'study is', 'studies are')} known only from a partial record "
            "(a table or a list of facts); what such a record does not say counts as not reported."
        )
    if stamp.as_of and stamp.undated:
        said.append(
            f"{plural(stamp.undated, 'study has', 'studies have')} no first-posted day and "
            f"{'is' if stamp.undated == 1 else 'are'} left out of a dated answer."
        )
    if stamp.as_of and stamp.later_described:
        said.append(
            f"{plural(stamp.later_described, 'study', 'studies')} counted as of {stamp.as_of} "
            f"{'is' if stamp.later_described == 1 else 'are'} described by a later version, because none that "
            "old is held."
        )
    if stamp.as_of and stamp.first_stored and stamp.as_of < stamp.first_stored:
        said.append(
            f"This store got its first record on {stamp.first_stored}: for {stamp.as_of} it claims only which studies were "
            "first posted by then; studies that the registry has removed since are not known to it."
        )
    if stamp.removed:
        said.append(
            f"Of {plural(stamp.removed, 'study', 'studies')} the register no longer has the record, as a sync noticed; "
            f"{'it is' if stamp.removed == 1 else 'they are'} counted still, as the last version says "
            "(`skinproof show ID` says so of each)."
        )
    if stamp.judged or stamp.to_look_at:
        said.append(
            f"{plural(stamp.judged, 'answer')} of people {'is' if stamp.judged == 1 else 'are'} in these numbers"
            + (
                f"; {plural(stamp.to_look_at, 'other')} wait for a look, and there the rules hold"
                if stamp.to_look_at
                else ""
            )
            + " (`skinproof judge --list`)."
        )
    if stamp.newest_registry_date:
        said.append(f"The newest registry update held is of {stamp.newest_registry_date}.")
    return tuple(said)


def _incomplete_words(one: IncompleteQuery) -> str:
    why = "stopped before its end" if one.reason == "stopped" else "ended with something missing"
    known = one.stored is not None and one.reported is not None
    held = f", with {one.stored:,} of {one.reported:,} records" if known else ""
    return (
        f"The last sync of {one.query} at {one.source} {why}{held}: records of it are missing or out of date here, so "
        "numbers may be too small."
    )
