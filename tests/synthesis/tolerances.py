"""How near each quantity must come to its reference: quantity -> relative tolerance, in one table.

1e-8 or better for closed forms, 1e-6 or better for what is iterated; what is written here is what is reached.
"""

# Below this size a difference is judged absolutely: the relative error of a value near 0 says nothing.
FLOOR = 1e-3

RTOL = {
    "escalc.yi": 1e-11,
    "escalc.vi": 1e-10,
    "escalc.sei": 1e-10,
    "escalc.zi": 1e-10,
    "escalc.ci.lb": 1e-10,
    "escalc.ci.ub": 1e-10,
    "escalc.ni": 0.0,
    # The reference of these comes from a general optimizer, ours from the equation it solves.
    "tetrachoric.yi": 5e-5,
    "tetrachoric.vi": 2e-4,
    "transf": 1e-12,
    # metafor integrates these numerically itself.
    "transf.int": 1e-8,
}

RTOL |= {
    "metafor at its default tolerance": 2e-4,
    # Refits: metafor stops its scoring at an absolute step, which shows where effects are risk differences.
    **dict.fromkeys(
        ("leave1out." + name for name in ("beta", "se", "zval", "pval", "tau2", "h2", "ci_lb", "ci_ub")), 1e-8
    ),
    **dict.fromkeys(
        ("cumul." + name for name in ("beta", "se", "zval", "pval", "tau2", "h2", "ci_lb", "ci_ub")), 1e-8
    ),
    **dict.fromkeys((part + ".i2" for part in ("leave1out", "cumul")), 1e-7),
    **dict.fromkeys((part + name for part in ("leave1out", "cumul") for name in (".qe", ".qep")), 1e-11),
    **dict.fromkeys(
        ("influence." + name for name in ("rstudent", "tau2_del", "hat", "weight", "cov_r")), 1e-8
    ),
    **dict.fromkeys(("influence." + name for name in ("dffits", "cook_d", "dfbs")), 1e-7),
    "influence.qe_del": 1e-9,
    "influence.is_infl": 0.0,
    **dict.fromkeys(
        (f"{part}.{name}" for part in ("rstandard", "rstudent") for name in ("resid", "se", "z")), 1e-8
    ),
    "baujat.x": 1e-8,
    "baujat.y": 1e-7,
    # Pooling. metafor's own iterations stop at 1e-13 (absolute) at best, which is 1e-9 of a tau2 of 1e-4.
    "pool.tau2": 5e-9,
    "pool.se_tau2": 5e-9,
    "pool.beta": 2e-9,
    "pool.se": 2e-9,
    "pool.zval": 2e-9,
    "pool.pval": 2e-8,
    "pool.vb": 5e-9,
    "pool.ci": 2e-9,
    "pool.pi": 2e-8,
    "pool.i2": 1e-9,
    "pool.h2": 5e-9,
    "pool.r2": 1e-9,
    "pool.s2w": 5e-9,
    "pool.vt": 1e-9,
    "pool.qe": 1e-9,
    "pool.qep": 2e-9,
    "pool.qm": 5e-9,
    "pool.qmp": 2e-8,
    "pool.weights": 5e-9,
    "pool.fit": 2e-9,
    "pool.tau2_interval": 5e-9,
    # What metafor prints, at its default threshold of 1e-5; and its intervals found by uniroot() at its default.
    "pool.default": 2e-4,
    "pool.tau2_interval.default": 1e-3,
}

RTOL |= {
    # Mantel-Haenszel, Peto and their tests, beside at least 1e-6
    "mh": 1e-9,
    # Generalised linear mixed models: metafor's general optimisers stop near the maximum.
    "glmm": 1e-4,
}

RTOL |= {
    "regtest": 1e-10,
    # at the tau2 that metafor's own statistic tells, which is within 1e-4 of the maximum
    "regtest.iterated": 1e-6,
    "ranktest.tau": 1e-12,
    # Counts of inversions of up to 136 studies: metafor (R) adds them in another order.
    "ranktest.pval": 1e-9,
    "trimfill": 1e-10,
    "trimfill.fit": 1e-10,
    "trimfill.iterated": 1e-8,
    "trimfill.iterated.fit": 1e-8,
    "trimfill.se_k0": 1e-10,
    # 3.8-1 trims at its default tolerance.
    "trimfill.iterated.older": 1e-2,
    "trimfill.se_k0.older": 1e-3,
    # Absolute: the last fit stops at 1e-5 in both versions.
    "trimfill.tau2": 1e-4,
    "fsn.fsnum": 0.0,
    "fsn.pval": 1e-10,
    "fsn.meanes": 1e-12,
    "fsn.target": 1e-12,
    "tes": 1e-10,
    # refitted at metafor's default tolerance
    "cumul.by.year": 2e-4,
}

RTOL |= {
    # metafor's optimiser (Nelder-Mead) and its numerical integrals: how far its log likelihood may be above ours, and its
    # estimates in standard errors where the likelihoods are the same.
    "selmodel.ll": 5e-4,
    "selmodel.beta": 2e-2,
    "selmodel.tau2": 2e-2,
    "selmodel.lrt": 1e-3,
    "selmodel.se": 1e-2,
}

RTOL |= {
    # Multilevel models. metafor's general optimisers stop near the maximum; our likelihood is never the lower one.
    "mv.beta": 5e-7,
    "mv.se": 2e-6,
    "mv.zval": 2e-6,
    "mv.ci": 2e-6,
    "mv.ci_lb": 2e-6,
    "mv.ci_ub": 2e-6,
    "mv.vb": 5e-6,
    "mv.pval": 5e-6,
    "mv.qe": 1e-11,
    "mv.qep": 1e-11,
    "mv.qm": 5e-6,
    "mv.qmp": 5e-6,
    "mv.variance": 1e-5,
    "mv.correlation": 2e-6,
    "mv.df": 0.0,
    "mv.fit": 5e-6,
    # uniroot() at its default tolerance
    "mv.interval": 5e-3,
    "mv.weights": 1e-7,
    "mv.ranef": 1e-7,
    "mv.deleted": 1e-6,
    "mv.vcalc": 1e-12,
    # Cluster-robust tests of fits by rma.mv, and of fits by rma
    "robust.mv": 5e-7,
    "robust": 1e-8,
}

RTOL |= {
    # What is made of the fits: predictions, likelihoods along tau2, and answers on the reader's scale.
    "pool.newpred": 1e-9,
    "pool.profile": 1e-11,
    "pool.back": 1e-8,
}
