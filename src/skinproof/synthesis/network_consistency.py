"""Whether a network's direct and indirect evidence agree, and what a ranking of its treatments is worth.

Source: Higgins et al. 2012, doi:10.1002/jrsm.1044 (designs); Krahn, Binder and König 2013,
doi:10.1186/1471-2288-13-35 (Q of designs); Dias et al. 2010, doi:10.1002/sim.3767 (node splitting); Rücker
and Schwarzer 2015, doi:10.1186/s12874-015-0060-8 (P-scores); Salanti, Ades and Ioannidis 2011,
doi:10.1016/j.jclinepi.2010.03.016 (rank probabilities and SUCRA).
"""

from collections.abc import Sequence
from itertools import combinations

import msgspec
import numpy as np
from scipy import special

from skinproof.errors import UsageError
from skinproof.synthesis.network import NetworkResult, fit, heterogeneity
from skinproof.synthesis.network_data import Network, Trial
from skinproof.synthesis.sums import Floats


class Q(msgspec.Struct, frozen=True, kw_only=True):
    """A test by chi-square; pval is 1 where there are no degrees of freedom."""

    q: float
    df: int
    pval: float


class DesignQ(msgspec.Struct, frozen=True, kw_only=True):
    """Heterogeneity among the trials that compare the same treatments."""

    design: tuple[str, ...]
    trials: int
    q: Q


class Decomposition(msgspec.Struct, frozen=True, kw_only=True):
    """Q of the network: total = within designs (heterogeneity) + between designs (inconsistency), at tau2 =
    0.

    designs: within, design by design. between_random: the test of all design-by-treatment interactions with
    the heterogeneity tau2_within that is left when every design has its own effects.
    """

    total: Q
    within: Q
    between: Q
    designs: tuple[DesignQ, ...]
    between_random: Q
    tau2_within: float


class NodeSplit(msgspec.Struct, frozen=True, kw_only=True):
    """Direct evidence on treat1 minus treat2 against all other evidence. trials: direct ones.

    direct: pooled from the trials of both; indirect: from the network without them (NaN where nothing joins
    the two then, and `reason` says so). Both at the network's heterogeneity.
    """

    treat1: str
    treat2: str
    trials: int
    direct: float
    direct_se: float
    indirect: float
    indirect_se: float
    difference: float
    difference_se: float
    pval: float
    reason: str


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """Where each treatment may stand; treatments are in the order of their names, not of their effects.

    p_score: mean certainty that the treatment is better than another. probabilities: (T, T) of each rank, 1
    the best; mean_rank, rank_lb, rank_ub: their mean and the interval of the level; sucra: the surface under
    the cumulated probabilities. note: to be shown with it.
    """

    treatments: tuple[str, ...]
    p_score: Floats
    probabilities: Floats
    mean_rank: Floats
    rank_lb: Floats
    rank_ub: Floats
    sucra: Floats
    note: str


NOTE = (
    "Ranks order uncertain estimates of classes of agents in these trials; they do not say which product to use, and "
    "neighbours whose intervals overlap are not told apart."
)


def _test(q: float, df: int) -> Q:
    q = max(q, 0.0)
    return Q(q=q, df=df, pval=float(special.chdtrc(df, q)) if df > 0 else 1.0)


def inconsistency(result: NetworkResult) -> Decomposition:
    """The network's Q by designs, and the test of inconsistency with and without heterogeneity within
    designs.
    """
    trials = result.network.trials
    by_design: dict[tuple[str, ...], list[Trial]] = {}
    for trial in trials:
        by_design.setdefault(trial.arms, []).append(trial)
    ordered = tuple(trial for members in by_design.values() for trial in members)
    width = sum(len(design) - 1 for design in by_design)
    designs, free, start = [], [], 0
    for design, members in by_design.items():
        n = len(design) - 1
        own = fit(tuple(members), [np.eye(n)] * len(members), 0.0)
        designs.append(DesignQ(design=design, trials=len(members), q=_test(own.q, own.df)))
        x = np.zeros((n, width))
        x[:, start : start + n] = np.eye(n)
        free += [x] * len(members)
        start += n
    within = _test(sum(part.q.q for part in designs), sum(part.q.df for part in designs))
    tau2 = heterogeneity(ordered, free, result.method)
    consistent = [result.network.design(trial, result.reference) for trial in ordered]
    gap = fit(ordered, consistent, tau2).q - fit(ordered, free, tau2).q
    df = result.q_df - within.df
    return Decomposition(
        total=_test(result.q, result.q_df),
        within=within,
        between=_test(result.q - within.q, df),
        designs=tuple(designs),
        between_random=_test(gap, df),
        tau2_within=tau2,
    )


