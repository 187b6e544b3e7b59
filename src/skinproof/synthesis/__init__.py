"""What trials say together: effect sizes, pooled answers, and how far they can be trusted."""
