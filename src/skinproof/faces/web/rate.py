"""How often one address may ask the API: a bucket of requests that fills again, in a table that cannot grow without end."""

from collections import OrderedDict

MOST_CLIENTS = 10_000
"""Addresses remembered; the one that asked the longest ago is forgotten first."""


class RateLimit:
    """`per_second` requests on average and `burst` at once, for each client; 0 per second = no limit."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._rate, self._burst = per_second, float(burst)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Seconds until this client may ask; 0.0 = now, and the request is counted. now: seconds of a monotonic clock."""
        if self._rate <= 0:
            return 0.0
        left, seen = self._left.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - seen) * self._rate)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate
