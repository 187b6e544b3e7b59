"""Every effect-size measure in one table: what it needs, how it is computed, how to read it back, and its source.

Spelled as in metafor. `needs` says what kind of number a column is (see `effect_inputs.CHECKS`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from skinproof.errors import UsageError
from skinproof.synthesis import effect_binary as binary
from skinproof.synthesis import effect_continuous as continuous
from skinproof.synthesis import effect_correlation as correlation
from skinproof.synthesis import effect_paired as paired
from skinproof.synthesis import effect_single as single
from skinproof.synthesis.effect_inputs import Array, Options, refuse
from skinproof.synthesis.effect_tetrachoric import tetrachoric

Effect = tuple[Array, Array]
Columns = dict[str, Array]

ZERO_ADVICE = (
    "choose a constant (add=0.5, to='only0'), a measure that is defined (RD, AS), or a model for rare events"
    " (Mantel-Haenszel, Peto, GLMM)"
)
DF_ADVICE = "too few people for a standard deviation; leave the study out or use measure='MD'"
SIGN_ADVICE = "a ratio needs two means of the same sign, neither of them 0; use measure='MD' or 'SMD'"


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table.

    needs: column -> kind. fill: how non-events are found from events and arm sizes. cells: the columns a zero-cell
    constant goes to. vtypes: variance formulas, the default first. scale: what yi is. back: the function of
    `transforms` that returns to the reader's scale (None where yi is already on it), `back_scale` its name.
    undefined: why yi or vi can be missing and what to choose instead.
    """

    name: str
    label: str
    needs: Mapping[str, str]
    compute: Callable[[Columns, Options], Effect]
    source: str
    scale: str
    back: str | None = None
    back_scale: str | None = None
    fill: str | None = None
    cells: tuple[str, ...] = ()
    vtypes: tuple[str, ...] = ("LS",)
    undefined: str = ZERO_ADVICE
    check: Callable[[Columns], None] | None = None
    standardized: bool = False


def _either_sd(c: Columns) -> None:
    refuse((c["sd1i"] == 0) & (c["sd2i"] == 0), "sd1i", c["sd1i"],
           "in both arms: a standardized effect divides by it; check for a rounded value, or use measure='MD'")  # fmt: skip


def _change_sd(c: Columns) -> None:
    refuse(paired.change_variance(c) == 0, "ri", c["ri"],
           "leaves no spread in the change, which this measure divides by; use measure='MC' or 'SMCR'")  # fmt: skip


TABLE = {"ai": "count", "bi": "count", "ci": "count", "di": "count"}
MEANS = {"m1i": "mean", "sd1i": "sd", "n1i": "size", "m2i": "mean", "sd2i": "sd", "n2i": "size"}
SPREADS = {"sd1i": "sd>0", "n1i": "size", "sd2i": "sd>0", "n2i": "size"}
PAIRS = {"m1i": "mean", "sd1i": "sd", "m2i": "mean", "sd2i": "sd", "ni": "size", "ri": "correlation"}
EVENTS = {"xi": "count", "mi": "count"}
RATE = {"xi": "count", "ti": "time"}
RATES = {"x1i": "count", "t1i": "time", "x2i": "count", "t2i": "time"}
CORRELATION = {"ri": "correlation", "ni": "size"}
ALPHA = {"ai": "reliability", "mi": "items", "ni": "size"}

