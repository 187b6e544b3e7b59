"""Data that ships inside the wheel: the facts-only snapshot (see README.md in this folder)."""
