"""Pooling without reference files: published answers, cases worked by hand, and what a user meets who gives bad data."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import pool, pool_many
from skinproof.synthesis.results import COLLINEAR, NO_STUDIES, NOT_CONVERGED, TOO_FEW, TOO_UNEVEN
from skinproof.synthesis.tau2 import EQUAL, METHODS

# Vaccinated and not vaccinated people with and without tuberculosis in 13 trials of BCG.
# Source: Colditz et al. 1994, doi:10.1001/jama.1994.03510330076038, as printed in Viechtbauer 2010,
# doi:10.18637/jss.v036.i03, table 1; latitude in degrees, allocation.
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
], dtype=float).T  # fmt: skip
LATITUDE = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33], dtype=float)
RISK = BCG[0] / (BCG[0] + BCG[1]), BCG[2] / (BCG[2] + BCG[3])
LOG_RR = np.log(RISK[0] / RISK[1])
V = 1 / BCG[0] - 1 / (BCG[0] + BCG[1]) + 1 / BCG[2] - 1 / (BCG[2] + BCG[3])

ITERATED = ("ML", "REML", "EB", "PM", "PMM")


def near(value: float, digits: int = 4) -> object:
    """What was printed with so many digits after the point."""
    return pytest.approx(value, abs=0.5001 * 10**-digits)


def test_the_bcg_trials_are_pooled_as_published() -> None:
    """Viechtbauer 2010, section 3.1: REML, z tests."""
    found = pool(LOG_RR, V)
    assert (found.tau2, found.se_tau2) == (near(0.3132), near(0.1664))
    assert (found.i2, found.h2) == (near(92.22, 2), near(12.86, 2))
    assert (found.qe, found.beta, found.se, found.zval) == (
        near(152.2330), near(-0.7145), near(0.1798), near(-3.9744),
    )  # fmt: skip
    assert (found.ci_lb, found.ci_ub) == (near(-1.0669), near(-0.3622))
    assert found.pval < 0.0001 and found.qep < 0.0001
    interval = found.tau2_interval()
    assert (interval["tau2_lb"], interval["tau2_ub"]) == (near(0.1197), near(1.1115))
    assert (interval["i2_lb"], interval["i2_ub"]) == (near(81.92, 2), near(97.68, 2))
    assert (np.exp(found.pi_lb), np.exp(found.pi_ub)) == (near(0.155, 3), near(1.549, 3))


def test_latitude_explains_the_bcg_trials_as_published() -> None:
    """Viechtbauer 2010, section 3.2: latitude and year as moderators; some last digits there are of an early stop."""
    year = [1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976]
    found = pool(LOG_RR, V, mods=np.column_stack([LATITUDE, year]), names=["ablat", "year"])
    assert found.names == ("intrcpt", "ablat", "year")
    assert (found.tau2, found.se_tau2) == (near(0.1108), near(0.0845))
    assert (found.i2, found.h2) == (near(71.98, 2), near(3.57, 2))
    assert (found.qe, found.qm, found.qm_df) == (
        near(28.3251),
        near(12.2043, 3),
        2,
    )
    assert (found.qep, found.qmp) == (near(0.0016), near(0.0022))
    assert list(found.beta) == [near(-3.5455, 3), near(-0.0280), near(0.0019)]
    assert list(found.se) == [near(29.0959, 2), near(0.0102), near(0.0147)]


# Two studies with effects 0 and 2 and variances 1: mean 1, Q = 2 on 1 degree of freedom, and Q(t) = 2 / (1 + t).
BY_HAND = {
    "EE": 0.0,
    "DL": 1.0,  # (Q - 1) / tr P, tr P = 2 - 2 / 2
    "HE": 1.0,  # variance of the effects, 2, less the mean sampling variance
    "HS": 0.0,  # (Q - 2) / 2
    "HSk": 1.0,  # (2 Q - 2) / 2
    "SJ": 1.0,  # first guess 1, weights 1/2, and 1 * (1/2 + 1/2) / 1
    "ML": 0.0,  # mean squared deviation 1, less 1
    "REML": 1.0,
    "EB": 1.0,
    "PM": 1.0,  # 2 / (1 + t) = 1
    "PMM": 2 / 0.454936423119572 - 1,  # 2 / (1 + t) = median of chi-square with 1 degree of freedom
    "GENQ": 1.0,
    "DLIT": 1.0,
    "SJIT": 1.0,
    "FE": 0.0,
    "CE": 0.0,
}


@pytest.mark.parametrize("method", METHODS)
def test_two_studies_worked_by_hand(method: str) -> None:
    found = pool([0.0, 2.0], [1.0, 1.0], method, weights=[1.0, 1.0] if method == "GENQ" else None)
    assert found.tau2 == pytest.approx(BY_HAND[method], rel=1e-12, abs=1e-12)
    assert found.beta == pytest.approx(1.0)
    assert found.se == pytest.approx(np.sqrt((1 + found.tau2) / 2))
    assert found.weights == pytest.approx([50.0, 50.0])


def test_the_tests_of_two_studies_worked_by_hand() -> None:
    """With tau2 = 1 the weights are 1/2 each, se = 1, and Knapp and Hartung's factor is 1 as well."""
    quantile = stats.t.ppf(0.975, 1)
    for test, factor, critical in (("z", 1, 1.959963984540054), ("t", 1, quantile), ("knha", 1, quantile)):
        found = pool([0.0, 2.0], [1.0, 1.0], test=test)
        assert found.se == pytest.approx(np.sqrt(factor))
        assert (found.ci_lb, found.ci_ub) == (pytest.approx(1 - critical), pytest.approx(1 + critical))
        assert found.dfs == (np.inf if test == "z" else 1)
        assert found.pi_ub == pytest.approx(1 + critical * np.sqrt(2))
    # effects 0 and 0.2: tau2 = 0, Q = 0.02; the factor 0.02 makes se tiny, and adhoc keeps it at sqrt(1/2)
    assert pool([0.0, 0.2], [1.0, 1.0], test="knha").se == pytest.approx(np.sqrt(0.02 / 2))
    assert pool([0.0, 0.2], [1.0, 1.0], test="adhoc").se == pytest.approx(np.sqrt(1 / 2))
    # Riley's interval takes t with k - 2 degrees of freedom, here 1 as with one study more
    riley = pool([0.0, 2.0, 1.0], [1.0] * 3).predict(kind="riley")
    assert riley.pi_ub - riley.pred == pytest.approx(quantile * np.sqrt(1 / 3))


