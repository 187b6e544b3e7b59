"""What trials say together: effect sizes, pooled answers, and how far they can be trusted."""

from skinproof.synthesis.effects import escalc
from skinproof.synthesis.pooling import pool, pool_many

__all__ = ["escalc", "pool", "pool_many"]
