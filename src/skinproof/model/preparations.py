"""A preparation together with the study that gives it: a row of every list, landscape and score."""

import msgspec

from skinproof.model.findings import Preparation
from skinproof.model.summary import EditionStamp, StudySummary


class PreparationRow(msgspec.Struct, frozen=True):
    """One preparation of one study, as one record version describes both."""

    study: StudySummary
    preparation: Preparation


class Preparations(msgspec.Struct, frozen=True):
    """The preparations of the studies asked for, sorted by record id and number within the study."""

    stamp: EditionStamp
    rows: tuple[PreparationRow, ...]