FLEISS = "Fleiss JL, Berlin JA (2009), in Cooper H et al., Handbook of Research Synthesis, 2nd ed., ch. 13"
PHI_SOURCE = "Yule GU (1912), Journal of the Royal Statistical Society 75:579-652, doi:10.2307/2340126"
RUECKER = "Rücker G et al. (2009), Statistics in Medicine 28:721-738, doi:10.1002/sim.3511"
YUSUF = (
    "Yusuf S et al. (1985), Progress in Cardiovascular Diseases 27:335-371, doi:10.1016/s0033-0620(85)80003-7"
)
CHINN = "Chinn S (2000), Statistics in Medicine 19:3127-3131"
HASSELBLAD = "Hasselblad V, Hedges LV (1995), Psychological Bulletin 117:167-178"
COX = "Cox DR, Snell EJ (1989), Analysis of Binary Data, 2nd ed."
ROSENTHAL = "Rosenthal R (1994); Sánchez-Meca J et al. (2003), Psychological Methods 8:448-467"
HEDGES = "Hedges LV (1981), Journal of Educational Statistics 6:107-128, doi:10.3102/10769986006002107"
BONETT08 = "Bonett DG (2008), Psychological Methods 13:99-109, doi:10.1037/1082-989X.13.2.99"
BONETT09 = "Bonett DG (2009), Psychological Methods 14:225-238, doi:10.1037/a0016619"
LAJEUNESSE15 = "Lajeunesse MJ (2015), Ecology 96:2056-2063, doi:10.1890/14-2402.1"
LAJEUNESSE11 = "Lajeunesse MJ (2011), Ecology 92:2049-2055, doi:10.1890/11-0423.1"
NAKAGAWA = "Nakagawa S et al. (2015), Methods in Ecology and Evolution 6:143-152, doi:10.1111/2041-210X.12309"
GIBBONS = (
    "Gibbons RD et al. (1993), Journal of Educational Statistics 18:271-279, doi:10.3102/10769986018003271"
)
BECKER = "Becker BJ (1988), British Journal of Mathematical and Statistical Psychology 41:257-278"
FREEMAN_TUKEY = "Freeman MF, Tukey JW (1950), Annals of Mathematical Statistics 21:607-611"
FISHER = "Fisher RA (1921), Metron 1:3-32"
HUNTER = "Hunter JE, Schmidt FL (2004), Methods of Meta-Analysis, 2nd ed."
OLKIN = "Olkin I, Pratt JW (1958), Annals of Mathematical Statistics 29:201-211, doi:10.1214/aoms/1177706717"
ZOU = "Zou GY (2007), Clinical Trials 4:25-31; Elbourne DR et al. (2002), doi:10.1093/ije/31.1.140"
CURTIN = "Curtin F et al. (2002), Statistics in Medicine 21:2145-2159, doi:10.1002/sim.1206"
PRENTICE = "Rothman KJ et al. (2008), Modern Epidemiology, 3rd ed., ch. 14"


def _table(name: str, label: str, compute: Callable[[Columns, Options], Effect], source: str, scale: str,
           back: str | None = None, back_scale: str | None = None, vtypes: tuple[str, ...] = ("LS",)) -> Measure:  # fmt: skip
    return Measure(
        name, label, TABLE, compute, source, scale, back, back_scale, "table", tuple(TABLE), vtypes
    )


def _matched(name: str, label: str, compute: Callable[[Columns, Options], Effect], source: str, scale: str,
             back: str | None = None, back_scale: str | None = None) -> Measure:  # fmt: skip
    return Measure(name, label, TABLE, compute, source, scale, back, back_scale, "pairs", tuple(TABLE))


def _single(name: str, label: str, compute: Callable[[Columns, Options], Effect], source: str, scale: str,
            back: str | None, vtypes: tuple[str, ...] = ("LS",)) -> Measure:  # fmt: skip
    shown = "proportion" if back else None
    return Measure(name, label, EVENTS, compute, source, scale, back, shown, "single", tuple(EVENTS), vtypes)


