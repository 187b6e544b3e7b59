"""One arm alone, and events over person-time.

Columns: `xi` events and `mi` non-events, or `mi`, `sdi`, `ni` for a mean; `xi` events in `ti` person-time, or
`x1i`, `t1i`, `x2i`, `t2i` for two arms. All functions return (yi, vi), NaN where undefined.
"""

import numpy as np

from skinproof.synthesis.effect_inputs import Array, Options, log, ratio, root, weighted_mean

Columns = dict[str, Array]
Effect = tuple[Array, Array]


def mean(c: Columns, o: Options) -> Effect:
    return c["mi"].copy(), c["sdi"] ** 2 / c["ni"]


def _proportion(c: Columns) -> tuple[Array, Array]:
    n = c["xi"] + c["mi"]
    return ratio(c["xi"], n), n


def proportion(c: Columns, o: Options) -> Effect:
    """`LS` large-sample, `UB` unbiased, `AV` with the average proportion over the studies."""
    p, n = _proportion(c)
    if o.vtype == "UB":
        return p, ratio(p * (1 - p), n - 1)
    q = weighted_mean(p, n) if o.vtype == "AV" else p
    return p, ratio(q * (1 - q), n)


def log_proportion(c: Columns, o: Options) -> Effect:
    p, n = _proportion(c)
    return log(p), ratio(1.0, c["xi"]) - ratio(1.0, n)


def logit_proportion(c: Columns, o: Options) -> Effect:
    return log(ratio(c["xi"], c["mi"])), ratio(1.0, c["xi"]) + ratio(1.0, c["mi"])


def arcsine_proportion(c: Columns, o: Options) -> Effect:
    p, n = _proportion(c)
    return np.arcsin(root(p)), ratio(0.25, n)


def double_arcsine_proportion(c: Columns, o: Options) -> Effect:
    _, n = _proportion(c)
    yi = (np.arcsin(root(ratio(c["xi"], n + 1))) + np.arcsin(root(ratio(c["xi"] + 1, n + 1)))) / 2
    return yi, ratio(1.0, 4 * n + 2)


def rate(c: Columns, o: Options) -> Effect:
    return ratio(c["xi"], c["ti"]), ratio(c["xi"], c["ti"] ** 2)


def log_rate(c: Columns, o: Options) -> Effect:
    return log(ratio(c["xi"], c["ti"])), ratio(1.0, c["xi"])


def root_rate(c: Columns, o: Options) -> Effect:
    return root(ratio(c["xi"], c["ti"])), ratio(0.25, c["ti"])


def double_root_rate(c: Columns, o: Options) -> Effect:
    yi = (root(ratio(c["xi"], c["ti"])) + root(ratio(c["xi"] + 1, c["ti"]))) / 2
    return yi, ratio(0.25, c["ti"])


def rate_ratio(c: Columns, o: Options) -> Effect:
    yi = log(ratio(c["x1i"], c["t1i"])) - log(ratio(c["x2i"], c["t2i"]))
    return yi, ratio(1.0, c["x1i"]) + ratio(1.0, c["x2i"])


def rate_difference(c: Columns, o: Options) -> Effect:
    yi = ratio(c["x1i"], c["t1i"]) - ratio(c["x2i"], c["t2i"])
    return yi, ratio(c["x1i"], c["t1i"] ** 2) + ratio(c["x2i"], c["t2i"] ** 2)


def root_rate_difference(c: Columns, o: Options) -> Effect:
    yi = root(ratio(c["x1i"], c["t1i"])) - root(ratio(c["x2i"], c["t2i"]))
    return yi, ratio(0.25, c["t1i"]) + ratio(0.25, c["t2i"])
