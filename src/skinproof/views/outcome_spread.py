"""The mean and standard deviation that a posted value and its spread give; each conversion is named in a flag.

Sources: Higgins, Li & Deeks, Cochrane Handbook (version 6.5), chapter 6.5.2 (from standard errors and intervals); Luo D et al.
2018, doi:10.1177/0962280216669183, and Wan X et al. 2014, doi:10.1186/1471-2288-14-135 (from medians).
"""

import re

import msgspec

from skinproof.errors import SynthesisError
from skinproof.model.results import Measurement
from skinproof.synthesis.convert import sd_from_ci, sd_from_se
from skinproof.synthesis.summaries import mean_sd_from_median
from skinproof.views.posted_numbers import Origin, number_of

_CI = re.compile(r"(\d+(?:\.\d+)?)\s*% confidence interval|confidence (80|90|95|975|99)\b", re.I)

MEANS = ("MEAN", "LEAST_SQUARES_MEAN")


class Spread(msgspec.Struct, frozen=True):
    """mi: mean; sdi: standard deviation; flags: what was done to get them; origins: where the spread stands."""

    mi: float
    sdi: float
    flags: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


def spread_of(
    one: Measurement, value: float, n: int, here: str, statistic: str, dispersion: str
) -> Spread | str:
    """Mean and standard deviation of n people; else why there is none.

    here: JSON path of the value; statistic: as the registry codes it; dispersion: as posted, without underscores.
    """
    kind = dispersion.casefold()
    try:
        if statistic == "MEDIAN":
            return _of_median(one, value, n, here, kind) or "statistic median: no mean with a spread"
        if statistic not in MEANS:
            return f"statistic {statistic.lower().replace('_', ' ') or 'not said'}: no mean with a spread"
        found = _of_mean(one, value, n, here, kind)
    except SynthesisError as error:
        return str(error)
    if found is None:
        return f"{dispersion or 'no dispersion'}: no standard deviation follows from it"
    if statistic == "LEAST_SQUARES_MEAN":
        return msgspec.structs.replace(
            found, flags=(*found.flags, "mean adjusted by a model (least squares)")
        )
    return found


def _of_mean(one: Measurement, value: float, n: int, here: str, kind: str) -> Spread | None:
    spread = number_of(one.spread)
    origin = (Origin(f"{here}.spread", one.spread or ""),)
    if kind.startswith("standard deviation"):
        return Spread(value, spread, (), origin) if spread is not None and spread > 0 else None
    if kind.startswith("standard error"):
        if spread is None:
            return None
        sd = float(sd_from_se([spread], [n])[0])
        return Spread(value, sd, ("SD converted from the standard error",), origin)
    found = _CI.search(kind)
    low, high = number_of(one.lower_limit), number_of(one.upper_limit)
    if not found or low is None or high is None:
        return None
    level = float(found[1] or found[2].replace("975", "97.5"))
    sd = float(sd_from_ci([low], [high], [n], level=level)[0])
    flag = f"SD converted from the {level:g}% confidence interval, taken as a t interval of the mean"
    return Spread(value, sd, (flag,), _limits(one, here))


def _of_median(one: Measurement, value: float, n: int, here: str, kind: str) -> Spread | None:
    """From quartiles or the range; None where neither is posted with both ends."""
    quartiles, whole = kind.startswith("inter-quartile range"), kind.startswith("full range")
    low, high = number_of(one.lower_limit), number_of(one.upper_limit)
    if low is None or high is None or not (quartiles or whole):
        return None
    found = (
        mean_sd_from_median([value], [n], q1=[low], q3=[high])
        if quartiles
        else mean_sd_from_median([value], [n], low=[low], high=[high])
    )
    mi, sdi = float(found.mi[0]), float(found.sdi[0])
    if sdi <= 0:
        return None
    return Spread(mi, sdi, (found.notes[0].partition(": ")[2],), _limits(one, here))


def _limits(one: Measurement, here: str) -> tuple[Origin, ...]:
    return (
        Origin(f"{here}.lowerLimit", one.lower_limit or ""),
        Origin(f"{here}.upperLimit", one.upper_limit or ""),
    )
