"""The API: every view of the commands as JSON and CSV under /api/v1, and its description."""

BASE = "/api/v1"
