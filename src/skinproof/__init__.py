"""skinproof: living evidence for regenerative skincare."""

__version__ = "0.1.0"
