"""Two arms with and without the event: ratios, differences and correlations of a 2x2 table.

Columns: `ai` events and `bi` non-events in arm 1, `ci` events and `di` non-events in arm 2, after the stated
constant for zero cells. All functions return (yi, vi) of the columns' shape, NaN where undefined.
"""

import numpy as np
from scipy.special import ndtri

from skinproof.synthesis.effect_inputs import Array, Options, log, ratio, root, weighted_mean

Columns = dict[str, Array]
Effect = tuple[Array, Array]


def _risks(c: Columns) -> tuple[Array, Array, Array, Array]:
    n1, n2 = c["ai"] + c["bi"], c["ci"] + c["di"]
    return ratio(c["ai"], n1), ratio(c["ci"], n2), n1, n2


def _reciprocals(c: Columns) -> Array:
    return sum((ratio(1.0, c[name]) for name in ("ai", "bi", "ci", "di")), np.zeros(c["ai"].shape))


def risk_ratio(c: Columns, o: Options) -> Effect:
    p1, p2, n1, n2 = _risks(c)
    vi = ratio(1.0, c["ai"]) - ratio(1.0, n1) + ratio(1.0, c["ci"]) - ratio(1.0, n2)
    return log(p1) - log(p2), vi


def odds_ratio(c: Columns, o: Options) -> Effect:
    return log(ratio(c["ai"], c["bi"])) - log(ratio(c["ci"], c["di"])), _reciprocals(c)


def risk_difference(c: Columns, o: Options) -> Effect:
    """`LS` large-sample, `UB` unbiased, `AV` with the average risk of each arm over the studies."""
    p1, p2, n1, n2 = _risks(c)
    if o.vtype == "UB":
        return p1 - p2, ratio(p1 * (1 - p1), n1 - 1) + ratio(p2 * (1 - p2), n2 - 1)
    q1, q2 = (weighted_mean(p1, n1), weighted_mean(p2, n2)) if o.vtype == "AV" else (p1, p2)
    return p1 - p2, ratio(q1 * (1 - q1), n1) + ratio(q2 * (1 - q2), n2)


def arcsine_difference(c: Columns, o: Options) -> Effect:
    p1, p2, n1, n2 = _risks(c)
    return np.arcsin(root(p1)) - np.arcsin(root(p2)), ratio(0.25, n1) + ratio(0.25, n2)


def peto(c: Columns, o: Options) -> Effect:
    """One-step log odds ratio: observed minus expected events over their hypergeometric variance."""
    _, _, n1, n2 = _risks(c)
    n = n1 + n2
    events = c["ai"] + c["ci"]
    share = ratio(n1, n)
    spread = ratio(events * (n - events) * share * (1 - share), n - 1)
    return ratio(c["ai"] - events * share, spread), ratio(1.0, spread)


def phi(c: Columns, o: Options) -> Effect:
    """Phi coefficient with its variance under multinomial sampling (delta method).

    The formula is the classical one in the margins, written out from the derivatives of phi.
    """
    a, b, cc, d = c["ai"], c["bi"], c["ci"], c["di"]
    n = a + b + cc + d
    row = ratio(a + b, n), ratio(cc + d, n)
    column = ratio(a + cc, n), ratio(b + d, n)
    spread_rows, spread_columns = row[0] * row[1], column[0] * column[1]
    yi = ratio(ratio(a * d - b * cc, n * n), root(spread_rows * spread_columns))
    skew_rows, skew_columns = row[0] - row[1], column[0] - column[1]
    cross = ratio(skew_rows * skew_columns, root(spread_rows * spread_columns))
    tails = ratio(skew_rows**2, spread_rows) + ratio(skew_columns**2, spread_columns)
    vi = ratio(1 - yi**2 + yi * (1 + 0.5 * yi**2) * cross - 0.75 * yi**2 * tails, n)
    return yi, vi


def yule_q(c: Columns, o: Options) -> Effect:
    odds = ratio(c["ai"] * c["di"], c["bi"] * c["ci"])
    yi = ratio(odds - 1, odds + 1)
    return yi, 0.25 * (1 - yi**2) ** 2 * _reciprocals(c)


