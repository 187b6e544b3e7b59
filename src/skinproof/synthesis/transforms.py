"""Back-transformations: from the scale a pooled answer is computed on to the scale a reader knows.

Named as in metafor's `transf.*`. All take and return arrays; what lies outside a scale's range is set to its end
(a confidence bound of an arcsine below 0 is the proportion 0).

Sources: Freeman MF, Tukey JW (1950), Annals of Mathematical Statistics 21:607-611, doi:10.1214/aoms/1177729756;
inversion of the double arcsine: Miller JJ (1978), The American Statistician 32:138; overlap measures of d: Cohen J
(1988), Statistical Power Analysis for the Behavioral Sciences, ch. 2; binomial effect size display: Rosenthal R,
Rubin DB (1982), Journal of Educational Psychology 74:166-169.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, ndtr
from scipy.special import logit as _logit

from skinproof.errors import SynthesisError
from skinproof.synthesis.effect_inputs import Array


def _floats(x: Any) -> Array:
    return np.asarray(x, dtype=np.float64)


def exp(x: Any) -> Array:
    out: Array = np.exp(_floats(x))
    return out


def logit(p: Any) -> Array:
    out: Array = _logit(_floats(p))
    return out


def ilogit(x: Any) -> Array:
    out: Array = expit(_floats(x))
    return out


def arcsin(p: Any) -> Array:
    return np.arcsin(np.sqrt(_floats(p)))


def iarcsin(x: Any) -> Array:
    return np.sin(np.clip(_floats(x), 0, np.pi / 2)) ** 2


def rtoz(r: Any) -> Array:
    return np.arctanh(_floats(r))


def ztor(z: Any) -> Array:
    return np.tanh(_floats(z))


def isqrt(x: Any) -> Array:
    return np.maximum(_floats(x), 0) ** 2


def ahw(alpha: Any) -> Array:
    return 1 - np.cbrt(1 - _floats(alpha))


def iahw(x: Any) -> Array:
    return 1 - (1 - np.clip(_floats(x), 0, 1)) ** 3


def abt(alpha: Any) -> Array:
    return -np.log1p(-_floats(alpha))


def iabt(x: Any) -> Array:
    return -np.expm1(-np.maximum(_floats(x), 0))


def pft(xi: Any, ni: Any) -> Array:
    """Freeman-Tukey double arcsine of xi events among ni people."""
    x, n = _floats(xi), _floats(ni)
    return (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2


def harmonic_mean(ni: Any) -> float:
    """The harmonic mean of the sample sizes, missing ones left out.

    Raises:
        SynthesisError: no usable sample size.
    """
    n = _floats(ni)
    n = n[np.isfinite(n) & (n > 0)]
    if n.size == 0:
        raise SynthesisError(
            "no sample size above 0: the double arcsine cannot be turned back into a proportion"
        )
    return float(n.size / np.sum(1 / n))


def ipft(x: Any, ni: Any) -> Array:
    """Proportion of a double arcsine at sample size ni; 0 or 1 beyond what ni people can give.

    The inversion is known to mislead where the sizes differ much and the proportion is near 0 or 1: compare with
    PLO or a binomial-normal model (Schwarzer G et al. 2019, Research Synthesis Methods 10:476-483,
    doi:10.1002/jrsm.1348).
    """
    t, n = np.broadcast_arrays(_floats(x), _floats(ni))
    low, high = pft(np.zeros_like(n), n), pft(n, n)
    inside = np.clip(t, low, high)
    sine = np.sin(2 * inside)
    safe = np.where(sine > 0, sine, 1.0)
    bend = np.clip(1 - (sine + (sine - 1 / safe) / n) ** 2, 0, None)
    p = 0.5 * (1 - np.sign(np.cos(2 * inside)) * np.sqrt(bend))
    return np.where(t <= low, 0.0, np.where(t >= high, 1.0, np.where(np.isnan(t), np.nan, p)))


def ipft_hm(x: Any, ni: Any) -> Array:
    """Proportion of a pooled double arcsine at the harmonic mean of the studies' sizes `ni` (k,)."""
    return ipft(x, harmonic_mean(ni))


def irft(xi: Any, ti: Any) -> Array:
    """Freeman-Tukey double square root of xi events in ti person-time."""
    x, t = _floats(xi), _floats(ti)
    return (np.sqrt(x / t) + np.sqrt((x + 1) / t)) / 2


def iirft(x: Any, ti: Any) -> Array:
    """Rate of a double square root at person-time ti; 0 below what no event gives."""
    y, t = np.broadcast_arrays(_floats(x), _floats(ti))
    floor = irft(np.zeros_like(t), t)
    above = np.maximum(y, floor)
    # y = (sqrt(r) + sqrt(r + 1/t)) / 2 solved for sqrt(r): the two roots differ by 1/(2 t y).
    return np.where(y <= floor, 0.0, (above - 1 / (4 * t * above)) ** 2)


def dtou1(d: Any) -> Array:
    """Cohen's U1: the share of the two groups' values that do not overlap."""
    u2 = ndtr(np.abs(_floats(d)) / 2)
    out: Array = (2 * u2 - 1) / u2
    return out


def dtou2(d: Any) -> Array:
    """Cohen's U2: the share of one group above the same share of the other."""
    out: Array = ndtr(_floats(d) / 2)
    return out


def dtou3(d: Any) -> Array:
    """Cohen's U3: the share of group 2 below the mean of group 1."""
    out: Array = ndtr(_floats(d))
    return out


def dtocles(d: Any) -> Array:
    """Probability that a person of group 1 has a higher value than one of group 2."""
    out: Array = ndtr(_floats(d) / np.sqrt(2))
    return out


def dtobesd(d: Any) -> Array:
    """Success rate of group 1 in the binomial effect size display."""
    x = _floats(d)
    return 0.5 + x / np.sqrt(x**2 + 4) / 2


def dtorpb(d: Any, n1i: Any, n2i: Any) -> Array:
    """Point-biserial correlation of a standardized mean difference between arms of n1i and n2i people."""
    x, n1, n2 = _floats(d), _floats(n1i), _floats(n2i)
    return x / np.sqrt(x**2 + (n1 + n2 - 2) * (1 / n1 + 1 / n2))


def logortord(x: Any, pc: Any) -> Array:
    """Risk difference of a log odds ratio where `pc` of the comparator have the event."""
    risk = _floats(pc)
    return ilogit(logit(risk) + _floats(x)) - risk


def logortorr(x: Any, pc: Any) -> Array:
    """Risk ratio of a log odds ratio where `pc` of the comparator have the event."""
    risk = _floats(pc)
    return ilogit(logit(risk) + _floats(x)) / risk


def average(back: Callable[[Any], Array], mu: Any, tau2: Any, nodes: int = 80) -> Array:
    """Mean of a back-transformed effect over a normal distribution of effects (mu, tau2): metafor's `.int` forms.

    The transformation of the mean is the median of the true effects; this is their mean.
    """
    x, weight = hermegauss(nodes)
    m, s = np.broadcast_arrays(_floats(mu), np.sqrt(_floats(tau2)))
    values = back(m[..., None] + s[..., None] * x)
    out: Array = (values @ weight) / np.sqrt(2 * np.pi)
    return out