_ALL = (
    _table("RR", "risk ratio", binary.risk_ratio, FLEISS, "log risk ratio", "exp", "risk ratio"),
    _table("OR", "odds ratio", binary.odds_ratio, FLEISS, "log odds ratio", "exp", "odds ratio"),
    _table("RD", "risk difference", binary.risk_difference, FLEISS, "risk difference", vtypes=("LS", "UB", "AV")),
    _table("AS", "arcsine difference", binary.arcsine_difference, RUECKER, "arcsine square root risk difference"),
    _table("PETO", "Peto odds ratio", binary.peto, YUSUF, "log odds ratio (one step)", "exp", "odds ratio"),
    _table("PHI", "phi coefficient", binary.phi, PHI_SOURCE, "correlation"),
    _table("YUQ", "Yule's Q", binary.yule_q, PHI_SOURCE, "correlation"),
    _table("YUY", "Yule's Y", binary.yule_y, PHI_SOURCE, "correlation"),
    _table("RTET", "tetrachoric correlation", tetrachoric, "Pearson K (1900), Phil. Trans. A 195:1-47", "correlation"),
    _table("PBIT", "probit difference", binary.probit_difference, ROSENTHAL, "standardized mean difference"),
    _table("OR2DN", "odds ratio as d (normal)", binary.odds_to_d_normal, COX, "standardized mean difference"),
    _table("OR2DL", "odds ratio as d (logistic)", binary.odds_to_d_logistic, CHINN, "standardized mean difference"),
    _matched("MPRR", "matched-pair risk ratio", binary.matched_risk_ratio, ZOU, "log risk ratio", "exp", "risk ratio"),
    _matched("MPOR", "matched-pair marginal odds ratio", binary.matched_odds_ratio, ZOU, "log odds ratio", "exp",
             "odds ratio"),
    _matched("MPRD", "matched-pair risk difference", binary.matched_risk_difference, ZOU, "risk difference"),
    _matched("MPORC", "matched-pair conditional odds ratio", binary.matched_odds_ratio_conditional, CURTIN,
             "log odds ratio", "exp", "odds ratio"),
    _matched("MPPETO", "matched-pair Peto odds ratio", binary.matched_peto, CURTIN, "log odds ratio (one step)",
             "exp", "odds ratio"),
    Measure("MPORM", "matched-pair odds ratio from margins", {**TABLE, "ri": "correlation"},
            binary.matched_odds_ratio_margins, ZOU, "log odds ratio", "exp", "odds ratio", "table", tuple(TABLE)),
    Measure("MD", "mean difference", MEANS, continuous.mean_difference, FLEISS, "mean difference",
            vtypes=("LS", "HO"), undefined=DF_ADVICE),
    Measure("SMD", "standardized mean difference (Hedges' g)", MEANS, continuous.standardized_mean_difference, HEDGES,
            "standardized mean difference", vtypes=("LS", "LS2", "UB", "AV"), undefined=DF_ADVICE, check=_either_sd,
            standardized=True),
    Measure("SMDH", "standardized mean difference, unequal variances", MEANS,
            continuous.standardized_mean_difference_heteroscedastic, BONETT09, "standardized mean difference",
            undefined=DF_ADVICE, check=_either_sd, standardized=True),
    Measure("SMD1", "standardized mean difference by the comparator's SD (Glass)", {**MEANS, "sd2i": "sd>0"},
            continuous.standardized_by_second_arm, HEDGES, "standardized mean difference", undefined=DF_ADVICE,
            standardized=True),
    Measure("ROM", "ratio of means", MEANS, continuous.ratio_of_means, LAJEUNESSE15, "log ratio of means", "exp",
            "ratio of means", vtypes=("LS", "HO"), undefined=SIGN_ADVICE),
    Measure("VR", "variability ratio", SPREADS, continuous.variability_ratio, NAKAGAWA,
            "log ratio of standard deviations", "exp", "ratio of standard deviations", undefined=DF_ADVICE),
    Measure("CVR", "coefficient of variation ratio", {**MEANS, **SPREADS}, continuous.cv_ratio, NAKAGAWA,
            "log ratio of coefficients of variation", "exp", "ratio of coefficients of variation",
            undefined=SIGN_ADVICE),
    Measure("RPB", "point-biserial correlation", MEANS, continuous.point_biserial, HUNTER, "correlation",
            vtypes=("ST",), undefined=DF_ADVICE, check=_either_sd),
    Measure("RBIS", "biserial correlation", MEANS, continuous.biserial, "Soper HE (1914), Biometrika 10:384-390",
            "correlation", undefined=DF_ADVICE, check=_either_sd),
    Measure("D2ORN", "d as odds ratio (normal)", MEANS, continuous.d_to_odds_normal, COX, "log odds ratio", "exp",
            "odds ratio", undefined=DF_ADVICE, check=_either_sd),
    Measure("D2ORL", "d as odds ratio (logistic)", MEANS, continuous.d_to_odds_logistic, HASSELBLAD,
            "log odds ratio", "exp", "odds ratio", undefined=DF_ADVICE, check=_either_sd),
    Measure("MC", "mean change", PAIRS, paired.mean_change, FLEISS, "mean change"),
    Measure("SMCC", "standardized mean change by the change's SD", PAIRS, paired.standardized_by_change, GIBBONS,
            "standardized mean change", vtypes=("LS", "LS2", "UB"), undefined=DF_ADVICE, check=_change_sd,
            standardized=True),
    Measure("SMCR", "standardized mean change by the SD of condition 1", {**PAIRS, "sd1i": "sd>0"},
            paired.standardized_by_raw, BECKER, "standardized mean change", vtypes=("LS", "LS2", "UB"),
            undefined=DF_ADVICE, standardized=True),
    Measure("SMCRH", "standardized mean change by the SD of condition 1, unequal variances",
            {**PAIRS, "sd1i": "sd>0"}, paired.standardized_by_raw_heteroscedastic, BONETT08,
            "standardized mean change", undefined=DF_ADVICE, standardized=True),
    Measure("ROMC", "ratio of means within person", PAIRS, paired.ratio_of_means_change, LAJEUNESSE11,
            "log ratio of means", "exp", "ratio of means", undefined=SIGN_ADVICE),
    Measure("VRC", "variability ratio within person", {"sd1i": "sd>0", "sd2i": "sd>0", "ni": "size",
            "ri": "correlation"}, paired.variability_ratio_change, NAKAGAWA, "log ratio of standard deviations",
            "exp", "ratio of standard deviations", undefined=DF_ADVICE),
    Measure("CVRC", "coefficient of variation ratio within person", {**PAIRS, "sd1i": "sd>0", "sd2i": "sd>0"},
            paired.cv_ratio_change, NAKAGAWA, "log ratio of coefficients of variation", "exp",
            "ratio of coefficients of variation", undefined=SIGN_ADVICE),
    Measure("MN", "mean", {"mi": "mean", "sdi": "sd", "ni": "size"}, single.mean, FLEISS, "mean"),
    _single("PR", "proportion", single.proportion, FLEISS, "proportion", None, ("LS", "UB", "AV")),
    _single("PLN", "log proportion", single.log_proportion, FLEISS, "log proportion", "exp"),
    _single("PLO", "logit proportion", single.logit_proportion, FLEISS, "log odds", "ilogit"),
    _single("PAS", "arcsine proportion", single.arcsine_proportion, FREEMAN_TUKEY, "arcsine square root", "iarcsin"),
    _single("PFT", "double arcsine proportion", single.double_arcsine_proportion, FREEMAN_TUKEY,
            "Freeman-Tukey double arcsine", "ipft_hm"),
    Measure("IR", "rate", RATE, single.rate, PRENTICE, "rate", cells=("xi",)),
    Measure("IRLN", "log rate", RATE, single.log_rate, PRENTICE, "log rate", "exp", "rate", cells=("xi",)),
    Measure("IRS", "square root rate", RATE, single.root_rate, PRENTICE, "square root rate", "isqrt", "rate",
            cells=("xi",)),
    Measure("IRFT", "double square root rate", RATE, single.double_root_rate, FREEMAN_TUKEY,
            "Freeman-Tukey double square root", "iirft_hm", "rate", cells=("xi",)),
    Measure("IRR", "rate ratio", RATES, single.rate_ratio, PRENTICE, "log rate ratio", "exp", "rate ratio",
            cells=("x1i", "x2i")),
    Measure("IRD", "rate difference", RATES, single.rate_difference, PRENTICE, "rate difference",
            cells=("x1i", "x2i")),
    Measure("IRSD", "square root rate difference", RATES, single.root_rate_difference, PRENTICE,
            "square root rate difference", cells=("x1i", "x2i")),
    Measure("COR", "correlation", CORRELATION, correlation.correlation, HUNTER, "correlation", vtypes=("LS", "AV"),
            undefined="a variance needs more than 1 person"),
    Measure("UCOR", "unbiased correlation", CORRELATION, correlation.unbiased_correlation, OLKIN, "correlation",
            vtypes=("LS", "UB", "AV"), undefined="the correction needs more than 3 people"),
    Measure("ZCOR", "Fisher's z", CORRELATION, correlation.fisher_z, FISHER, "Fisher's z", "ztor", "correlation",
            undefined="needs a correlation inside (-1, 1), and more than 3 people for the variance"),
    Measure("ARAW", "Cronbach's alpha", ALPHA, correlation.alpha, "van Zyl JM et al. (2000), Psychometrika 65:271-280",
            "alpha", undefined="a variance needs more than 2 people"),
    Measure("AHW", "alpha, cube root", ALPHA, correlation.alpha_cube_root,
            "Hakstian AR, Whalen TE (1976), Psychometrika 41:219-231", "1 - (1 - alpha)^(1/3)", "iahw", "alpha",
            undefined="a variance needs more than 1 person"),
    Measure("ABT", "alpha, log", ALPHA, correlation.alpha_log,
            "Bonett DG (2002), Journal of Educational and Behavioral Statistics 27:335-340", "-log(1 - alpha)", "iabt",
            "alpha", undefined="needs alpha below 1, and more than 2 people for the variance"),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _ALL}


def measure_named(name: str) -> Measure:
    """The row of a measure.

    Raises:
        UsageError: no such measure, with those that there are.
    """
    if name not in MEASURES:
        raise UsageError(f"measure {name!r} is not known; there are {', '.join(MEASURES)}")
    return MEASURES[name]


def sample_size(measure: Measure, c: Columns) -> Array:
    """People in the study (person-time for rates), from the columns before any constant, as metafor counts them."""
    if measure.name == "MPORM":
        # Each person is in both rows of the table of margins.
        return np.round((c["ai"] + c["bi"] + c["ci"] + c["di"]) / 2)
    ways = (("ni",), ("n1i", "n2i"), tuple(TABLE), tuple(EVENTS), ("ti",), ("t1i", "t2i"))
    names = next(way for way in ways if set(way) <= set(measure.needs))
    total: Array = np.sum([c[name] for name in names], axis=0, dtype=np.float64)
    return total