def yule_y(c: Columns, o: Options) -> Effect:
    odds = root(ratio(c["ai"] * c["di"], c["bi"] * c["ci"]))
    yi = ratio(odds - 1, odds + 1)
    return yi, 0.0625 * (1 - yi**2) ** 2 * _reciprocals(c)


def probit_difference(c: Columns, o: Options) -> Effect:
    """Difference of the normal quantiles of the two risks, which estimates a standardized mean difference."""
    p1, p2, n1, n2 = _risks(c)
    z1, z2 = _quantile(p1), _quantile(p2)

    def spread(p: Array, z: Array, n: Array) -> Array:
        return ratio(2 * np.pi * p * (1 - p) * np.exp(z**2), n)

    return z1 - z2, spread(p1, z1, n1) + spread(p2, z2, n2)


def _quantile(p: Array) -> Array:
    inside = np.where((p > 0) & (p < 1), p, np.nan)
    out: Array = ndtri(inside)
    return out


# Standard deviations of a log odds ratio for one standardized unit: logistic pi/sqrt(3); 1.65 under normality.
LOGISTIC = float(np.pi / np.sqrt(3.0))
NORMAL = 1.65


def odds_to_d_normal(c: Columns, o: Options) -> Effect:
    yi, vi = odds_ratio(c, o)
    return yi / NORMAL, vi / NORMAL**2


def odds_to_d_logistic(c: Columns, o: Options) -> Effect:
    yi, vi = odds_ratio(c, o)
    return yi / LOGISTIC, vi / LOGISTIC**2


# Matched pairs and split-face designs: `ai` both, `bi` only the first, `ci` only the second, `di` neither.


def matched_risk_ratio(c: Columns, o: Options) -> Effect:
    first, second = c["ai"] + c["bi"], c["ai"] + c["ci"]
    return log(first) - log(second), ratio(c["bi"] + c["ci"], first * second)


def matched_odds_ratio(c: Columns, o: Options) -> Effect:
    """Marginal odds ratio, with the covariance of the two logits that the pairing brings."""
    a, b, cc, d = c["ai"], c["bi"], c["ci"], c["di"]
    first, not_first, second, not_second = a + b, cc + d, a + cc, b + d
    yi = log(ratio(first, not_first)) - log(ratio(second, not_second))
    n = a + b + cc + d
    covariance = ratio(n * (a * d - b * cc), first * not_first * second * not_second)
    alone = ratio(1.0, first) + ratio(1.0, not_first) + ratio(1.0, second) + ratio(1.0, not_second)
    return yi, alone - 2 * covariance


def matched_risk_difference(c: Columns, o: Options) -> Effect:
    n = c["ai"] + c["bi"] + c["ci"] + c["di"]
    yi = ratio(c["bi"] - c["ci"], n)
    return yi, ratio(c["bi"] + c["ci"], n**2) - ratio((c["bi"] - c["ci"]) ** 2, n**3)


def matched_odds_ratio_conditional(c: Columns, o: Options) -> Effect:
    return log(ratio(c["bi"], c["ci"])), ratio(1.0, c["bi"]) + ratio(1.0, c["ci"])


def matched_peto(c: Columns, o: Options) -> Effect:
    discordant = c["bi"] + c["ci"]
    return ratio(2 * (c["bi"] - c["ci"]), discordant), ratio(4.0, discordant)


def matched_odds_ratio_margins(c: Columns, o: Options) -> Effect:
    """Marginal odds ratio where only the margins and the correlation `ri` of the pair are known.

    Here the table is `ai`, `bi` (with, without the event in condition 1) and `ci`, `di` (in condition 2): each
    person is counted once in both rows, so the number of pairs is half the sum
    (rounded, as in metafor, where the two rows do not have one sum).
    """
    yi, vi = odds_ratio(c, o)
    pairs = np.round((c["ai"] + c["bi"] + c["ci"] + c["di"]) / 2)
    covariance = ratio(c["ri"] * pairs, root(c["ai"] * c["bi"] * c["ci"] * c["di"]))
    return yi, vi - 2 * covariance
