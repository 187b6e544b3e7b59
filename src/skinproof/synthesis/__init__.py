"""What trials say together: effect sizes, pooled answers, and how far they can be trusted.

Names are loaded when they are first asked for, so that a command that pools nothing pays for nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skinproof.synthesis.bias_failsafe import fsn as fsn
    from skinproof.synthesis.bias_failsafe import tes as tes
    from skinproof.synthesis.bias_limit import limit_meta as limit_meta
    from skinproof.synthesis.bias_regression import pet_peese as pet_peese
    from skinproof.synthesis.bias_regression import ranktest as ranktest
    from skinproof.synthesis.bias_regression import regtest as regtest
    from skinproof.synthesis.bias_selection import selmodel as selmodel
    from skinproof.synthesis.bias_trimfill import trimfill as trimfill
    from skinproof.synthesis.cluster_robust import robust as robust
    from skinproof.synthesis.covariance import aggregate as aggregate
    from skinproof.synthesis.covariance import vcalc as vcalc
    from skinproof.synthesis.diagnostics import baujat as baujat
    from skinproof.synthesis.diagnostics import cumulative as cumulative
    from skinproof.synthesis.diagnostics import gosh as gosh
    from skinproof.synthesis.diagnostics import influence as influence
    from skinproof.synthesis.diagnostics import leave_one_out as leave_one_out
    from skinproof.synthesis.diagnostics import rstandard as rstandard
    from skinproof.synthesis.diagnostics import rstudent as rstudent
    from skinproof.synthesis.effects import back_transform as back_transform
    from skinproof.synthesis.effects import escalc as escalc
    from skinproof.synthesis.living import history as history
    from skinproof.synthesis.living import what_a_study_changed as what_a_study_changed
    from skinproof.synthesis.living import what_changed as what_changed
    from skinproof.synthesis.multilevel import pool_multilevel as pool_multilevel
    from skinproof.synthesis.network import pool_network as pool_network
    from skinproof.synthesis.network_consistency import inconsistency as inconsistency
    from skinproof.synthesis.network_consistency import node_splits as node_splits
    from skinproof.synthesis.network_consistency import p_scores as p_scores
    from skinproof.synthesis.network_consistency import ranking as ranking
    from skinproof.synthesis.network_data import network_arms as network_arms
    from skinproof.synthesis.network_data import network_contrasts as network_contrasts
    from skinproof.synthesis.network_effects import network_of_arms as network_of_arms
    from skinproof.synthesis.paired_range import paired_sensitivity as paired_sensitivity
    from skinproof.synthesis.pooling import pool as pool
    from skinproof.synthesis.pooling import pool_many as pool_many
    from skinproof.synthesis.rare_beta import pool_beta_binomial as pool_beta_binomial
    from skinproof.synthesis.rare_glmm import pool_glmm as pool_glmm
    from skinproof.synthesis.rare_leave1out import leave1out_mh as leave1out_mh
    from skinproof.synthesis.rare_leave1out import leave1out_peto as leave1out_peto
    from skinproof.synthesis.rare_mh import pool_mh as pool_mh
    from skinproof.synthesis.rare_mh import pool_peto as pool_peto
    from skinproof.synthesis.regression import design as design
    from skinproof.synthesis.resampling import bootstrap as bootstrap
    from skinproof.synthesis.resampling import permutest as permutest
    from skinproof.synthesis.sequential import confidence_sequence as confidence_sequence
    from skinproof.synthesis.sequential import required_information as required_information
    from skinproof.synthesis.sequential import trial_sequential as trial_sequential
    from skinproof.synthesis.summaries import mean_sd_from_median as mean_sd_from_median

_ROOMS = {
    "bias_failsafe": "fsn tes", "bias_limit": "limit_meta", "bias_regression": "pet_peese ranktest regtest",
    "bias_selection": "selmodel", "bias_trimfill": "trimfill", "cluster_robust": "robust", "covariance": "aggregate vcalc",
    "diagnostics": "baujat cumulative gosh influence leave_one_out rstandard rstudent", "effects": "back_transform escalc",
    "living": "history what_a_study_changed what_changed", "multilevel": "pool_multilevel", "network": "pool_network",
    "network_consistency": "inconsistency node_splits p_scores ranking", "network_data": "network_arms network_contrasts",
    "network_effects": "network_of_arms",
    "paired_range": "paired_sensitivity", "pooling": "pool pool_many", "rare_beta": "pool_beta_binomial",
    "rare_glmm": "pool_glmm", "rare_leave1out": "leave1out_mh leave1out_peto", "rare_mh": "pool_mh pool_peto",
    "regression": "design", "resampling": "bootstrap permutest",
    "sequential": "confidence_sequence required_information trial_sequential", "summaries": "mean_sd_from_median",
}  # fmt: skip
"""Module -> what it offers here. No module is called like one of these names: a module, once loaded, would hide it."""

_HOME = {name: module for module, names in _ROOMS.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