def node_splits(result: NetworkResult) -> tuple[NodeSplit, ...]:
    """Every pair of treatments that some trial compares: its direct evidence against the rest.

    A trial with both treatments, whatever its other arms, is direct evidence only, so the two sides do not
    share a trial.
    """
    found = []
    for one, two in combinations(result.treatments, 2):
        direct = [trial for trial in result.network.trials if one in trial.arms and two in trial.arms]
        if direct:
            found.append(_split(result, one, two, direct))
    return tuple(found)


def _split(result: NetworkResult, one: str, two: str, direct: Sequence[Trial]) -> NodeSplit:
    pairs = [trial.contrast(one, two) for trial in direct]
    y = np.array([estimate for estimate, _ in pairs])
    w = 1 / (np.array([variance for _, variance in pairs]) + result.tau2)
    ours, ours_var = float(w @ y / w.sum()), 1 / float(w.sum())
    rest = _joining(result.network, one, two, direct)
    indirect = variance = np.nan
    if rest is not None:
        designs = [rest.design(trial, two) for trial in rest.trials]
        other = fit(rest.trials, designs, result.tau2)
        place = [name for name in rest.treatments if name != two].index(one)
        indirect, variance = float(other.beta[place]), float(other.vb[place, place])
    gap, gap_se = ours - indirect, float(np.sqrt(ours_var + variance))
    return NodeSplit(
        treat1=one,
        treat2=two,
        trials=len(direct),
        direct=ours,
        direct_se=ours_var**0.5,
        indirect=indirect,
        indirect_se=float(np.sqrt(variance)),
        difference=gap,
        difference_se=gap_se,
        pval=float("nan") if rest is None else 2 * float(special.ndtr(-abs(gap) / gap_se)),
        reason=""
        if rest is not None
        else "no other trials join the two treatments: there is no indirect evidence",
    )


def _joining(network: Network, one: str, two: str, without: Sequence[Trial]) -> Network | None:
    """The trials, apart from these, of the part of the network that joins the two treatments."""
    gone = {id(trial) for trial in without}
    rest = Network(trials=tuple(trial for trial in network.trials if id(trial) not in gone))
    for part in rest.parts:
        if one in part and two in part:
            return Network(trials=tuple(trial for trial in rest.trials if trial.arms[0] in part))
    return None


def p_scores(result: NetworkResult, *, small_values: str) -> Floats:
    """(T,) of each treatment, in the order of names: the mean, over the others, of how certainly it is better
    (0 to 1).

    small_values: "good" where a smaller effect is better (pain), "bad" where a larger one is (healing).

    Raises: UsageError: small_values is neither.
    """
    sign = _direction(small_values)
    effect, variance = _all(result)
    n = len(effect)
    difference = sign * (effect[:, None] - effect)
    spread = np.diagonal(variance)[:, None] + np.diagonal(variance) - 2 * variance
    np.fill_diagonal(spread, 1.0)
    better = special.ndtr(difference / np.sqrt(spread))
    np.fill_diagonal(better, 0.0)
    scores: Floats = better.sum(axis=1) / (n - 1)
    return scores


def ranking(result: NetworkResult, *, small_values: str, seed: int, draws: int = 20_000) -> Ranking:
    """Where each treatment may stand, from draws of the effects given the trials.

    seed: the same seed gives the same ranking.

    Raises: UsageError: small_values is neither "good" nor "bad"; too few draws.
    """
    sign = _direction(small_values)
    if draws < 1000:
        raise UsageError(f"draws={draws}: at least 1000")
    effect, variance = _all(result)
    n = len(effect)
    values, vectors = np.linalg.eigh(variance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = effect + np.random.default_rng(seed).standard_normal((draws, n)) @ root.T
    rank = np.argsort(np.argsort(-sign * drawn, axis=1), axis=1) + 1
    probabilities = np.stack([(rank == place).mean(axis=0) for place in range(1, n + 1)], axis=1)
    tail = 50 * (1 - result.level)
    bounds = np.percentile(rank, [tail, 100 - tail], axis=0, method="inverted_cdf")
    return Ranking(
        treatments=result.treatments,
        p_score=p_scores(result, small_values=small_values),
        probabilities=probabilities,
        mean_rank=rank.mean(axis=0),
        rank_lb=bounds[0].astype(np.float64),
        rank_ub=bounds[1].astype(np.float64),
        sucra=np.cumsum(probabilities, axis=1)[:, :-1].mean(axis=1),
        note=NOTE,
    )


def _direction(small_values: str) -> float:
    if small_values not in ("good", "bad"):
        raise UsageError(f"small_values={small_values!r}: 'good' or 'bad'; what is better must be said")
    return -1.0 if small_values == "good" else 1.0


def _all(result: NetworkResult) -> tuple[Floats, Floats]:
    """(T,) effects of all treatments against the reference, itself 0, and their covariances."""
    into = np.array([[float(a == b) for b in result.names] for a in result.treatments])
    return into @ result.beta, into @ result.vb @ into.T