def dense(y: np.ndarray, v: np.ndarray, x: np.ndarray, tau2: float) -> tuple[np.ndarray, np.ndarray]:
    """P and the coefficients by (k, k) matrices, as the papers write them."""
    w = np.diag(1 / (v + tau2))
    c = np.linalg.inv(x.T @ w @ x)
    return w - w @ x @ c @ x.T @ w, c @ x.T @ w @ y


def fuzz(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects, variances and a design of 3 to 30 studies, of any unit and heterogeneity."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(5, 30))
    v = rng.chisquare(3, k) * rng.uniform(0.01, 1) + 1e-3
    tau2 = rng.choice([0.0, 0.1, 1.0, 10.0]) * v.mean()
    scale = 10.0 ** rng.integers(-9, 10)
    y = rng.normal(rng.normal(), np.sqrt(v + tau2))
    x = np.column_stack([np.ones(k), rng.normal(size=k), rng.integers(0, 2, k)])[:, : int(rng.integers(1, 4))]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        x = x[:, :2]
    return y * scale, v * scale**2, x


@pytest.mark.parametrize("seed", range(40))
def test_estimates_solve_their_equations_written_with_whole_matrices(seed: int) -> None:
    """The sums that stand for P must be those of P; a wrong sum would pass unseen where all variances are alike."""
    y, v, x = fuzz(seed)
    k, p = x.shape
    for method in ITERATED:
        found = pool(y, v, method, mods=x[:, 1:] if p > 1 else None)
        projection, beta = dense(y, v, x, found.tau2)
        assert np.atleast_1d(found.beta) == pytest.approx(beta, rel=1e-8)
        q = y @ projection @ y
        squares = y @ projection @ projection @ y
        weights = 1 / (v + found.tau2)
        left, right = {
            "REML": (squares, np.trace(projection)),
            "ML": (squares, weights.sum()),
            "PMM": (q, stats.chi2.median(k - p)),
        }.get(method, (q, float(k - p)))
        if found.tau2 > 1e-6 * found.vt:
            assert left == pytest.approx(right, rel=1e-7), method
        else:
            assert left <= right * (1 + 1e-4), method
    likelihood = stats.multivariate_normal.logpdf(y, x @ beta, np.diag(v + found.tau2))
    assert found.fit_stats("ML")["ll"] == pytest.approx(likelihood, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_standard_errors_of_tau2_by_simulation_free_formulas(seed: int) -> None:
    """Var(tau2) of the quadratic estimators is 2 tr(P S P S) / tr(P)^2, here with whole matrices."""
    y, v, x = fuzz(seed)
    k, p = x.shape
    mods = x[:, 1:] if p > 1 else None
    for method, weights in (("DL", 1 / v), ("HE", np.ones(k)), ("GENQ", 1 / np.sqrt(v))):
        found = pool(y, v, method, mods=mods, weights=weights if method == "GENQ" else None)
        a = np.diag(weights)
        projection = a - a @ x @ np.linalg.inv(x.T @ a @ x) @ x.T @ a
        s = projection @ np.diag(v + found.tau2)
        assert found.se_tau2 == pytest.approx(np.sqrt(2 * np.trace(s @ s)) / np.trace(projection), rel=1e-8)
        raw = (y @ projection @ y - np.trace(projection @ np.diag(v))) / np.trace(projection)
        assert found.tau2 == pytest.approx(max(raw, 0), rel=1e-8, abs=1e-9 * v.mean())


def test_profile_intervals_end_where_their_curves_cross() -> None:
    found = pool(LOG_RR, V)
    q, pl = found.tau2_interval("QP"), found.tau2_interval("PL", level=90)
    one = np.ones((13, 1))
    for bound, quantile in ((q["tau2_lb"], 0.975), (q["tau2_ub"], 0.025)):
        projection, _ = dense(LOG_RR, V, one, bound)
        assert LOG_RR @ projection @ LOG_RR == pytest.approx(stats.chi2.ppf(quantile, 12), rel=1e-9)
    peak = found.fit_stats()["ll"]
    for bound in (pl["tau2_lb"], pl["tau2_ub"]):
        there = pool(LOG_RR, V, tau2=bound).fit_stats("REML")["ll"]
        assert peak - there == pytest.approx(stats.chi2.ppf(0.9, 1) / 2, rel=1e-9)


def test_a_profile_interval_needs_a_likelihood() -> None:
    with pytest.raises(UsageError, match="method ML or REML, not DL"):
        pool(LOG_RR, V, "DL").tau2_interval("PL")
    with pytest.raises(UsageError, match="there are QP and PL"):
        pool(LOG_RR, V).tau2_interval("Wald")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("moderators", [False, True])
def test_a_batch_gives_what_each_row_gives_alone(method: str, moderators: bool) -> None:
    """Ragged rows, in several blocks: absent studies must not count anywhere."""
    rng = np.random.default_rng(7)
    m, k = 60, 700
    v = rng.chisquare(2, (m, k)) / 9 + 0.01
    y = rng.normal(0.3, np.sqrt(v + 0.2))
    x = rng.normal(size=(k, 1))
    weights = rng.uniform(1, 2, (m, k))
    for row in range(m):
        gone = rng.random(k) < rng.choice([0.0, 0.5, 0.985])
        gone[:6] = False
        y[row, gone] = v[row, gone] = np.nan
    more = {"weights": weights} if method == "GENQ" else {}
    many = pool_many(y, v, method, "knha", mods=x if moderators else None, **more)
    assert not many.status.any()
    for row in (0, 17, 41, 59):
        here = ~np.isnan(y[row])
        alone = pool(
            y[row, here], v[row, here], method, "knha", mods=x[here] if moderators else None,
            **{name: value[row, here] for name, value in more.items()},
        )  # fmt: skip
        assert many.k[row] == alone.k == here.sum()
        for name in (
            "beta", "se", "pval", "ci_lb", "ci_ub", "tau2", "se_tau2", "i2", "h2", "qe", "qep", "qm", "qmp", "vt",
        ):  # fmt: skip
            ours, one = np.asarray(getattr(many, name))[row], np.asarray(getattr(alone, name))
            assert ours == pytest.approx(one, rel=1e-8, nan_ok=True), name
        assert many.weights[row, here] == pytest.approx(alone.weights, rel=1e-8)
        assert many.fit_stats("ML").aicc[row] == pytest.approx(alone.fit_stats("ML")["aicc"], rel=1e-9)
        assert many.tau2_interval().tau2_ub[row] == pytest.approx(alone.tau2_interval()["tau2_ub"], rel=1e-8)
        if not moderators:
            assert many.pi_lb[row] == pytest.approx(alone.pi_lb, rel=1e-8, nan_ok=True)
        else:
            assert many.r2[row] == pytest.approx(alone.r2, rel=1e-5, abs=1e-5, nan_ok=True)


def test_the_order_of_studies_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(13)
    one, other = pool(LOG_RR, V, test="knha"), pool(LOG_RR[order], V[order], test="knha")
    assert (one.tau2, one.beta, one.se) == pytest.approx((other.tau2, other.beta, other.se), rel=1e-12)


# A restricted likelihood with maxima at 0.0047 (higher) and about 3; and one with its higher maximum at 4.4.
HIGHER_LEFT = [0.0, 3.0, 0.0, -2.5, -0.2], [0.01, 1.0, 0.01, 1.0, 0.01]
HIGHER_RIGHT = [0.1, 0.1, 1.8, -4.6, 0.0], [1.0, 0.01, 1.0, 1.0, 0.01]


@pytest.mark.parametrize(("y", "v"), [HIGHER_LEFT, HIGHER_RIGHT])
def test_of_several_maxima_the_highest_is_taken(y: list[float], v: list[float]) -> None:
    found = pool(y, v)
    grid = np.concatenate([[0], np.geomspace(1e-5, 100, 4000)])
    heights = pool_many(np.tile(y, (len(grid), 1)), np.array(v), tau2=grid).fit_stats("REML").ll
    maxima = np.flatnonzero((heights[1:-1] >= heights[:-2]) & (heights[1:-1] >= heights[2:])) + 1
    assert len(maxima) + (heights[0] > heights[1]) == 2
    assert found.tau2 == pytest.approx(grid[np.argmax(heights)], rel=5e-3)
    assert found.fit_stats()["ll"] >= heights.max()
    assert any("several maxima" in note for note in found.notes)


def exact(y: list[float], v: list[float], tau2: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """The mean, y'PPy - tr P and tr(PP) in whole fractions."""
    w = [1 / (Fraction(value) + tau2) for value in v]
    total = sum(w)
    mean = sum(a * Fraction(value) for a, value in zip(w, y, strict=True)) / total
    squares = sum((a * (Fraction(value) - mean)) ** 2 for a, value in zip(w, y, strict=True))
    cubes, two = sum(a**3 for a in w), sum(a**2 for a in w)
    return mean, squares - (total - two / total), two - 2 * cubes / total + (two / total) ** 2


@pytest.mark.parametrize("spread", [1e3, 1e6, 1e9, 1e12])
def test_variances_of_any_spread_keep_their_digits(spread: float) -> None:
    """Where one study has nearly all the weight, plain sums keep none: held against exact fractions."""
    y, v = [1.0, 2.0, 3.0, 4.0, 5.0], [1 / spread, 0.01, 1.0, 10.0, 10.0]
    found = pool(y, v)
    mean, slope, information = exact(y, v, Fraction(found.tau2))
    assert found.beta == pytest.approx(float(mean), rel=1e-13)
    assert abs(float(slope / information)) <= 1e-13 * found.tau2  # what is left of the way to the root
    at_zero = pool(y, v, tau2=0.0)
    mean, _, information = exact(y, v, Fraction(0))
    assert at_zero.beta == pytest.approx(float(mean), rel=1e-13)
    assert at_zero.se_tau2 == pytest.approx(float(2 / information) ** 0.5, rel=1e-13)
    assert any("mistyped" in note for note in found.notes) == (10 * spread > 1e7)
    assert found.weights.sum() == pytest.approx(100) and found.weights.argmax() == 0


def test_variances_of_too_wide_a_spread_are_refused_in_a_regression() -> None:
    v = np.array([1e-8, 0.01, 1.0, 10.0, 10.0])
    with pytest.raises(SynthesisError, match="over ten million times the smallest"):
        pool([1, 2, 3, 4, 5], v, mods=[1, 2, 3, 4, 6])
    many = pool_many(np.tile(np.arange(5.0), (2, 1)), np.stack([v, v + 1]), mods=[1, 2, 3, 4, 6])
    assert many.status.tolist() == [TOO_UNEVEN, 0]


def test_one_study_is_that_study() -> None:
    found = pool([0.5], [0.04], test="knha")
    assert (found.beta, found.se, found.tau2, found.i2, found.k) == (0.5, pytest.approx(0.2), 0, 0, 1)
    assert np.isnan(found.se_tau2)
    assert (found.ci_lb, found.pi_lb) == (pytest.approx(0.5 - 1.959963984540054 * 0.2),) * 2
    assert len(found.notes) == 2 and "One study" in found.notes[0] and "knha" in found.notes[1]
    assert len(pool([0.5], [0.04]).notes) == 1


def test_copies_of_one_study_are_pointed_out() -> None:
    found = pool([0.3] * 4, [0.1, 0.2, 0.1, 0.3], test="knha")
    assert (found.se, found.zval, found.pval) == (0, np.inf, 0)
    assert np.isnan(pool([0.0] * 4, [0.1, 0.2, 0.1, 0.3], test="knha").zval)
    assert ["do not differ" in note for note in found.notes] == [True, False]
    assert len(pool([0.3] * 4, [0.1] * 4).notes) == 1
    assert pool(LOG_RR, V).notes == ()


@pytest.mark.parametrize("method", ["EE", "FE", "CE"])
def test_as_many_coefficients_as_studies_are_told_of_equal_effects(method: str) -> None:
    """Numbers of metafor 3.8.1: rma(yi, vi, mods = ~ x1 + x2, method = "EE")."""
    y, v, mods = [0.3, 0.5, -0.1], [0.04, 0.05, 0.03], [[1.0, 1], [2, 0], [4, 1]]
    found = pool(y, v, method, mods=mods)
    assert found.beta == pytest.approx([0.766666666667, -0.133333333333, -0.333333333333])
    assert found.se == pytest.approx([0.2848001248439, 0.0881917103688, 0.2666666666667])
    assert found.pval == pytest.approx([0.00710363639974, 0.13057001811574, 0.21129954733371])
    assert found.ci_ub == pytest.approx([1.3248646541533, 0.0395192427245, 0.1893237292107])
    assert (found.qm, found.qmp) == pytest.approx((5.02127659574, 0.0812163824485))
    assert (found.tau2, found.i2, found.h2, found.qe, found.qep) == (0, 0, 1, 0, 1)
    assert np.isnan(found.r2) and np.isnan(found.se_tau2)
    at = found.many.predict(np.array([[2.0, 1]]))
    assert [float(value[0, 0]) for value in (at.pred, at.ci_lb, at.ci_ub)] == pytest.approx(
        [0.166666666667, -0.118109498053, 0.451442831386]
    )
    ml, reml = found.fit_stats("ML"), found.fit_stats("REML")
    assert ml == pytest.approx(
        {"ll": 2.1037674, "dev": 0, "aic": 1.7924652, "bic": -0.9116979, "aicc": 25.7924652}, abs=1e-7
    )
    assert reml == pytest.approx({"ll": 0, "dev": 0, "aic": 6, "bic": -np.inf, "aicc": 30}, abs=1e-9)
    assert "nothing is left to judge" in found.notes[0]
    for test in ("t", "knha", "adhoc"):
        with pytest.raises(SynthesisError, match=r"3 studies, 3 coefficients: .*, or test z"):
            pool(y, v, method, test, mods=mods)
    with pytest.raises(SynthesisError, match="2 studies, 3 coefficients"):
        pool(y[:2], v[:2], method, mods=mods[:2])


def test_as_many_coefficients_as_studies_are_refused_where_tau2_is_estimated_and_told_where_it_is_given() -> (
    None
):
    """Numbers of metafor 3.8.1, with tau2 = 0.02."""
    y, v, mods = [0.3, 0.5, -0.1], [0.04, 0.05, 0.03], [[1.0, 1], [2, 0], [4, 1]]
    for method in METHODS:
        if method not in EQUAL:
            with pytest.raises(SynthesisError, match="3 studies, 3 coefficients"):
                pool(y, v, method, mods=mods, weights=[1.0, 2, 3] if method == "GENQ" else None)
    found = pool(y, v, "REML", mods=mods, tau2=0.02)
    assert found.se == pytest.approx([0.344802681093, 0.110554159679, 0.319722101554])
    assert (found.i2, found.h2, found.qe, found.qm) == pytest.approx((0, 1, 0, 3.252336))
    y_many = np.array([[0.3, 0.5, -0.1, np.nan], [0.3, 0.5, np.nan, np.nan]])
    v_many = np.where(np.isnan(y_many), np.nan, 0.1)
    many = pool_many(y_many, v_many, "EE", mods=[[1.0, 1], [2, 0], [4, 1], [4, 3]])
    assert many.status.tolist() == [0, TOO_FEW]


def test_rows_that_cannot_be_pooled_say_why_and_the_others_are_pooled() -> None:
    nan = np.nan
    y = np.array([[0.1, 0.9, 0.2], [nan, nan, nan], [0.5, nan, nan], [0.1, 0.9, nan]])
    many = pool_many(y, np.where(np.isnan(y), nan, 0.1))
    assert many.status.tolist() == [0, NO_STUDIES, 0, 0] and many.k.tolist() == [3, 0, 1, 2]
    assert np.isnan(many.beta).tolist() == [False, True, False, False]
    for name in ("pval", "i2", "h2", "qep", "qmp", "pi_lb", "ci_ub", "weights"):
        assert np.isnan(np.atleast_2d(getattr(many, name).T)[:, 1]).all(), name
    with_moderator = pool_many(y, np.where(np.isnan(y), nan, 0.1), mods=[1.0, 1.0, 2.0])
    assert with_moderator.status.tolist() == [0, NO_STUDIES, TOO_FEW, TOO_FEW]
    x = np.array([[[1.0], [2], [3]], [[5.0], [5], [5]]])
    assert pool_many(y[[0, 0]], [0.1] * 3, mods=x).status.tolist() == [0, COLLINEAR]
    stopped = pool_many(np.tile(LOG_RR, (2, 1)), V, maxiter=1)
    assert stopped.status.tolist() == [NOT_CONVERGED] * 2 and np.isnan(stopped.tau2).all()
    assert len(stopped) == 2 and np.isnan(stopped.tau2_interval().tau2_lb).all()


def test_a_last_step_that_is_foreseen_leaves_nothing_to_find() -> None:
    def slope(tau2: float) -> float:
        w = np.diag(1 / (V + tau2))
        p = w - np.outer(w.sum(0), w.sum(0)) / w.sum()
        return float(LOG_RR @ p @ p @ LOG_RR - np.trace(p))

    tau2 = pool(LOG_RR, V, maxiter=2).tau2
    assert slope(tau2 * (1 - 1e-12)) > 0 > slope(tau2 * (1 + 1e-12))


@pytest.mark.parametrize(
    ("y", "v", "message"),
    [
        ([0.1, "abc"], [0.1, 0.1], "row 2, column yi: 'abc' is not a number"),
        ([0.1, 0.2], [0.1, None], "row 2, column vi: no number"),
        ("abc", [0.1], "column yi: 'abc' is not a list of numbers"),
        ([[0.1], [0.2, 0.3]], [0.1], "column yi: the rows have different lengths"),
        (
            [0.1, np.nan],
            [0.1, 0.1],
            "row 2, column yi: no number .NaN.; complete it, or leave such studies out",
        ),
        ([0.1, 1e60], [0.1, 0.1], "row 2, column yi: 1e.60 is beyond any unit"),
        ([0.1, 0.2], [0.1, 1e-60], "row 2, column vi: 1e-60 is beyond any unit"),
        ([[0.1, 0.2]], [0.1, 0.2], "yi has 2 values"),
    ],
)
def test_bad_numbers_are_refused_by_row_and_column(y: object, v: object, message: str) -> None:
    with pytest.raises(SynthesisError, match=message):
        pool(y, v)


def test_bad_numbers_in_a_batch_are_refused_by_meta_analysis_and_study() -> None:
    y, v = np.zeros((3, 4)), np.ones((3, 4))
    v[1, 2] = -1
    with pytest.raises(SynthesisError, match="meta-analysis 2, study 3, column v: -1 is not a variance"):
        pool_many(y, v)
    with pytest.raises(SynthesisError, match="a row for each meta-analysis"):
        pool_many(y[0], v[0])
    with pytest.raises(SynthesisError, match="give one variance for each effect"):
        pool_many(y, [1.0, 1.0])


def test_bad_weights_and_settings_are_refused() -> None:
    for weights, message in (
        ([1, 2], "weights has shape"),
        ([1.0] * 12 + [0], "row 13, column weights: 0 is not a weight"),
        ([1.0] * 12 + [np.nan], "row 13, column weights: no number"),
        ([1.0] * 12 + [np.inf], "row 13, column weights: inf is not a weight"),
    ):
        with pytest.raises(SynthesisError, match=message):
            pool(LOG_RR, V, weights=weights)
    for settings, message in (
        ({"method": "reml"}, "no method 'reml'; there are EE"),
        ({"test": "t-test"}, "no test 't-test'; there are z"),
        ({"level": 5}, "level=5"),
        ({"level": 100}, "level=100"),
        ({"maxiter": 0}, "maxiter=0"),
        ({"missing": "drop"}, "'refuse' or 'omit'"),
        ({"tau2": -1}, "tau2 must be 0 or more"),
        ({"method": "GENQ"}, "GENQ needs weights"),
    ):
        with pytest.raises(UsageError, match=message):
            pool(LOG_RR, V, **settings)
    with pytest.raises(UsageError, match="no prediction interval 'normal'"):
        pool(LOG_RR, V).predict(kind="normal")
    with pytest.raises(UsageError, match="no likelihood 'EB'"):
        pool(LOG_RR, V).fit_stats("EB")


def test_studies_with_a_missing_value_are_left_out_when_asked() -> None:
    y, weights = LOG_RR.copy(), np.arange(1.0, 14.0)
    y[3] = weights[7] = np.nan
    found = pool(y, V, weights=weights, missing="omit")
    here = np.array([place not in (3, 7) for place in range(13)])
    assert found.k == 11
    assert found.beta == pytest.approx(pool(LOG_RR[here], V[here], weights=weights[here]).beta, rel=1e-12)


def test_a_given_tau2_is_kept() -> None:
    assert pool(LOG_RR, V, tau2=0.1).tau2 == 0.1
    zero = pool(LOG_RR, V, tau2=0)
    assert (zero.beta, zero.se) == pytest.approx((pool(LOG_RR, V, "EE").beta, pool(LOG_RR, V, "EE").se))
    many = pool_many(np.tile(LOG_RR, (2, 1)), V, "EE", tau2=[0.1, 0.2])
    assert many.tau2.tolist() == [0.1, 0.2] and (many.h2 > 1).all() and np.isfinite(many.pi_lb).all()


def test_equal_effects_have_no_prediction_interval() -> None:
    found = pool(LOG_RR, V, "EE")
    assert np.isnan(found.pi_lb) and np.isnan(found.se_tau2) and found.i2 == pytest.approx(found.i2_q)


def test_i2_from_q_does_not_depend_on_the_estimator() -> None:
    assert pool(LOG_RR, V, "REML").i2_q == pytest.approx(100 * (152.2330 - 12) / 152.2330, abs=1e-4)
    assert pool(LOG_RR, V, "DL").i2 == pytest.approx(pool(LOG_RR, V, "SJ").i2_q)


def test_many_studies_take_memory_in_proportion() -> None:
    """A (k, k) matrix of 100,000 studies would take 74 GiB."""
    rng = np.random.default_rng(5)
    v = rng.uniform(0.01, 0.5, 100_000)
    y = rng.normal(0.3, np.sqrt(v + 0.1))
    x = rng.normal(size=(100_000, 2))
    for mods in (None, x):
        tracemalloc.start()
        found = pool(y, v, test="knha", mods=mods)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.tau2 == pytest.approx(0.1, rel=0.05)
        assert peak < 60 * y.nbytes
