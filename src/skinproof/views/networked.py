"""A network question as every face shows it: who was compared with whom, every pair, and how far to trust it.

Values stand on two scales, as in `pooled`: that of the pooling (estimate, ci_lb, ...: log ratios) and, as `shown`, that of the
reader. A pair is always treat1 against treat2: below no difference means less with treat1.
"""

import msgspec

from skinproof.synthesis.network_consistency import Decomposition
from skinproof.views.pooled import Shown

MIXED, DIRECT, INDIRECT = "direct and indirect", "direct only", "indirect only"


class NetworkAsked(msgspec.Struct, frozen=True, kw_only=True):
    """How to pool a network, and how to speak of it. reference: None takes the treatment that most studies have."""

    measure: str
    reference: str | None = None
    method: str = "REML"
    level: float = 95.0
    better: str = ""
    seed: int = 1
    add: float = 0.0
    part: str | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A treatment. people: None where a study does not tell; partners: treatments it was compared with directly."""

    name: str
    studies: int
    people: int | None
    partners: int


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """treat1 against treat2 by all studies of the network. studies: that compare both directly; evidence: MIXED, DIRECT or
    INDIRECT. pi_lb, pi_ub: where the effect in a new study is expected.
    """

    treat1: str
    treat2: str
    studies: tuple[str, ...]
    evidence: str
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    pval: float
    shown: Shown
    pi_lb: float | None = None
    pi_ub: float | None = None
    shown_pi: Shown | None = None

    @property
    def apart(self) -> bool:
        """Whether the confidence interval leaves out no difference."""
        return self.ci_lb > 0 or self.ci_ub < 0


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Direct evidence on a pair beside indirect evidence; reason: why there is none of the latter."""

    treat1: str
    treat2: str
    studies: int
    direct: Shown
    indirect: Shown | None
    difference: float | None
    difference_se: float | None
    pval: float | None
    reason: str = ""


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """Where a treatment may stand, 1 the best. probabilities: of each rank."""

    treatment: str
    p_score: float
    sucra: float
    mean_rank: float
    rank_lb: float
    rank_ub: float
    probabilities: tuple[float, ...]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A row that takes no part, with the reason."""

    row: int
    study: str
    treatment: str
    why: str


class Networked(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a network. pairs: every two treatments by name; against: the others against the reference.

    ranks: () without a word on which end is better; rank_note: to be shown with them.
    """

    asked: NetworkAsked
    label: str
    scale: str
    log: bool
    zero: float
    outcome: str
    reference: str
    k: int
    people: int | None
    nodes: tuple[Node, ...]
    pairs: tuple[Pair, ...]
    against: tuple[Pair, ...]
    tau2: float
    i2: float
    q: float
    q_df: int
    qp: float
    inconsistency: Decomposition
    splits: tuple[Split, ...]
    ranks: tuple[Rank, ...]
    rank_note: str
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    def pair(self, treat1: str, treat2: str) -> Pair | None:
        """The pair in this order, if it stands so among the pairs."""
        return next((p for p in self.pairs if (p.treat1, p.treat2) == (treat1, treat2)), None)

    @property
    def edges(self) -> tuple[Pair, ...]:
        """The pairs that some study compares."""
        return tuple(pair for pair in self.pairs if pair.studies)
